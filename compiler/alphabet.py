"""The plan's alphabet: one partition of all code points that is fine enough for every pattern.

Each pattern has its own small alphabet (`Automaton.classes`). Two code points are in one class of the plan if no
pattern tells them apart. So the scan looks a character up once, in two steps (page, entry), and each pattern maps the
result to its own class with one more byte.

Vocabulary: a *cut* is a code point at which some pattern's class changes; between two cuts nothing changes.

Invariant: classes are numbered in the order of their smallest member: the same patterns give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex import Automaton, CharSet
from guardc.fastpath.layout import PAGE_BITS, PAGE_COUNT

__all__ = ["Alphabet", "build_alphabet"]


@dataclass(frozen=True, slots=True)
class Alphabet:
    """
    pages: for each 256 code points the number of their page, shape (PAGE_COUNT,).
    entries: classes of the plan, shape (number of pages, 256).
    local: for each pattern its class by class of the plan, shape (patterns, classes).
    representatives: the smallest member of each class.
    """

    pages: npt.NDArray[np.uint16]
    entries: npt.NDArray[np.uint16]
    local: npt.NDArray[np.uint16]
    representatives: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.representatives)

    def members(self, characters: CharSet) -> npt.NDArray[np.bool_]:
        """Which classes lie in `characters`, a union of classes. Shape (size,)."""
        return np.array([point in characters for point in self.representatives], dtype=np.bool_)


def build_alphabet(automata: tuple[Automaton, ...]) -> Alphabet:
    """The coarsest alphabet that every automaton can be run over."""
    cuts = {0}
    for automaton in automata:
        for characters in automaton.classes:
            for low, high in characters.ranges:
                cuts.add(low)
                cuts.add(high + 1)
    cuts.discard(0x110000)
    starts = np.array(sorted(cuts), dtype=np.int64)
    signatures = np.zeros((len(starts), max(1, len(automata))), dtype=np.uint16)
    for column, automaton in enumerate(automata):
        # The classes cover all code points, so the one of a cut is that of the last range that begins there or before.
        ranges = sorted((low, number) for number, chars in enumerate(automaton.classes) for low, _ in chars.ranges)
        lows, numbers = np.array(ranges, dtype=np.int64).T
        signatures[:, column] = numbers[np.searchsorted(lows, starts, side="right") - 1]
    classes, first_seen = _number_rows(signatures)
    by_point = np.repeat(classes, np.diff(np.append(starts, 0x110000)))
    rows = by_point.reshape(PAGE_COUNT, 1 << PAGE_BITS)
    pages, first_page = _number_rows(rows)
    return Alphabet(
        pages=pages,
        entries=np.ascontiguousarray(rows[first_page]),
        local=np.ascontiguousarray(signatures[first_seen].T),
        representatives=tuple(int(starts[row]) for row in first_seen),
    )


def _number_rows(rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint16], list[int]]:
    """The number of each row, and where each number appears first. Equal rows have one number; numbers stand in the
    order of appearance."""
    numbers: dict[bytes, int] = {}
    first: list[int] = []
    numbered = np.empty(len(rows), dtype=np.uint16)
    for place, row in enumerate(rows):
        key = row.tobytes()
        if key not in numbers:
            numbers[key] = len(numbers)
            first.append(place)
        numbered[place] = numbers[key]
    return numbered, first
