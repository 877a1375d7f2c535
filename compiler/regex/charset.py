"""Sets of characters, as sorted ranges of code points.

Vocabulary: a *code point* is an `int` from 0 to `LAST` (surrogates included, as in a `str`); a *range* is a
pair `(first, last)`, both ends included.

Invariant: `CharSet.ranges` is sorted, and between two ranges there is at least one code point outside the
set. So equal sets have equal ranges, and a set can be compared, hashed and used as a key.

Example: `CharSet.of("ab") | CharSet.span("c", "f")` is `CharSet(ranges=((97, 102),))`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LAST", "CharSet"]

LAST = 0x10FFFF
"""The last code point of Unicode."""


@dataclass(frozen=True, slots=True)
class CharSet:
    """An immutable set of code points. Make one with `of`, `span` or `from_ranges`, which keep the
    invariant."""

    ranges: tuple[tuple[int, int], ...]
    _hash: int = field(init=False, repr=False, compare=False)  # sets with hundreds of ranges are keys everywhere

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.ranges))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def of(cls, characters: Iterable[str | int]) -> CharSet:
        """The set of the given characters (or code points), in any order."""
        points = (ord(c) if isinstance(c, str) else c for c in characters)
        return cls.from_ranges((point, point) for point in points)

    @classmethod
    def span(cls, first: str | int, last: str | int) -> CharSet:
        """All characters from `first` to `last`, both included."""
        low = ord(first) if isinstance(first, str) else first
        high = ord(last) if isinstance(last, str) else last
        return cls(((low, high),)) if low <= high else cls(())

    @classmethod
    def from_ranges(cls, ranges: Iterable[tuple[int, int]]) -> CharSet:
        """The union of ranges in any order; they may overlap."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                if high > merged[-1][1]:
                    merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    def __contains__(self, character: object) -> bool:
        point = ord(character) if isinstance(character, str) else character
        if not isinstance(point, int):
            return False
        at = bisect_right(self.ranges, (point, LAST)) - 1
        return at >= 0 and self.ranges[at][0] <= point <= self.ranges[at][1]

    def __iter__(self) -> Iterator[int]:
        for low, high in self.ranges:
            yield from range(low, high + 1)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __or__(self, other: CharSet) -> CharSet:
        return CharSet.from_ranges((*self.ranges, *other.ranges))

    def __invert__(self) -> CharSet:
        gaps: list[tuple[int, int]] = []
        start = 0
        for low, high in self.ranges:
            if start < low:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= LAST:
            gaps.append((start, LAST))
        return CharSet(tuple(gaps))

    def __and__(self, other: CharSet) -> CharSet:
        common: list[tuple[int, int]] = []
        i = j = 0
        while i < len(self.ranges) and j < len(other.ranges):
            low = max(self.ranges[i][0], other.ranges[j][0])
            high = min(self.ranges[i][1], other.ranges[j][1])
            if low <= high:
                common.append((low, high))
            if self.ranges[i][1] < other.ranges[j][1]:
                i += 1
            else:
                j += 1
        return CharSet(tuple(common))

    def __sub__(self, other: CharSet) -> CharSet:
        return self & ~other

    def __le__(self, other: CharSet) -> bool:
        """Whether every character of this set is in `other`."""
        return not self - other

    def isdisjoint(self, other: CharSet) -> bool:
        """Whether the two sets share no character."""
        return not self & other

    def __repr__(self) -> str:
        def name(point: int) -> str:
            character = chr(point)
            return character if 0x21 <= point < 0x7F and character not in "\\-[]" else f"\\x{{{point:x}}}"

        parts = [name(low) if low == high else f"{name(low)}-{name(high)}" for low, high in self.ranges[:12]]
        return f"CharSet[{''.join(parts)}{'...' if len(self.ranges) > 12 else ''}]"
