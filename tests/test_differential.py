"""The fast path and the reference interpreter give equal outcomes, for generated policies and texts."""

from __future__ import annotations

import differential
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
