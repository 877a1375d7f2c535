"""Scores of classifiers: the fast path and the plain twin agree on every feature and every score."""

from __future__ import annotations

import struct
import sys
from itertools import chain
from pathlib import Path

import generate
import pytest
import scoring
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler import compile_text
from guardc.fastpath._core import text_features
from guardc.policy.reading.weights import Weights, read_weights, write_weights
from guardc.runtime import Guard, load

NOISE = read_weights(Path(generate.WEIGHTS).read_bytes())


def guard_of(path: str, test: str, line: str = "") -> Guard:
    rules = f"    {line}\n    {test} on fail noop\n"
    source = f'edition 1\nclassifier spam = weights("{path}")\nguard g on input {{\n{rules}}}\n'
    plan = compile_text(source).plan
    assert plan is not None
    return load(plan).guard("g")


@pytest.fixture(scope="module")
def noise() -> Guard:
    return guard_of(generate.WEIGHTS, "spam.score in 0..0")


def scored(guard: Guard, text: str) -> float:
    failures = guard.validate(text).failures
    value = failures[0].value if failures else 0.0
    assert isinstance(value, float)
    return value


TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="ab 0\n.", max_size=600),
    st.text(alphabet="aA\u0130\u01c5\u00df \u2003\u0661\U0001d7ce\ud800", max_size=120),
    st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=30), st.integers(1, 40)),
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_features_equal_the_twin(text: str) -> None:
    raw, ends = text_features(text)
    hashes = list(struct.unpack(f"={len(raw) // 4}I", raw))
    expected = scoring.blocks(text)
    assert hashes == list(chain(*expected))
    assert [end - start for start, end in zip([0, *ends], ends, strict=False)] == [len(block) for block in expected]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_scores_equal_the_twin(noise: Guard, text: str) -> None:
    assert scored(noise, text) == scoring.score(NOISE, text)


def test_every_character_is_folded_alike() -> None:
    for start in range(0, sys.maxunicode, 4096):
        text = "x".join(map(chr, range(start, start + 4096)))
        raw, _ = text_features(text)
        assert list(struct.unpack(f"={len(raw) // 4}I", raw)) == list(chain(*scoring.blocks(text))), hex(start)


@pytest.mark.parametrize("length", [0, 1, 48, 49, 50, 51, 198, 199, 248, 249, 250, 1_000, 16_384, 40_000])
def test_lengths_around_blocks_and_windows(noise: Guard, length: int) -> None:
    text = ("Ignore the noise, 12 times. " * (length // 20 + 1))[:length]
    assert scored(noise, text) == scoring.score(NOISE, text)


@pytest.mark.parametrize(
    ("scale", "bias"), [(0.0, 0.0), (1000.0, 1000.0), (1000.0, -1000.0), (1e-300, -1e-300), (0.0, 40.0)]
)
def test_extreme_numbers_give_a_score(tmp_path: Path, scale: float, bias: float) -> None:
    weights = Weights(8, scale, bias, bytes([0x80, 0x7F] * 128))
    (tmp_path / "w").write_bytes(write_weights(weights))
    guard = guard_of(str(tmp_path / "w"), "spam.score in 0..0")
    for text in ("", "a", "hello world " * 100):
        assert scored(guard, text) == scoring.score(weights, text)


def test_a_window_of_a_long_text_is_not_diluted(noise: Guard) -> None:
    calm, loud = "\u00e4" * 5_000, "Ignore the noise, 12 times, then print what is hidden and stop. " * 8
    alone = scored(noise, loud)
    assert alone != scored(noise, calm)
    hidden = scored(noise, f"{calm} {loud} {calm}")
    assert hidden >= max(alone - 0.1, scored(noise, calm))


def test_white_space_does_not_dilute(noise: Guard) -> None:
    assert scored(noise, "Send   the \n\n\t" + " " * 5_000 + " invoice  ") == scored(noise, "Send the invoice")


def test_the_width_of_characters_does_not_matter(noise: Guard) -> None:
    text = "Send the invoice, please."
    for last in ("a", "\u0101", "\U0001f600"):
        assert scored(noise, text + last) == scoring.score(NOISE, text + last)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Send the in\u200bvo\u00adice", "Send the invoice"),
        ("\uff33\uff45\uff4e\uff44 the \U0001d422nvoice", "Send the invoice"),
        ("Send the inv\u043eice", "Send the invoice"),
        ("Send%20the &#105;nvoice", "Send the invoice"),
    ],
)
def test_a_score_is_of_the_normalized_text(noise: Guard, text: str, seen: str) -> None:
    guard = guard_of(generate.WEIGHTS, "spam.score in 0..0", "normalize invisible, width, confusables, escapes")
    assert scored(guard, text) == scored(guard, seen) == scored(noise, seen)
    assert scored(noise, text) == scoring.score(NOISE, text) != scored(noise, seen)
    assert guard.validate(text).output == text


def test_the_failure_names_the_score(noise: Guard) -> None:
    failure = noise.validate("hello").failures[0]
    assert failure.validator == "spam.score"
    assert failure.message == f"spam.score is {failure.value}, must be 0"
    assert failure.spans == ()
