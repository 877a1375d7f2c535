"""Measures, JSON and checksums in Cython equal their plain-Python twins."""

from __future__ import annotations

import random

import pytest
import reference

from guardc.compiler import compile_text
from guardc.runtime import Guard, load


def guard_of(*rules: str, before: str = "") -> Guard:
    plan = compile_text(f"edition 1\n{before}\nguard g on input {{\n" + "\n".join(rules) + "\n}\n").plan
    assert plan is not None
    return load(plan).guard("g")


def test_every_character_between_two_letters() -> None:
    guard = guard_of("words <= 1 on fail noop", "lines <= 1 on fail noop", "bytes <= 0 on fail noop")
    for point in range(0x110000):
        text = f"a{chr(point)}b"
        values = {failure.validator: failure.value for failure in guard.validate(text).failures}
        assert values.get("words", 1) == len(text.split()), hex(point)
        assert values.get("lines", 1) == len(text.splitlines()), hex(point)
        assert values["bytes"] == len(text.encode("utf-8", "surrogatepass")), hex(point)


@pytest.mark.parametrize("measure", ["words", "lines", "bytes", "chars"])
def test_cuts(measure: str) -> None:
    rng = random.Random(measure)
    guards = [guard_of(f"{measure} <= {most} on fail fix") for most in range(8)]
    for _ in range(3_000):
        text = "".join(rng.choice("ab  \n\r\x85\u2028é😀\ud800\t") for _ in range(rng.randint(0, 14)))
        for most, guard in enumerate(guards):
            above = reference.MEASURES[measure](text) > most
            wanted = reference.CUTS[measure](text, most) if above else text
            assert guard.validate(text).output == wanted


JSON_PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\u00e9"',
    '"\\ud800"',
    '"\\x"',
    '"\n"',
    '"',
    "\\",
    "0",
    "-",
    "-0",
    "1",
    "01",
    "1.5",
    "1.",
    ".5",
    "1e5",
    "1E+",
    "2e-3",
    "true",
    "false",
    "null",
    "nul",
    "NaN",
    "Infinity",
    "-Infinity",
    " ",
    "\n",
    "\t",
    "\u00a0",
    "\ufeff",
    "é",
    "'a'",
    "/",
    "[]",
    "{}",
    '{"a": 1}',
    '{"a": 1, "a": 2}',
    "[1, 2]",
    "[1,]",
    "\x00",
    "\ud800",
    r'"\ud83d\ude00"',
    r'"\ud83d"',
    r'"\\ud83d"',
    "1e999",
    "1" * 4301,
]


def test_json() -> None:
    guard = guard_of("json on fail noop")
    rng = random.Random(8259)
    seen = {True: 0, False: 0}
    for _ in range(60_000):
        text = "".join(rng.choice(JSON_PIECES) for _ in range(rng.choice([1, 1, 2, 3, 5, 9])))
        if rng.random() < 0.5:
            text = rng.choice(["[{}]", '{{"k": {}}}', " {} "]).format(text)
        good = not guard.validate(text).failures
        assert good == reference.is_json(text), text
        seen[good] += 1
    assert min(seen.values()) > 2_000


def test_json_depth() -> None:
    guard = guard_of("json")
    for unit, end in (("[", "]"), ('{"a":', "1}")):
        for depth, good in ((199, True), (200, True), (201, False), (100_000, False)):
            inner = "" if unit == "[" else "1"
            text = unit * depth + inner + end[-1] * depth
            assert guard.validate(text).passed == good
    assert not guard.validate("[" * 100_000).passed


@pytest.mark.parametrize(
    ("check", "twin", "alphabet"),
    [
        ("luhn", reference.luhn, "0123456789 -x٣"),
        ("mod97", reference.mod97, "0123456789AZaz -é٣"),
    ],
)
def test_checksums(check: str, twin: object, alphabet: str) -> None:
    guard = guard_of("is p on fail noop", before=f"pattern p = /.{{0,40}}/s where {check}")
    rng = random.Random(check)
    assert callable(twin)
    passed = 0
    for _ in range(40_000):
        text = "".join(rng.choice(alphabet[:10] if rng.random() < 0.7 else alphabet) for _ in range(rng.randint(0, 24)))
        good = not guard.validate(text).failures
        assert good == twin(text), text
        passed += good
    assert passed > 100
