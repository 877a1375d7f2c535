"""The helpers of the benchmarks that compute rather than measure. Nothing is timed here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest


def test_clean_texts_have_their_size_and_no_findings(benchmarks: ModuleType) -> None:
    workload = benchmarks.workload
    for size in workload.CLEAN_SIZES:
        text = workload.clean_text(size)
        assert len(text) == len(text.encode()) == size
        assert not any(re.search(regex, text) for regex in workload.PATTERNS.values())


def test_texts_with_findings_have_six_of_six_patterns(benchmarks: ModuleType) -> None:
    workload = benchmarks.workload
    for size in workload.CLEAN_SIZES:
        text = workload.found_text(size)
        found = [name for name, regex in workload.PATTERNS.items() for _ in re.finditer(regex, text)]
        assert len(text) == size
        assert len(found) == len(set(found)) == len(workload.FINDINGS) == 6


def test_each_sample_is_found_by_its_own_pattern_only(benchmarks: ModuleType) -> None:
    workload = benchmarks.workload
    assert len(workload.PATTERNS) == 20
    for name, sample in workload.SAMPLES.items():
        assert [other for other, regex in workload.PATTERNS.items() if re.search(regex, sample)] == [name]


def test_the_peers_form_of_a_pattern_means_its_absence(benchmarks: ModuleType) -> None:
    workload = benchmarks.workload
    for name, regex in workload.PATTERNS.items():
        absent = re.compile(workload.fullmatch_without(regex))
        assert absent.fullmatch("nothing\nhere")
        assert not absent.fullmatch(f"one\nline, then {workload.SAMPLES[name]} there")


def test_times_are_shown_with_three_digits_and_a_unit_that_suits(benchmarks: ModuleType) -> None:
    times = (2.82, 0.0574, 7.88e-6, 0.99999e-3, 232e-9)
    assert [benchmarks.tables.seconds_text(seconds) for seconds in times] == [
        "2.82 s",
        "57.4 ms",
        "7.88 µs",
        "1.00 ms",
        "232 ns",
    ]


def test_a_longer_time_has_a_longer_bar(benchmarks: ModuleType) -> None:
    plot = benchmarks.plot
    svg = ET.fromstring(plot.draw([plot.Pair("a & b", "<c>", 1e-6, 1e-2, 10_000)], "note"))
    bars = [
        float(rect.get("width", "0"))
        for rect in svg.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("height") == "15"
    ]
    assert len(bars) == 2
    assert 0 < bars[0] < bars[1]


class Recorder:
    """A subject that notes what its batches got."""

    def __init__(self) -> None:
        self.batches: dict[int, list[str]] = {}

    def facts(self) -> dict[str, str]:
        return {}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        return {}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:
        self.batches[lane] = list(texts)


@pytest.mark.parametrize(("threads", "wanted"), [(1, {0: ["a", "b", "a", "b"]}), (2, {0: ["a", "b"], 1: ["a", "b"]})])
def test_the_calls_of_a_batch_are_shared_by_its_threads_and_take_the_texts_by_turns(
    benchmarks: ModuleType, threads: int, wanted: dict[int, list[str]]
) -> None:
    subject = Recorder()
    assert benchmarks.protocol.timed(subject, "guard", ["a", "b"], 4, threads) >= 0
    assert subject.batches == wanted
