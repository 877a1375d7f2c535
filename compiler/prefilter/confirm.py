"""Which factors begin at a place that the sieve lets through: all windows as one small automaton.

It reads on from the place and keeps the set of windows that still fit; when one is complete it is *accepted*. Since all
begin at the same place the automaton is a tree with equal branches made one. Windows of many overlapping sets can make
it large: from the depth on where it would pass its budget, what still fits is accepted at once, and the second stage
finds out.

Vocabulary: a *class* is a set of bytes that no window tells apart; a state is *inner* if something can follow it.

Invariant: state 0 is dead, state 1 is where reading begins; inner states are numbered before all others. All numbers
are below ACCEPTS.

Example: of the windows `ab` and `ac[0-9]`, reading `ac` leaves one that fits, and `7` completes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ACCEPTS", "MAX_STATES", "Confirm", "build_confirm"]

ACCEPTS = 0x8000
"""The bit of a table entry that says: the state that it leads to accepts windows."""
MAX_STATES = 4_000
"""Inner states. Few of them are visited, so the table need not stay in a cache; a lesser depth makes far more work."""

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Confirm:
    """
    classes: the class of each byte, shape (256,).
    table: the next state by inner state and class, with ACCEPTS; shape (inner states, classes).
    accepted: for each state, inner or not, the numbers of the windows that it accepts.
    """

    classes: npt.NDArray[np.uint8]
    table: npt.NDArray[np.uint16]
    accepted: tuple[tuple[int, ...], ...]


def build_confirm(windows: list[Rows]) -> Confirm:
    """
    Args:
        windows: for each window the bytes it admits at its characters, shape (1 to 8, 256).
    """
    classes, members = _classes(windows)
    depth = max(len(rows) for rows in windows)
    while True:
        confirm = _Tree(windows, classes, members, depth).build()
        if confirm is not None:
            return confirm
        depth -= 1


def _classes(windows: list[Rows]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """The class of each byte, and a byte of each class."""
    distinct = {row.tobytes(): row for rows in windows for row in rows}
    columns = np.stack(list(distinct.values())).T
    numbers: dict[bytes, int] = {}
    first: list[int] = []
    classes = np.zeros(256, dtype=np.uint8)
    for byte in range(256):
        key = columns[byte].tobytes()
        if key not in numbers:
            numbers[key] = len(first)
            first.append(byte)
        classes[byte] = numbers[key]
    return classes, first


class _Tree:
    """One try with a greatest depth. Sets of windows are bit masks."""

    def __init__(self, windows: list[Rows], classes: npt.NDArray[np.uint8], members: list[int], depth: int) -> None:
        self._classes = classes
        self._depth = depth
        lengths = [min(len(rows), depth) for rows in windows]
        self._complete = [
            _mask(number for number, length in enumerate(lengths) if length == d) for d in range(depth + 1)
        ]
        self._admit = [
            [_mask(n for n, rows in enumerate(windows) if d < lengths[n] and rows[d, byte]) for byte in members]
            for d in range(depth)
        ]

    def build(self) -> Confirm | None:
        """The automaton, or None if it passes the budget."""
        everything = _mask(range(sum(mask.bit_count() for mask in self._complete)))
        inner: dict[tuple[int, int, int], int] = {(0, everything, 0): 0}
        leaves: dict[int, int] = {}
        rows: list[list[tuple[bool, int, int]]] = []  # (is inner, number there, windows accepted)
        for depth, fitting, _ in (waiting := list(inner)):
            row = []
            for admit in self._admit[depth]:
                left = fitting & admit
                accepted = left & self._complete[depth + 1]
                going_on = left & ~accepted
                if going_on:
                    key = depth + 1, going_on, accepted
                    if key not in inner:
                        inner[key] = len(inner)
                        waiting.append(key)
                    row.append((True, inner[key], accepted))
                else:
                    row.append((False, leaves.setdefault(accepted, len(leaves)) if accepted else -1, accepted))
            rows.append(row)
            # Leaves may be many more than inner states: one for each set of windows that can be complete together.
            too_many = len(inner) > MAX_STATES or 1 + len(inner) + len(leaves) >= ACCEPTS
            if too_many and self._depth > 1:
                return None
        return self._confirm(list(inner), list(leaves), rows)

    def _confirm(
        self, inner: list[tuple[int, int, int]], leaves: list[int], rows: list[list[tuple[bool, int, int]]]
    ) -> Confirm:
        table = np.zeros((1 + len(inner), len(rows[0])), dtype=np.uint16)
        for number, row in enumerate(rows):
            table[1 + number] = [
                0 if there < 0 else (1 + there if is_inner else 1 + len(inner) + there) | (ACCEPTS if accepted else 0)
                for is_inner, there, accepted in row
            ]
        masks = [0, *(accepted for _, _, accepted in inner), *leaves]
        return Confirm(self._classes, table, tuple(map(_numbers, masks)))


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _numbers(mask: int) -> tuple[int, ...]:
    numbers = []
    while mask:
        lowest = mask & -mask
        numbers.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(numbers)
