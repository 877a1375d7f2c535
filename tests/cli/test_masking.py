"""What of a structured value and of chat messages is shown without `--clear`."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from guardc.cli.masking import Masking
from guardc.cli.messages import Message
from guardc.cli.verdicts import VerdictPrinter
from guardc.compiler import compile_file, compile_text
from guardc.runtime import Plan

KEY = "AKIAIOSFODNN7EXAMPLE"
VALUE = {
    "note": f"Key {KEY} ok",
    "items": [{"name": "short", "code": "12"}, {"name": "x", "code": "a code"}, {"name": f"a {KEY}"}],
    "level": "urgent",
    "count": 9,
    "bag": {KEY: "v", "b": KEY},
    "odd": f"{KEY} at the end",
}
CHAT = [
    {"role": "user", "content": f"hi {KEY}"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": ""}}]},
]
CHAT[1]["tool_calls"][0]["function"]["arguments"] = json.dumps({"ä": f"é {KEY}"})


@pytest.fixture
def plan(data) -> Plan:
    compiled = compile_file(data / "structured.guard").plan
    assert compiled is not None
    return Plan(compiled)


@pytest.fixture
def show(capsys, plan) -> Callable[..., str]:
    def run(guard: str, text: str, *, chat: Any = None, clear: bool = False) -> str:
        outcome = plan.guard(guard).validate(text if chat is None else chat)
        VerdictPrinter(clear=clear).show(Message(1, text, chat=chat), outcome, 0)
        return capsys.readouterr().out

    return run


def test_structured_values_and_messages_read_as_recorded(show, golden):
    text = json.dumps(VALUE)
    blocks = [show(guard, text) for guard in ("fixed", "reported", "asked")]
    blocks += [show("fixed", f"Here it is:\n```json\n{text}\n```"), show("fixed", f"no json but {KEY}")]
    blocks += [show("chat", json.dumps(CHAT), chat=CHAT)]
    assert not any(KEY[at : at + 4].lower() in block.lower() for block in blocks for at in range(len(KEY) - 3))
    golden("structured", "".join(blocks))


def test_clear_shows_all(show):
    assert "•" not in show("fixed", json.dumps(VALUE), clear=True)
    assert KEY in show("reported", json.dumps(VALUE), clear=True)
    assert KEY in show("chat", json.dumps(CHAT), chat=CHAT, clear=True)


def test_a_text_with_two_values_is_not_shown(show):
    """The guard looks for an object, so nothing was looked for in the list."""
    shown = show("reported", f'["{KEY}"] and then {json.dumps(VALUE)}')
    assert "not shown" in shown
    assert KEY not in shown


def test_a_value_that_is_too_large_is_not_shown(capsys):
    source = f"edition 1\npattern key = /{KEY}/\nguard g on output as json any {{\n max 9 chars\n no key\n}}\n"
    compiled = compile_text(source).plan
    assert compiled is not None
    text = json.dumps([KEY])
    VerdictPrinter(clear=False).show(Message(1, text), Plan(compiled).guard("g").validate(text), 0)
    assert KEY not in capsys.readouterr().out


RULES = [
    "$.a: lower case on fail fix",
    "$.a: chars <= 18 on fail fix",
    "$.b: chars <= 25 on fail fix",
    "$.b: upper case on fail fix",
    "$.c[*]: chars <= 30 on fail filter",
    "$.c: count <= 2 on fail fix",
    '$.c[*]: starts with "> " on fail fix',
    "$.d.x: no key on fail fix",
    "$.b: no key on fail fix",
    "$.c[*]: no ok on fail fix",
    '$.a: is ok on fail fix to "ok"',
    "$.e: count <= 1 on fail filter",
]


def test_nothing_that_was_found_is_ever_shown():
    """Keys of random values are searched for at `$.a`, and elsewhere or not."""
    random_ = random.Random(7)
    shown = 0
    for _ in range(60):
        rules = random_.sample(RULES, random_.randint(0, 5))
        everywhere = random_.choice(["no key on fail noop", "$.a: no key on fail noop", "no key on fail fix"])
        source = (
            "edition 1\npattern key = /AKIA[0-9A-Z]{16}/\npattern ok = /ok/\n"
            "shape S {\n a string\n b string\n c list of string\n d map of string\n e any\n}\n"
            "guard g on output as json S {\n    on fail fix\n    " + "\n    ".join([everywhere, *rules]) + "\n}\n"
        )
        compiled = compile_text(source)
        assert compiled.plan is not None, compiled.diagnostics
        guard = Plan(compiled.plan).guard("g")
        for _ in range(10):
            key = "AKIA" + "".join(random_.choices("BCDGHJ0123456789", k=16))

            def text(key: str = key) -> str:
                parts = random_.choices(["ok", "é", "-", "so many", key], k=random_.randint(0, 4))
                return " ".join(parts)

            value = {
                "a": " ".join([text(), key]),
                "b": text(),
                "c": [text() for _ in range(random_.randint(0, 4))],
                "d": {random_.choice(["x", "y", key]): text()},
                "e": random_.choice([text(), 1, [text()], {"f": [{key: text()}]}]),
                "more": text(),
            }
            outcome = guard.validate(value)
            masks = Masking(value, outcome, chat=False)
            for made in (masks.judged(), masks.output()):
                shown += made is not None
                said = json.dumps(made, ensure_ascii=False).lower()
                for at in range(4, 14):
                    assert key[at : at + 6].lower() not in said, (source, value, made)
    assert shown > 500


def test_paths_are_spelt_as_failures_spell_them(plan):
    keys = ["plain", "two words", "é", 'a"b\\c', "x" * 80, "tab\t", "", "0"]
    for key, inner in itertools.product(keys, keys):
        value = {"note": "n", "items": [], "level": "low", "count": 1, "bag": {}, key: {inner: [KEY]}}
        masks = Masking(value, plan.guard("reported").validate(value), chat=False)
        assert KEY not in json.dumps(masks.judged())
        assert masks.judged() is not None
