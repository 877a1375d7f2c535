"""A long word list as a minimal automaton in a double array: one cell looked up per character.

A list of a hundred thousand entries has no use for what the automata of patterns can do. Its entries are sequences of
*labels*, the sets of characters that match one character of an entry, and a search follows one way through the tree of
its entries and remembers the last end that it passed: the longest entry, as `docs/semantics.md` demands.

The tree is made minimal while it is built from the sorted entries: equal ends are one (J. Daciuk et al., Incremental
construction of minimal acyclic finite-state automata, Computational Linguistics 26, 2000). Its transitions lie in a
*double array* (J. Aoe, An efficient digital search algorithm by using a double-array structure, 1989): what leads from
a state with *base* `b` by label `l` is cell `b + l`, if that cell says that it is for `l`. Cells of different states
fill each other's gaps. No two states have the same base, so a cell that is for `l` cannot be another state's.

Invariants: label 0 is every character that no entry has; all of `base + label` lie within the array; the same entries
give the same cells.

Example: `car`, `carpet` and `pet` share the states behind `pet`; searching in `carpets` passes the end behind `car` and
the one behind `carpet`, and if ends must not be followed by a word character, neither counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex.errors import PatternTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["END", "INNER", "MAX_CELLS", "MAX_LABELS", "Trie", "build_trie", "minimal_states"]

END: Final = 1
"""The flag of a cell: an entry ends here."""
INNER: Final = 2
"""The flag of a cell: something follows."""
MAX_CELLS: Final = 1 << 22
"""Of eight bytes. A million entries of a language need fewer."""
MAX_LABELS: Final = 0x7FFF

_SELF: Final = -1
_Edges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """
    targets: for each cell the base of the state that it leads to; shape (cells,).
    labels: for each cell the label that it is for, 0 if it is free; shape (cells,).
    flags: for each cell END and INNER; shape (cells,).
    root: the base of the first state.
    """

    targets: npt.NDArray[np.uint32]
    labels: npt.NDArray[np.uint16]
    flags: npt.NDArray[np.uint16]
    root: int


def build_trie(entries: Iterable[Sequence[int]], repeated: int) -> Trie:
    """
    Args:
        entries: sequences of labels from 1 to MAX_LABELS.
        repeated: the label that may stand once or more where an entry has it; 0 for none.

    Raises:
        PatternTooLarge: more than MAX_CELLS cells.
    """
    graph = _Graph(repeated)
    for entry in sorted(set(map(tuple, entries))):
        graph.add(entry)
    return _packed(graph.states, graph.finish())


def minimal_states(entries: Iterable[Sequence[int]]) -> tuple[list[tuple[bool, _Edges]], int]:
    """The states `(is an end, edges)` of the minimal automaton, and the number of the first one. An edge
    `(label, state)` leads to a lower number."""
    graph = _Graph(0)
    for entry in sorted(set(map(tuple, entries))):
        graph.add(entry)
    root = graph.finish()
    return graph.states, root


class _Graph:
    """The minimal automaton under construction. A state is `(is an end, edges)`; edges are `(label, state)`.

    The last entry's way is still open: entries come in order, so no later one can change what branches off before it.
    """

    def __init__(self, repeated: int) -> None:
        self.states: list[tuple[bool, _Edges]] = []
        self._known: dict[tuple[bool, _Edges], int] = {}
        self._repeated = repeated
        self._last: tuple[int, ...] = ()
        self._ends = [False]
        self._edges: list[list[tuple[int, int]]] = [[]]

    def add(self, entry: tuple[int, ...]) -> None:
        shared = 0
        for a, b in zip(entry, self._last, strict=False):
            if a != b:
                break
            shared += 1
        self._close(shared)
        for label in entry[shared:]:
            self._ends.append(False)
            self._edges.append([(label, _SELF)] if label == self._repeated else [])
        self._ends[len(entry)] = True
        self._last = entry

    def finish(self) -> int:
        """The number of the first state."""
        self._close(0)
        return self._number(self._ends[0], self._edges[0])

    def _close(self, depth: int) -> None:
        """Number the states of the open way that are deeper than `depth`."""
        for at in range(len(self._edges) - 1, depth, -1):
            number = self._number(self._ends.pop(), self._edges.pop())
            self._edges[at - 1].append((self._last[at - 1], number))

    def _number(self, end: bool, edges: list[tuple[int, int]]) -> int:
        state = end, tuple(edges)
        number = self._known.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
        return number


def _packed(states: list[tuple[bool, _Edges]], root: int) -> Trie:
    """The double array. States with many edges are placed first, while there is room for them."""
    order = sorted((number for number, (_, edges) in enumerate(states) if edges), key=lambda n: -len(states[n][1]))
    highest = max((label for _, edges in states for label, _ in edges), default=0)
    bases = _Placer(highest).place([[label for label, _ in states[number][1]] for number in order])
    base_of = dict(zip(order, bases, strict=True))
    cells = max(bases, default=0) + highest + 1
    if cells > MAX_CELLS:
        raise PatternTooLarge(f"the word list needs {cells:_} cells, more than {MAX_CELLS:_}", "split the list")
    targets, labels, flags = np.zeros(cells, np.uint32), np.zeros(cells, np.uint16), np.zeros(cells, np.uint16)
    at, to, by, what = [], [], [], []
    for number, base in base_of.items():
        for label, target in states[number][1]:
            reached = number if target == _SELF else target
            end, edges = states[reached]
            at.append(base + label)
            to.append(base_of.get(reached, 0))
            by.append(label)
            what.append(END * end + INNER * bool(edges))
    targets[at], labels[at], flags[at] = to, by, what
    return Trie(targets, labels, flags, base_of.get(root, 0))


class _Placer:
    """Finds a base for one state after the other, so that its cells are free and its base is its own."""

    def __init__(self, highest: int) -> None:
        self._used = bytearray(highest + 2)
        self._bases: set[int] = set()
        self._highest = highest

    def place(self, states: list[list[int]]) -> list[int]:
        """The base for each state, given as its labels, ascending; states with most labels first."""
        found = []
        used, bases = self._used, self._bases
        start = 0
        count = 0
        for labels in states:
            if len(labels) != count:
                count, start = len(labels), 0  # what had no room for more labels may have it for fewer
            lowest = labels[0]
            tried = 0
            at = self._free(max(start, lowest))
            while at - lowest in bases or any(used[at - lowest + label] for label in labels[1:]):
                at = self._free(at + 1)
                tried += 1
            if tried > _PATIENCE:
                start = at  # the cells before are so full that looking there again is in vain
            base = at - lowest
            for label in labels:
                used[base + label] = 1
            bases.add(base)
            found.append(base)
        return found

    def _free(self, at: int) -> int:
        """The first free cell from `at` on; there is room behind it for every label."""
        free = self._used.find(0, at)
        if free < 0 or free + self._highest >= len(self._used):
            self._used.extend(bytes(len(self._used) + self._highest))
            free = self._used.find(0, at)
        return free


_PATIENCE: Final = 8
