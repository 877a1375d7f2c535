"""A small automaton that finds no less than the pattern: most searches end with it.

A pattern whose DFA does not fit its budget is simulated, which is slow, and most candidates come to nothing: a
scanner's `key.{0,20}=.{0,3}[0-9a-f]{32}` is looked for at every `key` of a text. Counted repeats make the DFA large,
and few candidates fail for the count. So positions are *merged* that look alike: they accept the same characters, and
so do those behind them, three characters far. Merging adds ways and takes none (a quotient automaton; the coarser the
merging, the fewer its states), conditions at boundaries are left aside, and no order is kept. What is left is made
deterministic.

A search may begin at several places, from the earliest on; all that stands between them is in the pattern's walk. So
the automaton may also go on from its begin over the walk, and one run answers for all begins.

Invariant: where a match begins at or behind the place at which a run begins, with nothing but the walk in between, the
run comes to ACCEPTED.

Example: `(?:ab){5,9}c` becomes a little more than `(?:ab)+c`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardc.compiler.regex.automaton import ACCEPT

if TYPE_CHECKING:
    from guardc.compiler.regex.automaton import Automaton

__all__ = ["ACCEPTED", "MAX_STATES", "Sketch", "sketch_of"]

ACCEPTED: Final = 0xFFFF
"""As a table entry: there may be a match."""
MAX_STATES: Final = 400
"""Beyond this the pattern does without."""
ROUNDS: Final = 3
MAX_POSITIONS: Final = 4_000
"""Of a pattern for which a sketch is tried."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """`table[state * columns + class]` is the next state or ACCEPTED. State 0 is dead, 1 is where a run begins."""

    columns: int
    table: array[int]


def sketch_of(automaton: Automaton, walk: int) -> Sketch | None:
    """The sketch of an automaton, or None if it is too large.

    Args:
        walk: the classes that may stand between the begin of a run and that of a match, as a bit mask.
    """
    if len(automaton.positions) > MAX_POSITIONS:
        return None
    return _Subsets(automaton, _merged(automaton), walk).build()


def _merged(automaton: Automaton) -> list[int]:
    """The group of each position."""
    follow = [frozenset(edge.target for edge in position.follow) for position in automaton.positions]
    kinds: dict[object, int] = {}
    group = [kinds.setdefault(position.accepts, len(kinds)) for position in automaton.positions]
    for _ in range(ROUNDS):
        kinds = {}
        behind = [frozenset(group[target] if target != ACCEPT else ACCEPT for target in targets) for targets in follow]
        group = [kinds.setdefault(kind, len(kinds)) for kind in zip(group, behind, strict=True)]
    return group


class _Subsets:
    """The subset construction. Sets of groups are bit masks, with one more bit for `begin`: a match may begin here."""

    def __init__(self, automaton: Automaton, group: list[int], walk: int) -> None:
        self._columns = len(automaton.classes) + (automaton.final_newline is not None)
        self._walk = walk
        count = max(group, default=-1) + 1
        self._begin = 1 << count
        self._follow = [0] * count
        self._ends = 0
        self._accepting = [0] * self._columns
        for own, position in zip(group, automaton.positions, strict=True):
            for cls in position.accepts:
                self._accepting[cls] |= 1 << own
            for edge in position.follow:
                if edge.target == ACCEPT:
                    self._ends |= 1 << own
                else:
                    self._follow[own] |= 1 << group[edge.target]
        self._first = self._begin
        for edge in automaton.start:
            self._first |= 1 << group[edge.target]
        self._known: dict[int, int] = {}

    def build(self) -> Sketch | None:
        numbers = {0: 0, self._first: 1}
        table = array("H", [0] * self._columns)
        waiting = [self._first]
        for state in waiting:  # grows while it is read
            for column in range(self._columns):
                reached = self._next(state, column)
                if reached < 0:
                    table.append(ACCEPTED)
                    continue
                number = numbers.setdefault(reached, len(numbers))
                if number == len(waiting) + 1:
                    waiting.append(reached)
                table.append(number)
            if len(numbers) > MAX_STATES:
                return None
        return Sketch(self._columns, table)

    def _next(self, state: int, column: int) -> int:
        """The set behind a character of this class; -1 if a match may end there."""
        passing = state & self._accepting[column]
        if passing & self._ends:
            return -1
        if passing not in self._known:
            reached, rest = 0, passing
            while rest:
                lowest = rest & -rest
                reached |= self._follow[lowest.bit_length() - 1]
                rest ^= lowest
            self._known[passing] = reached
        goes_on = state & self._begin and self._walk >> column & 1
        return self._known[passing] | (self._first if goes_on else 0)
