"""Streams of structured values: what is handed out and when, where they stop, and that cuts change nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import generate
import generate_structures
import pytest
import streaming
import value_streams

import guardc
from guardc.compiler import compile_text
from guardc.runtime import Field, load

TICKET = """
edition 1
pattern curse  = /bad/
pattern secret = /sk-[a-z]{4}/
custom predicate polite
shape Item {
    name string no curse on fail fix with "*"
    qty  integer in 1..5 on fail filter
}
shape Card {
    kind "card"
    code string
}
shape Cash {
    kind "cash"
    sum  number
}
shape Ticket {
    id     string on fail exception
    prio?  one of "low", "high" on fail fix to "low"
    items? list of Item on fail filter
    tags?  list of string = ["none"]
    pay?   Card or Cash on fail refrain
    note?  string chars <= 10 on fail fix
    free?  any
}
"""
WITH_KEY = "no secret on fail exception"


def guard_of(*rules: str, shapes: str = TICKET, name: str = "Ticket", on_fail: str = "reask") -> guardc.Guard:
    body = "".join(f"    {rule}\n" for rule in rules)
    compilation = compile_text(f"{shapes}guard g on output stream as json {name} {{\n    on fail {on_fail}\n{body}}}\n")
    assert compilation.plan is not None, compilation.diagnostics
    handlers: dict[str, Any] = {"polite": lambda text: True} if "custom predicate" in shapes else {}
    return load(compilation.plan, handlers=handlers).guard("g")


def every_cut(text: str) -> list[list[str]]:
    """One character at a time, and every way to cut a text in two."""
    return [list(text), *streaming.every_two_way_cut(text)]


def fed(guard: guardc.Guard, text: str) -> dict[str, Any]:
    """What is handed out before the end, the same for every cut."""
    ending = value_streams.check(guard, text, every_cut(text))
    return {field.path: field.value for field in ending.fed}


def test_fields_come_when_they_end() -> None:
    stream = guard_of(WITH_KEY).stream()
    assert stream.partial is None
    assert stream.feed('{"id": "a\\u00e') == []
    assert stream.feed('9", "items": [{"name": "a ba') == [Field("$.id", "aé", ("id",))]
    assert stream.feed('d one"') == [Field("$.items[0].name", "a * one", ("items", 0, "name"))]
    assert stream.feed(', "qty": 4') == []
    assert stream.feed("}") == [Field("$.items[0].qty", 4, ("items", 0, "qty"))]
    assert stream.partial == {"id": "aé", "items": [{"name": "a * one", "qty": 4}]}
    assert (stream.outcome, stream.stopped) == (None, False)
    assert stream.feed("]}\n") == []
    assert stream.close() == [Field("$.tags[0]", "none", ("tags", 0))]
    assert stream.outcome.passed
    assert stream.partial == stream.outcome.output
    assert stream.close() == []
    with pytest.raises(ValueError, match="closed"):
        stream.feed("x")


def test_an_exception_stops_within_a_string() -> None:
    stream = guard_of(WITH_KEY).stream()
    assert stream.feed('{"id": "a", "note": "look: sk\\u002da') == [Field("$.id", "a", ("id",))]
    assert stream.feed("bcd") == []
    for _ in range(255 - len("look: sk-abcd")):
        stream.feed(" ")
    assert not stream.stopped
    assert stream.feed("\\n") == []
    assert stream.stopped
    assert stream.feed('", "prio": "low"}') == []
    assert stream.close() == []
    (failure,) = stream.outcome.failures
    assert (failure.path, failure.action) == ("$.note", "exception")
    assert failure.spans == (guardc.Span(6, 13, "secret"),)
    assert stream.outcome.error is not None
    assert stream.partial == {"id": "a"}


HANDED: dict[str, tuple[Any, dict[str, Any]]] = {
    "filter drops, and items move up": (
        {"id": "a", "items": [{"name": "x", "qty": 9}, 3, {"name": "y", "qty": 1}]},
        {"$.id": "a", "$.items[0].name": "x", "$.items[1].name": "y", "$.items[1].qty": 1},
    ),
    "fixed": ({"id": "a", "prio": "?", "note": "x" * 12}, {"$.id": "a", "$.prio": "low", "$.note": "x" * 10}),
    "reask": ({"id": "a", "free": 1, "more": {"b": "c"}}, {"$.id": "a", "$.free": 1}),
    "a tag that comes first": (
        {"id": "a", "pay": {"kind": "card", "code": "x"}},
        {"$.id": "a", "$.pay.kind": "card", "$.pay.code": "x"},
    ),
    "a tag that comes last": ({"id": "a", "pay": {"code": "x", "kind": "card"}}, {"$.id": "a", "$.pay.kind": "card"}),
    "anything": ({"id": "a", "free": [{"a": [None, True, 1.5]}]}, {
        "$.id": "a", "$.free[0].a[0]": None, "$.free[0].a[1]": True, "$.free[0].a[2]": 1.5,
    }),
}  # fmt: skip


@pytest.mark.parametrize("what", HANDED)
def test_what_is_handed_out(what: str) -> None:
    value, expected = HANDED[what]
    assert fed(guard_of(WITH_KEY), json.dumps(value)) == expected


def test_what_hangs_on_other_values_waits() -> None:
    guard = guard_of(
        'when $.prio == "high": $.id: chars <= 3 on fail filter',
        "$.tags[0]: polite on fail filter",
        "$.free.few: count <= 2 on fail filter",
        "$.free.cut: count <= 1 on fail fix",
    )
    value = {"id": "abcd", "tags": ["a", "b"], "free": {"few": [1], "cut": [1, 2]}, "note": "n", "prio": "high"}
    text = json.dumps(value)
    assert fed(guard, text) == {"$.free.cut[0]": 1, "$.note": "n", "$.prio": "high"}
    rest = value_streams.run(guard, [text]).rest
    assert [field.path for field in rest] == ["$.tags[0]", "$.tags[1]", "$.free.few[0]"]
    value["id"] = "abc"
    rest = value_streams.run(guard, [json.dumps(value)]).rest
    assert [field.path for field in rest] == ["$.id", "$.tags[0]", "$.tags[1]", "$.free.few[0]"]


def test_rules_that_only_report_make_nothing_wait() -> None:
    calls = []

    def polite(text: str) -> bool:
        calls.append(text)
        return False

    compilation = compile_text(
        f"{TICKET}guard g on output stream as json Ticket {{\n    on error noop\n"
        '    $.note: polite on fail noop\n    when $.prio == "high": $.id: has curse on fail noop\n}\n'
    )
    assert compilation.plan is not None, compilation.diagnostics
    guard = load(compilation.plan, handlers={"polite": polite}).guard("g")
    stream = guard.stream()
    assert [field.value for field in stream.feed('{"id": "a", "note": "b"}')] == ["a", "b"]
    assert calls == []
    stream.close()
    assert calls == ["b"]
    assert [failure.validator for failure in stream.outcome.failures] == ["polite"]


STOPS: dict[str, tuple[str, str, str]] = {
    "a leaf of the wrong type": ('{"note": "n", "id": 7,', "$.id", "exception"),
    "a list in the place of a text": ('{"note": "n", "id": [', "$.id", "exception"),
    "a missing key": ('{"note": "n"}', "$.id", "exception"),
    "a tag that names no shape": ('{"note": "n", "pay": {"kind": "x"', "$.pay", "refrain"),
    "a tag that is no text": ('{"note": "n", "pay": {"kind": {', "$.pay", "refrain"),
    "no tag": ('{"note": "n", "pay": {}', "$.pay", "refrain"),
    "in what is dropped": ('{"note": "n", "items": ["sk-abcd"', "$.items[0]", "exception"),
    "in what is dropped, deeper": ('{"note": "n", "items": [[["sk-abcd"', "$.items[0][0][0]", "exception"),
    "in a long string": ('{"note": "n", "free": ["sk-abcd' + "x" * 249, "$.free[0]", "exception"),
}


@pytest.mark.parametrize("what", STOPS)
def test_where_a_stream_stops(what: str) -> None:
    text, path, action = STOPS[what]
    guard = guard_of(WITH_KEY)
    assert fed(guard, text) == {"$.note": "n"}
    stream = guard.stream()
    stream.feed(text[:-1])
    assert not stream.stopped
    stream.feed(text[-1])
    assert stream.stopped
    assert stream.outcome.action == action
    assert stream.outcome.output == (None if action == "exception" else {})
    assert stream.outcome.failures[-1].path == path


def test_the_limit_stops_the_stream() -> None:
    for limit in ("20 chars", "20 bytes"):
        guard = guard_of(f"max {limit} on fail refrain")
        text = '{"id": "a", "note": "abc"}'
        assert fed(guard, text) == {"$.id": "a"}
        stream = guard.stream()
        stream.feed(text)
        assert stream.stopped
        assert (stream.outcome.action, stream.outcome.output) == ("refrain", {})
        assert [failure.rule for failure in stream.outcome.failures] == ["max"]


PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "white space": ('\r\n\t {"id": "a"}', {"$.id": "a"}),
    "a block": ('```json\n{"id": "a"}\n```\nBye.', {"$.id": "a"}),
    "an indented block of tildes": (' \n  ~~~~ x`y\n\n{"id": "a"}', {"$.id": "a"}),
    "no fence": ('``json\n{"id": "a"}\n``', {}),
    "a fence with a backtick": ('```a`\n{"id": "a"}\n```', {}),
    "prose": ('Here: {"id": "a"}', {}),
    "a mark of byte order": ('\ufeff{"id": "a"}', {}),
    "the other kind": ('[1] {"id": "a"}', {}),
    "behind a mend": ('{"id": "a", "note": "b",} ', {"$.id": "a", "$.note": "b"}),
    "behind a flaw": ('{"id": "a", \'note\': "b"}', {"$.id": "a"}),
    "a number that is cut off": ('{"id": "a", "free": 12', {"$.id": "a"}),
    "a number with a comment behind it": ('{"id": "a", "free": 12//\n}', {"$.id": "a"}),
    "a key twice": ('{"id": "a", "note": "b", "not\\u0065": "c"}', {"$.id": "a", "$.note": "b"}),
    "half a pair": ('{"id": "a", "note": "\\ud800", "prio": "low"}', {"$.id": "a"}),
    "half a pair, and another escape": ('{"id": "a", "note": "\\ud800\\n", "prio": "low"}', {"$.id": "a"}),
    "a pair": ('{"id": "\\ud83d\\ude00\\u00E9\\/\\b"}', {"$.id": "😀é/\b"}),
    "no escape": ('{"id": "a", "note": "\\x", "prio": "low"}', {"$.id": "a"}),
    "a control character": ('{"id": "a", "note": "\t", "prio": "low"}', {"$.id": "a"}),
    "a large number": ('{"id": "a", "free": [1e999, 1]}', {"$.id": "a"}),
    "a large integer": ('{"id": "a", "free": [1%s]}' % ("0" * 90), {"$.id": "a", "$.free[0]": 10**90}),
    "one that is too long": ('{"id": "a", "free": 1%s}' % ("0" * 4300), {"$.id": "a"}),
    "minus nought": ('{"id": "a", "free": -0}', {"$.id": "a", "$.free": 0}),
    "a constant": ('{"id": "a", "free": NaN, "note": "b"}', {"$.id": "a"}),
    "a word": ('{"id": "a", "free": nulls, "note": "b"}', {"$.id": "a"}),
    "nested lists": ('{"id": "a", "free": [[], [[1]], {}]}', {"$.id": "a", "$.free[1][0][0]": 1}),
    "signs that do not fit": ('{"id": "a", "free": [1}, "note": "b"}', {"$.id": "a", "$.free[0]": 1}),
}


@pytest.mark.parametrize("what", PLACES)
def test_where_fields_are_found(what: str) -> None:
    text, expected = PLACES[what]
    assert fed(guard_of(WITH_KEY), text) == expected


def test_too_deep_is_the_stated_answer() -> None:
    text = '{"id": "a", "free": ' + "[" * 199 + "1" + "]" * 199 + "}"
    assert len(value_streams.check(guard_of(WITH_KEY), text, [[text], list(text)]).fed) == 2
    text = '{"id": "a", "free": ' + "[" * 200 + "1" + "]" * 200 + "}"
    ending = value_streams.check(guard_of(WITH_KEY), text, [[text], list(text)])
    assert [field.path for field in ending.fed] == ["$.id"]
    text = "[" * 500_000
    assert not value_streams.check(guard_of(name="list of any"), text, [[text], [text[:9], text[9:]]]).fed


def test_an_answer_elsewhere_than_what_was_handed_out_fails() -> None:
    guard = guard_of(WITH_KEY)
    for text in ('{"id": "a", oops} {"id": "b"}', '```\n{"id": "a"}\n```\nBetter:\n```\n{"id": "b"}\n```'):
        assert guard.validate(text).output == {"id": "b", "tags": ["none"]}
        ending = value_streams.check(guard, text, every_cut(text))
        assert [field.value for field in ending.fed] == ["a"]
        assert (ending.rest, ending.stopped) == ([], True)
        stream = guard.stream()
        stream.feed(text)
        stream.close()
        assert [(one.validator, one.path, one.action) for one in stream.outcome.failures] == [("json", "$", "reask")]
        assert not stream.outcome.passed


def test_what_some_text_must_satisfy_is_known_at_the_end() -> None:
    text = '{"id": "a", "note": "b"}'
    assert fed(guard_of("has curse on fail filter"), text) == {"$.id": "a", "$.note": "b"}
    # A text that it could not be asked about may be dropped.
    compilation = compile_text(
        f"{TICKET}custom detector odd\nguard g on output stream as json Ticket {{\n    has odd on error filter\n}}\n"
    )
    assert compilation.plan is not None, compilation.diagnostics
    odd = {"a": None, "b": [(0, 1)], "none": []}
    guard = load(compilation.plan, handlers={"polite": bool, "odd": lambda text: odd[text]}).guard("g")
    assert guard.validate(text).output == {"note": "b", "tags": ["none"]}
    assert fed(guard, text) == {}


def test_a_stream_is_for_one_text() -> None:
    guard = guard_of()
    with pytest.raises(TypeError, match="made by guards"):
        guardc.ValueStream()
    with pytest.raises(TypeError):
        guard.stream().feed(b"{}")
    with pytest.raises(guardc.MetadataError):
        guard.stream(7)
    stream = guard.stream()
    stream.close()
    assert [failure.validator for failure in stream.outcome.failures] == ["json"]
    assert "closed" in repr(stream)


def test_what_the_caller_does_with_the_partial_value_changes_nothing() -> None:
    stream = guard_of().stream()
    stream.feed('{"id": "a", "tags": ["b"')
    stream.partial["tags"].clear()
    assert stream.partial == {"id": "a", "tags": ["b"]}


def test_long_pieces_and_strings() -> None:
    guard = guard_of(WITH_KEY, "max 5_000_000 chars")
    long = "é" * 100_000
    text = json.dumps({"id": long, "free": list(range(30_000))}, ensure_ascii=False)
    ending = value_streams.check(guard, text, [[text], [text[at : at + 7] for at in range(0, len(text), 7)]])
    assert len(ending.fed) == 30_001
    assert ending.fed[0].value == long


@pytest.mark.parametrize("seed", range(60))
def test_cuts_change_nothing(seed: int) -> None:
    rng = random.Random(seed)
    made = value_streams.guard_of(rng)
    if made is None:
        pytest.skip("the checker refuses this policy")
    guard, shapes, _ = made
    for number in range(8):
        text = value_streams.random_text(rng, generate_structures.random_value(rng, shapes))
        ways = [list(text), [text], *(streaming.cuts(rng, text) for _ in range(3))]
        if number == 0 and len(text) < 300:
            ways += every_cut(text)
        value_streams.check(guard, text, ways, generate.random_metadata(rng))
