"""Given texts: hashes, words, and what the plan shows of a text."""

from __future__ import annotations

import sys

from guardc.compiler import compile_text
from guardc.compiler.grams import grams_of, siphash, words_of
from guardc.fastpath import layout
from guardc.policy.catalog import READING_RATE
from guardc.runtime import load

PROMPT = "You are Sybil, the assistant of Hollow Bank. Never mention the Amber vault!"


def guard_of(rule: str, prompt: str = PROMPT):
    plan = compile_text(f'edition 1\ntext prompt = "{prompt}"\nguard g on output {{\n    {rule}\n}}\n').plan
    assert plan is not None
    return load(plan).guard("g")


def spans(text: str, prompt: str = PROMPT) -> list[str]:
    outcome = guard_of("no leak(prompt) on fail noop", prompt).validate(text)
    return [text[start:end] for failure in outcome.failures for start, end, _ in failure.spans]


def test_siphash_is_that_of_its_authors() -> None:
    # Known answers of SipHash-2-4 with a zero key: over no byte, and over eight zero bytes.
    assert siphash(()) == 0x1E924B9D737700D7
    assert siphash((0,)) == 0xE849E8BB6FFE2567


def test_words_ignore_case_punctuation_and_apostrophes() -> None:
    assert list(words_of("Don't STOP, d\u2019accord: 'quoted' x'' \u0130stanbul 4711")) == [
        "dont", "stop", "daccord", "quoted", "x", "istanbul", "4711",
    ]  # fmt: skip


def test_the_small_form_of_every_character_is_that_of_the_fast_path() -> None:
    # One text of single-character words: each run of four of them must be found again in the other case.
    letters = [chr(c) for c in range(sys.maxunicode + 1) if chr(c).isalnum() and chr(c).lower() != chr(c)]
    assert len(letters) > 1000
    prompt = " ".join(letters)
    small = " ".join(letter.lower()[0] for letter in letters)
    assert spans(small, prompt) == [small]


def test_the_plan_does_not_hold_the_text() -> None:
    plan = compile_text(f'edition 1\ntext prompt = "{PROMPT}"\nguard g on output {{\n    no leak(prompt)\n}}\n').plan
    assert plan is not None
    for word in PROMPT.replace(",", " ").replace(".", " ").split():
        if len(word) > 3:
            assert word.encode() not in plan
            assert word.lower().encode() not in plan


def test_leaks_are_the_longest_stretches() -> None:
    assert spans("He said: you ARE Sybil the assistant... and never mention the amber, vault; bye") == [
        "you ARE Sybil the assistant",
        "never mention the amber, vault",
    ]
    assert spans("you are Sybil. the") == ["you are Sybil. the"]
    assert spans("are Sybil the") == []
    # Two groups side by side are one stretch; a word between them parts them.
    both = "are Sybil the assistant mention the Amber vault"
    assert spans(both) == [both]
    assert len(spans("are Sybil the assistant so mention the Amber vault")) == 2


def test_a_given_text_of_few_words_is_one_group() -> None:
    assert grams_of("Open sesame")[0] == 2
    assert spans("they say: OPEN, sesame!", "Open sesame") == ["OPEN, sesame"]
    assert spans("open the sesame", "Open sesame") == []


def test_overlap_is_a_share_of_the_given_text() -> None:
    guard = guard_of("overlap(prompt) <= 0 on fail noop")
    (failure,) = guard.validate(PROMPT + " " + PROMPT).failures
    assert failure.value == 1.0
    (failure,) = guard.validate("mention the Amber vault, mention the Amber vault").failures
    assert failure.value == 1 / len(grams_of(PROMPT)[1])
    assert failure.message == f"overlap(prompt) is {failure.value}, must be at most 0"
    assert guard.validate("").passed


def test_both_sides_read_at_one_rate() -> None:
    assert layout.READING_RATE == READING_RATE
