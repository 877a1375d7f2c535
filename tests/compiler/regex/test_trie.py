"""The tree of a long word list holds its entries and nothing else, and finds what the list's regex finds."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler import compile_text
from guardc.compiler.regex.trie import END, INNER, Trie, build_trie
from guardc.compiler.regex.words import word_regex
from guardc.runtime import load

SPACE = 5


def holds(trie: Trie, entry: list[int]) -> bool:
    base, flags = trie.root, INNER
    for label in entry:
        if not flags & INNER or trie.labels[base + label] != label:
            return False
        base, flags = int(trie.targets[base + label]), int(trie.flags[base + label])
    return bool(flags & END)


entries = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), min_size=1, max_size=60)


@settings(max_examples=300, deadline=None)
@given(entries, entries)
def test_it_holds_its_entries_and_nothing_else(own: list[list[int]], others: list[list[int]]) -> None:
    own.append([4])  # labels go no higher than those of the entries
    trie = build_trie(own, 0)
    for entry in own + others:
        assert holds(trie, entry) == (entry in own)


def test_a_repeated_label_may_stand_more_than_once() -> None:
    trie = build_trie([[1, SPACE, 2], [1, 2]], SPACE)
    assert holds(trie, [1, SPACE, 2])
    assert holds(trie, [1, SPACE, SPACE, SPACE, 2])
    assert not holds(trie, [1, SPACE])
    assert not holds(trie, [SPACE, 1, 2])


def test_equal_ends_are_shared() -> None:
    many = [[first, *end] for first in range(1, 30) for end in ([1, 2, 3], [1, 4, 5])]
    assert (build_trie(many, 0).labels > 0).sum() == 29 + 1 + 2 + 2


def test_every_target_lies_within_the_cells() -> None:
    chance = random.Random(3)
    trie = build_trie([[chance.randint(1, 500) for _ in range(chance.randint(1, 9))] for _ in range(2_000)], 0)
    assert int(trie.targets.max()) + 500 < len(trie.targets)
    assert int(trie.labels.max()) <= 500
    bases = {trie.root, *trie.targets[trie.flags & INNER > 0].tolist()}
    leads = [set((at - trie.labels[trie.labels > 0]).tolist()) for at in [trie.labels.nonzero()[0]]]
    assert leads[0] <= bases


LETTERS = {
    "Latin": "etaoinsr",
    "Cyrillic": "абвгдежз",
    "Chinese": "".join(map(chr, range(0x4E00, 0x4E00 + 2_000))),
    "astral": "".join(map(chr, range(0x1F600, 0x1F640))),
    "mixed": "aé-+ßя.😀",
}


@pytest.mark.parametrize("script", LETTERS)
@pytest.mark.parametrize("options", ["", " ignore case", " anywhere", " ignore case anywhere"])
def test_long_lists_find_what_their_regex_finds(script: str, options: str) -> None:
    chance = random.Random(f"{script}{options}")

    def word() -> str:
        return "".join(chance.choices(LETTERS[script], k=chance.randint(1, 5)))

    words = list(dict.fromkeys(" ".join(word() for _ in range(chance.choice((1, 1, 2)))) for _ in range(700)))
    listed = ", ".join(f'"{entry}"' for entry in words)
    rules = "no list on fail noop\n    is list"
    source = f"edition 1\nwords list = [{listed}]{options}\nguard g on input {{\n    {rules}\n}}\n"
    compilation = compile_text(source)
    assert compilation.plan is not None
    assert compilation.module is not None
    assert compilation.module.patterns[0].compiled is not None
    assert compilation.module.patterns[0].compiled.tree is not None
    guard = load(compilation.plan).guard("g")
    flags = re.IGNORECASE if "ignore case" in options else 0
    expression = re.compile(word_regex(words, anywhere="anywhere" in options), flags)
    for _ in range(60):
        pieces = [chance.choice((word(), chance.choice(words), chance.choice(words).upper())) for _ in range(12)]
        text = "".join(piece + chance.choice((" ", "  ", "", "_", "\n", "-")) for piece in pieces)
        for judged in (text, chance.choice(words), pieces[0]):
            failures = {failure.rule: failure for failure in guard.validate(judged).failures}
            found = failures["no list"].spans if "no list" in failures else ()
            assert [(span.start, span.end) for span in found] == [match.span() for match in expression.finditer(judged)]
            assert ("is list" not in failures) == (expression.fullmatch(judged) is not None)
