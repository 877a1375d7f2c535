"""A word list finds what its regex in docs/semantics.md finds."""

from __future__ import annotations

import random
import re

import pytest
from automaton_runner import dfa_finditer, finditer, fullmatch, to_classes
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler.regex import PatternTooLarge, compile_words
from guardc.compiler.regex.compiled import FEW_WORDS
from guardc.compiler.regex.factors import EVERYWHERE
from guardc.compiler.regex.words import word_regex

letters = "abAB\u212akKs\u017f\u00df.-1"
entry = st.lists(st.text(letters, min_size=1, max_size=3), min_size=1, max_size=3).map(" ".join)
entries = st.lists(entry, unique=True, max_size=8)
sentences = st.lists(st.text(letters + "  \n_\u2003", max_size=14), min_size=3, max_size=6)


@settings(max_examples=200, deadline=None)
@given(entries, sentences, st.booleans(), st.booleans())
def test_a_list_finds_what_its_regex_finds(
    entries: list[str], texts: list[str], ignore_case: bool, anywhere: bool
) -> None:
    ours = compile_words(entries, ignore_case=ignore_case, anywhere=anywhere)
    theirs = re.compile(word_regex(entries, anywhere=anywhere), re.IGNORECASE if ignore_case else 0)
    for text in (*texts, *entries, " ".join(entries), "  ".join(entries).swapcase()):
        classes = to_classes(ours.automaton, text)
        spans = [match.span() for match in theirs.finditer(text)]
        assert list(finditer(ours.automaton, classes)) == spans
        assert fullmatch(ours.automaton, classes) == bool(theirs.fullmatch(text))
        if ours.dfa is not None:
            assert list(dfa_finditer(ours.automaton, ours.dfa, classes)) == spans


def test_the_longest_entry_is_found() -> None:
    assert word_regex(["car", "carpet", "my car"], anywhere=False) == r"(?<!\w)(?:carpet|my\s+car|car)(?!\w)"
    automaton = compile_words(["car", "carpet", "my car"], ignore_case=False, anywhere=False).automaton
    assert list(finditer(automaton, to_classes(automaton, "car carpets my  car carpet"))) == [
        (0, 3),
        (12, 19),
        (20, 26),
    ]


def test_an_empty_list_never_matches() -> None:
    ours = compile_words([], ignore_case=True, anywhere=False)
    assert ours.automaton.start == ()
    assert ours.factors == ()
    assert list(finditer(ours.automaton, to_classes(ours.automaton, "a b"))) == []
    assert list(finditer(ours.automaton, [])) == []


@pytest.fixture(scope="module")
def many_words() -> list[str]:
    chance = random.Random(7)
    words = ["".join(chance.choices("etaoinsrhldcumf", k=chance.randint(3, 10))) for _ in range(6_000)]
    return list(dict.fromkeys(words))[:5_000]


def test_a_long_list_becomes_a_tree(many_words: list[str]) -> None:
    assert compile_words(many_words[:FEW_WORDS], ignore_case=True, anywhere=False).tree is None
    ours = compile_words(many_words, ignore_case=True, anywhere=False)
    assert ours.tree is not None
    assert not ours.automaton.positions
    assert (ours.automaton.min_length, ours.automaton.max_length) == (3, 10)
    assert ours.factors == (EVERYWHERE,)


def test_long_entries_and_long_chains_need_no_recursion() -> None:
    chain = compile_words(["a" * size for size in range(1, 3_000)], ignore_case=False, anywhere=True)
    assert chain.automaton.max_length == 2_999
    assert chain.tree is not None
    assert len(chain.tree.trie.targets) < 3_010
    assert compile_words(["ab" * 6_000], ignore_case=False, anywhere=True).automaton.min_length == 12_000


def test_a_list_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnop", k=60)) for _ in range(300)]
    monkeypatch.setattr("guardc.compiler.regex.trie.MAX_CELLS", 10_000)
    with pytest.raises(PatternTooLarge, match="cells, more than 10_000"):
        compile_words(words, ignore_case=False, anywhere=False)
    with pytest.raises(PatternTooLarge, match="the word list is too large: 250 entries"):
        compile_words([word * 10 for word in words[:250]], ignore_case=False, anywhere=False)


def test_equal_beginnings_and_ends_are_shared() -> None:
    ours = compile_words(["walking", "talking", "walked", "talked"], ignore_case=False, anywhere=True)
    assert len(ours.automaton.positions) == len("wt") + len("alk") + len("ing") + len("ed")
