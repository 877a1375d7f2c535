"""Checks of matches give what the reference gives, and stay linear."""

from __future__ import annotations

import random

import pytest
import reference

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

SOURCE = r"""
edition 1
pattern four = /\d{4}/
pattern nested = /[a-d]{2,6}/ where no inner
pattern inner = /b[ab]{0,9}c|a(?:b|c){1,3}d/
pattern pair = /\d{2,4}/ where luhn
words short = ["ab", "cd", "12"]
words inside = ["ab", "cd", "12"] anywhere
pattern long = /a(?:b|c|d){0,80}e/
pattern p1 = /[a-d\d]{2,8}/ where entropy >= 1.5
pattern p2 = /[a-d\d]{2,8}/ where has pair
pattern p3 = /[a-d\d]{2,8}/ where no pair, no short
pattern p4 = /[a-d\d]{2,8}/ where is four
pattern p5 = /\d{1,3}/ where near short within 3 chars
pattern p6 = /\d{1,3}/ where near inside within 5 chars, no placeholder
pattern p7 = /\d{1,3}/ where near long within 4 chars
pattern p8 = /\d{1,3}/ where near ["Ab", "e"] within 2 chars, near four within 12 chars
pattern p9 = /[a-d ]{2,12}/ where has p10, has nested
pattern p10 = /[a-d]{1,3}/ where near ["e", "d"] within 3 chars
pattern p11 = /\S{1,40}/ where no placeholder
pattern p12 = /[\w ]{1,30}/ where no p9
pattern p13 = /\w{2,9}/ where is p10, no long
pattern p14 = /(?:[a-d]|e ){1,9}?\d{1,3}/ where near inner within 9 chars
pattern p15 = /\d{1,3}?/ where not before four, not before inside
pattern row = /\d{1,9}(?: {1,3}\d{1,9}){1,4}/
pattern p16 = /\d{1,3}/ where not in row
pattern p17 = /[a-d]{2,3}?|\d\d/ where not in long, not in short, not in four
pattern p18 = /[a-d]{1,4}/ where not in inner
words typed = ["abcd", "aabbc"] within 1 edit
pattern p19 = /[a-d]{2}/ where not in typed
"""
NAMES = [f"p{number}" for number in range(1, 20)]
PIECES = [
    "ab", "cd", "12", "1234", "e", "E", "Ab", "abcd", "bac", "aabbc", "abce", "a" + "b" * 20 + "e", "123456", "654321",
    "abababababab", "xxxx", "yourkey", "${", "<ab>", " ", "  ", ", ", "-", "é", "я", "😀", "7", "18", "42", "0", "\n",
]  # fmt: skip


@pytest.fixture(scope="module")
def compiled() -> tuple[Guard, dict[str, object]]:
    rules = "".join(f"no {name} on fail noop\nis {name} on fail noop\n" for name in NAMES)
    compilation = compile_text(f"{SOURCE}\nguard g on input {{\n{rules}}}\n")
    assert compilation.plan is not None
    assert compilation.policy is not None
    return load(compilation.plan).guard("g"), compilation.policy.detectors


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_findings_are_those_of_the_reference(compiled: tuple[Guard, dict[str, object]], first: int) -> None:
    guard, detectors = compiled
    found = 0
    for seed in range(first, first + 50):
        rng = random.Random(seed)
        count = rng.choice([1, 2, 4, 9, 30, 60])
        text = "".join(rng.choice(PIECES) + rng.choice(["", "", " "]) for _ in range(count))
        failed = {
            failure.rule: [(span.start, span.end) for span in failure.spans]
            for failure in guard.validate(text).failures
        }
        for name in NAMES:
            expected = reference.find(detectors[name], text)
            found += len(expected)
            assert failed.get(f"no {name}", []) == expected, (name, text)
            assert (f"is {name}" in failed) != reference.full(detectors[name], text), (name, text)
    assert found > 500


def guard_of(pattern: str, quantifier: str = "no") -> Guard:
    plan = compile_text(f"edition 1\n{pattern}\nguard g on input {{\n{quantifier} p on fail noop\n}}\n").plan
    assert plan is not None
    return load(plan).guard("g")


@pytest.mark.parametrize(
    ("where", "text", "found"),
    [
        ('near ["card"] within 5 chars', "card 123", True),
        ('near ["card"] within 4 chars', "card 123", False),
        ('near ["card"] within 1 chars', "123 CARD", True),
        ('near ["card"] within 1 chars', "123  card", False),
        ('near ["card"] within 9 chars', "discard 123", False),
        ('near ["1"] within 9 chars', "123", False),
        ("entropy >= 1.585", "123", False),
        ("entropy >= 1.584", "123", True),
    ],
)
def test_where_a_check_begins_to_hold(where: str, text: str, found: bool) -> None:
    assert bool(guard_of(rf"pattern p = /\d\d\d/ where {where}").validate(text).failures) == found


@pytest.mark.parametrize(
    "text", ["sk-xxxx1f", "A1-EXAMPLE", "<token>", "pass${PW}", "k3f9-aaaaaa", "h890123", "q1w2q1w2q1w2", "zyxwvu"]
)
def test_what_a_placeholder_is(text: str) -> None:
    assert reference.placeholder(text)
    assert guard_of(r"pattern p = /.{1,99}/ where no placeholder", "is").validate(text).failures


@pytest.mark.parametrize(
    "text", ["4f9a02c7d1e8b635", "aK3fZ9xQ7tB2mW5vR8hJ4cN6", "correct-horse-battery", "a < b > c", "11111"]
)
def test_what_a_placeholder_is_not(text: str) -> None:
    assert not reference.placeholder(text)
    assert not guard_of(r"pattern p = /.{1,99}/ where no placeholder", "is").validate(text).failures
