"""A pattern as a small program, and the ordered walk over the steps that consume nothing.

The program is what Thompson (1968) and Pike made of a regular expression: characters, ordered branches,
tests. Loops follow `re`'s own rule (`SRE_OP_MAX_UNTIL` and `SRE_OP_MIN_UNTIL` in CPython's
`Modules/_sre/sre_lib.h`): while the minimum is not reached the body simply runs again; from then on an
iteration is tried only if the text has moved since the last one *of those* began, and if it has not, the loop
is left. So an iteration that consumed nothing counts, and leads out. With counted repeats unrolled, all that
is left of that rule is one bit per loop: has an optional iteration begun here?

Vocabulary:
  - a *step* does one thing; steps refer to each other by index;
  - a *loop bit* is that bit for one of the loops around a step, numbered from outside in;
  - the *walk* from a step finds the CHAR steps and the END that can be reached without consuming, best first,
    and for each way there the mask of the tests passed.

Invariants: a loop bit is set only between its UNTIL and the next UNTIL of the same loop; consuming a
character clears all of them. So a walk begins with none, and a CHAR step is a complete description of a
thread.

Example: `(?:|a)*b` is

    0 MATCH    1 CHAR b, then 0    2 UNTIL bit 1, again 4, out 1    3 CHAR a, then 2    4 SPLIT 2, 3

and the walk from 2 finds b (by the empty option, which leads out), a, and would find b once more after it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.nodes import (
    ALWAYS,
    NEVER,
    Ahead,
    Alternate,
    Assertion,
    Chars,
    Concat,
    Empty,
    Machine,
    Next,
    Node,
    Repeat,
    Test,
    negate,
)

__all__ = ["END", "MAX_EDGES", "MAX_POSITIONS", "MAX_WORD_POSITIONS", "REPEAT_HINT", "Program", "Walker"]

MAX_POSITIONS: Final = 20_000
"""How many places of a pattern may consume a character, counted repeats written out."""

MAX_EDGES: Final = 400_000
"""How many edges an automaton may have."""

MAX_WORD_POSITIONS: Final = 100_000
"""The same for word lists, whose automata are long but thin."""

STEPS_PER_POSITION: Final = 3
MAX_WALK: Final = 3 * MAX_EDGES

END: Final = 0
"""The number of the step at which every program ends: the pattern has matched."""

MATCH: Final = 0
CHAR: Final = 1
SPLIT: Final = 2
TEST: Final = 3
UNTIL: Final = 4
WATCH: Final = 5

REPEAT_HINT = "lower the counts of its repeats, or put a class such as `[a-z]` in the place of the repeated group"


class Step(NamedTuple):
    """`targets` are the steps that follow, best first; the other fields belong to one `op` each."""

    op: int
    targets: tuple[int, ...] = ()
    chars: CharSet = CharSet(())
    """CHAR: what it consumes."""
    mask: int = 0
    """TEST: the tests that must hold. UNTIL: its loop bit, set on the way to all targets but `out`. WATCH: which
    look-ahead begins here; `ahead` makes a program without such steps, which no walk can do."""
    out: int = -1
    """UNTIL: the only target that is left if the loop bit is set."""


class Program:
    """The steps of one pattern, built from its end to its begin. `entry` is the first step."""

    def __init__(self, max_positions: int = MAX_POSITIONS) -> None:
        self.steps: list[Step] = [Step(MATCH)]
        self.tests: list[Test] = []
        self.machines: list[tuple[Machine, int]] = []  # each with the step that follows it
        self.mixed = False  # whether machines with doubts stand beside look-aheads
        self.aheads: list[Ahead] = []
        self.entry = 0
        self._test_numbers: dict[Test, int] = {}
        self._known: dict[Step, int] = {}
        self._positions = 0
        self._max_positions = max_positions
        self._max_steps = STEPS_PER_POSITION * max_positions

    @classmethod
    def of(cls, node: Node) -> Program:
        """The program of a tree."""
        program = cls()
        program.entry = program.add(node, 0, 0)
        return program

    def add(self, node: Node, then: int, depth: int) -> int:
        """Append the steps for a node that is followed by step `then`; `depth` loops have bits around it."""
        if isinstance(node, Empty):
            return then
        if isinstance(node, Chars):
            return self.char(node.chars, then)
        if isinstance(node, Assertion):
            return self.test(node.test, then)
        if isinstance(node, Concat):
            for item in reversed(node.items):
                then = self.add(item, then, depth)
            return then
        if isinstance(node, Alternate):
            return self.split([self.add(option, then, depth) for option in node.options])
        if isinstance(node, Machine):
            return self._machine(node, then)
        if isinstance(node, Ahead):
            number = next((number for number, known in enumerate(self.aheads) if known is node), len(self.aheads))
            if number == len(self.aheads):
                self.aheads.append(node)
            return self._append(Step(WATCH, (then,), mask=number))
        return self._repeat(node, then, depth)

    def char(self, chars: CharSet, then: int) -> int:
        known = len(self.steps)
        step = self._append(Step(CHAR, (then,), chars=chars))
        self._positions += step == known
        if self._positions > self._max_positions:
            raise PatternTooLarge(
                f"the pattern has more than {self._max_positions:_} places for a character", REPEAT_HINT
            )
        return step

    def plus(self, chars: CharSet, then: int) -> int:
        """One or more characters of the set, greedily."""
        again = self.reserve()
        entry = self.char(chars, again)
        self.steps[again] = Step(SPLIT, (entry, then))
        return entry

    def test(self, test: Test, then: int) -> int:
        if test == ALWAYS:
            return then
        if test == NEVER:
            return self.split([])
        return self._append(Step(TEST, (then,), mask=1 << self.number(test)))

    def number(self, test: Test) -> int:
        number = self._test_numbers.setdefault(test, len(self.tests))
        if number == len(self.tests):
            self.tests.append(test)
        return number

    def split(self, targets: list[int]) -> int:
        targets = list(dict.fromkeys(targets))  # with no target at all, nothing matches
        return targets[0] if len(targets) == 1 else self._append(Step(SPLIT, tuple(targets)))

    def _append(self, step: Step) -> int:
        """The number of a step. Equal steps are one: what follows them is equal too, so common ends are
        shared."""
        number = self._known.setdefault(step, len(self.steps))
        if number == len(self.steps):
            self.reserve()
            self.steps[number] = step
        return number

    def reserve(self) -> int:
        """A step that is given later, when the loop's body that refers to it is known."""
        if len(self.steps) >= self._max_steps:
            raise PatternTooLarge(f"the pattern has more than {self._max_steps:_} steps", REPEAT_HINT)
        self.steps.append(Step(MATCH))
        return len(self.steps) - 1

    def _machine(self, node: Machine, then: int) -> int:
        self.machines.append((node, then))
        states = [self.reserve() for _ in node.states]
        for number, state in zip(states, node.states, strict=True):
            targets = [self.test(arc.test, self.char(arc.chars, states[arc.target])) for arc in state.arcs]
            self.steps[number] = Step(SPLIT, (*targets, self.test(state.end, then)))
        return self.split([self.test(test, states[state]) for test, state in node.starts])

    def _repeat(self, node: Repeat, then: int, depth: int) -> int:
        body, low, high = node.body, node.low, node.high
        if high == 0:
            return then
        if max_length(body) == 0:
            # Repeating what consumes nothing asks the same tests of the same place.
            return self.add(body, then, depth) if low else then
        if node.possessive:
            assert isinstance(body, Chars)
            out = then if high == low else self.test(negate(Next(body.chars)), then)
        else:
            out = then
        empty = min_length(body) == 0
        inner = depth + 1 if empty else depth
        if high is None:
            until = self.reserve()
            again = self.add(body, until, inner)
            self.steps[until] = self._until(again, out, depth, greedy=node.greedy, empty=empty)
            # The last required iteration can be the loop's own body: it is entered with the bit unset.
            entry, low = (again, low - 1) if low else (until, 0)
        else:
            entry = self._append(Step(UNTIL, (then,), mask=1 << depth, out=then)) if empty and high > low else then
            for _ in range(high - low):
                again = self.add(body, entry, inner)
                entry = self._append(self._until(again, out, depth, greedy=node.greedy, empty=empty))
        for _ in range(low):
            entry = self.add(body, entry, inner)
        return entry

    def _until(self, again: int, out: int, depth: int, *, greedy: bool, empty: bool) -> Step:
        targets = (again, out) if greedy else (out, again)
        return Step(UNTIL, targets, mask=1 << depth, out=out) if empty else Step(SPLIT, targets)


class Walker:
    """Does the walks over one program, and keeps the sum of their costs within a budget."""

    def __init__(self, program: Program, budget: int = MAX_WALK) -> None:
        self.program = program
        self._budget = budget
        self._walked = 0

    def walk(self, start: int) -> list[tuple[int, int]]:
        """The pairs `(step, mask)` reached from `start`, best first; `step` is a CHAR or MATCH step.

        A way is left out if an earlier one leads to the same step and needs no more: whatever the later one
        could find, the earlier one finds first. For the same reason no step is entered twice with the same
        loop bits.
        """
        steps = self.program.steps
        found: list[tuple[int, int]] = []
        seen: dict[tuple[int, int], list[int]] = {}
        stack = [(start, 0, 0)]
        while stack:
            at, bits, needs = stack.pop()
            op, targets, _, step_mask, out = steps[at]
            if op <= CHAR:
                bits = 0
            earlier = seen.get((at, bits))
            if earlier is None:
                seen[at, bits] = [needs]
            elif any(mask & needs == mask for mask in earlier):
                continue
            else:
                earlier.append(needs)
            self._walked += 1
            if self._walked > self._budget:
                raise PatternTooLarge(
                    "the pattern has too many ways from one character to the next",
                    "repeat fewer parts that can be empty",
                )
            if op <= CHAR:
                found.append((at, needs))
            elif op == SPLIT:
                stack.extend((target, bits, needs) for target in reversed(targets))
            elif op == TEST:
                stack.append((targets[0], bits, needs | step_mask))
            elif bits & step_mask:
                stack.append((out, bits & ~step_mask, needs))
            else:
                stack.extend((t, bits if t == out else bits | step_mask, needs) for t in reversed(targets))
        return found


def min_length(node: Node) -> int:
    """The fewest characters a node consumes, assertions left aside."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Concat):
        return sum(map(min_length, node.items))
    if isinstance(node, Alternate):
        return min(map(min_length, node.options))
    if isinstance(node, Repeat):
        return node.low * min_length(node.body)
    return node.min_length if isinstance(node, Machine) else 0


def max_length(node: Node) -> int | None:
    """The most characters a node consumes; None without limit."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Concat | Alternate):
        lengths = [max_length(part) for part in (node.items if isinstance(node, Concat) else node.options)]
        known = [length for length in lengths if length is not None]
        if len(known) < len(lengths):
            return None
        return sum(known) if isinstance(node, Concat) else max(known)
    if isinstance(node, Repeat):
        body = max_length(node.body)
        if body == 0 or node.high == 0:
            return 0
        return None if body is None or node.high is None else node.high * body
    return node.max_length if isinstance(node, Machine) else 0
