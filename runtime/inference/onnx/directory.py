"""What lies beside an ONNX model, in the layout of the Hugging Face hub, and what an operator says in place of it.

    toxic-bert/
        model.onnx or onnx/model.onnx
        tokenizer.json          of the library `tokenizers`
        config.json             id2label, problem_type, max_position_embeddings, pad_token_id
        tokenizer_config.json   model_max_length

Example: `described(Options(path=Path("toxic-bert")))` has the labels, the longest text and how scores are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from guardc.runtime.inference.models import ModelError

__all__ = ["Description", "Device", "Options", "Scoring", "TooLong", "described"]

Device = Literal["auto", "cpu", "cuda"]
TooLong = Literal["error", "windows"]
Scoring = Literal["softmax", "sigmoid", "none"]
"""What makes scores of the model's numbers: probabilities of which one label is right; of each label for itself; the
numbers are probabilities."""

LARGEST = 1_000_000
"""Tokens. What tokenizers write for a model without a limit is far above it."""
PROBLEMS: dict[Any, Scoring] = {"single_label_classification": "softmax", "multi_label_classification": "sigmoid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an operator says of a model. None: the files beside the model say it.

    Attributes:
        path: the model, or the folder that it lies in.
        tokenizer: the file of the tokenizer.
        name: what requests call the model.
        labels: in the order of the model's numbers.
        scores: how they become scores.
        max_tokens: of a text, with those that the tokenizer adds.
        too_long: what happens to a longer text: it has no scores, or is judged by windows, of which the highest score
            of each label counts.
        device: what the model runs on; `auto`: a GPU if onnxruntime can use one.
    """

    path: Path
    tokenizer: Path | None = None
    name: str | None = None
    labels: tuple[str, ...] | None = None
    scores: Scoring | None = None
    max_tokens: int | None = None
    too_long: TooLong = "error"
    device: Device = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a model before it is loaded. None: nothing says it."""

    model: Path
    name: str
    tokenizer: Path | None
    labels: tuple[str, ...] | None
    scores: Scoring | None
    max_tokens: int | None
    pad: int


def described(options: Options) -> Description:
    """Raises:
    ModelError: a file is missing or no JSON.
    OSError: a file cannot be read.
    """
    model = _model(options.path)
    folder = options.path if options.path.is_dir() else model.parent
    config = _json(folder / "config.json")
    tokenizer = options.tokenizer
    if tokenizer is None and (folder / "tokenizer.json").is_file():
        tokenizer = folder / "tokenizer.json"
    if options.name is None and not folder.resolve().name:
        raise ModelError(f"{options.path}: the model has no name; give it one: --name NAME")
    pad = config.get("pad_token_id")
    return Description(
        model=model,
        name=options.name or (folder.resolve().name if model.name == "model.onnx" else model.stem),
        tokenizer=tokenizer,
        labels=options.labels or _labels(folder / "config.json", config),
        scores=options.scores or PROBLEMS.get(config.get("problem_type")),
        max_tokens=options.max_tokens or _max_tokens(config, _json(folder / "tokenizer_config.json")),
        pad=pad if type(pad) is int and pad >= 0 else 0,
    )


def _model(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in ("model.onnx", "onnx/model.onnx"):
        if (path / name).is_file():
            return path / name
    raise ModelError(f"{path}: there is no model.onnx and no onnx/model.onnx in the folder; name the file of the model")


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ModelError(f"{path}: this is no JSON object; take the file that came with the model")
    return read


def _labels(path: Path, config: dict[str, Any]) -> tuple[str, ...] | None:
    named = config.get("id2label")
    if named is None:
        return None
    numbered = {str(number) for number in range(len(named))} if isinstance(named, dict) else set()
    if not numbered or set(named) != numbered or not all(isinstance(label, str) for label in named.values()):
        raise ModelError(f"{path}: `id2label` does not name labels by numbers from 0; name them: --labels A,B")
    return tuple(named[str(number)] for number in range(len(named)))


def _max_tokens(config: dict[str, Any], tokenizer: dict[str, Any]) -> int | None:
    said = (tokenizer.get("model_max_length"), config.get("max_position_embeddings"))
    numbers = [number for number in said if type(number) is int and 0 < number <= LARGEST]
    return min(numbers, default=None)
