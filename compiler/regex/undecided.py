"""How long it may take to know what a pattern finds at a place.

A text that comes piece by piece is known up to some character. A match that begins at one of its characters is
*decided* if `re.match` there gives the same for everything that may follow: the same end, or no match. Until then
nothing of what it may take can be given on. What a stream holds back for a pattern is at most the longest stretch,
from a place to the last character that came, in which the match that begins there is undecided.

With a DFA that stretch is exact for each place by itself. The states that the characters lead to are its states, and in
which of them a match is decided can be read from the table: there, all columns say the same of a match that ends here,
and none leads to a state from which one ends later. A decided match stays decided, so the undecided states are
passed in one go, and the longest way through them is the bound; if they have a cycle there is none.

A newline is two columns to a pattern with `$`: one that ends the text and one that does not. While it is the last
character that came, nobody knows which. Both of their futures count then, so such a pattern may be undecided for one
character more than its longest match.

Without a DFA the bound is that of the lengths: behind a longest match there is only its look-ahead of one character
to wait for (of two, where a newline is two columns).

Invariant: no stretch is longer; tests/compiler/test_undecided.py compares with `re` over all short texts.

Example: `abc` is undecided after `a` and `ab`: 2. `abc\\b` still is after `abc`: 3. `ab|a` is after `a`: 1. `a+` has
no bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardc.compiler.regex.dfa import MATCH

if TYPE_CHECKING:
    from guardc.compiler.regex.automaton import Automaton
    from guardc.compiler.regex.compiled import CompiledPattern
    from guardc.compiler.regex.dfa import Dfa

__all__ = ["longest_undecided"]


def longest_undecided(compiled: CompiledPattern) -> int | None:
    """The most characters, from the begin of a match on, behind which it may be undecided; None if there is no
    bound."""
    automaton = compiled.automaton
    if not compiled.factors:
        return 0
    if compiled.dfa is not None:
        return _Table(automaton, compiled.dfa).longest()
    if automaton.max_length is None:
        return None
    # Found inside words, an entry is known with its last character; a longer one than the longest there is none.
    at_once = compiled.tree is not None and compiled.tree.anywhere
    return automaton.max_length - at_once + (automaton.final_newline is not None)


class _Table:
    """A DFA, by what can follow a state: columns of characters, the final newline, the end."""

    def __init__(self, automaton: Automaton, dfa: Dfa) -> None:
        self._classes = len(automaton.classes)
        self._final = automaton.final_newline
        self._newline = next(
            (number for number, chars in enumerate(automaton.classes) if self._final is not None and "\n" in chars), -1
        )
        self._starts = dfa.starts
        self._rows = [dfa.table[at : at + dfa.stride] for at in range(0, len(dfa.table), dfa.stride)]
        self._alive = self._can_match()

    def longest(self) -> int | None:
        """Longest ways by depth-first search over undecided states; a state on the way to itself is a cycle."""
        longest: dict[int, int] = {}
        under_way: set[int] = set()
        stack = [(state, False) for state in set(self._starts) if self._undecided(state)]
        while stack:
            state, left = stack.pop()
            row = self._rows[state]
            following = {row[column] & ~MATCH for column in range(self._classes)}
            further = [target for target in following if self._undecided(target)]
            if left:
                under_way.discard(state)
                longest[state] = max((1 + longest[target] for target in further), default=self._at_newline(state))
                continue
            if state in longest:
                continue
            under_way.add(state)
            stack.append((state, True))
            for target in further:
                if target in under_way:
                    return None
                if target not in longest:
                    stack.append((target, False))
        return max((longest[state] for state in set(self._starts) if state in longest), default=0)

    def _can_match(self) -> list[bool]:
        """Of each state whether a match can end there or later."""
        alive = [any(entry & MATCH for entry in row) for row in self._rows]
        sources: list[list[int]] = [[] for _ in self._rows]
        for state, row in enumerate(self._rows):
            for target in {entry & ~MATCH for entry in row}:
                sources[target].append(state)
        waiting = [state for state, can in enumerate(alive) if can]
        for state in waiting:  # grows while it is read
            for source in sources[state]:
                if not alive[source]:
                    alive[source] = True
                    waiting.append(source)
        return alive

    def _more(self, state: int) -> set[tuple[int, int]]:
        """What the state can say if a character that does not end the text with a newline follows: whether a match ends
        here, and whether one may later."""
        row = self._rows[state]
        entries = {row[column] for column in range(self._classes)}
        return {(entry & MATCH, int(self._alive[entry & ~MATCH])) for entry in entries}

    def _last(self, state: int) -> set[tuple[int, int]]:
        """The same if nothing follows, or a newline that ends the text."""
        row = self._rows[state]
        said = {(row[-1] & MATCH, 0)}
        if self._final is not None:
            entry = row[self._final]
            said.add((entry & MATCH, self._rows[entry & ~MATCH][-1] & MATCH))
        return said

    def _undecided(self, state: int) -> bool:
        said = self._more(state) | self._last(state)
        return len(said) > 1 or any(later for _, later in said)

    def _at_newline(self, state: int) -> int:
        """1 if it is undecided behind a newline of which nobody knows whether it ends the text, else 0. Only asked
        where no undecided state follows."""
        if self._final is None:
            return 0
        ends, last = self._rows[state][self._newline], self._rows[state][self._final]
        more = self._more(ends & ~MATCH)
        result = _end(ends, next(iter(more))[0]) if len(more) == 1 else -1
        return int(any(later for _, later in more) or result != _end(last, self._rows[last & ~MATCH][-1]))


def _end(entry: int, then: int) -> int:
    """Where a match ends of which two entries in a row tell: behind the character of the first, before it, nowhere."""
    return 2 if then & MATCH else 1 if entry & MATCH else 0
