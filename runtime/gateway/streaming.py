"""An answer on its way through LiteLLM's proxy, in chunks of chat completions.

Text leaves as a guard `on output stream` lets it, by the course that a streamed `AsyncGuard.call` takes: the model of
that call is the proxy's stream. By any other guard the chunks are gathered, and the answer leaves when it was judged.
Calls of tools leave at the end in either case.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import litellm
from litellm.types.utils import Delta, ModelResponseStream, StreamingChoices

from guardc.fastpath._core import Outcome
from guardc.runtime.gateway.replies import judge_message
from guardc.runtime.guard import Guard
from guardc.runtime.llm.answers import plain
from guardc.runtime.llm.drive import Clock
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.llm.start import Given, call_of
from guardc.runtime.llm.streams_async import AsyncCallStream

__all__ = ["BlockedError", "guarded"]

NOT_AN_ERROR = frozenset({"empty", "content filter", "refusal"})
"""Kinds of errors with which there is nothing in an answer to judge; it ends as it came."""


class BlockedError(Exception):
    """The answer, or the rest of it, is not let through."""

    def __init__(self, outcome: Outcome | CallOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def guarded(
    guard: Guard,
    chunks: AsyncIterator[Any],
    asked: Mapping[str, Any],
    metadata: Mapping[str, Any],
    timeout: float | None,
) -> AsyncGenerator[ModelResponseStream, None]:
    """The chunks that may leave.

    Args:
        asked: the request: how many answers it wants, and with which tools.

    Raises:
        BlockedError: the rest may not.
        Exception: whatever the stream of chunks raised.
    """
    tap = _Tap(chunks)
    course = _piecewise if guard.streamed and guard.opens is None else _whole
    async for chunk in course(guard, tap, asked, metadata, timeout):
        yield chunk
    if tap.usage is not None:
        yield tap.chunk_of([], usage=tap.usage)


class _Tap:
    """The proxy's chunks, and what the guard's have from them."""

    def __init__(self, chunks: AsyncIterator[Any]) -> None:
        self._chunks = chunks
        self._like: Any = None
        self._begun: set[int] = set()
        self.usage: Any = None
        self.reasons: dict[int, str] = {}

    async def read(self) -> AsyncIterator[Any]:
        async for chunk in self._chunks:
            self._like = chunk
            self.usage = getattr(chunk, "usage", None) or self.usage
            for choice in chunk.choices:
                if choice.finish_reason:
                    self.reasons[choice.index] = choice.finish_reason
            yield chunk

    def delta(self, number: int, **fields: Any) -> ModelResponseStream:
        """A piece of an answer."""
        if number not in self._begun:
            self._begun.add(number)
            fields = {"role": "assistant", **fields}
        return self.chunk_of([StreamingChoices(index=number, delta=Delta(**fields))])

    def end(self, number: int) -> ModelResponseStream:
        reason = self.reasons.get(number, "stop")
        return self.chunk_of([StreamingChoices(index=number, delta=Delta(), finish_reason=reason)])

    def chunk_of(self, choices: list[StreamingChoices], **more: Any) -> ModelResponseStream:
        like = self._like
        return ModelResponseStream(
            id=like.id,
            created=like.created,
            model=like.model,
            system_fingerprint=like.system_fingerprint,
            choices=choices,
            **more,
        )


async def _piecewise(
    guard: Guard, tap: _Tap, asked: Mapping[str, Any], metadata: Mapping[str, Any], timeout: float | None
) -> AsyncGenerator[ModelResponseStream, None]:
    async def model(**_: Any) -> AsyncIterator[Any]:
        return tap.read()

    arguments = {name: asked[name] for name in ("tools", "n") if asked.get(name) is not None}
    messages = [{"role": "user", "content": ""}]  # were judged by the guard on input, if by anybody
    given = Given(messages, asked.get("model"), model, metadata, timeout, 0, arguments, stream=True)
    stream = AsyncCallStream(call_of(guard, None, guard._asking, given), model, Clock())
    async with stream:
        async for number, text in stream.choices():
            yield tap.delta(number, content=text)
    for number, outcome in enumerate(stream.outcomes):
        error = outcome.error
        if isinstance(error, CallError) and error.kind not in NOT_AN_ERROR:
            raise error.cause or error
        if not outcome.passed and not isinstance(error, CallError):
            raise BlockedError(outcome)
        for chunk in _rest(tap, number, outcome.message or {}):
            yield chunk


async def _whole(
    guard: Guard, tap: _Tap, asked: Mapping[str, Any], metadata: Mapping[str, Any], timeout: float | None
) -> AsyncGenerator[ModelResponseStream, None]:
    gathered = [chunk async for chunk in tap.read()]
    response: Any = litellm.stream_chunk_builder(gathered, messages=asked.get("messages"))
    for choice in response.choices:
        message = {key: item for key, item in plain(choice.message).items() if item is not None}
        if message.get("content") or message.get("tool_calls"):
            outcome, message = await judge_message(guard, message, metadata, timeout)
            if outcome is not None:
                raise BlockedError(outcome)
        if message.get("content"):
            yield tap.delta(choice.index, content=message["content"])
        for chunk in _rest(tap, choice.index, message):
            yield chunk


def _rest(tap: _Tap, number: int, message: Mapping[str, Any]) -> list[ModelResponseStream]:
    """What leaves of an answer at its end: all but its text."""
    fields = {key: item for key, item in message.items() if key not in {"role", "content"} and item}
    if fields.get("tool_calls"):
        fields["tool_calls"] = [{"index": at, **plain(call)} for at, call in enumerate(fields["tool_calls"])]
    chunks = [tap.delta(number, **fields)] if fields else []
    return [*chunks, tap.end(number)]
