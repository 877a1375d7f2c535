"""The plan's alphabet tells apart whatever a pattern tells apart, for every code point."""

from __future__ import annotations

import functools
import random

import generate
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler.alphabet import Alphabet, build_alphabet
from guardc.compiler.regex import Automaton, CharSet, compile_pattern, compile_words
from guardc.fastpath.layout import PAGE_BITS, PAGE_COUNT

POINTS = 0x110000
# Where something changes in Unicode, in Python's strings, or in the table's pages.
CORNERS = (0, 1, 0x41, 0x7F, 0x80, 0xFF, 0x100, 0x1FF, 0x200, 0xD800, 0xDFFF, 0xFFFF, 0x10000, 0x10FF00, 0x10FFFF)


def by_point(alphabet: Alphabet) -> npt.NDArray[np.uint16]:
    """The class of every code point, looked up as the scan does it."""
    points = np.arange(POINTS)
    return alphabet.entries[alphabet.pages[points >> PAGE_BITS], points & ((1 << PAGE_BITS) - 1)]


def by_pattern(automaton: Automaton) -> npt.NDArray[np.uint8]:
    """The same of one pattern, straight from its sets."""
    classes = np.full(POINTS, 255, dtype=np.uint8)
    for number, characters in enumerate(automaton.classes):
        for low, high in characters.ranges:
            classes[low : high + 1] = number
    return classes


def check(automata: tuple[Automaton, ...]) -> Alphabet:
    alphabet = build_alphabet(automata)
    classes = by_point(alphabet)
    assert alphabet.pages.shape == (PAGE_COUNT,)
    assert alphabet.entries.shape[1:] == (1 << PAGE_BITS,)
    assert alphabet.local.shape[1] == alphabet.size
    for number, automaton in enumerate(automata):
        assert np.array_equal(alphabet.local[number][classes], by_pattern(automaton))
    numbers, first = np.unique(classes, return_index=True)
    assert numbers.tolist() == list(range(alphabet.size))
    assert first.tolist() == sorted(first.tolist()) == list(alphabet.representatives)
    # No finer than needed: two classes differ for some pattern.
    if automata:
        assert len({column.tobytes() for column in alphabet.local.T}) == alphabet.size
    assert len({page.tobytes() for page in alphabet.entries}) == len(alphabet.entries)
    return alphabet


def same(first: Alphabet, second: Alphabet) -> bool:
    return (
        first.representatives == second.representatives
        and np.array_equal(first.pages, second.pages)
        and np.array_equal(first.entries, second.entries)
        and np.array_equal(first.local, second.local)
    )


@functools.cache
def compiled(name: str) -> Automaton:
    if name in generate.PATTERNS:
        regex, flags, _ = generate.PATTERNS[name]
        return compile_pattern(regex, flags).automaton
    entries, options = generate.WORDS[name]
    return compile_words(entries, ignore_case="ignore case" in options, anywhere="anywhere" in options).automaton


NAMES = sorted({**generate.PATTERNS, **generate.WORDS})


@pytest.mark.parametrize("name", NAMES)
def test_one_pattern(name: str) -> None:
    automaton = compiled(name)
    alphabet = check((automaton,))
    assert alphabet.size == len(automaton.classes)
    assert alphabet.local[0].tolist() == list(range(alphabet.size))


@pytest.mark.parametrize("seed", range(40))
def test_sets_of_patterns(seed: int) -> None:
    rng = random.Random(seed)
    automata = tuple(compiled(name) for name in rng.sample(NAMES, rng.randint(2, 12)))
    assert same(check(automata), build_alphabet(automata))


def test_all_patterns_together() -> None:
    check(tuple(map(compiled, NAMES)))


def test_no_pattern_has_one_class() -> None:
    alphabet = check(())
    assert alphabet.size == 1
    assert alphabet.representatives == (0,)


def test_equal_patterns_need_no_more_classes() -> None:
    one = build_alphabet((compiled("word"),))
    three = build_alphabet((compiled("word"),) * 3)
    assert one.representatives == three.representatives
    assert np.array_equal(one.entries, three.entries)


def partition(cuts: list[int], numbers: list[int]) -> Automaton:
    """An automaton with these classes and nothing else: from cut to cut one class, numbered by first member."""
    starts = sorted({0, *cuts})
    ranges: dict[int, list[tuple[int, int]]] = {}
    for at, start in enumerate(starts):
        end = starts[at + 1] - 1 if at + 1 < len(starts) else POINTS - 1
        ranges.setdefault(numbers[at % len(numbers)], []).append((start, end))
    classes = tuple(CharSet.from_ranges(parts) for parts in ranges.values())
    return Automaton(classes, None, (), (), (), (), (), 0, 0)


cuts = st.lists(st.one_of(st.sampled_from(CORNERS), st.integers(0, POINTS - 1)), max_size=30)
partitions = st.builds(partition, cuts, st.lists(st.integers(0, 5), min_size=1, max_size=31))


@settings(deadline=None, max_examples=60)
@given(st.lists(partitions, max_size=6))
def test_any_partitions(automata: list[Automaton]) -> None:
    assert same(check(tuple(automata)), build_alphabet(tuple(automata)))


@settings(deadline=None, max_examples=40)
@given(partitions, partitions, st.data())
def test_members_are_the_classes_within_a_set(first: Automaton, second: Automaton, data: st.DataObject) -> None:
    alphabet = build_alphabet((first, second))
    characters = data.draw(st.sampled_from(first.classes + second.classes))
    inside = alphabet.members(characters)[by_point(alphabet)]
    expected = np.zeros(POINTS, dtype=np.bool_)
    for low, high in characters.ranges:
        expected[low : high + 1] = True
    assert np.array_equal(inside, expected)
