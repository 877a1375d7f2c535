"""A word list as one automaton: a trie of its entries.

A short one becomes a program like a regex, and takes part in the guard's first stage; a long one a `trie`, which is
searched at every place where a word begins.

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
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from guardc.compiler.regex.alphabet import partition
from guardc.compiler.regex.automaton import Automaton
from guardc.compiler.regex.classes import charset_of, space_set, word_set
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.nodes import Next, Not, Previous
from guardc.compiler.regex.program import MAX_WORD_POSITIONS, Program
from guardc.compiler.regex.sre import codes
from guardc.compiler.regex.trie import MAX_LABELS, Trie, build_trie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardc.compiler.regex.charset import CharSet

__all__ = ["WORD", "WordTree", "word_program", "word_regex", "word_tree"]

WORD: Final = 0x8000
"""The bit of a label that says: a word character."""

WORDS_HINT = "split the list, or find its entries with a custom detector"


def word_regex(entries: Sequence[str], *, anywhere: bool) -> str:
    """The regex that a word list stands for; with `ignore case` it is under IGNORECASE."""
    if not entries:
        return "(?!)"
    by_length = sorted(entries, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, entry.split(" "))) for entry in by_length)
    return f"(?:{words})" if anywhere else rf"(?<!\w)(?:{words})(?!\w)"


@dataclass(frozen=True, slots=True)
class WordTree:
    """A long list as a tree. `labels` are those of the automaton's classes, with WORD."""

    trie: Trie
    labels: tuple[int, ...]
    anywhere: bool


def word_tree(entries: Sequence[str], *, ignore_case: bool, anywhere: bool) -> tuple[Automaton, WordTree] | None:
    """A word list as a tree, with an automaton that has its classes and lengths but no positions; None if its labels
    overlap.

    `entries` are not empty.
    """
    sets = _labels(entries, ignore_case=ignore_case)
    if sets is None:
        return None
    numbers: dict[CharSet, int] = {}
    for chars in sets.values():
        numbers.setdefault(chars, len(numbers) + 1)
    if len(numbers) > MAX_LABELS:
        raise PatternTooLarge(f"the word list has more than {MAX_LABELS:_} different characters", WORDS_HINT)
    classes, members = partition([*numbers, word_set(0)])
    labels = [0] * len(classes)
    for chars, number in numbers.items():
        for cls in members[chars]:
            labels[cls] = number
    for cls in members[word_set(0)]:
        labels[cls] |= WORD
    letters = {character: numbers[chars] for character, chars in sets.items()}
    trie = build_trie(([letters[character] for character in entry] for entry in entries), letters[" "])
    lengths = [len(entry) for entry in entries]
    automaton = Automaton(
        classes=tuple(classes),
        final_newline=None,
        start=(),
        positions=(),
        before=(0,) * (len(classes) + 1),
        after=(0,) * (len(classes) + 1),
        truth=((0,),),
        min_length=min(lengths),
        max_length=None if any(" " in entry for entry in entries) else max(lengths),
    )
    return automaton, WordTree(trie, tuple(labels), anywhere)


def word_program(entries: Sequence[str], *, ignore_case: bool, anywhere: bool) -> Program | None:
    """The program of a word list, or None if its labels overlap."""
    labels = _labels(entries, ignore_case=ignore_case)
    if labels is None:
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


def _labels(entries: Sequence[str], *, ignore_case: bool) -> dict[str, CharSet] | None:
    """The label of each character of the entries, that of a space first; None if labels overlap."""
    flags = int(re.IGNORECASE) if ignore_case else 0
    labels: dict[str, CharSet] = {" ": space_set(0)}
    for character in sorted({character for entry in entries for character in entry} - {" "}):
        labels[character] = charset_of((codes.LITERAL, ord(character)), flags)
    return labels if _equal_or_disjoint(set(labels.values())) else None


def _equal_or_disjoint(labels: set[CharSet]) -> bool:
    ranges = sorted(bounds for label in labels for bounds in label.ranges)
    return all(high < low for (_, high), (low, _) in pairwise(ranges))
