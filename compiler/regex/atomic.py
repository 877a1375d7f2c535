"""Atomic groups and possessive repeats, where one pass over the text can tell where they end.

An atomic group `(?>X)` matches what `re` prefers for `X` alone, whatever follows; then there is no way back. A
possessive repeat is an atomic group around a greedy repeat whose every iteration is atomic, too (this is what
CPython's `SRE_OP_POSSESSIVE_REPEAT` does: `(?:a|ab){2}+` does not match `aba`, although `(?>(?:a|ab){2})` does).

The DFA of `X` alone knows the preferred end: the last boundary whose entry had MATCH before state 0 was reached. So the
group can be replaced by its DFA (a `Machine`), which is left at exactly one boundary, if it is known at each MATCH
whether it is the last one. Let an entry have MATCH and lead to the state `t`:

  - `t` is dead: it is the last one;
  - `t` is *sure*: whatever comes, another MATCH will. Then it is not the last one;
  - otherwise there is *doubt*: it depends on characters that are still to be read. Then the machine both goes on, which
    is preferred, and is left.

Being left wrongly, before a character in doubt, does no harm if what follows the group cannot begin with that
character: this way dies at once. Neither does it if what follows can end the pattern there without a condition: should
the preferred way be right, it leads to a match, and that one wins. (A full match cannot end there, since a character
follows.) This is what `check_doubts` holds of the whole pattern. All other groups are refused.

Vocabulary: a *column* of the DFA's table is a class of characters, as in `dfa`, or the end of the text.

Invariant: a node that is returned stands for the same matches as the group, in every pattern of which `check_doubts`
holds.

Example: `(?>ab|a)` leaves no doubt: after `a` comes `b`, and another MATCH is sure, or the group ends. `(?:ab)*+` does:
before an `a` it may end or go on. In `(?:ab)*+c` this does no harm, in `(?:ab)*+a` it would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardc.compiler.regex.build import build
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.dfa import MATCH, determinize
from guardc.compiler.regex.nodes import (
    ALWAYS,
    AllOf,
    AnyOf,
    Arc,
    AtFinalNewline,
    AtStart,
    Machine,
    Next,
    Not,
    Previous,
    State,
    all_of,
    any_of,
)
from guardc.compiler.regex.program import END, Walker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardc.compiler.regex.automaton import Automaton
    from guardc.compiler.regex.dfa import Dfa
    from guardc.compiler.regex.nodes import Test
    from guardc.compiler.regex.program import Program

__all__ = ["check_doubts", "machine", "may_hold"]

NEWLINE = CharSet.of("\n")


def machine(program: Program, origin: tuple[str, int]) -> Machine | None:
    """The atomic group around a program whose own doubts do no harm; None if its DFA passes its budget."""
    automaton = build(program)
    dfa = determinize(automaton)
    return None if dfa is None else _Reader(automaton, dfa).machine(origin)


def check_doubts(program: Program) -> Machine | None:
    """The first machine whose doubts may do harm in a pattern; None if there is none."""
    if program.mixed:
        return next(machine for machine, _ in program.machines if machine.doubt)
    walker = Walker(program)
    for machine, then in program.machines:
        if not machine.doubt:
            continue
        for step, mask in walker.walk(then):
            tests = [test for number, test in enumerate(program.tests) if mask >> number & 1]
            following = machine.doubt
            if step == END:
                if not mask:
                    continue
            else:
                following &= program.steps[step].chars
            if following and all(may_hold(test, following, machine.before) for test in tests):
                return machine
    return None


def may_hold(test: Test, following: CharSet, before: CharSet | None = None) -> bool:
    """Whether a test may hold between one of the characters `before` (None: anything) and one of `following`."""
    return _truth(test, following, before) is not False


def _truth(test: Test, following: CharSet, before: CharSet | None) -> bool | None:
    """Whether a test holds there; None if not everywhere or not nowhere, or unknown."""
    if isinstance(test, Not):
        truth = _truth(test.operand, following, before)
        return None if truth is None else not truth
    if isinstance(test, AllOf | AnyOf):
        decides = isinstance(test, AnyOf)
        truths = [_truth(operand, following, before) for operand in test.operands]
        if decides in truths:
            return decides
        return None if None in truths else not decides
    if isinstance(test, Next):
        return _member(following, test.chars)
    if isinstance(test, Previous):
        return None if before is None else _member(before, test.chars)
    if isinstance(test, AtStart):
        return None if before is None else False
    if isinstance(test, AtFinalNewline) and "\n" in following:
        return None
    return False


def _member(some: CharSet, chars: CharSet) -> bool | None:
    if some.isdisjoint(chars):
        return False
    return True if some <= chars else None


class _Reader:
    """Reads the table of a group's DFA. Sets of columns are Python sets."""

    def __init__(self, automaton: Automaton, dfa: Dfa) -> None:
        self._automaton = automaton
        self._dfa = dfa
        self._end = dfa.stride - 1
        self._sure = self._sure_states()

    def machine(self, origin: tuple[str, int]) -> Machine:
        doubts: dict[int, set[int]] = {}
        states = [self._state(number, doubts) for number in range(1, self._count())]
        starts = tuple(
            (self._before(kind), state - 1)
            for kind, state in enumerate(self._dfa.starts)
            if state  # 0 is dead
        )
        before: CharSet | None = CharSet(())
        for state in states:
            for arc in state.arcs:
                if before is not None and arc.target in doubts:
                    before |= arc.chars
        if any(state in doubts for _, state in starts):
            before = None
        doubt = {column for columns in doubts.values() for column in columns}
        automaton = self._automaton
        return Machine(
            starts, tuple(states), self._chars(doubt), before, origin, automaton.min_length, automaton.max_length
        )

    def _count(self) -> int:
        return len(self._dfa.table) // self._dfa.stride

    def _row(self, state: int) -> list[tuple[int, bool]]:
        """For every column the next state, and whether a match ends before it."""
        stride = self._dfa.stride
        return [
            (entry & ~MATCH, bool(entry & MATCH)) for entry in self._dfa.table[state * stride : (state + 1) * stride]
        ]

    def _sure_states(self) -> set[int]:
        sure: set[int] = set()
        rows = [self._row(state) for state in range(self._count())]
        while True:
            more = {
                state
                for state, row in enumerate(rows)
                if state not in sure and all(match or target in sure for target, match in row)
            }
            if not more:
                return sure
            sure |= more

    def _state(self, number: int, doubts: dict[int, set[int]]) -> State:
        ends: set[int] = set()
        going: dict[int, set[int]] = {}
        for column, (target, match) in enumerate(self._row(number)):
            if target:
                going.setdefault(target, set()).add(column)
            if match and target not in self._sure:
                ends.add(column)
                if target:
                    doubts.setdefault(number - 1, set()).add(column)
        arcs = tuple(arc for target, columns in going.items() for arc in self._arcs(columns, target - 1))
        return State(arcs, self._after(ends))

    def _arcs(self, columns: set[int], target: int) -> Iterable[Arc]:
        final, newline = self._automaton.final_newline, self._newline()
        if final is None or (final in columns) == (newline in columns):
            yield Arc(ALWAYS, self._chars(columns), target)
            return
        rest = columns - {final, newline}
        if rest:
            yield Arc(ALWAYS, self._chars(rest), target)
        yield Arc(AtFinalNewline() if final in columns else Not(AtFinalNewline()), NEWLINE, target)

    def _after(self, columns: set[int]) -> Test:
        """The test that the character after is in one of these columns."""
        if len(columns) == self._dfa.stride:
            return ALWAYS
        final, newline = self._automaton.final_newline, self._newline()
        plain = columns - {final} if final is not None else columns
        if self._end in columns:
            test: Test = Not(Next(self._chars(set(range(len(self._automaton.classes))) - plain)))
        else:
            test = Next(self._chars(plain))
        if final is not None and (final in columns) != (newline in columns):
            special = AtFinalNewline()
            test = any_of((test, special)) if final in columns else all_of((test, Not(special)))
        return test

    def _before(self, kind: int) -> Test:
        """The test that the character before is of this kind."""
        if len(self._automaton.truth) == 1:
            return ALWAYS
        before = self._automaton.before
        test: Test = Previous(self._chars({column for column, of in enumerate(before[:-1]) if of == kind}))
        return any_of((AtStart(), test)) if before[-1] == kind else test

    def _newline(self) -> int | None:
        """The column of a newline that is not the last character, where there are two."""
        if self._automaton.final_newline is None:
            return None
        return next(number for number, chars in enumerate(self._automaton.classes) if "\n" in chars)

    def _chars(self, columns: set[int]) -> CharSet:
        ranges: list[tuple[int, int]] = []
        for column in columns:
            if column < len(self._automaton.classes):
                ranges.extend(self._automaton.classes[column].ranges)
            elif column == self._automaton.final_newline:
                ranges.extend(NEWLINE.ranges)
        return CharSet.from_ranges(ranges)
