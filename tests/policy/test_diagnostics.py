"""What people read: every code has a golden file, and every page is current.

`GUARDC_UPDATE_GOLDEN=1 pytest tests/policy` writes the golden files anew.
"""

import os
import re
from pathlib import Path

import pytest

from guardc.policy import check_file, check_text, render
from guardc.policy.codes import CODES
from guardc.policy.codes.pages import main, pages

FOLDER = Path(__file__).parent / "diagnostics"
CASES = sorted(FOLDER.glob("*.guard"))
DOCS = Path(__file__).parents[2] / "docs" / "diagnostics"

# Given by the compiler, not by the checker: the compiler's tests have them.
COMPILER = {"G060", "G061", "G062", "G063", "G064", "G065", "G066", "G067", "G068"}
# Not of a policy that could stand in a golden file; test_files.py has it.
ELSEWHERE = {"G001"}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_diagnostics_read_as_recorded(case: Path) -> None:
    text = render(check_file(case).diagnostics)
    golden = case.with_suffix(".out")
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert case.stem[:4] in text or case.stem.startswith("G000")


def test_every_code_has_a_golden_file() -> None:
    assert {case.stem[:4] for case in CASES} - {"G000"} == set(CODES) - COMPILER - ELSEWHERE


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.out")} == {path.stem for path in CASES}


@pytest.mark.parametrize("code", [entry for entry in CODES.values() if entry.wrong], ids=lambda entry: entry.code)
def test_examples_of_pages_do_what_they_say(code) -> None:
    given = {diagnostic.code for diagnostic in check_text(code.wrong).diagnostics}
    assert given == (set() if code.code in COMPILER else {code.code})
    assert check_text(code.right).diagnostics == ()


def test_pages_are_current(tmp_path: Path) -> None:
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        assert main(["--write", str(DOCS)]) == 0
    assert main(["--write", str(tmp_path)]) == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}
    assert written == pages() == {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_messages_keep_the_manners_of_the_house(case: Path) -> None:
    for diagnostic in check_file(case).diagnostics:
        said = [diagnostic.message, *(label.text for label in diagnostic.labels), diagnostic.help or ""]
        for text in said:
            assert not text.endswith("."), text
            plain = re.sub('`[^`]*`|"[^"]*"', "", text)
            assert plain[:1] == plain[:1].lower(), text
            assert not re.search(r"\b(_NL|LPAR|RPAR|QUANTIFIER|COMPARISON|NoneType|dict|tuple|str|int)\b", plain), text


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_labels_point_at_what_they_mean(case: Path) -> None:
    checked = check_file(case)
    for diagnostic in checked.diagnostics:
        for label in diagnostic.labels:
            source = checked.sources[label.file]
            assert source.line_column(label.start) == (label.line, label.column)
            assert 0 <= label.start <= label.end <= len(source.text)
            assert label.excerpt in source.line_text(label.line)


def test_diagnostics_go_through_json() -> None:
    (diagnostic,) = check_text("edition 1\nguard reply on output { wrods < 3 }").diagnostics
    again = type(diagnostic).model_validate_json(diagnostic.model_dump_json())
    assert again == diagnostic
    assert diagnostic.labels[0].column == 25


def test_colour_adds_nothing_but_colour() -> None:
    diagnostics = check_file(FOLDER / "G002-many-lines.guard").diagnostics
    assert re.sub("\033\\[[0-9;]*m", "", render(diagnostics, color=True)) == render(diagnostics)


def test_nothing_is_rendered_for_no_diagnostics() -> None:
    assert render(()) == ""
