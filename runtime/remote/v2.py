"""The Open Inference Protocol, version 2, over HTTP and JSON: what KServe, Triton and others speak.

A request has one input, the texts as `BYTES`; an answer has one output with a row of scores for each text:

    POST /v2/models/toxicity/infer
    {"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["Hello", "Idiot"]}]}
    {"outputs": [{"name": "scores", "shape": [2, 1], "datatype": "FP32", "data": [0.01, 0.97]}], ...}

Invariant: what `read` returns has one score for each label of each text, finite and from 0 to 1. Everything else is a
`ServiceError`, whatever came.

Source: https://github.com/kserve/open-inference-protocol (rest_data_plane), 2.0.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from guardc.runtime.remote.answers import encoded, json_of, score_of, wrong
from guardc.runtime.services import Declared, Scores

__all__ = ["body", "path", "read"]

DATATYPES = frozenset({"FP16", "FP32", "FP64", "BF16"})


def path(service: Declared) -> str:
    """What comes after the address."""
    version = "" if service.version is None else f"/versions/{quote(service.version, safe='')}"
    return f"/v2/models/{quote(service.model, safe='')}{version}/infer"


def body(service: Declared, texts: list[str]) -> bytes:
    shape = [len(texts), 1] if service.column else [len(texts)]
    said: dict[str, Any] = {
        "inputs": [{"name": service.input, "shape": shape, "datatype": "BYTES", "data": texts}],
    }
    if service.output is not None:
        said["outputs"] = [{"name": service.output}]
    return encoded(said)


def read(service: Declared, texts: int, content: bytes) -> list[Scores]:
    """The scores of each text, in the order of the labels.

    Raises:
        ServiceError: it is anything else.
    """

    answer = json_of(service, content)
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise wrong(service, "without a list of outputs")
    if service.output is not None:
        outputs = [output for output in outputs if output.get("name") == service.output]
    if len(outputs) != 1:
        raise wrong(service, f"with {len(outputs)} outputs in place of one")
    datatype, shape, data = (outputs[0].get(name) for name in ("datatype", "shape", "data"))
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise wrong(service, "with an output that is not of floating point numbers")
    width = len(service.labels) or 1
    shapes = [[texts, width], [texts]] if width == 1 else [[texts, width]]
    if shape not in shapes or not all(type(size) is int for size in shape):
        raise wrong(service, f"with an output that has not the shape {' or '.join(map(str, shapes))}")
    if not isinstance(data, list):
        raise wrong(service, "with an output without data")
    if len(shape) == 2 and all(isinstance(row, list) for row in data):
        if any(len(row) != width for row in data):
            raise wrong(service, "with rows of data that do not have the shape that it says")
        data = [number for row in data for number in row]
    if len(data) != texts * width:
        raise wrong(service, "with more or fewer numbers than it says")
    scores = [score_of(service, number) for number in data]
    return [tuple(scores[start : start + width]) for start in range(0, len(scores), width)]
