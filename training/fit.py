"""fit: from labelled texts to a classifier and what is to be said of it.

The texts are split into three: eight tenths to train, one to calibrate, one to measure. The classifier that is written
is the one that was measured; nothing of the held-out texts is in it.

Example: `fit(examples).weights` goes through `policy.reading.weights.write_weights` into a file.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardc.policy.reading.weights import LARGEST, LEAST_BITS, Weights
from guardc.training.calibration import calibrate, quantise
from guardc.training.examples import CALIBRATION, HELD_OUT, TRAINING, Example, digest_of, split
from guardc.training.features import Corpus, Floats, corpus_of
from guardc.training.solver import EPOCHS, solve

__all__ = ["BITS", "LEAST", "STEPS", "FitError", "Fitted", "fit", "scores"]

BITS = 18
"""Of a table of weights at most: 256 KB, which a processor's second cache holds."""
LEAST = 20
"""Examples of each label at least: two of them to calibrate, two to measure."""
STEPS = 2 + EPOCHS
"""How often `tick` is called."""


class FitError(Exception):
    """The examples cannot be learned from. The message says why."""


@dataclass(frozen=True)
class Fitted:
    """A classifier with the probabilities that it gives to the held-out texts."""

    weights: Weights
    held_out: tuple[Example, ...]
    given: Floats
    labels: npt.NDArray[np.bool_]
    trained: int
    calibrated: int


def fit(
    examples: Sequence[Example], tick: Callable[[str], None] = lambda _: None, more: Sequence[Example] = ()
) -> Fitted:
    """
    Args:
        examples: texts of both labels.
        tick: is called with what was done, `STEPS` times.
        more: texts that are trained on and neither calibrate nor measure.

    Raises:
        FitError: there are too few examples of a label, or too few groups.
    """
    sides = split(examples)
    parts = [sorted((e for e, side in zip(examples, sides, strict=True) if side == one), key=_rank) for one in range(3)]
    _enough(examples, parts)
    train, calibration, held_out = sorted([*parts[TRAINING], *more], key=_rank), parts[CALIBRATION], parts[HELD_OUT]
    bits = _bits(train)
    corpus = corpus_of([example.text for example in train], bits)
    tick("texts read")
    raw, offset = solve(corpus, _labels(train), 1 << bits, _importance(train), lambda: tick("pass over the texts"))
    weights, unit = quantise(raw)
    rounded = np.frombuffer(weights, dtype=np.int8).astype(np.float64)
    slope, bias = calibrate(_best(_of(calibration, bits), rounded, unit, offset), _labels(calibration))
    # sqrt(features) is at most some forty, so a larger scale says nothing that the largest does not.
    scale = float(f"{min(slope * unit, float(LARGEST)):.6g}")
    bias = float(f"{max(-float(LARGEST), min(float(LARGEST), slope * offset + bias)):.6g}")
    fitted = Weights(bits, scale, bias, weights, len(train), digest_of(train))
    given = scores(fitted, [example.text for example in held_out])
    tick("calibrated")
    return Fitted(fitted, tuple(held_out), given, _labels(held_out), len(train), len(calibration))


def scores(weights: Weights, texts: Sequence[str]) -> Floats:
    """What the classifier says of each text: the score of the language, from 0 to 1."""
    table = np.frombuffer(weights.weights, dtype=np.int8).astype(np.float64)
    best = _best(corpus_of(texts, weights.bits), table, weights.scale, weights.bias)
    return np.floor(10_000.0 / (1.0 + np.exp(-np.clip(best, -30.0, 30.0))) + 0.5) / 10_000.0


def _best(corpus: Corpus, table: Floats, scale: float, bias: float) -> Floats:
    sums = np.bincount(corpus.rows, weights=table[corpus.columns], minlength=len(corpus.starts) - 1)
    best: Floats = corpus.best(scale * sums / corpus.norms + bias)
    return best


def _of(examples: Sequence[Example], bits: int) -> Corpus:
    return corpus_of([example.text for example in examples], bits)


def _labels(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    return np.array([example.label for example in examples], dtype=bool)


def _rank(example: Example) -> bytes:
    """The order in which the solver sees texts: mixed, and the same everywhere."""
    return hashlib.sha256(example.text.encode("utf-8", "surrogatepass")).digest()


def _importance(examples: Sequence[Example]) -> Floats:
    """A source counts as the root of how many texts of a label it has: no source drowns the others."""
    counts = Counter((example.source, example.label) for example in examples)
    return np.array([1.0 / math.sqrt(counts[example.source, example.label]) for example in examples])


def _bits(examples: Sequence[Example]) -> int:
    """A table that has some room for the features there are."""
    features = sum(5 * len(example.text) for example in examples)
    return max(LEAST_BITS + 2, min(BITS, features.bit_length() - 1))


def _enough(examples: Sequence[Example], parts: Sequence[Sequence[Example]]) -> None:
    for label in (True, False):
        count = sum(example.label == label for example in examples)
        if count < LEAST:
            raise FitError(f"there are {count} examples with the label {str(label).lower()}; {LEAST} are needed")
        if any(not any(example.label == label for example in part) for part in parts):
            raise FitError(f"the examples with the label {str(label).lower()} are in too few groups to be split")
