"""Runs the regex compiler's automata in plain Python, to be read next to the docstring of
`compiler/regex/automaton.py`.

Nothing here is fast; it is the specification of the tables, for the tests and for whoever writes another
runner.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from guardc.compiler.regex import ACCEPT, MATCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardc.compiler.regex import Automaton, Dfa, Edge

__all__ = ["dfa_finditer", "dfa_match", "finditer", "fullmatch", "search", "to_classes"]

Span = tuple[int, int]


def to_classes(automaton: Automaton, text: str) -> list[int]:
    """The class of every character of a text."""
    table = sorted((low, number) for number, chars in enumerate(automaton.classes) for low, _ in chars.ranges)
    lows = [low for low, _ in table]
    known: dict[str, int] = {}
    for character in set(text):
        known[character] = table[bisect_right(lows, ord(character)) - 1][1]
    classes = [known[character] for character in text]
    if automaton.final_newline is not None and text.endswith("\n"):
        classes[-1] = automaton.final_newline
    return classes


def conditions(automaton: Automaton, classes: list[int], at: int) -> int:
    """The mask of the atoms that hold at boundary `at`."""
    before = automaton.before[classes[at - 1] if at > 0 else -1]
    after = automaton.after[classes[at] if at < len(classes) else -1]
    return automaton.truth[before][after]


def search(
    automaton: Automaton,
    classes: list[int],
    start: int = 0,
    must_advance: bool = False,
    *,
    full: bool = False,
) -> Span | None:
    """The leftmost match from `start` on; with `full`, the whole text as one match."""
    threads: list[tuple[int, int]] = []  # (position, begin of the match), in order of priority
    match: Span | None = None
    for at in range(start, len(classes) + 1):
        holds = conditions(automaton, classes, at)
        pending: list[tuple[Edge, int]] = []
        if at == start:
            pending.extend((edge, at) for edge in automaton.start)
        else:
            character = classes[at - 1]
            for position, begin in threads:
                if character in automaton.positions[position].accepts:
                    pending.extend((edge, begin) for edge in automaton.positions[position].follow)
            if match is None and not full:
                pending.extend((edge, at) for edge in automaton.start)
        threads = []
        present: set[int] = set()
        for edge, begin in pending:
            if edge.needs & ~holds:
                continue
            if edge.target == ACCEPT:
                if (full and at < len(classes)) or (must_advance and begin == at == start):
                    continue
                match = (begin, at)
                break
            if edge.target not in present:
                present.add(edge.target)
                threads.append((edge.target, begin))
        if not threads and (match is not None or full):
            break
    return match


def fullmatch(automaton: Automaton, classes: list[int]) -> bool:
    return search(automaton, classes, full=True) is not None


def finditer(automaton: Automaton, classes: list[int]) -> Iterable[Span]:
    """All matches, as `re.finditer` finds them."""
    at, must_advance = 0, False
    while at <= len(classes):
        match = search(automaton, classes, at, must_advance)
        if match is None:
            return
        yield match
        at, must_advance = match[1], match[0] == match[1]


def dfa_match(automaton: Automaton, dfa: Dfa, classes: list[int], start: int) -> int | None:
    """Where the match that begins at `start` ends."""
    state = dfa.starts[automaton.before[classes[start - 1] if start > 0 else -1]]
    end = None
    for at in range(start, len(classes) + 1):
        column = classes[at] if at < len(classes) else dfa.stride - 1
        entry = dfa.table[state * dfa.stride + column]
        if entry & MATCH:
            end = at
        state = entry & ~MATCH
        if state == 0:
            break
    return end


def dfa_finditer(automaton: Automaton, dfa: Dfa, classes: list[int]) -> Iterable[Span]:
    """All matches of a pattern that is never empty, by trying the DFA at every boundary."""
    start = 0
    while start < len(classes):
        end = dfa_match(automaton, dfa, classes, start)
        if end is None:
            start += 1
        else:
            yield start, end
            start = end
