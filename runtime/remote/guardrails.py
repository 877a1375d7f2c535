"""The servers of Guardrails AI's validators: inputs as in the Open Inference Protocol, and lists of labels back.

    POST the address as it is
    {"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["Hello", "Idiot"]},
                {"name": "threshold", "shape": [1], "datatype": "FP32", "data": [0.5]}]}
    {"outputs": [{"name": "result0", "shape": [0], "data": [[]]},
                 {"name": "result1", "shape": [1], "data": [["insult"]]}]}

They say which labels a text has, not how sure they are: a label that is there scores 1, any other 0.

Invariant: what `read` returns has one score for each label of each text, or the one that it has any.

Source: https://github.com/guardrails-ai/toxic_language (app_inference_spec.py, validator/main.py)
"""

from __future__ import annotations

from guardc.runtime.remote.answers import encoded, json_of, of_found, wrong
from guardc.runtime.services import Declared, Scores

__all__ = ["body", "path", "read"]

THRESHOLD = 0.5
"""From which on the model has a label; what validators take if they are told nothing."""


def path(service: Declared) -> str:  # noqa: ARG001 - the address is that of the validator, whole
    """What comes after the address."""
    return ""


def body(service: Declared, texts: list[str]) -> bytes:  # noqa: ARG001 - of any label
    text = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": texts}
    threshold = {"name": "threshold", "shape": [1], "datatype": "FP32", "data": [THRESHOLD]}
    return encoded({"inputs": [text, threshold]})


def read(service: Declared, texts: int, content: bytes) -> list[Scores]:
    """The scores of each text, in the order of the labels.

    Raises:
        ServiceError: it is anything else.
    """
    answer = json_of(service, content)
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, list) or len(outputs) != texts:
        raise wrong(service, "with more or fewer outputs than texts")
    found: list[Scores] = []
    for output in outputs:
        data = output.get("data") if isinstance(output, dict) else None
        labels = data[0] if isinstance(data, list) and len(data) == 1 else None
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise wrong(service, "with an output that is no list of labels")
        found.append(of_found(service, labels))
    return found
