"""The tree of a pattern, with everything resolved that flags, groups and escapes say.

Vocabulary: a *test* asks something of a boundary (the place between two characters): what stands before it,
what stands after it, nothing else. Every assertion that is supported is a test: `\\b`, `$`, `(?<!\\w)`,
`(?=,|$)`.

Invariants: flags are folded into the sets and the tests; capturing groups are gone, since only spans are
reported; a possessive `Repeat` is greedy and repeats `Chars`.

Example: `(?i)a\\Z` is `Concat((Chars({A, a}), Assertion(AtEnd())))`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardc.compiler.regex.charset import CharSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardc.compiler.regex.ahead import Reach

__all__ = [
    "ALWAYS",
    "NEVER",
    "Ahead",
    "AllOf",
    "Alternate",
    "AnyOf",
    "Arc",
    "Assertion",
    "AtEnd",
    "AtFinalNewline",
    "AtStart",
    "Chars",
    "Concat",
    "Empty",
    "Leaf",
    "Machine",
    "Next",
    "Node",
    "Not",
    "Previous",
    "Repeat",
    "State",
    "Test",
    "Watch",
    "all_of",
    "any_of",
    "leaves",
    "negate",
]


# --- tests
# ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Previous:
    """The character before is in `chars`; false at the start of the text."""

    chars: CharSet


@dataclass(frozen=True, slots=True)
class Next:
    """The character after is in `chars`; false at the end of the text."""

    chars: CharSet


@dataclass(frozen=True, slots=True)
class AtStart:
    """Before the first character."""


@dataclass(frozen=True, slots=True)
class AtEnd:
    """After the last character."""


@dataclass(frozen=True, slots=True)
class AtFinalNewline:
    """Before a newline that is the last character."""


@dataclass(frozen=True, slots=True)
class Not:
    operand: Test


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every operand holds; with no operand, always."""

    operands: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some operand holds; with no operand, never."""

    operands: tuple[Test, ...]


Leaf = Previous | Next | AtStart | AtEnd | AtFinalNewline
Test = Leaf | Not | AllOf | AnyOf

ALWAYS = AllOf(())
NEVER = AnyOf(())


def negate(test: Test) -> Test:
    """The opposite of a test."""
    if isinstance(test, Not):
        return test.operand
    if isinstance(test, AllOf) and not test.operands:
        return NEVER
    if isinstance(test, AnyOf) and not test.operands:
        return ALWAYS
    return Not(test)


def all_of(tests: Iterable[Test]) -> Test:
    """The conjunction; a single test stands for itself."""
    parts = tuple(dict.fromkeys(test for test in tests if test != ALWAYS))
    if NEVER in parts:
        return NEVER
    return parts[0] if len(parts) == 1 else AllOf(parts)


def any_of(tests: Iterable[Test]) -> Test:
    """The disjunction; a single test stands for itself."""
    parts = tuple(dict.fromkeys(test for test in tests if test != NEVER))
    if ALWAYS in parts:
        return ALWAYS
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def leaves(test: Test) -> Iterator[Leaf]:
    """The tests without operands that a test is made of."""
    if isinstance(test, Not):
        yield from leaves(test.operand)
    elif isinstance(test, AllOf | AnyOf):
        for operand in test.operands:
            yield from leaves(operand)
    else:
        yield test


# --- nodes
# ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Empty:
    """Matches the empty string."""


@dataclass(frozen=True, slots=True)
class Chars:
    """Consumes one character of the set. An empty set never matches."""

    chars: CharSet


@dataclass(frozen=True, slots=True)
class Assertion:
    """Consumes nothing and demands a test of the boundary where it stands."""

    test: Test


@dataclass(frozen=True, slots=True)
class Concat:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternate:
    """The first option that leads to a match, in order."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`body` from `low` to `high` times (None: without limit), more first if greedy, fewer first if not.

    A possessive one takes all it can get and gives nothing back.
    """

    body: Node
    low: int
    high: int | None
    greedy: bool = True
    possessive: bool = False


@dataclass(frozen=True, slots=True)
class Arc:
    """From a state of a machine: demand a test, consume a character, go on in state `target`."""

    test: Test
    chars: CharSet
    target: int


@dataclass(frozen=True, slots=True)
class State:
    """Arcs of which at most one suits the text; then the machine is left if the test `end` holds."""

    arcs: tuple[Arc, ...]
    end: Test


@dataclass(frozen=True, slots=True)
class Machine:
    """An atomic group as a deterministic automaton; see `atomic`.

    It begins in the state whose test holds, and prefers going on to being left. Before the characters of
    `doubt` it may be left although it should go on, and only after one of `before` (None: of any). `origin` is
    which construct of the source it is, by name and number.
    """

    starts: tuple[tuple[Test, int], ...]
    states: tuple[State, ...]
    doubt: CharSet
    before: CharSet | None
    origin: tuple[str, int]
    min_length: int
    max_length: int | None


@dataclass(frozen=True, slots=True)
class Watch:
    """A state of a look-ahead: before what it is done, and before what it goes on in which state."""

    done: Reach
    going: tuple[tuple[int, Reach], ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A look-ahead of more than one character; see `ahead`. It begins in the state whose test holds.

    `origin` is the number of the look-ahead among those of the pattern.
    """

    starts: tuple[tuple[Test, int], ...]
    states: tuple[Watch, ...]
    origin: int


Node = Empty | Chars | Assertion | Concat | Alternate | Repeat | Machine | Ahead
