"""What all ways through an automaton have in common: distances, sets of characters, places they all pass.

Vocabulary: a *way* goes from the given first positions along edges to ACCEPT; a *layer* is all positions that
some way has at one distance; a position *dominates* if every way passes it. Sets of classes are bit masks.

Invariant: assertions are left aside, which can only add ways: what all ways have in common, all matches have.

Example: in `ab?cd` the position of `c` dominates; it is first passed after one or two characters, `a` or `b`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guardc.compiler.regex.automaton import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardc.compiler.regex.automaton import Automaton

__all__ = ["Approach", "Ways"]


class Approach(NamedTuple):
    """How all ways get to a position, first passed after `least` to `most` characters (None: no limit).

    `between` are the classes that can stand on the way there.
    """

    least: int
    most: int | None
    between: int


class Ways:
    """The ways of one automaton. Positions are its own; ACCEPT is one more place to go."""

    def __init__(self, automaton: Automaton) -> None:
        accepts = {position.accepts for position in automaton.positions}
        masks = {classes: sum(1 << number for number in classes) for classes in accepts}
        self.accepts = [masks[position.accepts] for position in automaton.positions]
        self.follow = [
            tuple(dict.fromkeys(edge.target for edge in position.follow)) for position in automaton.positions
        ]
        self.edges = sum(map(len, self.follow))

    def layers(self, first: Iterable[int]) -> Iterator[set[int]]:
        """The layers from these positions on, as long as no way has ended."""
        layer = set(first)
        while ACCEPT not in layer:
            yield layer
            layer = {target for position in layer for target in self.follow[position]}

    def classes(self, positions: Iterable[int]) -> int:
        """The classes that some of these positions accept."""
        union = 0
        for position in positions:
            union |= self.accepts[position]
        return union

    def dominators(self, first: list[int]) -> list[int]:
        """The positions that every way passes, in the order of passing.

        One shortest way has them all. Walk through everything beside that way and through its first `k`
        positions only: position `k` is a dominator exactly if no later one was met.
        """
        path = self._shortest(first)
        place = {position: index for index, position in enumerate((*path, ACCEPT))}
        met: set[int] = set()
        furthest = 0
        found: list[int] = []
        waiting = list(first)
        for index, position in enumerate(path):
            while waiting:
                target = waiting.pop()
                if target in place:
                    furthest = max(furthest, place[target])
                elif target not in met:
                    met.add(target)
                    waiting.extend(self.follow[target])
            if furthest == index:
                found.append(position)
            waiting.extend(self.follow[position])
        return found

    def _shortest(self, first: list[int]) -> list[int]:
        """The positions of a shortest way."""
        came_from: dict[int, int | None] = dict.fromkeys(first, None)
        waiting = list(first)
        for position in waiting:  # grows while it is read
            for target in self.follow[position]:
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

    def approach(self, dominator: int, first: list[int]) -> Approach:
        """How the ways get to a dominator before they pass it for the first time."""
        least = dict.fromkeys(first, 0)
        waiting = list(least)
        for position in waiting:  # grows while it is read
            if position != dominator:
                for target in self.follow[position]:
                    if target not in least:
                        least[target] = least[position] + 1
                        waiting.append(target)
        before = [position for position in waiting if position != dominator]
        return Approach(least[dominator], self._longest(before, dominator), self.classes(before))

    def _longest(self, before: list[int], end: int) -> int | None:
        """The most characters of these positions on a way to `end`; None if it has a loop."""
        arrivals = dict.fromkeys((*before, end), 0)
        for position in before:
            for target in self.follow[position]:
                arrivals[target] += 1
        most = dict.fromkeys(arrivals, 0)
        ready = [position for position in before if arrivals[position] == 0]
        for position in ready:  # grows while it is read
            for target in self.follow[position]:
                most[target] = max(most[target], most[position] + 1)
                arrivals[target] -= 1
                if arrivals[target] == 0 and target != end:
                    ready.append(target)
        return most[end] if len(ready) == len(before) else None
