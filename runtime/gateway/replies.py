"""Texts and calls of an answer that has come, judged as `Guard.call` judges a message.

A guard of texts judges the text, or the whole message if it calls tools. A guard `as json` judges the value in the
text, or without a text the arguments of the only call; what stands beside the value does not pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.guard import Guard
from guardc.runtime.llm.answers import plain, text_of

__all__ = ["judge", "judge_message"]


async def judge(
    guard: Guard, inputs: Mapping[str, Any], metadata: Mapping[str, Any], timeout: float | None
) -> tuple[Outcome | None, dict[str, Any]]:
    """What must not pass, if there is any; and the inputs with what the guard gives."""
    texts = list(inputs.get("texts") or ())
    calls = [dict(plain(call)) for call in inputs.get("tool_calls") or ()]
    if len(texts) <= 1:  # one message, as far as anybody knows
        messages = [{"role": "assistant", "content": texts[0] if texts else None, "tool_calls": calls}]
    else:
        messages = [{"role": "assistant", "content": text, "tool_calls": []} for text in texts]
        if calls:
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
    given: list[dict[str, Any]] = []
    for message in messages:
        outcome, kept = await judge_message(guard, message, metadata, timeout)
        if outcome is not None:
            return outcome, {}
        given.append(kept)
    judged = {**inputs, "texts": [message["content"] for message in given][: len(texts)]}
    return None, {**judged, "tool_calls": given[-1]["tool_calls"]} if calls else judged


async def judge_message(
    guard: Guard, message: dict[str, Any], metadata: Mapping[str, Any], timeout: float | None
) -> tuple[Outcome | None, dict[str, Any]]:
    """The same of one message of the assistant, which has `content` and may have `tool_calls`."""
    judged = AsyncGuard(guard)
    text, calls = text_of(message), message.get("tool_calls")
    if guard.opens is None:
        if not calls and isinstance(message.get("content"), str):
            outcome = await judged.validate(text, metadata, timeout=timeout)
            return (None, {**message, "content": outcome.output}) if outcome.passed else (outcome, {})
        outcome = await judged.validate([message], metadata, timeout=timeout)
        return (None, outcome.output[0]) if outcome.passed else (outcome, {})
    only = plain(calls[0]) if calls and len(calls) == 1 and not text.strip() else {}
    function = plain(only.get("function"))
    if isinstance(function, Mapping):
        outcome = await judged.validate(function.get("arguments") or "{}", metadata, timeout=timeout)
        if not outcome.passed:
            return outcome, {}
        written = {**function, "arguments": json.dumps(outcome.output, ensure_ascii=False)}
        return None, {**message, "tool_calls": [{**only, "function": written}]}
    outcome = await judged.validate(text, metadata, timeout=timeout)
    if not outcome.passed:
        return outcome, {}
    return None, {"role": "assistant", "content": json.dumps(outcome.output, ensure_ascii=False), "tool_calls": []}
