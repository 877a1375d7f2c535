"""The language reference tells the truth."""

import re
from pathlib import Path

import pytest

from guardc.policy import check_text, render
from guardc.policy.catalog import ACTIONS, BACKTRACKING, CHECKS, DETECTORS, SQL_DIALECTS, SQL_PARTS, TESTS, TIMES, UNITS
from guardc.policy.checking.names import FREE, IN_TYPES, KEYWORDS, LATER

REFERENCE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```guard\n(.*?)```", REFERENCE, re.DOTALL)
GRAMMAR = (Path(__file__).parents[2] / "grammars" / "guard.lark").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_without_mistakes(example: str) -> None:
    assert render(check_text(example).diagnostics) == ""


@pytest.mark.parametrize(
    "word", sorted({*TESTS, *DETECTORS, *SQL_DIALECTS, *SQL_PARTS, *ACTIONS, *CHECKS, *UNITS, *TIMES, *LATER})
)
def test_every_word_is_described(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", REFERENCE)


def test_every_word_of_the_grammar_is_reserved() -> None:
    rules = re.sub(r"//[^\n]*", "", GRAMMAR)
    assert set(re.findall(r'"([a-z_]+)"', rules)) <= KEYWORDS | IN_TYPES | FREE


def test_words_that_never_stand_where_a_name_does_can_be_names() -> None:
    declared = "".join(f'words {word} = ["{word}"]\n' for word in sorted(FREE))
    rules = "".join(f"    {word}: no {word} at end\n" for word in sorted(FREE))
    source = f"edition 1\n{declared}guard reply on output stream {{\n    hold at most 96 chars\n{rules}}}\n"
    assert render(check_text(source).diagnostics) == ""


@pytest.mark.parametrize("entry", [*TESTS.values(), *DETECTORS.values()], ids=lambda entry: entry.name)
def test_examples_of_the_catalog_are_without_mistakes(entry) -> None:
    before = 'import std.pii\npattern order_id = /ORD/\npattern contact = /@/\ntext prompt = "You are a bank."\n'
    source = f"edition 1\n{before}guard reply on output {{\n    {entry.example}\n}}\n"
    assert check_text(source).ok, render(check_text(source).diagnostics)
    plain = entry.example.partition(" on fail ")[0]
    assert check_text(source.replace(entry.example, f"{plain} on fail fix")).ok == (entry.own_fix is not None)


def test_the_example_of_backtracking_is_without_mistakes() -> None:
    source = f"edition 1\n{BACKTRACKING.example}\nguard reply on output {{\n    no doubled\n}}\n"
    assert render(check_text(source).diagnostics) == ""


@pytest.mark.parametrize("entry", ACTIONS.values(), ids=lambda entry: entry.name)
def test_actions_stand_where_the_catalog_allows(entry) -> None:
    head = "edition 1\ncustom action notify(team string)\npattern a = /a/\n"
    action = entry.example.removeprefix("on fail ")
    for clause, allowed in (
        (f"max 3 KB on fail {action}", entry.on_limit),
        (f"json on error {action}", entry.on_error),
    ):
        source = f"{head}guard reply on output {{\n    {clause}\n    no a\n}}\n"
        assert check_text(source).ok == allowed, source
    assert check_text(f"{head}guard reply on output {{\n    no a on fail {action}\n}}\n").ok
