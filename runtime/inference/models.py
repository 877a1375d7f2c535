"""What a model is for the server, and what it says of texts that it cannot score."""

from __future__ import annotations

from typing import Protocol

from guardc.fastpath.errors import GuardcError

__all__ = ["Model", "ModelError", "Scores", "UnfitError"]

Scores = tuple[float, ...]
"""Of one text, in the order of the labels; finite."""


class ModelError(GuardcError):
    """A model cannot be served: a file is wrong or missing, or does not fit the others."""


class UnfitError(Exception):
    """A text that the model cannot score whole. The message says why, and contains nothing of it."""


class Model(Protocol):
    """Attributes:
    name: what requests call it.
    platform: what runs it, for people: `guardc_classifier`, `onnxruntime_onnx`.
    labels: what the scores of a text are called, in their order; at least one.
    runs_on: the device and how scores are made, for the log.
    """

    name: str
    platform: str
    labels: tuple[str, ...]
    runs_on: str

    def score(self, texts: list[str]) -> list[Scores | UnfitError]:
        """The scores of each text, or why it has none. Called on one thread at a time.

        Raises:
            Exception: the model failed; no text of the batch has scores.
        """
        ...
