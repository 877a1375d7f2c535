"""`guardc fit`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardc.compiler import compile_text
from guardc.policy.reading.weights import read_weights
from guardc.runtime import load

CALM = ("please send the invoice", "the meeting is on monday", "how do I reset the router")
LOUD = ("buy cheap pills now", "win a free prize today", "click here for free money")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "spam.jsonl"
    rows = [
        {"text": f"{(LOUD if number % 2 else CALM)[number % 3]}, {number}", "label": "spam" if number % 2 else "ham"}
        for number in range(200)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_the_report(guardc, labelled, golden):
    result = guardc("fit", labelled)
    assert result.exit_code == 0
    golden("fit", result.stdout)
    assert result.stderr == f"{labelled.with_suffix('.weights')}: 16,464 bytes\n"


def test_what_was_trained_goes_into_a_plan(guardc, labelled, tmp_path):
    assert guardc("fit", labelled, "-o", tmp_path / "w", "--plot", tmp_path / "w.svg").exit_code == 0
    assert (tmp_path / "w.svg").read_text().startswith("<svg ")
    assert read_weights((tmp_path / "w").read_bytes()).trained_on == 160
    source = 'edition 1\nclassifier spam = weights("w")\nguard g on input {\n    spam.score < 0.5 on fail refrain\n}\n'
    plan = compile_text(source, folder=tmp_path).plan
    guard = load(plan).guard("g")
    assert guard.validate("please send the invoice for the router").passed
    assert guard.validate("click here to win a free prize").output == ""


def test_every_mistake_is_reported_and_nothing_is_written(guardc, tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": 3, "label": 1}\nnope\n\n{"text": "my secret"}\n')
    result = guardc("fit", file)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{file}:1: `text` is not a string",
        f"{file}:2: not JSON",
        f"{file}:4: `label` is missing",
        f"guardc: error: {file}: 3 mistakes; nothing was trained",
    ]
    assert not (tmp_path / "bad.weights").exists()


def test_few_examples_and_missing_files_are_one_line(guardc, tmp_path):
    file = tmp_path / "few.jsonl"
    file.write_text('{"text": "a", "label": 1}\n')
    assert "there are 1 examples with the label true; 20 are needed" in guardc("fit", file).stderr
    assert "there is no such file" in guardc("fit", tmp_path / "none.jsonl").stderr
    assert "choose another name" in guardc("fit", file, "-o", file).stderr


def test_no_progress_is_shown_where_nobody_looks(process, labelled):
    done = process("fit", labelled)
    assert done.returncode == 0
    assert b"\x1b" not in done.stderr + done.stdout
