"""The fast path and the reference interpreter give equal outcomes, for generated policies and texts; so do guards for
asyncio."""

from __future__ import annotations

import differential
import differential_async
import pytest


@pytest.mark.parametrize("first", range(0, 1_000, 100))
def test_fast_path_equals_reference(first: int) -> None:
    compared = sum(differential.compare(seed) for seed in range(first, first + 100))
    # Most policies must get past the checker, or nothing is being compared.
    assert compared > 50 * differential.TEXTS


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 30_000, 1_000))
def test_fast_path_equals_reference_at_length(first: int) -> None:
    assert sum(differential.compare(seed) for seed in range(first, first + 1_000)) > 500 * differential.TEXTS


@pytest.mark.parametrize("first", range(0, 300, 100))
def test_structured_values_end_as_the_reference_says(first: int) -> None:
    compared = sum(differential.compare_structures(seed) for seed in range(first, first + 100))
    assert compared > 50 * differential.TEXTS


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 14_000, 1_000))
def test_structured_values_end_as_the_reference_says_at_length(first: int) -> None:
    assert sum(differential.compare_structures(seed) for seed in range(first, first + 1_000)) > 500 * differential.TEXTS


@pytest.mark.parametrize("first", range(0, 200, 100))
def test_guards_for_asyncio_give_the_same_outcomes(first: int) -> None:
    compared = sum(differential_async.compare(seed) for seed in range(first, first + 100))
    assert compared > 50 * 5


def test_guards_for_asyncio_give_the_same_outcomes_of_values() -> None:
    assert sum(differential_async.compare_structures(seed) for seed in range(100)) > 50 * 4


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 14_000, 1_000))
def test_guards_for_asyncio_give_the_same_outcomes_at_length(first: int) -> None:
    assert sum(differential_async.compare(seed) for seed in range(first, first + 1_000)) > 500 * 5
    assert sum(differential_async.compare_structures(seed) for seed in range(first, first + 1_000)) > 500 * 4
