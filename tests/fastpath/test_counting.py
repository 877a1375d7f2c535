"""Counting: buckets that end where they should, and counters that threads share."""

from __future__ import annotations

import bisect
import threading
from itertools import pairwise

import pytest

from guardc.fastpath._core import Times, bucket_ends

ENDS = bucket_ends()


def bucket(seconds: float) -> int:
    times = Times()
    times.add(seconds)
    return times.read()[1].index(1)


def test_buckets_are_those_of_an_exponential_histogram_of_scale_2() -> None:
    assert len(ENDS) == 125
    assert [end for end in ENDS if end >= 2.0**-1][:5] == pytest.approx([2 ** (-1 + i / 4) for i in range(5)])
    assert (ENDS[0], ENDS[-1]) == (2.0**-23, 2.0**8)
    assert all(after / before == pytest.approx(2**0.25) for before, after in pairwise(ENDS))


@pytest.mark.parametrize("number", range(125))
def test_a_bucket_has_its_end_and_nothing_behind_it(number: int) -> None:
    last = int(ENDS[number] * 1e9)  # the last whole nanosecond
    assert bucket((last + 0.5) / 1e9) == number
    assert bucket((last + 1.5) / 1e9) == number + 1


def test_any_time_has_a_bucket() -> None:
    assert [bucket(seconds) for seconds in (-1.0, 0.0, float("nan"), 1e-9, 1e9, float("inf"))] == [0, 0, 0, 0, 125, 125]
    for power in range(-250, 100):
        seconds = 1.09**power
        assert bucket(seconds) == bisect.bisect_left(ENDS, seconds)


def test_threads_share_a_histogram() -> None:
    times = Times()
    threads = [
        threading.Thread(target=lambda: [times.add(1e-3 * number) for number in range(1, 1001)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    nanoseconds, buckets = times.read()
    assert sum(buckets) == 4000
    assert nanoseconds == pytest.approx(4 * 500.5e9, rel=1e-6)
