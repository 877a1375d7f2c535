"""Text Embeddings Inference: `/predict` of a sequence classifier.

    POST /predict
    {"inputs": [["Hello"], ["Idiot"]], "raw_scores": false, "truncate": false}
    [[{"score": 0.99, "label": "neutral"}, {"score": 0.01, "label": "toxic"}], [...]]

Invariant: what `read` returns has one score for each label of each text, finite and from 0 to 1.

Source: https://huggingface.github.io/text-embeddings-inference
"""

from __future__ import annotations

from guardc.runtime.remote.answers import by_label, encoded, json_of, wrong
from guardc.runtime.services import Declared, Scores

__all__ = ["body", "path", "read"]


def path(service: Declared) -> str:  # noqa: ARG001 - one server has one model
    """What comes after the address."""
    return "/predict"


def body(service: Declared, texts: list[str]) -> bytes:  # noqa: ARG001
    # A text that the model cannot take whole is to be an error, not a verdict on its begin.
    return encoded({"inputs": [[text] for text in texts], "raw_scores": False, "truncate": False})


def read(service: Declared, texts: int, content: bytes) -> list[Scores]:
    """The scores of each text, in the order of the labels.

    Raises:
        ServiceError: it is anything else.
    """
    answer = json_of(service, content)
    if not isinstance(answer, list) or len(answer) != texts:
        raise wrong(service, "with more or fewer predictions than texts")
    found = []
    for predictions in answer:
        if not isinstance(predictions, list) or not all(
            isinstance(one, dict) and isinstance(one.get("label"), str) for one in predictions
        ):
            raise wrong(service, "with a prediction that has no labels")
        found.append(by_label(service, {one["label"]: one.get("score") for one in predictions}))
    return found
