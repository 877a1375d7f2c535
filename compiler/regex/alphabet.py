"""The local alphabet of a pattern: which characters it never tells apart, and what boundaries look like to
its tests.

Vocabulary: a *class* is a set of characters that are in the same of the pattern's sets, numbered by its first
code point; the *final newline* is one more class, for a newline that ends the text, needed when a test asks
for it; a *kind* is a group of classes (or the text's start or end) that all tests see alike on that side of a
boundary.

Invariant: the classes are disjoint and cover all code points; kinds are numbered in the order of the classes.

Example: for `\\bab\\b` the classes are `{a}`, `{b}`, other word characters and the rest, and there are two
kinds on each side: word characters, and everything else with the text's start or end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from guardc.compiler.regex.charset import LAST, CharSet
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.nodes import (
    AllOf,
    AnyOf,
    AtEnd,
    AtFinalNewline,
    AtStart,
    Leaf,
    Next,
    Not,
    Previous,
    Test,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_ATOMS", "MAX_CLASSES", "Alphabet", "partition"]

MAX_CLASSES: Final = 255
MAX_ATOMS: Final = 63

_T = TypeVar("_T")

NEWLINE: Final = CharSet.of("\n")


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The classes, and for each set of the pattern the classes in it.

    `members` includes the final newline wherever a newline is a member. `before`, `after` and `truth` are as
    in `Automaton`.
    """

    classes: tuple[CharSet, ...]
    final_newline: int | None
    members: dict[CharSet, frozenset[int]]
    before: tuple[int, ...]
    after: tuple[int, ...]
    truth: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, consumed: Iterable[CharSet], tests: Sequence[Test]) -> Alphabet:
        """The alphabet of a pattern that consumes these sets and asks these tests."""
        asked = list(dict.fromkeys(leaf for test in tests for leaf in leaves(test)))
        if any(isinstance(leaf, AtFinalNewline) for leaf in asked):
            consumed = (*consumed, NEWLINE)
        looked_at = (leaf.chars for leaf in asked if isinstance(leaf, Previous | Next))
        sets = list(dict.fromkeys((*consumed, *looked_at)))
        classes, members = partition(sets)
        if len(classes) > MAX_CLASSES:
            raise PatternTooLarge(
                f"the pattern tells {len(classes)} groups of characters apart, more than {MAX_CLASSES}",
                "split it into several patterns",
            )
        final_newline = None
        if any(isinstance(leaf, AtFinalNewline) for leaf in asked):
            final_newline = len(classes)
            members = {
                chars: numbers | {final_newline} if "\n" in chars else numbers for chars, numbers in members.items()
            }
        count = len(classes) + (final_newline is not None)
        before_seen = [_features(asked, Previous, members, number) for number in range(count)]
        after_seen = [_features(asked, Next, members, number, final_newline) for number in range(count)]
        before_seen.append(frozenset(leaf for leaf in asked if isinstance(leaf, AtStart)))
        after_seen.append(frozenset(leaf for leaf in asked if isinstance(leaf, AtEnd)))
        before, before_kinds = _number(before_seen)
        after, after_kinds = _number(after_seen)
        truth = [
            tuple(sum(_holds(test, b | a) << atom for atom, test in enumerate(tests)) for a in after_kinds)
            for b in before_kinds
        ]
        return cls(tuple(classes), final_newline, members, before, after, tuple(truth)).merged()

    def merged(self) -> Alphabet:
        """The same with kinds merged that give the same truth."""
        rows, row_keys = _number(self.truth)
        columns, column_keys = _number(list(zip(*row_keys, strict=True)))
        return Alphabet(
            self.classes,
            self.final_newline,
            self.members,
            tuple(rows[kind] for kind in self.before),
            tuple(columns[kind] for kind in self.after),
            tuple(zip(*column_keys, strict=True)),
        )

    def with_truth(self, truth: tuple[tuple[int, ...], ...]) -> Alphabet:
        """The same with other atoms."""
        return Alphabet(self.classes, self.final_newline, self.members, self.before, self.after, truth).merged()


def partition(sets: list[CharSet]) -> tuple[list[CharSet], dict[CharSet, frozenset[int]]]:
    """The classes of the code points by the sets they are in, and the numbers of the classes in each set."""
    changes: dict[int, int] = {0: 0, LAST + 1: 0}
    for number, chars in enumerate(sets):
        for low, high in chars.ranges:
            changes[low] = changes.get(low, 0) ^ (1 << number)
            changes[high + 1] = changes.get(high + 1, 0) ^ (1 << number)
    ranges: dict[int, list[tuple[int, int]]] = {}
    signature = 0
    points = sorted(changes)
    for low, end in pairwise(points):
        signature ^= changes[low]
        ranges.setdefault(signature, []).append((low, end - 1))
    members: list[list[int]] = [[] for _ in sets]
    for number, signature in enumerate(ranges):
        rest = signature
        while rest:
            lowest = rest & -rest
            members[lowest.bit_length() - 1].append(number)
            rest ^= lowest
    classes = [CharSet.from_ranges(parts) for parts in ranges.values()]
    return classes, {chars: frozenset(numbers) for chars, numbers in zip(sets, members, strict=True)}


def _features(
    asked: list[Leaf],
    side: type[Previous] | type[Next],
    members: dict[CharSet, frozenset[int]],
    number: int,
    final_newline: int | None = None,
) -> frozenset[Leaf]:
    """The leaves that hold when a character of class `number` is on that side of a boundary."""
    return frozenset(
        leaf
        for leaf in asked
        if (isinstance(leaf, Previous | Next) and isinstance(leaf, side) and number in members[leaf.chars])
        or (isinstance(leaf, AtFinalNewline) and side is Next and number == final_newline)
    )


def _number(items: Sequence[_T]) -> tuple[tuple[int, ...], list[_T]]:
    """Numbers for equal items, in order of appearance, and the distinct items."""
    numbers: dict[_T, int] = {}
    return tuple([numbers.setdefault(item, len(numbers)) for item in items]), list(numbers)


def _holds(test: Test, leaves_that_hold: frozenset[Leaf]) -> bool:
    if isinstance(test, Not):
        return not _holds(test.operand, leaves_that_hold)
    if isinstance(test, AllOf):
        return all(_holds(operand, leaves_that_hold) for operand in test.operands)
    if isinstance(test, AnyOf):
        return any(_holds(operand, leaves_that_hold) for operand in test.operands)
    return test in leaves_that_hold
