"""The automaton made deterministic, where it stays small: one table look-up per character.

The construction is the subset construction over *ordered* lists (as RE2 builds its leftmost-first DFA; R.
Cox, Regular Expression Matching in the Wild, 2010). A state is what the simulation has in hand at a boundary,
before it looks at the next character: the edges pending, best first, and the kind of the character before.
The next character's kind completes the boundary, so reading it resolves the edges, tells whether a match
ended just before it, and cuts what is worse.

Then equal states are merged by partition refinement (E. F. Moore, 1956), which begins with what equal states
share, the distance to a match, and all are numbered in the order of a breadth-first walk.

Vocabulary: a *column* is a class of the automaton (with the final newline, if any), or END, the last one, for
the end of the text; an *entry* is the next state with MATCH added if a match ends before the column's
character.

Running it from a boundary: begin in `starts[kind of the character before]`; remember the last boundary whose
entry had MATCH; stop when the state is 0. What was remembered is where the match ends that `re` prefers among
those that begin there.

Invariants: state 0 is dead, all its entries are 0; the END column leads to 0; the same automaton gives the
same table.

Example: `ab|a` has the states dead, begin, after `a` and after `ab`; the entry of "after a" for `b` is "after
ab" with MATCH, for every other column it is 0 with MATCH.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex.automaton import ACCEPT, Automaton, first_of_each

__all__ = [
    "MATCH",
    "MAX_STATES",
    "MAX_TABLE_BYTES",
    "MAX_WORD_STATES",
    "MAX_WORD_TABLE_BYTES",
    "Dfa",
    "determinize",
]

MATCH: Final = 0x8000
"""The bit of a table entry that says: a match ends before the character of this column."""

MAX_STATES: Final = 2_000
"""Before merging. Beyond this a table no longer fits the caches that make it fast."""
MAX_TABLE_BYTES: Final = 256 * 1024
"""After merging."""
MAX_WORD_STATES: Final = 32_000
"""For word lists: a trie has many states, but few of them are visited often."""
MAX_WORD_TABLE_BYTES: Final = 4 * 1024 * 1024

MAX_ROUNDS: Final = 300
"""Of refinement; usual patterns need a handful."""

WAITING: Final = 16
WAITING_PER_POSITION: Final = 1 / 16
"""How many states may wait to be worked out, besides as many as the widest branching has ways. An automaton that will
explode (`[a-z]{0,50}key.{0,20}=`) has more after a few hundred, long before it passes the other budgets."""

MAX_WORK: Final = 40
"""Edges resolved per state allowed, on average; a state that is a long list costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Dfa:
    """`table[state * stride + column]` is an entry, a 16-bit unsigned number. `starts` has the first state by
    the kind of the character before the match (the automaton's `before` kinds)."""

    stride: int
    starts: tuple[int, ...]
    table: array[int]


def determinize(
    automaton: Automaton,
    *,
    max_states: int = MAX_STATES,
    max_bytes: int = MAX_TABLE_BYTES,
    tree: bool = False,
) -> Dfa | None:
    """The DFA for matches that begin at a given boundary, or None if it passes a budget.

    `tree` says that the automaton is known not to explode, however many states wait to be worked out.
    """
    built = _Subsets(automaton, min(max_states, MATCH - 1), tree).build()
    if built is None:
        return None
    table, starts = _merged(*built)
    if table.nbytes > max_bytes:
        return None
    return Dfa(table.shape[1], starts, array("H", table.astype("=u2").tobytes()))


class _Subsets:
    """The subset construction. An edge is a pair `(target, needs)`."""

    def __init__(self, automaton: Automaton, max_states: int, tree: bool) -> None:
        self._automaton = automaton
        self._max_states = max_states
        self._tree = tree
        self._columns = len(automaton.classes) + (automaton.final_newline is not None) + 1
        # Sets of columns are bit masks. END has the last kind of `after`, and no position accepts it.
        self._after = _masks_by_kind(automaton.after)
        self._before = _masks_by_kind(automaton.before[:-1])
        accepts = {position.accepts for position in automaton.positions}
        masks = {columns: sum(1 << column for column in columns) for columns in accepts}
        self._accepts = [masks[position.accepts] for position in automaton.positions]
        self._listed: dict[int, list[int]] = {}
        self._states: dict[tuple[tuple[tuple[int, int], ...], int], int] = {((), -1): 0}
        self._pending: list[tuple[tuple[tuple[int, int], ...], int]] = [((), -1)]
        self._resumed: dict[tuple[int, ...], tuple[tuple[int, int], ...]] = {}

    def build(self) -> tuple[npt.NDArray[np.uint16], tuple[int, ...]] | None:
        """The table, one row per state, and the start states."""
        kinds = len(self._automaton.truth)
        begin = first_of_each(((edge.target, edge.needs) for edge in self._automaton.start), cut=ACCEPT)
        starts = tuple(self._state(begin, kind) for kind in range(kinds))
        rows = [[0] * self._columns]
        widest = max([len(begin), *(len(position.follow) for position in self._automaton.positions)])
        waiting = WAITING + widest + int(WAITING_PER_POSITION * len(self._automaton.positions))
        work = 0
        for edges, kind in self._pending:  # grows while it is read
            if kind < 0:
                continue
            if len(self._pending) > self._max_states + 1 or work > MAX_WORK * self._max_states:
                return None
            work += len(edges) * len(self._after)
            rows.append(self._row(edges, kind))
            if len(self._pending) - len(rows) > waiting and not self._tree:
                return None
        return np.array(rows, dtype=np.uint16), starts

    def _state(self, edges: tuple[tuple[int, int], ...], kind: int) -> int:
        if not edges:
            return 0
        number = self._states.setdefault((edges, kind), len(self._pending))
        if number == len(self._pending):
            self._pending.append((edges, kind))
        return number

    def _row(self, edges: tuple[tuple[int, int], ...], before: int) -> list[int]:
        row = [0] * self._columns
        for after, columns in self._after:
            threads, match = _resolved(edges, self._automaton.truth[before][after])
            parts: list[tuple[int, tuple[int, ...]]] = [(columns, ())]  # columns with the threads that go on there
            for thread in threads:
                accepts = self._accepts[thread]
                parts = [
                    part
                    for mask, survivors in parts
                    for part in ((mask & accepts, (*survivors, thread)), (mask & ~accepts, survivors))
                    if part[0]
                ]
            for mask, survivors in parts:
                if not survivors:
                    self._fill(row, mask, match)
                    continue
                for kind, same_kind in self._before:
                    if mask & same_kind:
                        self._fill(row, mask & same_kind, match | self._next(survivors, kind))
        return row

    def _fill(self, row: list[int], mask: int, entry: int) -> None:
        columns = self._listed.get(mask)
        if columns is None:
            columns = self._listed[mask] = [n for n in range(self._columns) if mask >> n & 1]
        for column in columns:
            row[column] = entry

    def _next(self, threads: tuple[int, ...], kind: int) -> int:
        edges = self._resumed.get(threads)
        if edges is None:
            follow = (
                (edge.target, edge.needs) for thread in threads for edge in self._automaton.positions[thread].follow
            )
            edges = self._resumed[threads] = first_of_each(follow, cut=ACCEPT)
        return self._state(edges, kind)


def _masks_by_kind(kinds: tuple[int, ...]) -> list[tuple[int, int]]:
    masks: dict[int, int] = {}
    for column, kind in enumerate(kinds):
        masks[kind] = masks.get(kind, 0) | 1 << column
    return list(masks.items())


def _resolved(edges: tuple[tuple[int, int], ...], holds: int) -> tuple[list[int], int]:
    """The threads that the edges give where the atoms `holds` hold, best first; MATCH if one ends a match."""
    threads: dict[int, None] = {}
    for target, needs in edges:
        if needs & ~holds:
            continue
        if target == ACCEPT:
            return list(threads), MATCH
        threads[target] = None
    return list(threads), 0


def _merged(table: npt.NDArray[np.uint16], starts: tuple[int, ...]) -> tuple[npt.NDArray[np.uint16], tuple[int, ...]]:
    """Equal states merged, then numbered from 0 (dead) in breadth-first order from the starts."""
    following = (table & (MATCH - 1)).astype(np.int64)
    flags = (table >> 15).astype(np.int64)
    group = _partition(following, flags)
    # One state of each group stands for it.
    _, chosen = np.unique(group, return_index=True)
    rows = group[following[chosen]]
    order = {int(group[0]): 0}
    waiting = [int(group[start]) for start in starts]
    for number in waiting:  # grows while it is read
        if number not in order:
            order[number] = len(order)
            waiting.extend(dict.fromkeys(rows[number].tolist()))
    old = np.array(list(order), dtype=np.int64)
    new = np.zeros(len(chosen), dtype=np.int64)
    new[old] = np.arange(len(old))
    merged = new[rows[old]] | (flags[chosen][old] << 15)
    return merged.astype(np.uint16), tuple(order[int(group[start])] for start in starts)


def _partition(following: npt.NDArray[np.int64], flags: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The group of each state, numbered from 0: states in one group have equal flags and equal groups
    following.

    Sorting whole rows in every round is slow, so rows are compared by a hash, and the result is checked in
    full. Were there a collision, or too many rounds, every state would stay for itself.
    """
    everyone = np.arange(len(following), dtype=np.int64)
    group = _groups(_hashed(np.concatenate((flags, _distances(following, flags)[:, None]), axis=1)))
    for _ in range(MAX_ROUNDS):
        refined = _groups(_hashed(np.concatenate((group[:, None], group[following]), axis=1)))
        if refined.max() == group.max():
            _, chosen, inverse = np.unique(refined, return_index=True, return_inverse=True)
            same = chosen[inverse.reshape(-1)]
            rows = refined[following]
            exact = np.array_equal(rows, rows[same]) and np.array_equal(flags, flags[same])
            return refined if exact else everyone
        group = refined
    return everyone


def _distances(following: npt.NDArray[np.int64], flags: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The fewest characters from each state to an entry with MATCH; -1 where there is none."""
    count, columns = following.shape
    order = np.argsort(following, axis=None, kind="stable")
    sources = (order // columns).tolist()
    first = np.searchsorted(following.reshape(-1)[order], np.arange(count + 1)).tolist()
    distances = np.where(flags.any(axis=1), 0, -1).tolist()
    waiting = [state for state in range(count) if distances[state] == 0]
    for state in waiting:  # grows while it is read
        for source in sources[first[state] : first[state + 1]]:
            if distances[source] < 0:
                distances[source] = distances[state] + 1
                waiting.append(source)
    return np.array(distances, dtype=np.int64)


def _groups(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.unique(keys, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _hashed(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    # Odd multipliers spread over 64 bits (the golden ratio's, as in D. E. Knuth's multiplicative hashing),
    # summed mod 2**64.
    steps = np.arange(1, rows.shape[1] + 1, dtype=np.uint64)
    multipliers = steps * np.uint64(0x9E3779B97F4A7C15)
    multipliers ^= multipliers >> np.uint64(29)
    multipliers *= np.uint64(0xBF58476D1CE4E5B9)
    multipliers |= np.uint64(1)
    return (rows.astype(np.uint64) @ multipliers).astype(np.int64)
