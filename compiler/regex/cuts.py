"""The cheapest set of positions that every way through an automaton passes.

If each position has a price (how often its window stands in ordinary text), the best places to look for are a
*vertex cut* of least price between the start and ACCEPT. By the theorem of Menger, Ford and Fulkerson (L. R. Ford,
D. R. Fulkerson, Maximal flow through a network, 1956) its price is the greatest flow where each position lets
through as much as it costs. The flow is found along shortest ways (J. Edmonds, R. M. Karp, 1972), and the cut
nearest to the start is taken: windows near the start of a match leave fewer places where it can begin.

Example: in `[a-z]{0,9}(?:foo|bar)=` with cheap `f`, `b` and dear `=` the cut is the positions of `f` and `b`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from guardc.compiler.regex.automaton import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cheapest_cut"]

_MOST_ROUNDS = 2_000
"""Ways added to the flow, after which no cut is given: a pattern with so many branches has no few places to pass."""


def cheapest_cut(first: Sequence[int], follow: Sequence[Sequence[int]], prices: Sequence[int]) -> list[int] | None:
    """The positions of the cheapest cut, ascending.

    Args:
        first: the positions where ways begin.
        follow: for each position what follows it; ACCEPT ends a way.
        prices: for each position, at least 1.

    Returns:
        None if the search takes too long.
    """
    flow = _Flow(first, follow, prices)
    for _ in range(_MOST_ROUNDS):
        if not flow.augment():
            return flow.cut()
    return None


class _Flow:
    """A flow, and the residual graph over it.

    Each position is two nodes, its *entry* `2p` and its *exit* `2p + 1`; what goes from entry to exit is `through[p]`,
    at most the price. Other arcs have no limit; `carried[p, q]` is what goes from the exit of `p` to the entry of `q`.
    """

    def __init__(self, first: Sequence[int], follow: Sequence[Sequence[int]], prices: Sequence[int]) -> None:
        self._first = first
        self._follow = follow
        self._prices = prices
        self._through = [0] * len(prices)
        self._carried: dict[tuple[int, int], int] = {}
        self._incoming: list[dict[int, None]] = [{} for _ in prices]  # sources from which something is carried
        self._reached: dict[int, int] = {}

    def augment(self) -> bool:
        """Send more along a shortest way; False if nothing more can go through."""
        last = self._search()
        if last is None:
            return False
        nodes = [last]
        while self._reached[nodes[-1]] >= 0:
            nodes.append(self._reached[nodes[-1]])
        nodes.reverse()
        steps = list(pairwise(nodes))
        amount = min(room for step in steps if (room := self._room(*step)) is not None)
        for step in steps:
            self._send(*step, amount)
        return True

    def cut(self) -> list[int]:
        """The positions whose entry, but not whose exit, can still be reached."""
        return sorted(node // 2 for node in self._reached if node % 2 == 0 and node + 1 not in self._reached)

    def _search(self) -> int | None:
        """The exit from which a way ends; `_reached` has where each node was reached from, -1 for the start."""
        self._reached = {2 * position: -1 for position in self._first}
        waiting = list(self._reached)
        for node in waiting:  # grows while it is read
            position = node // 2
            if node % 2:
                if ACCEPT in self._follow[position]:
                    return node
                # A position that follows itself needs no arc: no shortest way takes it.
                onwards = [2 * target for target in self._follow[position] if target != position]
                if self._through[position]:
                    onwards.append(node - 1)
            else:
                onwards = [2 * source + 1 for source in self._incoming[position]]
                if self._through[position] < self._prices[position]:
                    onwards.append(node + 1)
            for onward in onwards:
                if onward not in self._reached:
                    self._reached[onward] = node
                    waiting.append(onward)
        return None

    def _room(self, source: int, target: int) -> int | None:
        """How much more can go from node to node; None without limit."""
        if source // 2 == target // 2:
            through = self._through[source // 2]
            return self._prices[source // 2] - through if target == source + 1 else through
        if source % 2:
            return None
        return self._carried[target // 2, source // 2]

    def _send(self, source: int, target: int, amount: int) -> None:
        if source // 2 == target // 2:
            self._through[source // 2] += amount if target == source + 1 else -amount
        elif source % 2:
            arc = source // 2, target // 2
            self._carried[arc] = self._carried.get(arc, 0) + amount
            self._incoming[target // 2][source // 2] = None
        else:
            arc = target // 2, source // 2
            self._carried[arc] -= amount
            if not self._carried[arc]:
                del self._carried[arc]
                del self._incoming[source // 2][target // 2]
