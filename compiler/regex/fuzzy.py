"""A word list whose entries are found with errors, or with other characters for their letters (`within`, `leet`).

A search begins where a word begins. It walks the tree of the entries and keeps, for each way down, the row of the table
of distances between that way and the text (E. Ukkonen, Algorithms for approximate string matching, 1985), of which only
`2 * edits + 1` numbers matter; a way ends where all of them are too large. `docs/semantics.md` says which edits there
are.

Most words need no walk. Of an entry's first p characters and the text's first p characters something in common is
left if `edits` characters of each are struck out, whatever the errors: an error strikes out at most one character on
both sides. So a *filter* has all that is left of the entries so, as hashes (a Bloom filter, B. Bloom 1970; striking
out on both sides is W. Garbe's symmetric delete), and the walk begins only where it has something that is left of the
text.

Vocabulary:
    label    the number of a set of characters that matches one character of an entry; SPACE is that of a space
    symbol   a class of characters of the text, with up to three labels that it matches: under `leet`, `1` is an `i`, an
             `l` and a `1`
    mark     the number by which the filter knows labels and symbols; labels that share a character have one mark
    prefix   how many characters of an entry the filter has: the largest of PREFIXES that its first word has. If the
             list has nothing but whole words of word characters, the end of a word counts as a character, END

Invariant: if an entry matches within `edits`, the filter has what is left of the text at its begin.

Example: within one edit `secret` leaves `ecret`, `scret`, ... and so does `sceret`: `seret` is in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, takewhile
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex.alphabet import partition
from guardc.compiler.regex.automaton import Automaton
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.classes import charset_of, space_set, word_set
from guardc.compiler.regex.errors import PatternTooLarge
from guardc.compiler.regex.sre import codes
from guardc.compiler.regex.trie import minimal_states
from guardc.compiler.regex.words import WORD
from guardc.fastpath.layout import FILTER_END, FILTER_FACTOR, FILTER_MIXERS, FILTERS_ENDS, LONGEST_ENTRY, MOST_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["LEET", "PREFIXES", "FuzzyTree", "fuzzy_tree"]

LEET: Final = {
    "a": "4@", "b": "8", "e": "3", "g": "69", "i": "1!|", "l": "1|", "o": "0", "s": "5$", "t": "7+", "z": "2",
}  # fmt: skip
"""What may stand for a letter under `leet` (docs/language.md has the same table)."""
PREFIXES: Final = (8, 6, 5, 4, 3, 2, 1)
SPACE: Final = 1
BITS_PER_KEY: Final = 16
WORD_BITS: Final = 64
FULL: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyTree:
    """
    nodes: `(first edge, number of edges, 1 if an entry ends here)`; the edges of a node lead to lower numbers.
    edges: `(label, node)`. root: a node.
    labels: for each class of the automaton its symbol, with WORD. symbols: `(label, label, label, mark)`; the first is
        for all characters that no entry has.
    filter: the bits of the filter, as 64-bit words, a power of two of them.
    prefixes: those that entries have, as bits; bit 0: an entry is too short for the filter; bit ENDS: END is used.
    """

    nodes: tuple[tuple[int, int, int], ...]
    edges: tuple[tuple[int, int], ...]
    root: int
    labels: tuple[int, ...]
    symbols: tuple[tuple[int, int, int, int], ...]
    filter: npt.NDArray[np.uint64]
    prefixes: int
    edits: int
    anywhere: bool


def fuzzy_tree(
    entries: Sequence[str], *, ignore_case: bool, anywhere: bool, leet: bool, edits: int
) -> tuple[Automaton, FuzzyTree]:
    """The tree, and an automaton that has its classes and lengths but no positions. `entries` are not empty.

    Raises:
        PatternTooLarge: more entries than MOST_ENTRIES, or one longer than LONGEST_ENTRY.
    """
    longest = max(map(len, entries))
    if longest > LONGEST_ENTRY:
        raise PatternTooLarge(
            f"an entry is {longest} characters long; with `within` or `leet` the longest are {LONGEST_ENTRY}",
            "shorten it, or put it into another list",
        )
    if len(entries) > MOST_ENTRIES:
        raise PatternTooLarge(f"the list has more than {MOST_ENTRIES:_} entries", "split the list")
    sets = _sets(entries, ignore_case=ignore_case, leet=leet)
    numbers: dict[CharSet, int] = {space_set(0): SPACE}
    for chars in sets.values():
        numbers.setdefault(chars, len(numbers) + 1)
    classes, labels, symbols = _symbols(numbers, spaces=any(" " in entry for entry in entries))
    letters = {character: numbers[chars] for character, chars in sets.items()}
    ways = [[letters[character] for character in entry] for entry in entries]
    states, root = minimal_states(ways)
    nodes: list[tuple[int, int, int]] = []
    edges: list[tuple[int, int]] = []
    for end, leaving in states:
        nodes.append((len(edges), len(leaving), int(end)))
        edges += leaving
    # Only then a finding ends where the word ends that it begins.
    ends = not anywhere and all(chars <= word_set(0) for character, chars in sets.items() if character != " ")
    bits, prefixes = _filter(ways, _marks(symbols), edits, ends=ends)
    automaton = Automaton(
        classes=tuple(classes),
        final_newline=None,
        start=(),
        positions=(),
        before=(0,) * (len(classes) + 1),
        after=(0,) * (len(classes) + 1),
        truth=((0,),),
        min_length=max(1, min(map(len, entries)) - edits),
        max_length=None if any(" " in entry for entry in entries) else longest + edits,
    )
    tree = FuzzyTree(tuple(nodes), tuple(edges), root, tuple(labels), tuple(symbols), bits, prefixes, edits, anywhere)
    return automaton, tree


def _sets(entries: Sequence[str], *, ignore_case: bool, leet: bool) -> dict[str, CharSet]:
    """What each character of the entries matches."""
    flags = int(re.IGNORECASE) if ignore_case else 0
    sets: dict[str, CharSet] = {" ": space_set(0)}
    for character in sorted({character for entry in entries for character in entry} - {" "}):
        sets[character] = charset_of((codes.LITERAL, ord(character)), flags)
        if leet:
            sets[character] |= CharSet.of(LEET.get(character.lower(), ""))
    return sets


def _symbols(
    numbers: dict[CharSet, int], *, spaces: bool
) -> tuple[list[CharSet], list[int], list[tuple[int, int, int, int]]]:
    """The classes of characters, for each its symbol, and the symbols."""
    words = word_set(0)
    classes, members = partition(list(dict.fromkeys([*numbers, words])))
    matching: list[list[int]] = [[] for _ in classes]
    for chars, number in numbers.items():
        if number != SPACE or spaces:  # no entry matches a space: a search ends there
            for cls in members[chars]:
                matching[cls].append(number)
    mark = list(range(len(numbers) + 1))
    for same in matching:
        if same:
            lowest = min(mark[number] for number in same)
            joined = {mark[number] for number in same}
            mark = [lowest if one in joined else one for one in mark]
    kinds: dict[tuple[int, int, int, int], int] = {(0, 0, 0, 0): 0}
    labels = []
    for cls, same in enumerate(matching):
        first, second, third = [*same, 0, 0, 0][:3]
        assert len(same) <= 3, "no character stands for more letters"
        kind = (first, second, third, mark[first] if first != SPACE else 0)
        labels.append(kinds.setdefault(kind, len(kinds)) | (WORD if cls in members[words] else 0))
    return classes, labels, list(kinds)


def _marks(symbols: list[tuple[int, int, int, int]]) -> dict[int, int]:
    """The mark of each label but SPACE."""
    return {label: mark for *labels, mark in symbols for label in labels if label > SPACE}


def _filter(
    ways: list[list[int]], marks: dict[int, int], edits: int, *, ends: bool
) -> tuple[npt.NDArray[np.uint64], int]:
    """The filter, and the prefixes that it has."""
    prefixes = FILTERS_ENDS if ends else 0
    starts: set[tuple[int, ...]] = set()
    for way in ways:
        first_word = [marks[label] for label in takewhile(lambda label: label != SPACE, way)]
        if ends:
            first_word.append(FILTER_END)
        prefix = next(size for size in PREFIXES if size <= len(first_word))
        if prefix <= edits:
            prefixes |= 1
        else:
            prefixes |= 1 << prefix
            starts.add(tuple(first_word[:prefix]))
    keys = {key for start in starts for key in _keys(start, edits)}
    size = max(WORD_BITS, 1 << (BITS_PER_KEY * len(keys)).bit_length())
    shift = 64 - (size.bit_length() - 1)
    bits = np.zeros(size // WORD_BITS, dtype=np.uint64)
    hashes = np.array(sorted(keys), dtype=np.uint64)
    for mixer in FILTER_MIXERS:
        places = (hashes * np.uint64(mixer)) >> np.uint64(shift)
        np.bitwise_or.at(bits, places >> np.uint64(6), np.uint64(1) << (places & np.uint64(63)))
    return bits, prefixes


def _keys(start: tuple[int, ...], edits: int) -> Iterator[int]:
    """The hashes of what is left of the first characters, if so many of them are struck out."""
    for kept in combinations(start, len(start) - edits):
        key = len(start)
        for mark in kept:
            key = (key * FILTER_FACTOR + mark) & FULL
        yield key
