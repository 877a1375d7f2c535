"""The first stage's windows are where they should be, and are the cheap ones. That they are always right is
tested with the random patterns of test_differential.py."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler.regex import CharSet, Factor, compile_pattern, compile_words
from guardc.compiler.regex.factors import MAX_FACTORS
from guardc.compiler.regex.frequency import likelihood

DOMAIN = CharSet.span("a", "z") | CharSet.span("A", "Z") | CharSet.span("0", "9") | CharSet.of(".-")


def factors(regex: str, flags: str = "") -> tuple[Factor, ...]:
    return compile_pattern(regex, flags).factors


def window(text: str) -> tuple[CharSet, ...]:
    return tuple(map(CharSet.of, text))


def test_an_address_is_looked_for_by_its_at_sign() -> None:
    (factor,) = factors(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}")
    assert factor.window[:2] == (CharSet.of("@"), DOMAIN)
    assert (factor.min_back, factor.max_back) == (1, None)
    assert factor.walk == DOMAIN | CharSet.of("_%+")


def test_a_prefix_is_looked_for_at_the_start() -> None:
    (factor,) = factors("AKIA[0-9A-Z]{16}")
    assert (factor.window[:4], factor.min_back, factor.max_back, factor.walk) == (window("AKIA"), 0, 0, CharSet(()))
    assert len(factor.window) == 8


def test_alternatives_have_a_window_each() -> None:
    found = factors(r"\b(?:acme|globex|initech)\b")
    assert [(factor.min_back, factor.max_back) for factor in found] == [(0, 0), (0, 0), (1, 1)]
    assert [factor.window for factor in found] == [window("acme"), window("globex"), window("nitech")]


def test_a_fixed_word_behind_what_varies_is_found() -> None:
    found = factors(r"[\w.-]{0,50}?(?:cohere|CO_API)[ =]{1,3}[0-9a-z]{8}")
    assert [(factor.min_back, factor.max_back) for factor in found] == [(0, 50)] * 2
    assert [factor.window[:6] for factor in found] == [window("cohere"), window("CO_API")]


def test_optional_parts_make_the_distance_a_range() -> None:
    (factor,) = factors(r"(?:\+?1[-. ]?)?\(?[0-9]{3}\)?[-. ]?[0-9]{3}")
    assert factor.window[:3] == (CharSet.span("0", "9"),) * 3
    assert (factor.min_back, factor.max_back) == (0, 4)


def test_a_rare_character_in_the_middle_is_preferred() -> None:
    (factor,) = factors(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
    assert (factor.window[0], factor.window[3], factor.min_back) == (CharSet.of("-"), CharSet.of("-"), 3)
    (factor,) = factors(r"[a-z]{3,}ing\b")
    assert (factor.window, factor.min_back, factor.max_back) == (window("ing"), 3, None)


@pytest.mark.parametrize("regex", ["a*", "", r"\b", "a?|b+"])
def test_a_pattern_that_can_be_empty_is_looked_for_everywhere(regex: str) -> None:
    assert factors(regex) == (Factor((), 0, 0, CharSet(()), 1.0),)


def test_a_pattern_that_never_matches_has_no_factor() -> None:
    assert factors("(?!)") == ()
    assert factors(r"a\bb") == ()


def test_many_branches_are_merged() -> None:
    found = compile_words(
        [f"{letter}{letter}q" for letter in "abcdefghijklmno"], ignore_case=True, anywhere=False
    ).factors
    assert 1 <= len(found) <= MAX_FACTORS


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("abcxyz@. ", min_size=1, max_size=6).map(re.escape), min_size=1, max_size=30))
def test_each_of_many_literals_contains_a_window(literals: list[str]) -> None:
    found = factors("|".join(literals))
    assert 1 <= len(found) <= MAX_FACTORS
    for literal in literals:
        text = re.sub(r"\\(.)", r"\1", literal)
        match = re.match("|".join(literals), text)
        assert match
        assert any(
            at + len(factor.window) <= match.end()
            and all(text[at + offset] in chars for offset, chars in enumerate(factor.window))
            for factor in found
            for at in range(factor.min_back, (factor.max_back if factor.max_back is not None else match.end()) + 1)
        )


def test_likelihood_is_a_share() -> None:
    assert likelihood(CharSet(())) == 0
    assert likelihood(~CharSet(())) == pytest.approx(1)
    assert likelihood(CharSet.of("@")) < likelihood(CharSet.of("e")) / 100
    assert likelihood(CharSet.span("0", "9")) + likelihood(~CharSet.span("0", "9")) == pytest.approx(1)
