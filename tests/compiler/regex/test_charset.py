"""A CharSet behaves as a Python set of code points does."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from guardc.compiler.regex import CharSet
from guardc.compiler.regex.charset import LAST

points = st.integers(0, 40) | st.integers(LAST - 20, LAST)
ranges = st.lists(st.tuples(points, st.integers(0, 6)).map(lambda pair: (pair[0], min(LAST, sum(pair)))), max_size=6)


def plain(spans: list[tuple[int, int]]) -> set[int]:
    return {point for low, high in spans for point in range(low, high + 1)}


@given(ranges, ranges)
def test_the_algebra_is_that_of_sets(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    a, b = CharSet.from_ranges(first), CharSet.from_ranges(second)
    left, right = plain(first), plain(second)
    assert set(a) == left
    assert len(a) == len(left)
    assert set(a | b) == left | right
    assert set(a & b) == left & right
    assert set(a - b) == left - right
    assert (a <= b) == (left <= right)
    assert a.isdisjoint(b) == left.isdisjoint(right)
    assert bool(a) == bool(left)
    assert (a == b) == (left == right)
    assert all((point in a) == (point in left) for point in (*range(48), *range(LAST - 30, LAST + 1)))


@given(ranges)
def test_the_complement_of_the_complement_is_the_set(spans: list[tuple[int, int]]) -> None:
    chars = CharSet.from_ranges(spans)
    assert ~~chars == chars
    assert len(chars) + len(~chars) == LAST + 1
    assert hash(~~chars) == hash(chars)


@given(ranges)
def test_ranges_are_sorted_and_apart(spans: list[tuple[int, int]]) -> None:
    found = CharSet.from_ranges(spans).ranges
    assert all(low <= high for low, high in found)
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(found))


def test_a_set_is_made_from_characters_or_code_points() -> None:
    assert CharSet.of("ab") | CharSet.span("c", "f") == CharSet.of(range(97, 103))
    assert "c" in CharSet.span("a", "f")
    assert "" not in map(chr, CharSet.of("x"))
    assert CharSet.span("b", "a") == CharSet(())
