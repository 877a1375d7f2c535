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
        f'guardc: error: {file}: 3 mistakes; nothing was trained; a line looks like {{"text": "...", "label": 1}}',
    ]
    assert not (tmp_path / "bad.weights").exists()


def lines(count: int, **labels: object) -> str:
    return "".join(
        json.dumps({"text": f"{name} {number}", "label": label}) + "\n"
        for name, label in labels.items()
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "has no lines; a line looks like"),
        (lines(30, calm=0), "every label is `0`; there must be texts with another one"),
        (lines(30, calm=0) + lines(19, loud=1), "19 different texts have the label `1`; 20 are needed"),
        (lines(5, calm="ham") + lines(30, loud="spam"), "5 different texts have the label `ham`; 20 are needed"),
        ("text,label\n" + "a,1\n" * 80, "81 mistakes, 78 of them not shown; nothing was trained; a line looks like"),
    ],
)
def test_what_cannot_be_trained_on_is_said_in_the_files_own_words(guardc, tmp_path, content, what):
    file = tmp_path / "few.jsonl"
    file.write_text(content)
    result = guardc("fit", file)
    assert result.exit_code == 1
    assert what in result.stderr
    assert len(result.stderr.splitlines()) <= 4
    assert not file.with_suffix(".weights").exists()


def test_the_positive_label_is_chosen_and_a_guess_is_said(guardc, tmp_path):
    file = tmp_path / "mail.jsonl"
    file.write_text(lines(60, theft="fraud", order="legit"))
    guessed, chosen = guardc("fit", file), guardc("fit", file, "--positive", "fraud")
    assert guessed.stderr.startswith("the score is for `legit`; --positive fraud makes it for the other label\n")
    assert "of them `legit`" in guessed.stdout
    assert chosen.stderr.startswith(f"{file.with_suffix('.weights')}: ")
    assert "of them `fraud`" in chosen.stdout
    wrong = guardc("fit", file, "--positive", "Fraud")
    assert wrong.stderr == f"guardc: error: {file}: no line has the label `Fraud`; the labels are `fraud` and `legit`\n"


def test_where_nothing_can_be_written_nothing_is_read(guardc, tmp_path):
    file, missing = tmp_path / "bad.jsonl", tmp_path / "none" / "w"
    assert "there is no such file" in guardc("fit", tmp_path / "none.jsonl").stderr
    file.write_text("not read")
    assert "choose another name" in guardc("fit", file, "-o", file).stderr
    assert "choose another name" in guardc("fit", file, "-o", f"{tmp_path}/./bad.jsonl").stderr
    assert "choose another name" in guardc("fit", file, "--plot", file.with_suffix(".weights")).stderr
    for option in ("-o", "--plot"):
        result = guardc("fit", file, option, missing)
        assert result.stderr == (
            f"guardc: error: {missing} cannot be written: there is no folder `{missing.parent}`; make it first\n"
        )
        assert "it is a folder" in guardc("fit", file, option, tmp_path).stderr


def test_no_progress_is_shown_where_nobody_looks(process, labelled):
    done = process("fit", labelled)
    assert done.returncode == 0
    assert b"\x1b" not in done.stderr + done.stdout
