"""A word list as one automaton: a trie of its entries.

`docs/semantics.md` says what a list finds: whole words, the longest entry first, each space standing for any
white space. A trie has that order built in. Of two entries that match at one place the shorter one ends on
the path of the longer one, and at every node the children come before the end; so longest first costs
nothing. Equal branches of the trie are shared too, since a program has equal steps only once, so the
automaton grows with neither common beginnings nor common ends.

Vocabulary: a *label* is the set of characters that matches one character of an entry; the label of a space is
repeated.

Invariant: two labels at one node are equal or disjoint, since `re`'s case folding puts every character in one
group. A list for which that fails is written out as alternatives instead; no release of Python is known to
have one.

Example: `["car", "carpet"]` becomes `(?<!\\w)car(?:pet(?!\\w)|(?!\\w))`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from guardc.compiler.regex.classes import charset_of, space_set, word_set
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.nodes import Next, Not, Previous
from guardc.compiler.regex.program import MAX_WORD_POSITIONS, Program
from guardc.compiler.regex.sre import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardc.compiler.regex.charset import CharSet

__all__ = ["word_program", "word_regex"]

WORDS_HINT = "split the list, or find its entries with a custom detector"


def word_regex(entries: Sequence[str], *, anywhere: bool) -> str:
    """The regex that a word list stands for; with `ignore case` it is under IGNORECASE."""
    if not entries:
        return "(?!)"
    by_length = sorted(entries, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, entry.split(" "))) for entry in by_length)
    return f"(?:{words})" if anywhere else rf"(?<!\w)(?:{words})(?!\w)"


def word_program(entries: Sequence[str], *, ignore_case: bool, anywhere: bool) -> Program | None:
    """The program of a word list, or None if its labels overlap."""
    flags = int(re.IGNORECASE) if ignore_case else 0
    labels: dict[str, CharSet] = {" ": space_set(0)}
    for character in sorted({character for entry in entries for character in entry} - {" "}):
        labels[character] = charset_of((codes.LITERAL, ord(character)), flags)
    if not _equal_or_disjoint(set(labels.values())):
        return None
    trie = _Trie()
    for entry in sorted(entries, key=len, reverse=True):
        trie.add([labels[character] for character in entry])
    try:
        return _program_of(trie, repeated=labels[" "], anywhere=anywhere)
    except PatternTooLarge:
        raise PatternTooLarge(f"the word list is too large: {len(entries):_} entries", WORDS_HINT) from None


class _Trie:
    """Nodes are numbers; children are in order of insertion, and a child's number is above its parent's."""

    def __init__(self) -> None:
        self.children: list[dict[CharSet, int]] = [{}]
        self.ends: list[bool] = [False]

    def add(self, labels: list[CharSet]) -> None:
        node = 0
        for label in labels:
            child = self.children[node].setdefault(label, len(self.children))
            if child == len(self.children):
                self.children.append({})
                self.ends.append(False)
            node = child
        self.ends[node] = True


def _program_of(trie: _Trie, *, repeated: CharSet, anywhere: bool) -> Program:
    program = Program(MAX_WORD_POSITIONS)
    loops: dict[tuple[CharSet, int], int] = {}  # the program shares equal steps, but not loops
    end = 0 if anywhere else program.test(Not(Next(word_set(0))), 0)
    entries = [0] * len(trie.children)  # the step that stands for what follows a node
    for node in range(len(trie.children) - 1, -1, -1):
        targets: list[int] = []
        for label, child in trie.children[node].items():
            then = entries[child]
            if label != repeated:
                targets.append(program.char(label, then))
            else:
                if (label, then) not in loops:
                    loops[label, then] = program.plus(label, then)
                targets.append(loops[label, then])
        if trie.ends[node]:
            targets.append(end)
        entries[node] = program.split(targets)
    program.entry = entries[0] if anywhere else program.test(Not(Previous(word_set(0))), entries[0])
    return program


def _equal_or_disjoint(labels: set[CharSet]) -> bool:
    ranges = sorted(bounds for label in labels for bounds in label.ranges)
    return all(high < low for (_, high), (low, _) in pairwise(ranges))
