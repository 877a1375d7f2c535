"""What all ways through an automaton have in common: distances, sets of characters, places they all pass.

Vocabulary: a *way* goes from the given first positions along edges to ACCEPT; a *layer* is all positions that
some way has at one distance. Sets of classes are bit masks.

Invariant: assertions are left aside, which can only add ways: what all ways have in common, all matches have.

Example: in `ab?cd` the position of `c` is first passed after one or two characters, `a` or `b`.
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
        self._sources: list[list[int]] = [[] for _ in self.follow]
        for source, targets in enumerate(self.follow):
            for target in targets:
                if target != ACCEPT:
                    self._sources[target].append(source)

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

    def distances(self, first: list[int]) -> list[int]:
        """The fewest characters before each position; 0 where no way leads."""
        least = dict.fromkeys(first, 0)
        waiting = list(least)
        for position in waiting:  # grows while it is read
            for target in self.follow[position]:
                if target != ACCEPT and target not in least:
                    least[target] = least[position] + 1
                    waiting.append(target)
        return [least.get(position, 0) for position in range(len(self.follow))]

    def approach(self, place: int, first: list[int]) -> Approach:
        """How the ways that pass a position get there before they pass it for the first time."""
        leading = self._leading_to(place)
        least = {position: 0 for position in first if position in leading}
        waiting = list(least)
        for position in waiting:  # grows while it is read
            if position != place:
                for target in self.follow[position]:
                    if target not in least and target in leading:
                        least[target] = least[position] + 1
                        waiting.append(target)
        before = [position for position in waiting if position != place]
        return Approach(least[place], self._longest(before, place), self.classes(before))

    def _leading_to(self, place: int) -> set[int]:
        """The positions from which a way passes `place`, itself included."""
        leading = {place}
        waiting = [place]
        for position in waiting:  # grows while it is read
            for source in self._sources[position]:
                if source not in leading:
                    leading.add(source)
                    waiting.append(source)
        return leading

    def _longest(self, before: list[int], end: int) -> int | None:
        """The most characters of these positions on a way to `end`; None if it has a loop."""
        arrivals = dict.fromkeys((*before, end), 0)
        for position in before:
            for target in self.follow[position]:
                if target in arrivals:
                    arrivals[target] += 1
        most = dict.fromkeys(arrivals, 0)
        ready = [position for position in before if arrivals[position] == 0]
        for position in ready:  # grows while it is read
            for target in self.follow[position]:
                if target not in arrivals:
                    continue
                most[target] = max(most[target], most[position] + 1)
                arrivals[target] -= 1
                if arrivals[target] == 0 and target != end:
                    ready.append(target)
        return most[end] if len(ready) == len(before) else None
