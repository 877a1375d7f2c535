"""A set that has a character has the byte that the character is shown as."""

from __future__ import annotations

import random

import numpy as np
import pytest

from guardc.compiler.prefilter import ByteView
from guardc.compiler.regex import CharSet

LAST = 0x10FFFF
HELPERS = range(0x80, 0xA0)
EDGES = [0xFF, 0x100, 0x17F, 0x3FF, 0x400, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFF, 0x10000, 0x1F600, LAST - 1, LAST]


def random_set(rng: random.Random, width: int) -> CharSet:
    ranges = []
    for _ in range(rng.randint(1, width)):
        greatest = rng.choice([0x7F, 0xFF, 0x180, 0x600, 0xFFFF, LAST])
        low = rng.choice([rng.randint(0, greatest), *(edge for edge in EDGES if edge <= greatest)])
        ranges.append((low, min(LAST, low + rng.choice([0, 0, 1, 30, 300, 70_000]))))
    chars = CharSet.from_ranges(ranges)
    return ~chars if rng.random() < 0.2 else chars


def sampled(sets: list[CharSet], rng: random.Random) -> np.ndarray:
    """All of Latin-1, both sides of each end of a range, surrogates, and some of everything else."""
    points = {*range(256), *EDGES, *(rng.randrange(0x100, LAST + 1) for _ in range(300))}
    points |= {rng.randrange(0xD800, 0xE000) for _ in range(20)}
    for chars in sets:
        for low, high in chars.ranges:
            points |= {low - 1, low, (low + high) // 2, high, high + 1}
    return np.array(sorted(point for point in points if 0 <= point <= LAST), dtype=np.int64)


def check(sets: list[CharSet], rng: random.Random) -> set[int]:
    """Returns the bytes that stand in for characters above 255."""
    view = ByteView(sets)
    points = sampled(sets, rng)
    shown = view.stand_ins(points)
    assert shown[:256].tolist() == list(range(256))
    for chars in sets:
        row = view.rows[chars]
        inside = np.array([int(point) in chars for point in points])
        assert row[shown[inside]].all()
        # Only helpers may be treated more kindly than they are.
        plain = ~np.isin(shown, HELPERS)
        assert (row[shown[plain]] == inside[plain]).all()
    return {int(byte) for byte, point in zip(shown, points, strict=True) if point > 255}


@pytest.mark.parametrize("seed", range(60))
def test_a_stand_in_is_in_every_set_that_its_character_is_in(seed: int) -> None:
    rng = random.Random(seed)
    check([random_set(rng, 4) for _ in range(rng.choice([1, 2, 5, 12, 30]))], rng)


@pytest.mark.parametrize("count", [33, 100, 400])
def test_the_same_with_more_kinds_of_characters_than_helpers(count: int) -> None:
    rng = random.Random(count)
    alone = [CharSet.of([0x400 + 3 * number]) for number in range(count)]
    nested = [CharSet.span(0x2000 + number, 0x3000 - number) for number in range(count)]
    assert check(alone, rng) >= set(HELPERS)
    assert check(nested, rng) >= set(HELPERS)


def test_few_kinds_of_characters_are_told_apart_exactly() -> None:
    sets = [CharSet.of([0x400 + number]) for number in range(len(HELPERS))]
    view = ByteView(sets)
    for number, chars in enumerate(sets):
        (byte,) = view.stand_ins(np.array([0x400 + number]))
        assert [other for other in sets if view.rows[other][byte]] == [chars]


def test_helpers_keep_their_own_sets() -> None:
    controls = CharSet.span(0x80, 0x9F)
    wide = CharSet.of("жя😀")
    view = ByteView([controls, wide])
    assert view.rows[controls][0x80:0xA0].all()
    assert view.rows[wide][view.stand_ins(np.array([ord("ж"), ord("😀")]))].all()


def test_a_character_that_is_treated_like_a_latin_one_needs_no_helper() -> None:
    word = CharSet.from_ranges([(ord("a"), ord("z")), (0xE0, 0xFF), (0x400, 0x4FF)])
    assert check([word], random.Random(1)).isdisjoint(HELPERS)


def test_no_sets_and_sets_of_all_or_nothing() -> None:
    check([], random.Random(2))
    check([CharSet(()), ~CharSet(())], random.Random(3))


def test_a_window_is_the_rows_of_its_sets() -> None:
    sets = [CharSet.of("ab"), CharSet.of("я"), CharSet.of("ab")]
    view = ByteView(sets)
    window = view.window(sets)
    assert window.shape == (3, 256)
    assert np.flatnonzero(window[0]).tolist() == [97, 98]
    assert (window[0] == window[2]).all()


def test_the_same_sets_give_the_same_bytes() -> None:
    rng = random.Random(7)
    sets = [random_set(rng, 5) for _ in range(40)]
    points = sampled(sets, rng)
    assert (ByteView(sets).stand_ins(points) == ByteView([*sets, *sets[::-1]]).stand_ins(points)).all()
