"""The reference for chat messages: what section 11 of docs/semantics.md says, in plain Python over `reference`."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reference
from reference import STRENGTH, Failed, Handlers

from guardc.policy.model import Guard, Policy

NO_TEXT = {
    "role", "type", "id", "name", "tool_call_id", "tool_use_id", "call_id", "item_id", "signature",
    "encrypted_content", "cache_control", "media_type", "mime_type", "format", "detail", "status",
}  # fmt: skip
MEDIA = {
    "image", "image_url", "input_image", "audio", "input_audio", "video", "video_url", "input_video", "file",
    "input_file", "base64",
}  # fmt: skip


@dataclass
class Place:
    """A text in the messages: where, whether it is a message's own, and how to put another one there."""

    path: str
    text: str
    content: bool
    put: Callable[[str], None]


@dataclass
class Result:
    passed: bool
    output: Any
    action: str | None
    failures: list[tuple[str, Failed]]
    unresolved: list[tuple[str, Failed]]
    asks: bool


def step(path: str, key: str) -> str:
    """As paths of structured values are shown. No key of the tests is long."""
    if key.isascii() and key.isidentifier():
        return f"{path}.{key}"
    shown = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in key)
    return f'{path}["{shown}"]'


def decoded(text: str) -> Any:
    """The JSON value of a text. ValueError if it is none, or if it has a key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    if not reference.is_json(text):
        raise ValueError
    return json.loads(text, object_pairs_hook=once)


def texts(holder: Any, key: Any, path: str, content: bool, inside: bool = False) -> Iterator[Place]:
    """The texts of `holder[key]`, which is at `path`. `inside` JSON every key counts."""
    value = holder[key]
    if isinstance(value, str):
        if value:
            yield Place(path, value, content, lambda text: holder.__setitem__(key, text))
    elif isinstance(value, dict):
        if not inside and value.get("type") in list(MEDIA):
            return
        for name in value:
            if inside:
                yield from texts(value, name, step(path, name), False, True)
            elif name == "arguments" and isinstance(value[name], str):
                yield from arguments(value, step(path, name))
            elif name not in NO_TEXT:
                yield from texts(value, name, step(path, name), content and name in {"content", "text"})
    elif isinstance(value, list):
        for number in range(len(value)):
            yield from texts(value, number, f"{path}[{number}]", content and not inside, inside)


def arguments(call: dict[str, Any], path: str) -> Iterator[Place]:
    try:
        value = [decoded(call["arguments"])]
    except ValueError:
        yield from texts(call, "arguments", path, False)
        return

    def putting(place: Place) -> Callable[[str], None]:
        def put(text: str) -> None:
            place.put(text)
            call["arguments"] = json.dumps(value[0], ensure_ascii=False)

        return put

    for place in texts(value, 0, path, False, True):
        yield Place(place.path, place.text, False, putting(place))


def judge(
    policy: Policy, guard: Guard, messages: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any], handlers: Handlers
) -> Result:
    output = copy.deepcopy(list(messages))
    places = [
        place
        for number, message in enumerate(output)
        if not guard.roles or {"function": "tool"}.get(message["role"], message["role"]) in guard.roles
        for place in texts(output, number, f"$[{number}]", True)
    ]
    size = reference.utf8_size if guard.limit.unit == "bytes" else len
    total = sum(size(place.text) for place in places)
    if total > guard.limit.amount:
        failed = Failed(None, guard.limit.on_fail, [], total)
        action = guard.limit.on_fail.name
        return Result(False, [] if action == "refrain" else None, action, [("$", failed)], [], False)

    def judged(place: Place, text: str) -> list[Failed]:
        kept = guard.rules
        if not place.content:
            kept = tuple(rule for rule in kept if rule.test.kind == "find" and rule.test.quantifier == "no")
        return reference.judge(policy, handlers, guard.model_copy(update={"rules": kept}), text, metadata)

    found = [(place, failures) for place in places if (failures := judged(place, place.text))]
    if not found:
        return Result(True, messages, None, [], [], False)
    strongest = max(failed.strength for _, failures in found for failed in failures)
    if strongest >= STRENGTH.index("reask"):
        flat = [(place.path, failed) for place, failures in found for failed in failures]
        action = STRENGTH[strongest]
        return Result(False, [] if action == "refrain" else None, action, flat, [], action == "reask")
    results = []
    for place, failures in found:
        kept = guard.rules
        if not place.content:
            kept = tuple(rule for rule in kept if rule.test.kind == "find" and rule.test.quantifier == "no")
        own = guard.model_copy(update={"rules": kept})
        result = reference.decide(policy, handlers, own, place.text, metadata, failures)
        if result.passed and result.output != place.text:
            place.put(result.output or "")
        results.append((place, result))
    passed = all(result.passed for _, result in results)
    strongest = max(STRENGTH.index(result.action or "noop") for _, result in results)
    return Result(
        passed,
        output if passed else [] if STRENGTH[strongest] == "refrain" else None,
        STRENGTH[strongest],
        [(place.path, failed) for place, result in results for failed in result.failures],
        [(place.path, failed) for place, result in results for failed in result.unresolved],
        any(result.asks for _, result in results) and strongest < STRENGTH.index("reask"),
    )
