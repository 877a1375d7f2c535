"""Calls of models come to what a plain loop says, over generated policies and answers."""

from __future__ import annotations

from collections import Counter

import pytest
import reference_calls


@pytest.mark.parametrize("first", range(0, 40, 8))
def test_calls_come_to_what_the_reference_says(first: int) -> None:
    found = sum((reference_calls.compare(seed) for seed in range(first, first + 8)), Counter[str]())
    assert found["passed"] > 10
    assert found["asyncio"] > 10
    assert found["asked again"] > 10
