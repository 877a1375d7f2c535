"""Short windows of characters that every match contains, for the first stage of the scan.

The first stage looks for all windows of all patterns at once and only proposes where matches may begin; the
exact automata do the rest. So a window may be seen where no match is, but every match must have one.

Where windows come from. All ways of an automaton from its start to ACCEPT pass a position that *dominates*
ACCEPT; the window opens when such a position is first passed, and the sets of what can follow in one, two,
three steps continue it. If it takes `n` characters to get there, the match begins `n` characters before the
window; if it takes `m` to `n`, in that range; if there is a loop on the way, anywhere, but only over
characters that can stand on the way: the *walk*. Windows at a fixed distance from the start need no
dominator: the sets of all positions at that distance will do.

A pattern without a good common window is cut by its first positions into *branches*, each with a window of
its own; every match belongs to a branch, so it contains one of them. Too many branches are merged, the
cheapest pair first.

Vocabulary: a *candidate* is a place that the first stage proposes; a factor's *cost* is its expected
candidates times the work that each of them makes. `frequency` says what to expect.

Invariant: every match of the automaton contains at least one of its factors at the stated distance.
Assertions are left aside here, which can only add ways. No factors at all: the automaton matches nothing.

Example: an e-mail address gets the window `@` and a domain's first character, with the local part's
characters as walk; `AKIA[0-9A-Z]{16}` gets `AKIA` at distance 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import fsum, prod
from typing import TYPE_CHECKING, Final, NamedTuple

from guardc.compiler.regex.automaton import ACCEPT
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.frequency import likelihood
from guardc.compiler.regex.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardc.compiler.regex.automaton import Automaton

__all__ = ["MAX_FACTORS", "MAX_WINDOW", "Factor", "choose_factors", "window_weight"]

MAX_FACTORS: Final = 8
MAX_WINDOW: Final = 4
MAX_OFFSET: Final = 40
"""How far from the start a window at a fixed distance is looked for."""
MAX_BACK: Final = 1_000
"""A longer bounded way to a window counts as unbounded."""
MAX_BRANCHES: Final = 40
MAX_GRAPH: Final = 100_000
"""Edges times branches up to which dominators are looked for."""
MOST_DOMINATORS: Final = 12
"""For how many windows the way to them is measured."""

WORTH: Final = 0.75
"""A third or fourth set is left out of a window if it would let more than this share through."""
PER_START: Final = 0.5
"""What one more possible begin adds to the work of a candidate, in units of a candidate with one begin."""
LONGEST_WALK: Final = 64.0
PER_FACTOR: Final = 3e-5
"""What one more factor costs: the first stage has few places for windows, and fuller ones let more
through."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A window of up to four characters, and where a match that contains it begins.

    The match begins between `min_back` and `max_back` characters before the window's first character. If
    `max_back` is None there is no limit, and every character from the begin to the window is in `walk`. An
    empty window stands at every boundary. `weight` is how many candidates to expect per character of ordinary
    text.
    """

    window: tuple[CharSet, ...]
    min_back: int
    max_back: int | None
    walk: CharSet | None
    weight: float


EVERYWHERE: Final = Factor((), 0, 0, None, 1.0)


def window_weight(window: Iterable[CharSet]) -> float:
    """How often to expect a window, per character, if characters came independently."""
    return prod(map(likelihood, window))


def choose_factors(automaton: Automaton) -> tuple[Factor, ...]:
    """The factors of an automaton, at most eight; none if it matches nothing."""
    starts = list(dict.fromkeys(edge.target for edge in automaton.start))
    if not starts:
        return ()
    if ACCEPT in starts:
        return (EVERYWHERE,)
    return _Chooser(automaton).run(starts)


class _Choice(NamedTuple):
    """A factor in the making. Sets are masks of classes; `between` can stand from the begin to the window."""

    window: tuple[int, ...]
    min_back: int
    max_back: int | None
    between: int

    def merged(self, other: _Choice) -> _Choice:
        """One choice that stands wherever either does."""
        bounded = self.max_back is not None and other.max_back is not None
        return _Choice(
            tuple(a | b for a, b in zip(self.window, other.window, strict=False)),
            min(self.min_back, other.min_back),
            max(self.max_back or 0, other.max_back or 0) if bounded else None,
            self.between | other.between,
        )


class _Chooser:
    """Compares choices for one automaton."""

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._ways = Ways(automaton)
        # The final newline is a newline: its class adds nothing to a set that has the newline's.
        self._likelihoods = [likelihood(chars) for chars in automaton.classes]
        self._known: dict[int, float] = {}
        self._windows: dict[int, tuple[int, ...]] = {}

    def run(self, starts: list[int]) -> tuple[Factor, ...]:
        edges = self._ways.edges
        chosen = [self._best(starts, dominators=edges <= MAX_GRAPH)]
        if len(starts) > 1:
            size = -(-len(starts) // MAX_BRANCHES)
            groups = [starts[at : at + size] for at in range(0, len(starts), size)]
            dominators = edges * len(groups) <= MAX_GRAPH
            branches = self._merged([self._best(group, dominators=dominators) for group in groups])
            chosen = min(chosen, branches, key=self._total)
        return tuple(map(self._factor, chosen))

    def _best(self, starts: list[int], *, dominators: bool) -> _Choice:
        """The cheapest choice for the matches that begin with one of these positions."""
        choices = list(self._at_fixed_distances(starts))
        if dominators:
            choices.extend(self._at_dominators(starts))
        return min(choices, key=self._cost)

    def _at_fixed_distances(self, starts: list[int]) -> Iterator[_Choice]:
        layers = [self._ways.classes(layer) for layer in islice(self._ways.layers(starts), MAX_OFFSET)]
        between = 0
        for offset, classes in enumerate(layers):
            yield _Choice(self._window(layers[offset : offset + MAX_WINDOW]), offset, offset, between)
            between |= classes

    def _at_dominators(self, starts: list[int]) -> Iterator[_Choice]:
        windows = {position: self._window_from(position) for position in self._ways.dominators(starts)}
        # Only the rarest windows can win, and the first one, which has the least way to it.
        rarest = sorted(windows, key=lambda position: self._weight(windows[position]))[:MOST_DOMINATORS]
        for position in dict.fromkeys((*list(windows)[:1], *rarest)):
            least, most, between = self._ways.approach(position, starts)
            yield _Choice(windows[position], least, None if most is None or most > MAX_BACK else most, between)

    def _window_from(self, position: int) -> tuple[int, ...]:
        if position not in self._windows:
            layers = islice(self._ways.layers([position]), MAX_WINDOW)
            self._windows[position] = self._window([self._ways.classes(layer) for layer in layers])
        return self._windows[position]

    def _window(self, layers: list[int]) -> tuple[int, ...]:
        """As much of these sets as is worth it."""
        end = 2
        while end < len(layers) and self._likelihood(layers[end]) <= WORTH:
            end += 1
        return tuple(layers[:end])

    def _merged(self, choices: list[_Choice]) -> list[_Choice]:
        """At most MAX_FACTORS choices, fewer where a merge costs less than a factor."""
        alive = dict(enumerate(choices))
        costs = {number: self._cost(choice) for number, choice in alive.items()}
        pairs: dict[tuple[int, int], _Choice] = {}
        losses: dict[tuple[int, int], float] = {}  # what a merge would cost

        def pair(i: int, j: int) -> None:
            pairs[i, j] = alive[i].merged(alive[j])
            losses[i, j] = self._cost(pairs[i, j]) - costs[i] - costs[j]

        for j in alive:
            for i in range(j):
                pair(i, j)
        while len(alive) > 1:
            i, j = min(losses, key=losses.__getitem__)
            if len(alive) <= MAX_FACTORS and losses[i, j] > PER_FACTOR:
                break
            new = len(costs)
            merged = pairs[i, j]
            del alive[i], alive[j]
            for key in [key for key in pairs if i in key or j in key]:
                del pairs[key], losses[key]
            alive[new], costs[new] = merged, self._cost(merged)
            for other in list(alive)[:-1]:
                pair(other, new)
        return list(alive.values())

    def _total(self, choices: list[_Choice]) -> float:
        return fsum(self._cost(choice) + PER_FACTOR for choice in choices)

    def _cost(self, choice: _Choice) -> float:
        weight = self._weight(choice.window)
        if choice.max_back is None:
            walk = min(LONGEST_WALK, 1 / max(1e-9, 1 - self._likelihood(choice.between)))
            return weight * (1 + 4 * PER_START * walk)
        return weight * (1 + PER_START * (choice.max_back - choice.min_back))

    def _weight(self, window: tuple[int, ...]) -> float:
        return prod(map(self._likelihood, window))

    def _likelihood(self, classes: int) -> float:
        if classes not in self._known:
            self._known[classes] = fsum(p for n, p in enumerate(self._likelihoods) if classes >> n & 1)
        return self._known[classes]

    def _factor(self, choice: _Choice) -> Factor:
        window = tuple(map(self._chars, choice.window))
        walk = self._chars(choice.between) if choice.max_back is None else None
        return Factor(window, choice.min_back, choice.max_back, walk, window_weight(window))

    def _chars(self, classes: int) -> CharSet:
        return CharSet.from_ranges(
            bounds
            for number, chars in enumerate(self._automaton.classes)
            if classes >> number & 1
            for bounds in chars.ranges
        )
