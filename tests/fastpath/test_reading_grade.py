"""The reading grade beside that of textstat, which looks syllables up in a dictionary."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import pytest
import reference

from guardc.compiler import compile_text
from guardc.runtime import load

textstat = pytest.importorskip("textstat")

ROOT = Path(__file__).parents[2]


def passages() -> list[str]:
    """Paragraphs of prose of this project's documents."""
    found = []
    for document in sorted((ROOT / "docs").glob("*.md")):
        text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
        for paragraph in re.split(r"\n\s*\n", text):
            if paragraph[:1].isalpha() and paragraph.count(" ") > 40 and paragraph.count("`") <= 2:
                found.append(" ".join(paragraph.split()))
    return found


def test_the_grade_is_near_to_that_of_a_dictionary() -> None:
    plan = compile_text("edition 1\nguard g on output {\n    reading grade > 1_000 on fail noop\n}\n").plan
    assert plan is not None
    guard = load(plan).guard("g")
    differences = []
    for passage in passages():
        ours = guard.validate(passage).failures[0].value
        assert ours == reference.grade(passage)
        differences.append(ours - textstat.flesch_kincaid_grade(passage))
    assert len(differences) >= 10
    assert statistics.mean(map(abs, differences)) < 1


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
