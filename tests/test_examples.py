"""The examples run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_chat_answers_without_a_key() -> None:
    said = "My card is 4111 1111 1111 1111.\nThe key is AKIA" + "QYLPMN5HHHFPZAM2" + ".\n\n"
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "chat.py"], input=said, capture_output=True, text=True, check=True, cwd="/"
    )
    assert ran.stdout.splitlines() == ["In short: write to [address].", "(Please do not paste credentials.)"]
    assert ran.stderr.splitlines() == ["    attempt 1: words in 1..40", "    attempt 2: no pii.email"]


@pytest.mark.parametrize("way", ["--stream", "--async"])
def test_the_chat_answers_piece_by_piece(way: str) -> None:
    said = "Write to ann@example.com.\nThe key is AKIA" + "QYLPMN5HHHFPZAM2" + ".\n\n"
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "chat.py", way],
        input=said,
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    answer, refused = ran.stdout.splitlines()
    assert answer.startswith("You said: Write to [address]. And so on. And")
    assert len(answer.split()) == 40
    assert refused == "(Please do not paste credentials.)"
    assert ran.stderr.splitlines() == ["    attempt 1: words <= 40, no pii.email"]


@pytest.mark.parametrize("way", [[], ["--async"]])
def test_the_form_is_filled_in(way: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "form.py", *way],
        input="My kettle is broken.\n",
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    *fields, whole = ran.stdout.splitlines()
    assert fields == [
        "$.title = 'The lid of the kettle does not close'",
        "$.priority = 'normal'",
        "$.summary = 'The lid broke after a week; answers go to [address].'",
        "$.parts[0].name = 'lid'",
        "$.parts[0].count = 1",
        "$.parts[1].name = 'apology'",
    ]
    assert json.loads(whole)["parts"] == [{"name": "lid", "count": 1}, {"name": "apology"}]


def test_a_service_scores_texts() -> None:
    said = "Write to ann@example.com.\nYou idiot.\nHello.\n"
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "remote.py"], input=said, capture_output=True, text=True, check=True, cwd="/"
    )
    assert ran.stdout.splitlines() == ["Write to [address].", "(not shown)", "Hello."]
    assert ran.stderr.splitlines()[0] == "    /v2/models/toxicity/infer: 3 texts"


def test_a_service_that_is_down_ends_as_stated() -> None:
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "remote.py"],
        input="Hello.\n",
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env={**os.environ, "TOX_URL": "http://127.0.0.1:1"},
    )
    assert ran.stdout.startswith("(the service `toxicity` could not be reached")


def test_an_application_is_guarded() -> None:
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "middleware.py"], capture_output=True, text=True, check=True, cwd="/"
    )
    fixed, blocked, *stream = ran.stdout.splitlines()
    assert json.loads(fixed) == {"answer": "You asked: I am [email]. Where is my order? Write to [email]."}
    assert json.loads(blocked)["error"]["message"] == "Please stay polite."
    pieces = [json.loads(line[6:])["delta"] for line in stream if line.startswith("data: {")]
    assert "".join(pieces) == "Write to [email] today."
    assert "data: [DONE]" in stream
