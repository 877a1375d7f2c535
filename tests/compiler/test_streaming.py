"""What a stream holds back for each rule, and for its guard."""

from __future__ import annotations

import pytest

from guardc.compiler import compile_text
from guardc.compiler.streaming import StreamedGuard, StreamedRule, streamed

HEAD = r"""
edition 1
pattern order_id = /\bORD-\d{8}\b/
pattern abc      = /abc/
pattern behind   = /abc/ where not before digits
pattern around   = /abc/ where near order_id within 20 chars
pattern closer   = /abc/ where near terms within 5 chars, near abc within 7 chars, luhn
pattern inside   = /abc/ where not in abc, not in digits
pattern digits   = /\d{1,3}/
pattern run      = /k\w+/
pattern twice    = /(\w)\1/ backtracking
words   terms    = ["ab", "abcdef"] anywhere
words   spaced   = ["Initech Cloud"]
pattern titled   = /abc/ where near spaced within 5 chars
text    prompt   = "You are the assistant of a small bank."
custom detector  names
custom measure   relevant
custom predicate polite
metadata {
    tier string
}
guard g on output stream {
    hold at most 1000 chars on fail refrain
"""


def guard(*rules: str) -> StreamedGuard:
    compilation = compile_text(HEAD + "\n".join(f"    {rule}" for rule in rules) + "\n}\n")
    assert compilation.module is not None, compilation.diagnostics
    return streamed(compilation.module.guards[0], compilation.module)


def rule(text: str) -> StreamedRule:
    return guard(text).rules[0]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("no abc", 2),
        ("no order_id", 12),
        ("no abc, order_id", 12),
        ("no terms", 5),
        ("no abc except order_id", 12),
        ("no digits", 2),
        ("no behind", 3 + 2),
        ("no inside", 3 + 2),
        ("no around", 3 + 20 + 12),
        ("no closer", 3 + 5 + 5),
        ("no run", None),
        ("no abc except run", None),
        ("no spaced", None),
        ("no titled", None),
        ("no abc on fail fix", 2),
        ('when tier == "free": no abc', 2),
    ],
)
def test_findings_are_local(text, most):
    found = rule(text)
    assert (found.kind, found.held.most, found.waits) == ("local", most, True)


def test_the_detector_that_holds_most_is_named():
    assert rule("no abc, order_id, digits").held.detector == "order_id"
    assert rule("no abc, run, order_id").held.detector == "run"


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("chars <= 300", 0),
        ("chars in 0..300 on fail fix", 0),
        ("bytes <= 300 on fail fix", 0),
        ("words <= 300", 0),
        ("words <= 300 on fail fix", None),
        ("reading time <= 1 min", 0),
        ("reading time <= 1 min on fail fix", None),
        ("lines <= 3", 0),
        ("lines <= 3 on fail fix", 2),
        ("count(abc, order_id) <= 3", 12),
        ("count(run) <= 3", None),
        ("lower case", 0),
        ("upper case", 0),
    ],
)
def test_upper_ends_are_limits(text, most):
    found = rule(text)
    assert (found.kind, found.held.most) == ("limit", most)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("chars >= 20", 19),
        ("chars in 20..300 on fail fix", 19),
        ("bytes >= 20", 19),
        ("lines >= 1", 0),
        ("lines in 1..3 on fail fix", 2),
        ("lines >= 2", None),
        ("words >= 1", None),
        ("reading time >= 1 s", None),
        ("count(abc) >= 1", None),
        ("has abc", None),
        ('starts with "Dear "', 4),
        ('contains "Dear"', None),
    ],
)
def test_lower_ends_are_gates(text, most):
    found = rule(text)
    assert (found.kind, found.held.most) == ("gate", most)


def test_a_leak_is_local_and_has_no_bound():
    found = rule("no leak(prompt)")
    assert (found.kind, found.held.most) == ("local", None)
    assert "waits for the words behind" in found.held.why


@pytest.mark.parametrize(
    "text",
    [
        "is abc",
        "no names",
        "no twice",
        "no abc except names",
        "is leak(prompt)",
        "count(leak(prompt)) <= 3",
        "no repeated sentences",
        "overlap(prompt) < 0.3",
        "reading grade <= 8",
        "relevant < 0.5",
        "number in 0..5",
        "count(abc, names) <= 3",
        "polite",
        "json",
        'one of "a", "b"',
        'ends with "."',
        "sql",
    ],
)
def test_everything_else_is_about_the_whole_text(text):
    found = rule(text)
    assert (found.kind, found.held.most, found.waits) == ("whole", None, True)


@pytest.mark.parametrize(
    "text",
    ["no run on fail noop", "relevant < 0.5 on fail noop on error noop", "json at end", "no run at end on fail filter"],
)
def test_what_only_reports_or_waits_for_the_end_holds_nothing(text):
    found = rule(text)
    assert (found.held.most, found.waits) == (0, False)


@pytest.mark.parametrize("text", ["relevant < 0.5 on fail noop", "no twice on fail noop", "sql on fail noop"])
def test_what_reports_but_may_err_holds(text):
    assert rule(text).held.most is None


def test_normalization_makes_every_rule_one_of_the_whole_text():
    assert {found.kind for found in guard("normalize invisible", "no abc", "chars <= 3").rules} == {"whole"}


def test_a_guard_holds_what_its_worst_rule_holds_and_its_worst_gate():
    found = guard("no abc", "no order_id", "chars >= 5", "no run on fail noop")
    assert (found.most, found.twice) == (12 + 4, False)
    assert found.worst is not None
    assert found.worst.rule.name == "no order_id"


def test_gates_alone_do_not_add_up():
    assert guard("chars >= 5", "bytes >= 3", "chars <= 9 on fail exception").most == 4


def test_a_guard_that_fixes_holds_twice_as_much():
    found = guard("no abc on fail fix", "no order_id")
    assert (found.most, found.twice) == (24, True)
    assert guard("no abc on fail fix", "no order_id", "chars >= 5").most == 2 * (12 + 4)


def test_a_guard_without_a_bound_names_the_first_rule_that_has_none():
    found = guard("no order_id", "no run", "json")
    assert found.most is None
    assert found.worst is not None
    assert found.worst.rule.name == "no run"


def test_a_guard_that_holds_nothing_has_no_worst_rule():
    found = guard("chars <= 300", "json at end")
    assert (found.most, found.worst) == (0, None)
