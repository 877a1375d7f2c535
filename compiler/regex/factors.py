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
from typing import TYPE_CHECKING, Final

from guardc.compiler.regex.automaton import ACCEPT, Automaton
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.frequency import likelihood

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_FACTORS", "MAX_WINDOW", "Factor", "choose_factors", "window_weight"]

MAX_FACTORS: Final = 8
MAX_WINDOW: Final = 4
MAX_OFFSET: Final = 64
"""How far from the start a window at a fixed distance is looked for."""
MAX_BACK: Final = 1_000
"""A longer bounded way to a window counts as unbounded."""
MAX_BRANCHES: Final = 40
MAX_GRAPH: Final = 100_000
"""Edges times branches up to which dominators are looked for."""
MOST_DOMINATORS: Final = 12
"""For how many windows the way to them is measured."""

WORTH: Final = 0.75
"""A third or fourth set in a window must keep out this share of what the window lets in, or be left out."""
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
    weight = 1.0
    for chars in window:
        weight *= likelihood(chars)
    return weight


@dataclass(frozen=True, slots=True)
class _Choice:
    """A factor in the making; `between` are the characters that can stand from the begin to the window."""

    window: tuple[CharSet, ...]
    min_back: int
    max_back: int | None
    between: CharSet

    @property
    def cost(self) -> float:
        weight = window_weight(self.window)
        if self.max_back is None:
            walk = min(LONGEST_WALK, 1 / max(1e-9, 1 - likelihood(self.between)))
            return weight * (1 + 4 * PER_START * walk)
        return weight * (1 + PER_START * (self.max_back - self.min_back))

    def merged(self, other: _Choice) -> _Choice:
        """One choice that stands wherever either does."""
        bounded = self.max_back is not None and other.max_back is not None
        return _Choice(
            tuple(a | b for a, b in zip(self.window, other.window, strict=False)),
            min(self.min_back, other.min_back),
            max(self.max_back or 0, other.max_back or 0) if bounded else None,
            self.between | other.between,
        )

    def factor(self) -> Factor:
        walk = self.between if self.max_back is None else None
        return Factor(self.window, self.min_back, self.max_back, walk, window_weight(self.window))


def choose_factors(automaton: Automaton) -> tuple[Factor, ...]:
    """The factors of an automaton, at most eight; none if it matches nothing."""
    starts = list(dict.fromkeys(edge.target for edge in automaton.start))
    if not starts:
        return ()
    if ACCEPT in starts:
        return (EVERYWHERE,)
    graph = _Graph(automaton)
    chosen = [graph.best(starts, dominators=graph.edges <= MAX_GRAPH)]
    if len(starts) > 1:
        groups = _grouped(starts, MAX_BRANCHES)
        dominators = graph.edges * len(groups) <= MAX_GRAPH
        branches = _merged([graph.best(group, dominators=dominators) for group in groups])
        chosen = min(chosen, branches, key=_total)
    return tuple(choice.factor() for choice in chosen)


def _total(choices: Sequence[_Choice]) -> float:
    return sum(choice.cost + PER_FACTOR for choice in choices)


def _grouped(items: list[int], most: int) -> list[list[int]]:
    size = -(-len(items) // most)
    return [items[at : at + size] for at in range(0, len(items), size)]


def _merged(choices: list[_Choice]) -> list[_Choice]:
    """At most MAX_FACTORS choices, fewer where a merge costs nothing."""
    alive = dict(enumerate(choices))
    costs = {number: choice.cost for number, choice in alive.items()}
    pairs: dict[tuple[int, int], _Choice] = {}
    losses: dict[tuple[int, int], float] = {}  # what a merge would cost

    def pair(i: int, j: int) -> None:
        pairs[i, j] = alive[i].merged(alive[j])
        losses[i, j] = pairs[i, j].cost - costs[i] - costs[j]

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
        alive[new], costs[new] = merged, merged.cost
        for other in list(alive)[:-1]:
            pair(other, new)
    return list(alive.values())


class _Graph:
    """The positions of an automaton with their sets and followers; ACCEPT is one more node."""

    def __init__(self, automaton: Automaton) -> None:
        self._follow = [
            tuple(dict.fromkeys(edge.target for edge in position.follow)) for position in automaton.positions
        ]
        sets: dict[frozenset[int], CharSet] = {}
        for position in automaton.positions:
            if position.accepts not in sets:
                sets[position.accepts] = _chars(automaton, position.accepts)
        self._sets = [sets[position.accepts] for position in automaton.positions]
        self._unions: dict[frozenset[CharSet], CharSet] = {}
        self.edges = sum(map(len, self._follow))

    def best(self, starts: list[int], *, dominators: bool) -> _Choice:
        """The cheapest choice for the matches that begin with one of these positions."""
        choices = list(self._at_fixed_distances(starts))
        if dominators:
            choices.extend(self._at_dominators(starts))
        return min(choices, key=lambda choice: choice.cost)

    def _at_fixed_distances(self, starts: list[int]) -> Iterable[_Choice]:
        layer = list(starts)
        between: set[CharSet] = set()
        for offset in range(MAX_OFFSET):
            yield _Choice(self._window(layer), offset, offset, self._union(between))
            between.update(self._sets[position] for position in layer)
            layer = self._after(layer)
            if ACCEPT in layer:
                return

    def _at_dominators(self, starts: list[int]) -> Iterable[_Choice]:
        windows = {position: self._window([position]) for position in self._dominators(starts)}
        # Only the rarest windows can win, and the first one, which has the least way to it.
        rarest = sorted(windows, key=lambda position: window_weight(windows[position]))[:MOST_DOMINATORS]
        for position in dict.fromkeys((*list(windows)[:1], *rarest)):
            yield self._opening_at(position, starts)

    def _window(self, layer: list[int]) -> tuple[CharSet, ...]:
        """The sets from a layer of positions on, as long as they are worth it and no way has ended."""
        window: list[CharSet] = []
        while len(window) < MAX_WINDOW and ACCEPT not in layer:
            chars = self._union({self._sets[position] for position in layer})
            if len(window) >= 2 and likelihood(chars) > WORTH:
                break
            window.append(chars)
            layer = self._after(layer)
        return tuple(window)

    def _after(self, layer: Iterable[int]) -> list[int]:
        return list(dict.fromkeys(target for position in layer for target in self._follow[position]))

    def _union(self, sets: Iterable[CharSet]) -> CharSet:
        key = frozenset(sets)
        if key not in self._unions:
            self._unions[key] = CharSet.from_ranges(bounds for chars in key for bounds in chars.ranges)
        return self._unions[key]

    def _opening_at(self, dominator: int, starts: list[int]) -> _Choice:
        """The choice whose window opens where a dominator is first passed."""
        lengths = dict.fromkeys(starts, 0)  # the fewest characters before each position on the way
        waiting = list(lengths)
        for position in waiting:  # grows while it is read
            if position != dominator:
                for target in self._follow[position]:
                    if target not in lengths:
                        lengths[target] = lengths[position] + 1
                        waiting.append(target)
        way = [position for position in waiting if position != dominator]
        longest = self._longest(way, dominator)
        if longest is not None and longest > MAX_BACK:
            longest = None
        between = self._union({self._sets[position] for position in way})
        return _Choice(self._window([dominator]), lengths[dominator], longest, between)

    def _longest(self, way: list[int], end: int) -> int | None:
        """The most characters on the way to `end`; None if it has a loop."""
        arrivals = dict.fromkeys((*way, end), 0)
        for position in way:
            for target in self._follow[position]:
                arrivals[target] += 1
        most = dict.fromkeys(arrivals, 0)
        ready = [position for position in way if arrivals[position] == 0]
        for position in ready:  # grows while it is read
            for target in self._follow[position]:
                most[target] = max(most[target], most[position] + 1)
                arrivals[target] -= 1
                if arrivals[target] == 0 and target != end:
                    ready.append(target)
        return most[end] if len(ready) == len(way) else None

    def _dominators(self, starts: list[int]) -> list[int]:
        """The positions that every way from the starts to ACCEPT passes, from the start on.

        One shortest way has them all among its positions. Walk from the starts through everything beside that
        way and through its first `k` positions only: position `k` is a dominator exactly if no later one was
        met.
        """
        path = self._shortest_path(starts)
        place = {position: index for index, position in enumerate((*path, ACCEPT))}
        met: set[int] = set()
        furthest = 0
        dominators: list[int] = []
        waiting = list(starts)
        for index, position in enumerate(path):
            while waiting:
                target = waiting.pop()
                if target in place:
                    furthest = max(furthest, place[target])
                elif target not in met:
                    met.add(target)
                    waiting.extend(self._follow[target])
            if furthest == index:
                dominators.append(position)
            waiting.extend(self._follow[position])
        return dominators

    def _shortest_path(self, starts: list[int]) -> list[int]:
        came_from: dict[int, int | None] = dict.fromkeys(starts, None)
        waiting = list(starts)
        for position in waiting:  # grows while it is read
            for target in self._follow[position]:
                if target == ACCEPT:
                    path: list[int] = []
                    at: int | None = position
                    while at is not None:
                        path.append(at)
                        at = came_from[at]
                    return path[::-1]
                if target not in came_from:
                    came_from[target] = position
                    waiting.append(target)
        raise AssertionError("a position from which no match ends")


def _chars(automaton: Automaton, accepts: frozenset[int]) -> CharSet:
    numbers = sorted(number for number in accepts if number != automaton.final_newline)
    return CharSet.from_ranges(bounds for number in numbers for bounds in automaton.classes[number].ranges)
