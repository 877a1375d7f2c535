"""Texts as rows of numbers: the windows of each text with the features in them.

Vocabulary: a *window* is what the fast path scores at once, four blocks of 50 characters; a *feature* is a 32-bit hash,
whose upper bits choose a weight (docs/semantics.md, section 12).

Invariant: the features come from the fast path itself, so what is trained is what is scored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardc.fastpath._core import text_features

__all__ = ["BLOCKS", "Corpus", "Floats", "corpus_of"]

BLOCKS = 4
"""Blocks of a window."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Corpus:
    """Texts as windows, all in the order of the texts.

    columns: the weight of each feature. starts: where the features of each window begin, and the end of the last.
    first: the first window of each text, and the end of the last.
    """

    columns: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]

    def part(self, begin: int, end: int) -> Corpus:
        """The texts from `begin` to `end`."""
        windows = self.first[begin : end + 1]
        starts = self.starts[windows[0] : windows[-1] + 1]
        return Corpus(self.columns[starts[0] : starts[-1]], starts - starts[0], windows - windows[0])

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """The window of each feature."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @property
    def texts(self) -> npt.NDArray[np.int64]:
        """The text of each window."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def norms(self) -> Floats:
        """Of each window, the root of how many features it has."""
        return np.sqrt(np.diff(self.starts).astype(np.float64))

    def best(self, scores: Floats) -> Floats:
        """The highest score among the windows of each text."""
        return np.maximum.reduceat(scores, self.first[:-1])


def corpus_of(texts: Sequence[str], bits: int, tick: Callable[[], None] = lambda: None) -> Corpus:
    """The windows of `texts`, of which there is at least one. `tick` is called after each of them."""
    columns: list[npt.NDArray[np.int32]] = []
    lengths: list[int] = []
    windows: list[int] = []
    for text in texts:
        raw, ends = text_features(text)
        hashes = (np.frombuffer(raw, dtype=np.uint32) >> np.uint32(32 - bits)).astype(np.int32)
        starts = [0, *ends]
        windows.append(max(1, len(ends) - BLOCKS + 1))
        for number in range(windows[-1]):
            window = hashes[starts[number] : ends[min(number + BLOCKS, len(ends)) - 1]]
            columns.append(window)
            lengths.append(len(window))
        tick()
    return Corpus(np.concatenate(columns), np.cumsum([0, *lengths]), np.cumsum([0, *windows]))
