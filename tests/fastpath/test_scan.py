"""The scan finds what `re` finds: random patterns, several in one guard, texts of all three widths."""

from __future__ import annotations

import re

import pytest
import reference
import scanning

from guardc.compiler import compile_policy
from guardc.policy.model import Pattern, Words
from guardc.runtime import load


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_random_patterns(first: int) -> None:
    assert sum(scanning.compare(seed) for seed in range(first, first + 50)) > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 9_000, 1_000))
def test_random_patterns_at_length(first: int) -> None:
    assert sum(scanning.compare(seed) for seed in range(first, first + 1_000)) > 20_000


def spans(regex: str, text: str, flags: str = "", checks: tuple[str, ...] = ()) -> list[tuple[int, int]]:
    pattern = Pattern(name="p", regex=regex, flags=flags, checks=checks, at=scanning.AT)
    policy = scanning.policy_of({"p": pattern})
    plan = compile_policy(policy).plan
    assert plan is not None
    failures = load(plan).guard("g").validate(text).failures
    found = [(span.start, span.end) for failure in failures for span in failure.spans]
    assert found == reference.find(pattern, text)
    return found


def test_a_branch_that_begins_earlier_may_be_announced_later() -> None:
    # `#tag` is announced when its last character is read; by then `a` has long been a candidate.
    words = Words(name="w", entries=("a", "c", "#tag"), ignore_case=False, anywhere=False, at=scanning.AT)
    plan = compile_policy(scanning.policy_of({"w": words})).plan
    assert plan is not None
    failure = load(plan).guard("g").validate("x #tag-a").failures[0]
    assert [(span.start, span.end) for span in failure.spans] == [(2, 6), (7, 8)]


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 63, 64, 65, 16_383, 16_384, 16_385, 70_000])
@pytest.mark.parametrize("filling", ["-", "é", "я", "😀"])
def test_findings_at_both_ends_of_texts_of_any_length(length: int, filling: str) -> None:
    text = "key-1" + filling * length + "key-2"
    assert spans(r"key-\d", text) == [(0, 5), (5 + length, 10 + length)]


def test_more_findings_than_the_first_room_holds() -> None:
    assert len(spans(r"\d", "12 " * 5_000)) == 10_000


def test_a_candidate_that_fails_its_check_hides_nothing() -> None:
    text = "1234 4111 1111 1111 1111"
    assert spans(r"\d(?:[ ]?\d){15}", text, checks=("luhn",)) == [(5, 24)]


def test_a_match_may_end_before_a_final_newline() -> None:
    assert spans(r"b$", "ab\nb\n") == [(3, 4)]
    assert spans(r"b$", "ab\nb\n", "m") == [(1, 2), (3, 4)]
    assert spans(r"\n$", "a\n\n") == [(1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("regex", "unit"),
    [
        (r"(?:a+)+b", "a"),
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}", "a"),
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}", "a@"),
        (r"(?:\d[ -]?){13,16}x", "1"),
        (r"https?://\S*END", "http://"),
        (r"(?:a|aa)+$", "a"),
    ],
)
def test_hostile_texts_end(regex: str, unit: str) -> None:
    # A quadratic search would read some 10^10 characters here and run into the time limit of any CI.
    assert spans_without_reference(regex, unit * (200_000 // len(unit)) + "!") == []


@pytest.mark.parametrize(
    ("regex", "unit", "found"),
    [
        (r"a[^b]*b|a", "a", 200_000),
        (r"a(?:[^b]*b)?", "a", 200_000),
        (r"foo[^\n]*bar|f", "foo", 66_666),
        (r"#[^\n]*(?:\n[^\n]*)*end|#", "#\n", 100_000),
        (r"[^@]+@x|[^@]", "a", 200_001),
        (r"(?:\w+@)?x?y", "xy", 100_000),
    ],
)
def test_hostile_texts_end_although_each_short_match_hopes_for_a_longer_one(regex: str, unit: str, found: int) -> None:
    text = unit * (200_000 // len(unit)) + "!"
    spans = spans_without_reference(regex, text)
    assert len(spans) == found
    # `re` is quadratic here: compare on a shorter text.
    short = unit * (600 // len(unit)) + "!"
    assert spans_without_reference(regex, short) == [match.span() for match in re.finditer(regex, short)]


def spans_without_reference(regex: str, text: str) -> list[tuple[int, int]]:
    pattern = Pattern(name="p", regex=regex, flags="", checks=(), at=scanning.AT)
    plan = compile_policy(scanning.policy_of({"p": pattern})).plan
    assert plan is not None
    failures = load(plan).guard("g").validate(text).failures
    return [(span.start, span.end) for failure in failures for span in failure.spans]
