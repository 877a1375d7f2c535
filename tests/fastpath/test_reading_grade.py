"""The reading grade: syllables by the rule of docs/semantics.md, and the grade of whole texts."""

from __future__ import annotations

import pytest
import reference

from guardc.compiler import compile_text
from guardc.runtime import load


def grade(text: str) -> float:
    plan = compile_text("edition 1\nguard g on output {\n    reading grade > 1_000 on fail noop\n}\n").plan
    assert plan is not None
    value = load(plan).guard("g").validate(text).failures[0].value
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("text", "sentences", "words", "syllables"),
    [
        ("The cat sat on the mat.", 1, 6, 6),
        ("The cat sat. It purred!", 2, 5, 5),
        ("Lines may\nbreak inside of sentences.", 1, 6, 9),
        ("A title\n\nA sentence.", 2, 4, 6),
        ("It costs 3.50, doesn\u2019t it?) Yes.", 2, 7, 7),
    ],
)
def test_the_grade_is_that_of_the_formula(text: str, sentences: int, words: int, syllables: int) -> None:
    assert grade(text) == pytest.approx(0.39 * words / sentences + 11.8 * syllables / words - 15.59)
    assert grade(text) == reference.grade(text)


def test_a_text_without_words_has_grade_zero() -> None:
    assert grade("... !") == grade("") == 0


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("apple", 2), ("make", 1), ("makes", 1), ("houses", 2), ("loved", 1), ("wanted", 2), ("played", 1),
        ("the", 1), ("beautiful", 3), ("apples", 2), ("files", 1), ("rhythm", 1), ("2024", 1), ("agree", 2), ("he", 1),
        ("considerable", 5), ("committee", 3), ("don't", 1), ("Eve", 1), ("bottle", 2), ("role", 1), ("oxen", 2),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert reference.syllables(word.lower().replace("'", "")) == count
