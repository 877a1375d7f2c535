"""From the program of a pattern to its automaton.

The steps: walk from the entry and from behind every CHAR step that comes up; make the alphabet of the sets
and tests met; judge each edge by what can stand on its two sides; drop what leads nowhere; number what is
left.

Judging an edge: it crosses a boundary between a character of its source and one of its target, so of all
conditions only some can occur. If its needs hold in none of them the edge is dropped (`a\\bb`); needs that
hold in all of them are dropped (`a\\b `). This is why the conditions of a typical pattern stay at its two
ends.

Invariant: the automaton has exactly the matches and preferences of the program; numbering depends on nothing
but the program.

Example: `\\bab\\b` keeps `\\b` on its start edge and on the edge to ACCEPT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardc.compiler.regex.alphabet import MAX_ATOMS, Alphabet
from guardc.compiler.regex.automaton import ACCEPT, Automaton, Edge, Position
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.program import END, MAX_EDGES, REPEAT_HINT, Program, Walker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardc.compiler.regex.charset import CharSet

__all__ = ["build"]

START = -1  # as the source of an edge; as a target, END stands for ACCEPT
Edges = list[tuple[int, int]]


def build(program: Program) -> Automaton:
    """The automaton of a program."""
    follow = _walk_all(program)
    sets = {step: program.steps[step].chars for step in follow if step != START}
    alphabet = Alphabet.of(sets.values(), program.tests)
    judge = _Judge(alphabet, sets)
    follow = {source: _without_repeats(judge.edges(source, edges)) for source, edges in follow.items()}
    follow = _useful(follow)

    used = 0
    for edges in follow.values():
        for _, mask in edges:
            used |= mask
    atoms = [number for number in range(used.bit_length()) if used >> number & 1]
    if len(atoms) > MAX_ATOMS:
        raise PatternTooLarge(
            f"the pattern has {len(atoms)} different assertions, more than {MAX_ATOMS}",
            "split it into several patterns",
        )
    alphabet = alphabet.with_truth(tuple(tuple(_renumbered(mask, atoms) for mask in row) for row in alphabet.truth))

    numbers = _numbered(follow)
    edge_cache: dict[tuple[int, int], Edge] = {}

    def edges_of(source: int) -> tuple[Edge, ...]:
        made = []
        for target, mask in follow[source]:
            edge = edge_cache.get((target, mask))
            if edge is None:
                edge = edge_cache[target, mask] = Edge(numbers[target], _renumbered(mask, atoms))
            made.append(edge)
        return tuple(made)

    positions = tuple(Position(alphabet.members[sets[step]], edges_of(step)) for step in numbers if step != END)
    start = edges_of(START)
    return Automaton(
        classes=alphabet.classes,
        final_newline=alphabet.final_newline,
        start=start,
        positions=positions,
        before=alphabet.before,
        after=alphabet.after,
        truth=alphabet.truth,
        min_length=shortest(start, positions),
        max_length=longest(positions),
    )


def _walk_all(program: Program) -> dict[int, Edges]:
    """The walks from the entry (as START) and from behind every CHAR step reached, in order of discovery."""
    walker = Walker(program)
    follow: dict[int, Edges] = {START: walker.walk(program.entry)}
    waiting = [step for step, _ in follow[START]]
    total = 0
    for step in waiting:  # grows while it is read
        if step == END or step in follow:
            continue
        edges = walker.walk(program.steps[step].targets[0])
        follow[step] = edges
        waiting.extend(target for target, _ in edges if target not in follow)
        total += len(edges)
        if total > MAX_EDGES:
            raise PatternTooLarge(f"the automaton of the pattern has more than {MAX_EDGES:_} edges", REPEAT_HINT)
    return follow


class _Judge:
    """Drops edges that can never be crossed, and needs that always hold."""

    def __init__(self, alphabet: Alphabet, sets: dict[int, CharSet]) -> None:
        self._truth = alphabet.truth
        self._sets = sets
        members = alphabet.members
        # The kinds that can stand left of a boundary, by what the edge's source consumes; and right of it.
        self._left = {chars: {alphabet.before[c] for c in members[chars]} for chars in set(sets.values())}
        self._right = {chars: {alphabet.after[c] for c in members[chars]} for chars in set(sets.values())}
        self._any_left = set(alphabet.before)
        self._any_right = set(alphabet.after)
        self._known: dict[tuple[CharSet | None, CharSet | None], tuple[set[int], int]] = {}

    def edges(self, source: int, edges: Edges) -> Edges:
        kept: Edges = []
        for target, mask in edges:
            if target != END and not self._sets[target]:
                continue
            needs = mask
            if mask:
                conditions, always = self._conditions(source, target)
                if not any(mask & condition == mask for condition in conditions):
                    continue
                needs &= ~always
            kept.append((target, needs))
        return kept

    def _conditions(self, source: int, target: int) -> tuple[set[int], int]:
        left = None if source == START else self._sets[source]
        right = None if target == END else self._sets[target]
        if (left, right) not in self._known:
            befores = self._any_left if left is None else self._left[left]
            afters = self._any_right if right is None else self._right[right]
            conditions = {self._truth[before][after] for before in befores for after in afters}
            always = -1
            for condition in conditions:
                always &= condition
            self._known[left, right] = conditions, always
        return self._known[left, right]


def _without_repeats(edges: Edges) -> Edges:
    """Without edges that an earlier one to the same target makes useless, or that the very next one does."""
    kept: Edges = []
    earlier: dict[int, list[int]] = {}
    for target, mask in edges:
        masks = earlier.setdefault(target, [])
        if any(known & mask == known for known in masks):
            continue
        masks.append(mask)
        if kept and kept[-1][0] == target and kept[-1][1] & mask == mask:
            kept.pop()
        kept.append((target, mask))
    return kept


def _useful(follow: dict[int, Edges]) -> dict[int, Edges]:
    """Without edges to places from which no match ends."""
    sources: dict[int, list[int]] = {}
    for source, edges in follow.items():
        for target, _ in edges:
            sources.setdefault(target, []).append(source)
    useful = {END}
    waiting = [END]
    for target in waiting:
        for source in sources.get(target, ()):
            if source not in useful:
                useful.add(source)
                waiting.append(source)
    return {source: [edge for edge in edges if edge[0] in useful] for source, edges in follow.items()}


def _numbered(follow: dict[int, Edges]) -> dict[int, int]:
    """Numbers for the steps that can be reached, in the order in which edges meet them; ACCEPT for END."""
    numbers = {END: ACCEPT}
    waiting = [START]
    for source in waiting:
        for target, _ in follow[source]:
            if target not in numbers:
                numbers[target] = len(numbers) - 1
                waiting.append(target)
    return numbers


def _renumbered(mask: int, atoms: list[int]) -> int:
    return sum(1 << new for new, old in enumerate(atoms) if mask >> old & 1) if mask else 0


def shortest(start: Iterable[Edge], positions: tuple[Position, ...]) -> int:
    """The fewest characters on a way to ACCEPT; 0 if there is none."""
    seen: set[int] = set()
    length, here = 0, {edge.target for edge in start}
    while here:
        if ACCEPT in here:
            return length
        seen |= here
        here = {edge.target for position in here for edge in positions[position].follow} - seen
        length += 1
    return 0


def longest(positions: tuple[Position, ...]) -> int | None:
    """The most characters on a way to ACCEPT, 0 if there is none; None if a way can go in circles."""
    arrivals = [0] * len(positions)
    for position in positions:
        for edge in position.follow:
            if edge.target != ACCEPT:
                arrivals[edge.target] += 1
    lengths = [1] * len(positions)
    ready = [number for number, count in enumerate(arrivals) if count == 0]
    for number in ready:  # grows while it is read
        for edge in positions[number].follow:
            if edge.target != ACCEPT:
                lengths[edge.target] = max(lengths[edge.target], lengths[number] + 1)
                arrivals[edge.target] -= 1
                if arrivals[edge.target] == 0:
                    ready.append(edge.target)
    if len(ready) < len(positions):
        return None
    return max(lengths, default=0)
