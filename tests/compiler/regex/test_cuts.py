"""The cheapest cut is a cut, and none is cheaper: compared with all sets of positions of small graphs."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from guardc.compiler.regex import cuts
from guardc.compiler.regex.automaton import ACCEPT
from guardc.compiler.regex.cuts import cheapest_cut

Follow = list[list[int]]


def is_cut(chosen: set[int], first: list[int], follow: Follow) -> bool:
    """Does every way from the start to ACCEPT pass one of these positions?"""
    waiting = [position for position in first if position not in chosen]
    seen = set(waiting)
    for position in waiting:
        for target in follow[position]:
            if target == ACCEPT:
                return False
            if target not in seen and target not in chosen:
                seen.add(target)
                waiting.append(target)
    return True


def least_price(first: list[int], follow: Follow, prices: list[int]) -> int:
    return min(
        sum(prices[position] for position in chosen)
        for size in range(len(prices) + 1)
        for chosen in combinations(range(len(prices)), size)
        if is_cut(set(chosen), first, follow)
    )


def graph(rng: random.Random, size: int) -> tuple[list[int], Follow, list[int]]:
    """Any edges, to itself and back too; positions that no way reaches; often equal prices."""
    density = rng.choice([0.15, 0.3, 0.5])
    follow = [[target for target in range(size) if rng.random() < density] for _ in range(size)]
    for targets in follow:
        if rng.random() < 0.25:
            targets.insert(rng.randint(0, len(targets)), ACCEPT)
    first = rng.sample(range(size), rng.randint(1, min(3, size)))
    most = rng.choice([1, 2, 5, 1_000])
    return first, follow, [rng.randint(1, most) for _ in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_random_graphs(size: int) -> None:
    for seed in range(80):
        first, follow, prices = graph(random.Random(seed * 100 + size), size)
        cut = cheapest_cut(first, follow, prices)
        assert cut is not None
        assert cut == sorted(set(cut))
        where = f"seed {seed}: {first} {follow} {prices} -> {cut}"
        assert is_cut(set(cut), first, follow), where
        assert sum(prices[position] for position in cut) == least_price(first, follow, prices), where


@pytest.mark.parametrize(
    ("first", "follow", "prices"),
    [
        ([0, 1], [[2, 3], [3, 4], [5], [ACCEPT], [ACCEPT], [ACCEPT]], [1, 1, 1, 1, 1, 1]),
        # Through a whole position, from its exit to its entry.
        ([0, 2, 5], [[5, ACCEPT], [4], [0, 2, 3], [4], [ACCEPT], [0, 1]], [2, 1, 1, 1, 1, 2]),
        (
            [4, 1],
            [[0, ACCEPT], [3, 5], [], [0, 1, 5], [2, 8], [1, 4], [0, 5], [0], [0, 4]],
            [1, 2, 2, 3, 1, 3, 3, 3, 2],
        ),
    ],
)
def test_flow_that_went_a_wrong_way_is_sent_back(first: list[int], follow: Follow, prices: list[int]) -> None:
    cut = cheapest_cut(first, follow, prices)
    assert cut is not None
    assert is_cut(set(cut), first, follow)
    assert sum(prices[position] for position in cut) == least_price(first, follow, prices)


def test_of_cuts_of_one_price_the_nearest_to_the_start_is_taken() -> None:
    assert cheapest_cut([0], [[1], [2], [ACCEPT]], [4, 4, 4]) == [0]
    assert cheapest_cut([0], [[1], [2], [ACCEPT]], [5, 4, 4]) == [1]
    assert cheapest_cut([0], [[1, 2], [3], [3], [ACCEPT]], [2, 1, 1, 2]) == [0]


def test_a_position_that_follows_itself_is_passed_once() -> None:
    assert cheapest_cut([0], [[0, 1], [1, ACCEPT]], [7, 3]) == [1]


def test_without_a_way_nothing_has_to_be_cut() -> None:
    assert cheapest_cut([0], [[1], [0]], [1, 1]) == []
    assert cheapest_cut([], [[ACCEPT]], [1]) == []


def test_a_search_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "_MOST_ROUNDS", 3)
    side_by_side: Follow = [[ACCEPT] for _ in range(3)]
    assert cheapest_cut([0, 1], side_by_side, [1, 1, 1]) == [0, 1]
    assert cheapest_cut([0, 1, 2], side_by_side, [1, 1, 1]) is None
