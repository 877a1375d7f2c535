"""The automaton of a pattern: places that consume a character, and ordered edges between them.

This is Glushkov's position automaton (V. M. Glushkov, The abstract theory of automata, 1961) with two
additions: the edges are in the order in which a backtracking matcher would try them, and an edge may demand
conditions of the place between two characters that it crosses. It has no ε-moves, so a simulation does one
step per thread and character.

Vocabulary:
  - a *position* is one place of the pattern that consumes a character;
  - a *class* is a set of characters that this pattern never tells apart; classes are numbered from 0;
  - a *boundary* is the place between two characters, or before the first, or after the last;
  - an *atom* is one assertion (`\\b`, `$`, `(?!\\d)`), numbered from 0; a set of atoms is a bit mask;
  - the *kind* of a boundary's left (right) neighbour is all that any atom can see of it.

Running it. Threads are an ordered list, each with the place where its match began. At the boundary between
`prev` and `next` the conditions that hold are `truth[before[prev]][after[next]]`. The pending edges are
resolved in order:

  - an edge whose `needs` are not all among the conditions is dropped;
  - an edge to a position that is already in the list is dropped;
  - ACCEPT records the match (the thread's begin, this boundary), and everything after it is cut, new begins
    too.

If no match is recorded yet, the start edges are resolved last: a match may begin here. Then each thread
consumes the next character, or dies, and contributes the edges of `follow` in order. The search ends when the
list is empty and a match was recorded. After an empty match the next search begins at the same boundary and
ignores, without cutting, an ACCEPT that is empty there. A full match begins at 0 only; its ACCEPT counts at
the end of the text only, and never cuts.

Invariant: the classes are disjoint and cover all code points; every position can be reached from the start
and reaches ACCEPT; no edge is made useless by an earlier one.

Example: `a+b` has the positions 0 (`a`) and 1 (`b`), `start == (Edge(0, 0),)`, and position 0 is followed by
`(Edge(0, 0), Edge(1, 0))`: another `a` first, because `+` is greedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardc.compiler.regex.charset import CharSet

__all__ = ["ACCEPT", "Automaton", "Edge", "Position", "first_of_each"]

ACCEPT = -1
"""The target of an edge that ends a match."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to a position, or to ACCEPT. `needs` is the mask of the atoms that must all hold; 0 is always."""

    target: int
    needs: int


@dataclass(frozen=True, slots=True)
class Position:
    """One place of the pattern that consumes a character of the classes `accepts`; `follow` is best first."""

    accepts: frozenset[int]
    follow: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Automaton:
    """See the module. `before` and `after` are indexed by class, then one last entry for the text's start
    (end).

    `final_newline` is the number of an extra class, `len(classes)`, for a newline that is the text's last
    character; it is None if the pattern never asks for it (only `$` without MULTILINE does). Lengths are in
    characters; `max_length` is None if unbounded.
    """

    classes: tuple[CharSet, ...]
    final_newline: int | None
    start: tuple[Edge, ...]
    positions: tuple[Position, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    truth: tuple[tuple[int, ...], ...]
    min_length: int
    max_length: int | None


def first_of_each(edges: Iterable[tuple[int, int]], *, cut: int | None) -> tuple[tuple[int, int], ...]:
    """Edges, as target and `needs`, without those that an earlier one makes useless; up to the first that always leads
    to `cut`."""
    kept: list[tuple[int, int]] = []
    earlier: dict[int, list[int]] = {}
    for target, needs in edges:
        masks = earlier.setdefault(target, [])
        if any(mask & needs == mask for mask in masks):
            continue
        masks.append(needs)
        kept.append((target, needs))
        if target == cut and needs == 0:
            break
    return tuple(kept)
