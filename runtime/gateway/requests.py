"""Texts of a request. Where they are those of its messages, in their order, the messages are judged, so that `from` of
the guard holds; else each is judged as one of a user's, and calls as those of the assistant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.guard import Guard

__all__ = ["judge"]


async def judge(
    guard: Guard, inputs: Mapping[str, Any], metadata: Mapping[str, Any], timeout: float | None
) -> tuple[Outcome | None, dict[str, Any]]:
    """What must not pass, if there is any; and the inputs with what the guard gives."""
    judged = AsyncGuard(guard)
    texts, calls = list(inputs.get("texts") or ()), list(inputs.get("tool_calls") or ())
    messages = inputs.get("structured_messages")
    if not (messages and list(_texts(messages)) == texts and list(_calls(messages)) == calls):
        messages = [{"role": "user", "content": text} for text in texts]
        if calls:
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
    outcome = await judged.validate(messages, metadata, timeout=timeout)
    if not outcome.passed:
        return outcome, {}
    given = {**inputs, "texts": list(_texts(outcome.output))}
    return None, {**given, "tool_calls": list(_calls(outcome.output))} if calls else given


def _texts(messages: Any) -> Iterator[str]:
    """The contents of messages, in the order in which LiteLLM lists them."""
    for message in messages:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            for part in content:
                if isinstance(part, Mapping) and part.get("text") is not None:
                    yield part["text"]


def _calls(messages: Any) -> Iterator[Any]:
    """The calls of tools in messages, likewise."""
    for message in messages:
        calls = message.get("tool_calls")
        yield from calls if isinstance(calls, list) else ()
