"""Every test and detector of the catalogue ends on every text, and raises nothing.

The table is the catalogue itself: a new entry takes part by its example.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from patience import at_most

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.policy.catalog import COSTS, DETECTORS, TESTS
from guardc.policy.reference import BEFORE
from guardc.runtime import Guard, Outcome, load

ENTRIES = {**TESTS, **DETECTORS}
PARSED = [name for name, entry in TESTS.items() if entry.extra is not None]

HUGE = 900_000
"""Characters; what is quadratic takes minutes."""


def guard_of(name: str) -> Guard:
    compilation = compile_text(f"edition 1\n{BEFORE}\nguard g on output {{\n    {ENTRIES[name].example}\n}}\n")
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan).guard("g")


def texts() -> Iterator[tuple[str, str]]:
    """Small texts that have broken somebody's validator."""
    yield "empty", ""
    yield "white space", " \t\r\n\u2028\u3000"
    yield "NUL", "\0"
    yield "lone surrogate", "\ud800 \udfff"
    yield "line breaks only", "\r\n\r\r\n\n"
    yield "stops only", "...!?\u2026\u3002"
    yield "apostrophes only", "''' \u2019'"
    yield "one word", "word"
    yield "astral", "\U0001f600 \U00010400bc \U0001d7ce"
    yield "combining", "e\u0301\u200b\u200d\ufeff"
    yield "wide digits", "\uff11\uff12 \u0663\u0664"
    yield "a number too large", "9" * 5000
    yield "an exponent too large", "1e" + "9" * 400
    yield "not a number", "NaN"
    yield "infinity", "-Infinity"
    yield "minus zero", "-0.0"
    yield "hexadecimal", "0x10"
    yield "underscores", "1_000"
    yield "broken JSON", '{"a": [1, 2'
    yield "deep JSON", "[" * 5000 + "]" * 5000
    yield "broken HTML", "<p><b></p>"
    yield "broken SQL", "select ((("
    yield "an alias", "a: &a [x, x]\nb: *a"
    yield "a tag", "!!python/object/apply:os.system [true]"
    yield "a reference outside", json.dumps({"openapi": "3.0.3", "info": {"$ref": "http://127.0.0.1:9/x"}, "paths": {}})


def large_texts() -> Iterator[tuple[str, str]]:
    """Texts on which what is not linear takes for ever."""
    for name, part in {
        "one letter": "a",
        "words": "word ",
        "different words": "",
        "sentences": "It is the same again. ",
        "nearly the prompt": "You are the assistant of a large bank. ",
        "the prompt": "You are the assistant of a small bank. ",
        "stops": ".",
        "closing signs": ".)",
        "spaces": " ",
        "line breaks": "\n",
        "apostrophes": "a'",
        "digits": "7",
        "brackets": "[",
        "quotes": '"',
        "at signs": "a@",
        "wide": "\u4e2d",
    }.items():
        yield name, (part * HUGE)[:HUGE] if part else " ".join(map(str, range(HUGE // 7)))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_says_what_it_costs_and_has_an_example(name: str) -> None:
    assert ENTRIES[name].cost in COSTS
    assert ENTRIES[name].example


@pytest.mark.parametrize("name", ENTRIES)
def test_small_texts_give_an_outcome(name: str) -> None:
    guard = guard_of(name)
    for what, text in texts():
        with at_most(20):
            outcome = guard.validate(text)
        assert isinstance(outcome, Outcome), what
        for failure in outcome.failures:
            # Of a text with letters that the policy has not: nothing of it is in a message.
            assert text not in failure.message or not text.strip() or text in ENTRIES[name].example, what


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in PARSED])
def test_large_texts_are_judged_in_linear_time(name: str) -> None:
    guard = guard_of(name)
    for what, text in large_texts():
        with at_most(20):
            outcome = guard.validate(text)
        assert all(failure.error is None for failure in outcome.failures), what


@pytest.mark.parametrize("name", PARSED)
def test_large_texts_are_not_given_to_parsers(name: str) -> None:
    guard = guard_of(name)
    for _, text in large_texts():
        with at_most(20):
            (failure,) = guard.validate(text).failures
        assert failure.error is not None
        assert "at most 100,000 characters" in failure.error


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("value", [None, 7, 1.5, b"bytes", {"a": 1}, object()])
def test_what_is_no_text_is_a_mistake_of_the_program(name: str, value: object) -> None:
    with pytest.raises(TypeError, match="judges"):
        guard_of(name).validate(value)  # type: ignore[arg-type]
