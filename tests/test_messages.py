"""Chat messages: the texts in them are judged, and nothing else is."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generate
import pytest
import reference_messages
from differential import _failed, _failure

from guardc.compiler.build import compile_checked, compile_text
from guardc.compiler.passes import select
from guardc.policy import check_text
from guardc.runtime import Guard, Outcome, load

select.compile_pattern = functools.cache(select.compile_pattern)
select.compile_words = functools.cache(select.compile_words)


DATA = Path(__file__).with_name("data_messages.txt")


def guard_of(rules: str, roles: str = "", before: str = "") -> Guard:
    source = f"edition 1\npattern secret = /k[0-9]{{4}}/\n{before}\nguard g on input{roles} {{\n{rules}\n}}\n"
    compilation = compile_text(source)
    assert compilation.plan is not None, compilation.diagnostics
    return load(compilation.plan, handlers={"swap": lambda _, __: "swapped"} if "swap" in before else {}).guard("g")


FIX = guard_of("no secret on fail fix")


def user(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


def call_of(arguments: str) -> list[dict[str, Any]]:
    function = {"name": "k0000", "arguments": arguments}
    return [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "k0000", "type": "function", "function": function}],
        }
    ]


def paths(outcome: Outcome) -> list[tuple[str, list[tuple[int, int]]]]:
    return [(failure.path, [(start, end) for start, end, _ in failure.spans]) for failure in outcome.failures]


def cases() -> Iterator[tuple[str, list[Any]]]:
    """Of data_messages.txt: messages as JSON, then a line for each text with a finding."""
    lines = (line for line in DATA.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    messages, found = next(lines), []
    for line in lines:
        if line.startswith("    "):
            path, start, end = line.strip().rsplit(" ", 2)
            found.append((path, [(int(start), int(end))]))
        else:
            yield messages, found
            messages, found = line, []
    yield messages, found


@pytest.mark.parametrize(("given", "expected"), list(cases()))
def test_texts_that_are_judged(given: str, expected: list[Any]) -> None:
    messages = json.loads(given)
    outcome = FIX.validate(messages)
    assert paths(outcome) == expected
    assert messages == json.loads(given)
    assert outcome.passed
    if not expected:
        assert outcome.output is messages


def test_a_fix_shares_what_it_leaves() -> None:
    messages = [*user("quiet"), *user([{"type": "text", "text": "k1234"}, {"type": "text", "text": "rest"}])]
    output = FIX.validate(messages).output
    assert output[1]["content"] == [{"type": "text", "text": "[secret]"}, {"type": "text", "text": "rest"}]
    assert output[0] is messages[0]
    assert output[1]["content"][1] is messages[1]["content"][1]


def test_arguments_stay_json() -> None:
    output = FIX.validate(call_of('{"to":"a \\"k1234\\"", "é": 1.50, "none": null}')).output
    arguments = output[0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"to": 'a "[secret]"', "é": 1.5, "none": None}


@pytest.mark.parametrize(
    ("roles", "judged"),
    [
        ("", ["system", "developer", "user", "assistant", "tool", "function"]),
        (" from user", ["user"]),
        (" from user, tool", ["user", "tool", "function"]),
        (" from assistant", ["assistant"]),
    ],
)
def test_roles(roles: str, judged: list[str]) -> None:
    every = ["system", "developer", "user", "assistant", "tool", "function"]
    guard = guard_of("no secret on fail noop", roles)
    outcome = guard.validate([{"role": role, "content": "k1234"} for role in every])
    assert [failure.path for failure in outcome.failures] == [f"$[{every.index(role)}].content" for role in judged]


@pytest.mark.parametrize(
    ("action", "output", "passed"),
    [
        ("exception", None, False),
        ("refrain", [], False),
        ("filter", None, False),
        ("reask", None, False),
        ('fix with "x"', [{"role": "user", "content": "x"}, {"role": "user", "content": "quiet"}], True),
        ("custom swap", [{"role": "user", "content": "swapped"}, {"role": "user", "content": "quiet"}], True),
        ("noop", [{"role": "user", "content": "k1234"}, {"role": "user", "content": "quiet"}], True),
    ],
)
def test_actions(action: str, output: Any, passed: bool) -> None:
    guard = guard_of(f"no secret on fail {action}", before="custom action swap" if "swap" in action else "")
    outcome = guard.validate([*user("k1234"), *user("quiet")])
    assert (outcome.passed, outcome.output, outcome.action) == (passed, output, action.partition(" ")[0])
    assert (outcome.reask is not None) == (action == "reask")
    assert (outcome.error is not None) == (action == "exception")


def test_only_what_is_forbidden_is_looked_for_beside_the_content() -> None:
    guard = guard_of("words >= 2 on fail noop\nhas secret on fail noop\nno secret on fail noop")
    assert [failure.rule for failure in guard.validate(user("one")).failures] == ["words >= 2", "has secret"]
    assert [failure.rule for failure in guard.validate(call_of('{"unit": "k1234"}')).failures] == ["no secret"]


@pytest.mark.parametrize(("unit", "content"), [("chars", "éé"), ("bytes", "éé")])
def test_the_limit_is_for_all_texts_together(unit: str, content: str) -> None:
    size = 6 if unit == "chars" else 12
    messages = [*user(content), *user([{"type": "text", "text": content}] * 2)]
    assert guard_of(f"max {size} {unit}").validate(messages).passed
    outcome = guard_of(f"max {size - 1} {unit}").validate(messages)
    assert [(failure.rule, failure.path, failure.value) for failure in outcome.failures] == [("max", "$", size)]
    assert guard_of(f"max {size - 1} {unit} on fail refrain").validate(messages).output == []


def deep(levels: int) -> list[dict[str, Any]]:
    value: Any = "k1234"
    for _ in range(levels):
        value = [value]
    return user(value)


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        (["hello"], "messages[0] must be a mapping"),
        ([*user("a"), {"content": "a"}], "messages[1] has no `role`"),
        ([{"role": "boss", "content": "a"}], "messages[0] has no `role` that a guard knows"),
        ([{"role": ["user"], "content": "a"}], "messages[0] has no `role`"),
        (deep(300), "messages[0] is nested more than 200 deep"),
        ({"role": "user", "content": "a"}, "a text or a list of messages"),
        (None, "a text or a list of messages"),
    ],
)
def test_mistakes_of_the_program_are_raised(messages: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says.replace("[", r"\[")):
        FIX.validate(messages)


def test_arguments_nested_too_deeply_are_a_text() -> None:
    outcome = FIX.validate(call_of("[" * 5000 + '"k1234"' + "]" * 5000))
    assert paths(outcome) == [("$[0].tool_calls[0].function.arguments", [(5001, 5006)])]


def random_messages(rng: random.Random) -> list[dict[str, Any]]:
    def value(depth: int) -> Any:
        kind = rng.randrange(8 if depth < 4 else 4)
        if kind < 3:
            return generate.random_text(rng)
        if kind == 3:
            return rng.choice([None, 3, True, "", 1.5])
        if kind < 6:
            return [value(depth + 1) for _ in range(rng.randrange(4))]
        keys = ["text", "content", "type", "input", "arguments", "name", "a b", "source", 'q"']
        made = {key: value(depth + 1) for key in rng.sample(keys, rng.randrange(4))}
        if rng.random() < 0.3:
            made["type"] = rng.choice(["text", "image_url", "tool_use", "base64"])
        return made

    messages = []
    for _ in range(rng.randrange(5)):
        message = {"role": rng.choice(["system", "developer", "user", "assistant", "tool", "function"])}
        if rng.random() < 0.9:
            message["content"] = value(0)
        if rng.random() < 0.3:
            arguments = json.dumps(value(2)) if rng.random() < 0.8 else generate.random_text(rng)
            message["tool_calls"] = [{"function": {"name": "f", "arguments": arguments}}]
        messages.append(message)
    return messages


@pytest.mark.parametrize("first", range(0, 600, 150))
def test_messages_equal_the_reference(first: int) -> None:
    failures = 0
    for seed in range(first, first + 150):
        rng = random.Random(seed)
        roles = rng.choice(["", " from user", " from user, tool", " from system, developer, assistant"])
        source = generate.policy_source(rng).replace("guard g on input {", f"guard g on input{roles} {{")
        checked = check_text(source)
        if checked.policy is None:
            continue
        compilation = compile_checked(checked)
        assert compilation.plan is not None, source
        handlers, services = generate.functions(checked.policy)
        guard = load(compilation.plan, handlers=handlers, services=services).guard("g")
        handlers = {**handlers, **services}
        for _ in range(4):
            messages, metadata = random_messages(rng), generate.random_metadata(rng)
            expected = reference_messages.judge(checked.policy, checked.policy.guards[0], messages, metadata, handlers)
            outcome = guard.validate(messages, metadata)
            where = f"seed {seed}, {messages!r}\n{source}"
            assert (outcome.passed, outcome.action, outcome.output) == (
                expected.passed,
                expected.action,
                expected.output,
            ), where
            assert (outcome.reask is not None) == expected.asks, where
            for found, wanted in [
                (outcome.failures, expected.failures),
                (outcome.unresolved, expected.unresolved),
            ]:
                assert [(one.path, *_failure(one)) for one in found] == [
                    (path, *_failed(failed)) for path, failed in wanted
                ], where
            failures += len(outcome.failures)
    assert failures > 300
