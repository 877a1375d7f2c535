"""The Open Inference Protocol, version 2, as a server reads and writes it: the other side of `runtime/remote/v2.py`.

    {"id": "7", "inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["Hello", "Idiot"]}]}
    {"model_name": "toxicity", "model_version": "1", "id": "7",
     "outputs": [{"name": "scores", "datatype": "FP32", "shape": [2, 1], "data": [0.01, 0.97]}]}

Every model has one input, `text`, of shape [n] or [n, 1], and one output, `scores`, of shape [n, labels], in rows. Data
is JSON: the extension for binary data is refused, not misread.

Invariant: a request is taken as a whole or refused, and refusals contain nothing of its texts.

Source: https://github.com/kserve/open-inference-protocol (rest_data_plane), 2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from guardc.runtime.inference.models import Model, Scores
from guardc.runtime.server.bodies import kind, read_json
from guardc.runtime.server.refusals import Refusal
from guardc.version import __version__

__all__ = ["INPUT", "OUTPUT", "VERSION", "Asked", "answer", "asked", "model_metadata", "server_metadata"]

INPUT, OUTPUT, VERSION = "text", "scores", "1"
LIKE = '{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["..."]}]}'


class Asked(NamedTuple):
    """What a request asks: the scores of its texts, at least one."""

    texts: list[str]
    id: str | None


def server_metadata() -> dict[str, Any]:
    return {"name": "guardc", "version": __version__, "extensions": []}


def model_metadata(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "versions": [VERSION],
        "platform": model.platform,
        "inputs": [{"name": INPUT, "datatype": "BYTES", "shape": [-1]}],
        "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, len(model.labels)]}],
        "parameters": {"labels": ", ".join(model.labels)},
    }


def answer(model: Model, id_: str | None, scores: Sequence[Scores]) -> dict[str, Any]:
    fields: dict[str, Any] = {"model_name": model.name, "model_version": VERSION}
    if id_ is not None:
        fields["id"] = id_
    shape = [len(scores), len(model.labels)]
    data = [number for row in scores for number in row]
    fields["outputs"] = [{"name": OUTPUT, "datatype": "FP32", "shape": shape, "data": data}]
    return fields


def asked(data: bytes, most: int) -> Asked:
    """What a body asks; at most so many texts.

    Raises:
        Refusal: it is nothing that the models take.
    """
    fields = read_json(data, like=LIKE)
    if not isinstance(fields, dict):
        raise _wrong("$", f"{kind(fields)} instead of an object")
    id_ = fields.get("id")
    if id_ is not None and not isinstance(id_, str):
        raise _wrong("$.id", f"{kind(id_)} instead of a string", "leave it out, or send a string")
    _check_outputs(fields.get("outputs"))
    inputs = fields.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise _wrong("$.inputs", "it is not a list of one input")
    return Asked(_texts(inputs[0], most), id_)


def _check_outputs(outputs: Any) -> None:
    if outputs is None or outputs == []:
        return
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise _wrong("$.outputs", "it is not a list of outputs", f"leave it out: there is one output, `{OUTPUT}`")
    for number, output in enumerate(outputs):
        if output.get("name") != OUTPUT:
            help_ = f"leave `outputs` out: there is one output, `{OUTPUT}`"
            raise _wrong(f"$.outputs[{number}].name", "the model has no output of this name", help_)


def _texts(given: dict[str, Any], most: int) -> list[str]:
    place = "$.inputs[0]"
    if given.get("name") != INPUT:
        raise _wrong(f"{place}.name", "the model has no input of this name", f"the one input is `{INPUT}`")
    if given.get("datatype") != "BYTES":
        raise _wrong(f"{place}.datatype", "it is not `BYTES`", "the models take texts: send `BYTES`")
    if "data" not in given:
        help_ = "send the texts as JSON, in `data`; clients call the other form binary data"
        raise _wrong(f"{place}.data", "it is missing", help_)
    shape, data = given.get("shape"), given["data"]
    if not isinstance(data, list):
        raise _wrong(f"{place}.data", f"{kind(data)} instead of an array")
    if not isinstance(shape, list) or not all(type(size) is int for size in shape) or len(shape) not in (1, 2):
        raise _wrong(f"{place}.shape", "it is not `[n]` or `[n, 1]`")
    if len(data) > most:
        raise Refusal(
            "too_large",
            f"the request has {len(data):,} texts; this server takes {most:,} at a time",
            where=f"{place}.data",
            help="send several requests, or start the server with a larger --max-batch",
        )
    if not data:
        raise _wrong(f"{place}.data", "there is no text", "send at least one")
    if shape != [len(data), 1][: len(shape)]:
        raise _wrong(f"{place}.shape", f"it does not fit the {len(data):,} texts of `data`", "send `[n]` or `[n, 1]`")
    texts = data
    if len(shape) == 2 and all(isinstance(row, list) for row in data):
        texts = [row[0] if len(row) == 1 else row for row in data]
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise _wrong(f"{place}.data[{number}]", f"{kind(text)} instead of a string")
    return texts


def _wrong(where: str, message: str, help: str = f"send an object like {LIKE}") -> Refusal:  # noqa: A002
    return Refusal("bad_request", message, where=where, help=help)
