"""Short windows of characters that every match contains, for the first stage of the scan.

The first stage looks for all windows of all patterns at once and only proposes where matches may begin; the
exact automata do the rest. So a window may be seen where no match is, but every match must have one.

Where windows come from. A window opens at a position of the automaton: the sets of what can follow in one, two,
three steps continue it. All matches contain one of the windows of a *cut*, a set of positions that every way from
the start to ACCEPT passes (`cuts`), and the cut is chosen for the rarest windows. If it takes `n` to `m` characters
to get to such a position for the first time, the match begins in that range before its window; if there is a loop
on the way, anywhere; in any case over no characters but those that can stand on the way: the *walk*. The sets of all
positions at one distance from the start are a window too, and often the best one: a single window at a known place.

Vocabulary: a *candidate* is a place that the first stage proposes; a factor's *cost* is its expected
candidates times the work that each of them makes. `frequency` says what to expect.

Invariant: every match of the automaton contains at least one of its factors at the stated distance.
Assertions are left aside here, which can only add ways. No factors at all: the automaton matches nothing.

Example: an e-mail address gets the window `@` and a domain's characters, with the local part's characters as
walk; `AKIA[0-9A-Z]{16}` gets `AKIA` and four more at distance 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import fsum, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex.automaton import ACCEPT
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.cuts import cheapest_cut
from guardc.compiler.regex.frequency import GROUPS, chances, likelihood, shares
from guardc.compiler.regex.ways import Ways
from guardc.fastpath.layout import MAX_WINDOW, SIEVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardc.compiler.regex.automaton import Automaton

__all__ = ["EVERYWHERE", "MAX_FACTORS", "Factor", "choose_factors", "window_weight"]

MAX_FACTORS: Final = 256
MAX_OFFSET: Final = 40
"""How far from the start a window at a fixed distance is looked for."""
MAX_BACK: Final = 1_000
"""A longer bounded way to a window counts as unbounded."""
MAX_GRAPH: Final = 20_000
"""Edges up to which a cut is looked for."""
MOST_PLACES: Final = 400
"""Of a cut: for each the way to it is measured, and pairs of them are compared."""

WORTH: Final = 0.9
"""A last set is left out of a window if it would let more than this share through."""
SIEVE: Final = 0.15
"""The work of confirming a candidate of the sieve, in units of a search with one begin."""
CROWD: Final = 3e-3
"""Where many patterns share the sieve, a window brings its rarest letters into company: the rarer, the less harm."""
PER_START: Final = 0.3
"""What one more possible begin adds to the work of a search."""
LONGEST_WALK: Final = 64.0
PER_FACTOR: Final = 2e-6
"""What one more factor costs: the sieve has few places for windows, and fuller ones let more through."""
PER_STEP: Final = 0.01
"""Of two windows that are equally rare, the one nearer to the start leaves fewer begins open."""
TOO_FREQUENT: Final = 0.15
"""Searches per character from which on searching at every place is less work."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A window of up to eight characters, and where a match that contains it begins.

    The match begins between `min_back` and `max_back` characters before the window's first character, without
    limit if `max_back` is None, and every character from the begin to the window is in `walk`. An empty window
    stands at every boundary. `weight` is how often to expect the window, per character of ordinary
    text.
    """

    window: tuple[CharSet, ...]
    min_back: int
    max_back: int | None
    walk: CharSet
    weight: float


EVERYWHERE: Final = Factor((), 0, 0, CharSet(()), 1.0)


def window_weight(window: Iterable[CharSet]) -> float:
    """How often to expect a window, per character of ordinary text."""
    rows = np.stack([shares(chars) for chars in window])
    return float(chances(rows[None])[0, -1])


def choose_factors(automaton: Automaton) -> tuple[Factor, ...]:
    """The factors of an automaton, at most MAX_FACTORS; none if it matches nothing."""
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
        self._shares = [shares(chars) for chars in automaton.classes]
        self._known: dict[int, float] = {}
        self._known_shares: dict[int, npt.NDArray[np.float64]] = {}
        self._known_chances: dict[tuple[int, ...], tuple[float, float]] = {}
        self._windows: dict[int, tuple[int, ...]] = {}

    def run(self, starts: list[int]) -> tuple[Factor, ...]:
        options = [[choice] for choice in self._at_fixed_distances(starts)]
        if self._ways.edges <= MAX_GRAPH:
            cut = self._cut(starts)
            if cut is not None:
                options.append(self._merged(self._at_places(cut, starts)))
        self._expect([choice.window for option in options for choice in option])
        chosen = min(options, key=self._total)
        factors = tuple(map(self._factor, chosen))
        return (EVERYWHERE,) if fsum(factor.weight for factor in factors) > TOO_FREQUENT else factors

    def _at_fixed_distances(self, starts: list[int]) -> Iterator[_Choice]:
        layers = [self._ways.classes(layer) for layer in islice(self._ways.layers(starts), MAX_OFFSET)]
        between = 0
        for offset, classes in enumerate(layers):
            yield _Choice(self._window(layers[offset : offset + MAX_WINDOW]), offset, offset, between)
            between |= classes

    def _cut(self, starts: list[int]) -> list[int] | None:
        """The positions whose windows are rarest together; None if there are too many."""
        distances = self._ways.distances(starts)
        self._expect([self._window_from(position) for position in range(len(self._ways.follow))])
        prices = []
        for position in range(len(self._ways.follow)):
            rarity = self._rarity(self._window_from(position)) + PER_FACTOR
            prices.append(1 + round(rarity * (1 + PER_STEP * distances[position]) * 2**40))
        cut = cheapest_cut(starts, self._ways.follow, prices)
        return None if cut is None or len(cut) > MOST_PLACES else cut

    def _at_places(self, places: list[int], starts: list[int]) -> list[_Choice]:
        """The choice for each position; places with one window and way are one choice."""
        choices: dict[_Choice, None] = {}
        for position in places:
            least, most, between = self._ways.approach(position, starts)
            limit = None if most is None or most > MAX_BACK else most
            choices[_Choice(self._window_from(position), least, limit, between)] = None
        return list(choices)

    def _window_from(self, position: int) -> tuple[int, ...]:
        if position not in self._windows:
            layers = islice(self._ways.layers([position]), MAX_WINDOW)
            self._windows[position] = self._window([self._ways.classes(layer) for layer in layers])
        return self._windows[position]

    def _window(self, layers: list[int]) -> tuple[int, ...]:
        """These sets without last ones that let nearly everything through."""
        end = len(layers)
        while end > 1 and self._likelihood(layers[end - 1]) > WORTH:
            end -= 1
        return tuple(layers[:end])

    def _merged(self, choices: list[_Choice]) -> list[_Choice]:
        """At most MAX_FACTORS choices, the cheapest pairs merged."""
        if len(choices) <= MAX_FACTORS:
            return choices
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
        while len(alive) > MAX_FACTORS:
            i, j = min(losses, key=losses.__getitem__)
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
        begins = min(LONGEST_WALK, 1 / max(1e-9, 1 - self._likelihood(choice.between)))
        if choice.max_back is not None:
            begins = min(begins, choice.max_back - choice.min_back)
        return self._rarity(choice.window) + PER_START * begins * self._weight(choice.window)

    def _rarity(self, window: tuple[int, ...]) -> float:
        """The work for a window per character, with one begin."""
        sieved, whole = self._chances(window)
        return SIEVE * sieved + whole + CROWD * sqrt(sieved)

    def _weight(self, window: tuple[int, ...]) -> float:
        return self._chances(window)[1]

    def _chances(self, window: tuple[int, ...]) -> tuple[float, float]:
        """How often to expect what the sieve sees of a window, and all of it."""
        if window not in self._known_chances:
            self._expect([window])
        return self._known_chances[window]

    def _expect(self, windows: list[tuple[int, ...]]) -> None:
        """Work out the chances of many windows at once."""
        unknown = [window for window in dict.fromkeys(windows) if window not in self._known_chances]
        by_length: dict[int, list[tuple[int, ...]]] = {}
        for window in unknown:
            by_length.setdefault(len(window), []).append(window)
        for length, same in by_length.items():
            rows = np.stack([self._shares_of(classes) for window in same for classes in window])
            found = chances(rows.reshape(len(same), length, GROUPS))
            for window, chance in zip(same, found, strict=True):
                self._known_chances[window] = float(chance[min(SIEVED, length) - 1]), float(chance[-1])

    def _shares_of(self, classes: int) -> npt.NDArray[np.float64]:
        if classes not in self._known_shares:
            own = [row for number, row in enumerate(self._shares) if classes >> number & 1]
            self._known_shares[classes] = np.sum(own, axis=0) if own else np.zeros(GROUPS)
        return self._known_shares[classes]

    def _likelihood(self, classes: int) -> float:
        if classes not in self._known:
            self._known[classes] = fsum(p for n, p in enumerate(self._likelihoods) if classes >> n & 1)
        return self._known[classes]

    def _factor(self, choice: _Choice) -> Factor:
        window = tuple(map(self._chars, choice.window))
        return Factor(window, choice.min_back, choice.max_back, self._chars(choice.between), window_weight(window))

    def _chars(self, classes: int) -> CharSet:
        return CharSet.from_ranges(
            bounds
            for number, chars in enumerate(self._automaton.classes)
            if classes >> number & 1
            for bounds in chars.ranges
        )
