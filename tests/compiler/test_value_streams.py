"""What explain says of rules about values that come in pieces is what the stream does."""

from __future__ import annotations

import pytest

from guardc.compiler import compile_text
from guardc.compiler.value_streams import ValueRule, value_rules
from guardc.runtime import load

POLICY = r"""
edition 1
pattern bad   = /bad/
pattern twice = /(\w)\1/ backtracking
custom predicate polite
metadata {
    tier string
}
shape Item {
    name string
}
shape Note {
    kind  string
    text  string
    items list of Item
}
guard g on output stream as json Note {
    RULE
}
"""
TEXT = '{"kind": "a", "text": "fine", "items": [{"name": "x"}, {"name": "y"}]}'
LOOKS = "ends the stream when the value has ended, or 256 characters of it have come"
ENDED = "judged when the value has ended"
ASKED = "the value waits for the end: what judges it is asked once, and may fail"

RULES: list[tuple[str, bool, str, set[str]]] = [
    ("$.text: no bad on fail fix", False, ENDED, set()),
    ("$.text: no bad on fail exception", False, LOOKS, set()),
    ("$.text: chars <= 9 on fail refrain", False, LOOKS, set()),
    ("$.text: lower case on fail refrain", False, LOOKS, set()),
    ('$.text: ends with "e" on fail exception', False, "ends the stream when the value has ended", set()),
    ("$.text: no bad on fail noop", False, "only reports, lets no value wait", set()),
    ("$.text: polite on fail noop on error noop", False, "only reports, lets no value wait", set()),
    ("$.text: polite on fail noop", True, ASKED, {"text"}),
    ("$.text: no twice on fail fix", True, ASKED, {"text"}),
    ("$.text: json on fail noop", False, "only reports, lets no value wait", set()),
    (
        'when $.kind == "b": $.text: no bad on fail filter',
        True,
        "the value waits for the end: the condition asks for another one",
        {"text"},
    ),
    ('when tier == "b": $.text: no bad on fail filter', False, ENDED, set()),
    ("$.items: count <= 5 on fail exception", False, "ends the stream when what is counted has ended", set()),
    ("$.items: count <= 5 on fail reask", False, "lets no value wait", set()),
    ("$.items: count <= 1 on fail fix", True, "what stands behind the first 1 waits for the end", {"y"}),
    (
        "$.items: count <= 5 on fail filter",
        True,
        "all that is counted waits for the end: it may be dropped or replaced",
        {"x", "y"},
    ),
    ("has bad on fail noop", False, "judged at the end, lets no value wait", set()),
    (
        'when tier == "b": has bad on fail refrain on error filter',
        True,
        "all values wait for the end: if this cannot be judged, it may drop any",
        {"a", "text", "x", "y"},
    ),
]


@pytest.mark.parametrize(("rule", "waits", "said", "late"), RULES, ids=[rule for rule, *_ in RULES])
def test_rules_do_what_is_said_of_them(rule: str, waits: bool, said: str, late: set[str]) -> None:
    compilation = compile_text(POLICY.replace("RULE", rule))
    assert compilation.plan is not None, compilation.diagnostics
    assert compilation.module is not None
    module = compilation.module
    found = [one for rules in value_rules(module.guards[0], module).values() for one in rules]
    assert found == [ValueRule(waits, said)]

    stream = load(compilation.plan, handlers={"polite": lambda text: True}).guard("g").stream({"tier": "a"})
    came = {field.value for field in stream.feed(TEXT)}
    every = {"a", "fine", "x", "y"}
    assert every - came == {"fine" if name == "text" else name for name in late}


def test_guards_that_are_no_streams_of_values_have_none() -> None:
    for on in ("on output as json Note", "on output stream"):
        source = POLICY.replace("on output stream as json Note", on).replace("RULE", "no bad on fail exception")
        module = compile_text(source).module
        assert module is not None
        assert value_rules(module.guards[0], module) == {}
