"""Chances of windows: what they are of, how they compare, and that no machine adds them up otherwise."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pytest

from guardc.compiler.regex import CharSet
from guardc.compiler.regex.factors import window_weight
from guardc.compiler.regex.frequency import GROUPS, chances, likelihood, shares, shares_of_bytes

Shares = npt.NDArray[np.float64]


def chance(window: str) -> float:
    return window_weight([CharSet.of(character) for character in window])


def random_rows(seed: int, count: int, length: int) -> npt.NDArray[np.bool_]:
    """Windows of bytes, from one character to nearly all."""
    rng = np.random.default_rng(seed)
    density = rng.choice([0.004, 0.05, 0.5, 0.99], size=(count, length, 1))
    rows = rng.random((count, length, 256)) < density
    rows[np.arange(count)[:, None], np.arange(length)[None], rng.integers(0, 128, (count, length))] = True
    return rows


def random_shares(seed: int, count: int = 40, length: int = 8) -> Shares:
    return shares_of_bytes(random_rows(seed, count, length))


@pytest.mark.parametrize("seed", range(10))
def test_a_longer_window_is_never_more_likely(seed: int) -> None:
    found = chances(random_shares(seed))
    assert found.shape == (40, 8)
    assert (found >= 0).all()
    assert (found[:, 0] <= 1.001).all()
    assert (np.diff(found, axis=1) <= 0).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_window_of_larger_sets_is_never_less_likely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    small = random_rows(seed, 40, 8)
    large = small | (rng.random(small.shape) < 0.1)
    less, more = chances(shares_of_bytes(small)), chances(shares_of_bytes(large))
    # Weights are rounded down to whole numbers in between, by less than one in 2 ** 18 for each group.
    assert (less <= more * (1 + 1e-3)).all()


def test_the_shares_of_parts_add_up() -> None:
    rng = random.Random(4)
    everything = np.ones((1, 256), dtype=np.bool_)
    total = shares_of_bytes(everything).sum()
    assert total == pytest.approx(2**16, rel=0.01)
    assert shares(~CharSet(())).sum() == pytest.approx(2**16, rel=0.01)
    for _ in range(50):
        part = np.array([rng.random() < 0.4 for _ in range(256)])
        both = shares_of_bytes(part) + shares_of_bytes(~part)
        assert (both == shares_of_bytes(everything[0])).all()
    for low, high in ((0, 0x7F), (ord("a"), ord("f")), (0x20, 0x20)):
        row = np.zeros(256, dtype=np.bool_)
        row[low : high + 1] = True
        assert (shares(CharSet.span(low, high)) == shares_of_bytes(row)).all()


def test_first_characters_have_the_chance_of_single_ones() -> None:
    for characters in ("e", "@", "0123456789", "abcdefghijklmnopqrstuvwxyz", " \n"):
        found = float(chances(shares(CharSet.of(characters))[None, None])[0, 0])
        assert found == pytest.approx(likelihood(CharSet.of(characters)), rel=0.05, abs=2**-15)


def test_shares_and_what_is_made_of_them_are_whole_numbers() -> None:
    rows = random_rows(1, 20, 4)
    for found in (shares_of_bytes(rows), np.array([shares(CharSet.of("aé€")), shares(~CharSet.of("x"))])):
        assert (found == np.floor(found)).all()
        assert found.shape[-1] == GROUPS


@pytest.mark.parametrize("seed", range(5))
def test_sums_do_not_depend_on_how_memory_lies(seed: int) -> None:
    windows = random_shares(seed)
    wanted = chances(windows)
    order = np.random.default_rng(seed).permutation(len(windows))
    assert (chances(windows[order]) == wanted[order]).all()
    assert (chances(np.asfortranarray(windows)) == wanted).all()
    assert (chances(np.repeat(windows, 2, axis=0)[::2]) == wanted).all()
    strided = np.zeros((len(windows), 8, 3 * GROUPS))[:, :, ::3]
    strided[:] = windows
    assert (chances(strided) == wanted).all()
    for number, window in enumerate(windows):  # one at a time: another way of multiplying
        assert (chances(window[None])[0] == wanted[number]).all()
    assert (chances(windows[:, :4]) == wanted[:, :4]).all()


@pytest.mark.parametrize("seed", range(5))
def test_groups_may_be_added_in_any_order(seed: int) -> None:
    """Every sum is of whole numbers that a float holds: the same with Python's own, which have no limit."""
    windows = random_shares(seed, count=6)
    wanted = chances(windows)
    for window, row in zip(windows, wanted, strict=True):
        assert exact(window) == row.tolist()


def exact(window: Shares) -> list[float]:
    """`chances` of one window with whole numbers only, the groups added backwards."""
    from guardc.compiler.regex.frequency import _AFFINITY_UNIT, _RATIOS, _ROOM, _SHARE_UNIT  # noqa: PLC0415

    weights = [int(share) for share in window[0]]
    scale = 1 / _SHARE_UNIT
    found = [sum(weights) * scale]
    for shares_there in window[1:]:
        shift = 0
        while max(*weights, 1) >> shift >= _ROOM:
            shift += 1
        weights = [weight >> shift for weight in weights]
        sums = [sum(weights[i] * int(_RATIOS[i, j]) for i in reversed(range(GROUPS))) for j in range(GROUPS)]
        weights = [one * int(share) for one, share in zip(sums, shares_there, strict=True)]
        assert sum(sums) < 2**53
        assert sum(weights) < 2**53
        scale = scale * 2**shift / (_SHARE_UNIT * _AFFINITY_UNIT)
        found.append(min(sum(weights) * scale, found[-1]))
    return found


@pytest.mark.parametrize(
    ("usual", "odd"),
    [("th", "tq"), ("in", "iq"), ("qu", "qk"), (". ", ".q"), ("the", "hte"), ("://", "/:/"), ("ing", "gni")],
)
def test_what_follows_each_other_often_is_far_more_likely(usual: str, odd: str) -> None:
    assert chance(usual) > 5 * chance(odd)


def test_no_window_that_can_be_typed_is_impossible() -> None:
    for window in ("tq", "qz", "zzzzzzzz", "@@@@@@@@", "^^~~"):
        assert chance(window) > 0


def test_case_does_not_change_what_follows_but_how_often() -> None:
    assert chance("TH") < chance("th") / 100
    both = window_weight([CharSet.of("tT"), CharSet.of("hH")])
    assert chance("th") < both < 1.3 * chance("th")
