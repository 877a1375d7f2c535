"""Look-ahead of more than one character, by running the DFA of what it looks for beside what follows it.

A *watch* is such a look-ahead that has begun: the DFA of its body in some state. While the pattern consumes
characters, the DFA reads them too. Before each of them it is known whether the watch is *done* (a positive one at the
first MATCH, a negative one in the dead state), has *failed* (the other way round), or goes on. So the steps of the
program are multiplied by the watches that are under way, which are finitely many: a step with its watches is a step of
the new program, and no step of a way that has failed exists there. Whatever the text is, it is read once.

What cannot be had in this way is a match that ends while a watch goes on: it would have to wait for characters
behind its end. Such a pattern is refused, unless what it demands of its end settles the watch.

Vocabulary: a *reach* is a set of what can stand after a boundary: characters, the final newline, the end of the text.

Invariant: the new program matches what the old one does where all its look-aheads hold, in the same order.

Example: in `(?!66)\\d\\d` the first digit is either one that ends the watch, or a 6 after which the second is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guardc.compiler.regex.atomic import may_hold
from guardc.compiler.regex.charset import LAST, CharSet
from guardc.compiler.regex.dfa import MATCH, Dfa
from guardc.compiler.regex.nodes import (
    ALWAYS,
    NEVER,
    Ahead,
    AtFinalNewline,
    AtStart,
    Next,
    Not,
    Previous,
    Watch,
    all_of,
    any_of,
)
from guardc.compiler.regex.program import CHAR, END, SPLIT, WATCH, Program, Step, Walker

if TYPE_CHECKING:
    from guardc.compiler.regex.automaton import Automaton
    from guardc.compiler.regex.nodes import Node, Test

__all__ = ["PendingAtEndError", "ahead", "program_of"]

NEWLINE = CharSet.of("\n")
Watches = tuple[tuple[int, int], ...]  # the number of an `Ahead` and its state, sorted


class PendingAtEndError(Exception):
    """A match could end while a look-ahead is under way; `origin` is which one, as in `Ahead`."""

    def __init__(self, origin: int) -> None:
        super().__init__(origin)
        self.origin = origin


class Reach(NamedTuple):
    """`chars` has the newline if one that is not the last character is in the set."""

    chars: CharSet
    final: bool
    end: bool

    def __and__(self, other: Reach) -> Reach:
        return Reach(self.chars & other.chars, self.final and other.final, self.end and other.end)

    def union(self, other: Reach) -> Reach:
        return Reach(self.chars | other.chars, self.final or other.final, self.end or other.end)

    def test(self) -> Test:
        """The test that what stands after a boundary is in the set."""
        test: Test = Not(Next(~self.chars)) if self.end else Next(self.chars)
        if self.final == ("\n" in self.chars):
            return ALWAYS if self == EVERYTHING else NEVER if self == NOTHING else test
        return any_of((test, AtFinalNewline())) if self.final else all_of((test, Not(AtFinalNewline())))


EVERYTHING = Reach(CharSet.span(0, LAST), final=True, end=True)
NOTHING = Reach(CharSet(()), final=False, end=False)


def ahead(automaton: Automaton, dfa: Dfa, origin: int, *, positive: bool) -> Ahead:
    """The look-ahead for what a DFA finds."""
    states: list[Watch] = []
    for state in range(len(dfa.table) // dfa.stride):
        done = NOTHING
        going: dict[int, Reach] = {}
        for column, entry in enumerate(dfa.table[state * dfa.stride : (state + 1) * dfa.stride]):
            here, target = _reach(automaton, column), entry & ~MATCH
            if entry & MATCH or not target:
                if bool(entry & MATCH) == positive:
                    done = done.union(here)
            else:
                going[target] = going.get(target, NOTHING).union(here)
        states.append(Watch(done, tuple(going.items())))
    kinds = automaton.before
    starts: list[tuple[Test, int]] = []
    for kind, state in enumerate(dfa.starts):
        # The final newline is a newline to what is behind it.
        classes = [chars for chars, of in zip(automaton.classes, kinds, strict=False) if of == kind]
        before: Test = Previous(CharSet.from_ranges(bounds for chars in classes for bounds in chars.ranges))
        if len(dfa.starts) == 1:
            before = ALWAYS
        elif kinds[-1] == kind:
            before = any_of((AtStart(), before))
        starts.append((before, state))
    return Ahead(tuple(starts), tuple(states), origin)


def _reach(automaton: Automaton, column: int) -> Reach:
    if column < len(automaton.classes):
        chars = automaton.classes[column]
        return Reach(chars, automaton.final_newline is None and "\n" in chars, end=False)
    if column == automaton.final_newline:
        return Reach(CharSet(()), final=True, end=False)
    return Reach(CharSet(()), final=False, end=True)


def program_of(node: Node) -> Program:
    """The program of a tree, its watches multiplied out.

    Raises PendingAtEndError.
    """
    program = Program.of(node)
    return _Product(program).run() if program.aheads else program


class _Product:
    """The steps of a program times the watches under way."""

    def __init__(self, old: Program) -> None:
        self._old = old
        self._new = Program()
        self._numbers: dict[tuple[int, Watches], int] = {}
        self._waiting: list[tuple[int, Watches]] = []
        self._pending: dict[int, tuple[CharSet, int]] = {}  # what comes next, and the origin of one that is under way

    def run(self) -> Program:
        new = self._new
        for test in self._old.tests:
            new.number(test)
        new.machines = [(machine, END) for machine, _ in self._old.machines]
        new.mixed = any(machine.doubt for machine, _ in new.machines)
        new.entry = self._number(self._old.entry, ())
        for step, watches in self._waiting:  # grows while it is read
            new.steps[self._numbers[step, watches]] = self._made(step, watches)
        self._refuse_pending()
        return new

    def _number(self, step: int, watches: Watches) -> int:
        if step == END and not watches:
            return END
        known = self._numbers.get((step, watches))
        if known is None:
            known = self._numbers[step, watches] = self._new.reserve()
            self._waiting.append((step, watches))
        return known

    def _made(self, number: int, watches: Watches) -> Step:
        step = self._old.steps[number]
        if number == END:
            return self._end(watches)
        if step.op == WATCH:
            node = self._old.aheads[step.mask]
            return Step(
                SPLIT,
                tuple(
                    self._new.test(test, self._number(step.targets[0], _with(watches, (step.mask, state))))
                    for test, state in node.starts
                ),
            )
        if step.op == CHAR:
            all_ = Reach(step.chars, "\n" in step.chars, end=False)
            targets: list[int] = []
            for left, reach in self._parts(all_, watches).items():
                targets.extend(self._chars(reach, self._number(step.targets[0], left)))
            return Step(SPLIT, tuple(targets))
        out = self._number(step.out, watches) if step.out >= 0 else -1
        return step._replace(targets=tuple(self._number(target, watches) for target in step.targets), out=out)

    def _parts(self, reach: Reach, watches: Watches) -> dict[Watches, Reach]:
        """What can be consumed, by the watches that go on behind it."""
        parts: dict[Watches, Reach] = {(): reach}
        for number, state in watches:
            watch = self._old.aheads[number].states[state]
            refined: dict[Watches, Reach] = {}
            for left, here in parts.items():
                for target, there in ((0, watch.done), *watch.going):
                    both = here & there
                    if both != NOTHING:
                        key = _with(left, (number, target)) if target else left
                        refined[key] = refined.get(key, NOTHING).union(both)
            parts = refined
        return parts

    def _chars(self, reach: Reach, then: int) -> list[int]:
        new = self._new
        if reach.final == ("\n" in reach.chars):
            return [new.char(reach.chars, then)]
        newline: Test = AtFinalNewline() if reach.final else Not(AtFinalNewline())
        rest = reach.chars - NEWLINE
        return [*([new.char(rest, then)] if rest else []), new.test(newline, new.char(NEWLINE, then))]

    def _end(self, watches: Watches) -> Step:
        parts = self._parts(EVERYTHING, watches)
        targets = [self._new.test(parts.pop((), NOTHING).test(), END)]
        for left, reach in parts.items():
            # A step of its own stands for what must not happen; nothing is before it but the tests of the end.
            pending = self._new.reserve()
            chars = reach.chars | (NEWLINE if reach.final else CharSet(()))
            self._pending[pending] = chars, self._old.aheads[left[0][0]].origin
            self._new.steps[pending] = Step(CHAR, (END,), chars=chars)
            targets.append(pending)
        return Step(SPLIT, tuple(targets))

    def _refuse_pending(self) -> None:
        new = self._new
        if not self._pending:
            return
        walker = Walker(new)
        reached: list[tuple[int, CharSet | None]] = [(new.entry, None)]
        seen = set(reached)
        for step, before in reached:  # grows while it is read
            for target, mask in walker.walk(step):
                if target in self._pending:
                    following, origin = self._pending[target]
                    tests = [test for number, test in enumerate(new.tests) if mask >> number & 1]
                    if all(may_hold(test, following, before) for test in tests):
                        raise PendingAtEndError(origin)
                elif target != END and (after := (new.steps[target].targets[0], new.steps[target].chars)) not in seen:
                    seen.add(after)
                    reached.append(after)
        for pending in self._pending:
            new.steps[pending] = Step(SPLIT)


def _with(watches: Watches, watch: tuple[int, int]) -> Watches:
    return tuple(sorted({*watches, watch}))
