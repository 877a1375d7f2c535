"""The first stage's windows are where they should be, and are the cheap ones; and every match of `re` has one.

More of the latter, with patterns of many assertions, in test_differential.py.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Iterator

import pytest
import scanning
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import TooSlowError, at_most

from guardc.compiler.regex import CharSet, Factor, UnsupportedPattern, compile_pattern, compile_words
from guardc.compiler.regex.factors import MAX_FACTORS
from guardc.compiler.regex.frequency import likelihood
from guardc.fastpath.layout import MAX_WINDOW

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


def test_the_walk_has_all_characters_on_the_way() -> None:
    letters, digits = CharSet.span("a", "z"), CharSet.span("0", "9")
    (factor,) = factors(r"[a-z][0-9]~~Q~")
    assert (factor.window, factor.min_back, factor.max_back) == (window("~~Q~"), 2, 2)
    assert factor.walk == letters | digits
    (factor,) = factors(r"[a-z]+[0-9]*~~Q~")
    assert (factor.window, factor.min_back, factor.max_back) == (window("~~Q~"), 1, None)
    assert factor.walk == letters | digits


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


def contains(factor: Factor, text: str, start: int, end: int) -> bool:
    """What the scan relies on: the window stands in the match at the stated distance, over the stated characters."""
    last = end - len(factor.window)
    if factor.max_back is not None:
        last = min(last, start + factor.max_back)
    return any(
        all(text[at + offset] in chars for offset, chars in enumerate(factor.window))
        and all(character in factor.walk for character in text[start:at])
        for at in range(start + factor.min_back, last + 1)
    )


def checked(regex: str, flags: str, texts: Iterator[str]) -> int:
    """Look for a factor in every match, also in overlapping ones. Returns how many matches there were."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = re.compile(regex, sum(getattr(re, flag.upper()) for flag in flags))
        ours = compile_pattern(regex, flags)
    except (re.error, UnsupportedPattern):
        return 0
    assert len(ours.factors) <= MAX_FACTORS
    assert all(len(factor.window) <= MAX_WINDOW for factor in ours.factors)
    count = 0
    for text in texts:
        try:
            with at_most(0.5):
                # Not only those that `finditer` gives: the scan begins anew at every place.
                spans = [match.span() for at in range(len(text) + 1) if (match := theirs.match(text, at))]
        except TooSlowError:
            continue
        for start, end in spans:
            where = (regex, flags, text[start:end], ours.factors)
            assert any(contains(factor, text, start, end) for factor in ours.factors), where
        count += len(spans)
    return count


@pytest.mark.parametrize("first", range(0, 1_500, 250))
def test_every_match_of_a_random_pattern_contains_a_factor(first: int) -> None:
    count = 0
    for seed in range(first, first + 250):
        rng = random.Random(seed)
        flags = "".join(sorted(rng.sample("aims", rng.choice([0, 0, 1, 2]))))
        count += checked(scanning.regex(rng), flags, (scanning.text(rng, []) for _ in range(8)))
    assert count > 5_000


def branches(rng: random.Random) -> tuple[str, list[str]]:
    """A pattern of many branches behind what varies, and texts that are matches of it or nearly."""
    words = ["".join(rng.choices("abcdekq_-.@0", k=rng.randint(1, 7))) for _ in range(rng.choice([3, 20, 60, 150]))]
    head = rng.choice(["", "[a-e]{0,9}", "[a-e]+", r"\w*", "(?:x|yz){1,3}", "[^.]*", r"\b"])
    middle = rng.choice(["", "[ .]?", "(?:ab|a)?", r"\d{2,5}", "[^@]+"])
    tail = rng.choice(["", "[0-9]{3}", "=", "$", "(?:k|q)+"])
    regex = f"{head}(?:{'|'.join(map(re.escape, words))}){middle}(?:{'|'.join(map(re.escape, words[:7]))})?{tail}"
    texts = []
    for _ in range(20):
        parts = [
            "abcde"[: rng.randint(0, 5)],
            rng.choice(["", "xyz"]),
            rng.choice(words),
            rng.choice(["", "12", "a", " "]),
        ]
        texts.append("".join([*parts, rng.choice(words), rng.choice(["", "123", "=", "kq"])]) * rng.randint(1, 2))
    return regex, texts


@pytest.mark.parametrize("first", range(0, 80, 20))
@pytest.mark.parametrize("flags", ["", "i"])
def test_every_match_of_many_branches_contains_a_factor(flags: str, first: int) -> None:
    count = 0
    for seed in range(first, first + 20):
        regex, texts = branches(random.Random(seed))
        count += checked(regex, flags, (text.title() if flags else text for text in texts))
    assert count > 400


@pytest.mark.parametrize("seed", range(6))
def test_more_places_than_factors_are_merged(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Near places with far ones, bounded ways with unbounded, over characters that only one of them has."""
    monkeypatch.setattr("guardc.compiler.regex.factors.MAX_FACTORS", 48)
    rng = random.Random(seed)
    words = sorted({"".join(rng.choices("bcdfgkpqvz", k=4)) for _ in range(70)})
    heads = [rng.choice(["", "[0-9]{1,4}", "-+", "[x_]{2}", "é{0,3}"]) for _ in words]
    regex = "|".join(head + word for head, word in zip(heads, words, strict=True))
    assert len(compile_pattern(regex, "").factors) == 48
    shown = {"": "", "[0-9]{1,4}": "1234", "-+": "------", "[x_]{2}": "x_", "é{0,3}": "ééé"}
    texts = [shown[head][:cut] + word for head, word in zip(heads, words, strict=True) for cut in (1, 2, 9)]
    assert checked(regex, "", iter(texts)) >= len(words)


def test_likelihood_is_a_share() -> None:
    assert likelihood(CharSet(())) == 0
    assert likelihood(~CharSet(())) == pytest.approx(1)
    assert likelihood(CharSet.of("@")) < likelihood(CharSet.of("e")) / 100
    assert likelihood(CharSet.span("0", "9")) + likelihood(~CharSet.span("0", "9")) == pytest.approx(1)
