"""Streamed calls of guards for asyncio: the same text and outcomes, and a cancelled task closes the stream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from llm_script import HELLO, chunk, chunks, guard_of
from llm_stub import Stub, call_tools, say, stream_of

import guardc
from guardc.runtime.asynchronous import AsyncGuard
from guardc.runtime.llm import CallError, CallOutcome
from guardc.runtime.llm.streams_async import AsyncCallStream

CHAT = """
pattern mail = /\\w{1,9}@\\w{1,9}\\.com/
pattern bomb = /bomb/
guard reply on output stream {
    no mail     on fail fix with "[mail]"
    no bomb     on fail exception "Not that."
}
"""


class Later:
    """An asynchronous stream of chunks that knows whether it was closed. `None` among them is waited for, for ever."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)
        self.closed = False
        self.waiting = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if not self.parts:
            raise StopAsyncIteration
        part = self.parts.pop(0)
        if part is None:
            self.waiting.set()
            await asyncio.Event().wait()
        if isinstance(part, Exception):
            raise part
        return part

    async def aclose(self) -> None:
        self.closed = True

    async def __call__(self, **arguments: Any) -> Any:
        return self


async def stream(llm: Any, **given: Any) -> AsyncCallStream:
    return await AsyncGuard(guard_of(CHAT)).call(messages=HELLO, llm=llm, stream=True, **given)


def told(outcome: CallOutcome | None) -> Any:
    assert outcome is not None
    return (
        outcome.passed,
        outcome.output,
        outcome.action,
        outcome.message,
        outcome.released,
        outcome.usage,
        [failure.message for failure in outcome.failures],
        [(attempt.message, str(attempt.error), attempt.finish_reason) for attempt in outcome.attempts],
    )


ANSWERS: list[list[Any]] = [
    chunks("All ", "is fine."),
    chunks("I am a@", "b.com ", "today"),
    chunks("make a bo", "mb ", "now"),
    chunks(),
    [chunk("half "), ValueError("x")],
    [chunk("fine "), 5],
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_streams_end_as_those_without_asyncio(answer: list[Any]) -> None:
    def listed(**_: Any) -> Any:
        for part in answer:
            if isinstance(part, Exception):
                raise part
            yield part

    guard = guard_of(CHAT)
    whole = guard.call(messages=HELLO, llm=listed, stream=True)
    texts = [*whole]

    async def read(llm: Any) -> None:
        answered = await stream(llm)
        assert [text async for text in answered] == texts
        assert told(answered.outcome) == told(whole.outcome)

    async def awaited(**_: Any) -> Any:
        return Later(*answer)

    makers: list[Callable[..., Any]] = [listed, awaited, lambda **_: Later(*answer), lambda **_: awaited()]
    for llm in makers:
        asyncio.run(read(llm))


def test_a_task_that_is_cancelled_closes_the_stream() -> None:
    async def run() -> None:
        later = Later(chunk("one "), None)
        answer = await stream(later)
        left: list[str] = []

        async def read() -> None:
            async for text in answer:
                left.append(text)  # noqa: PERF401 - what came before the task is cancelled

        task = asyncio.create_task(read())
        await later.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert later.closed
        assert left == ["one "]
        assert answer.outcome is not None
        assert isinstance(answer.outcome.error, CallError)
        assert answer.outcome.error.kind == "closed"

    asyncio.run(run())


def test_another_task_may_close_it() -> None:
    async def run() -> None:
        later = Later(chunk("one "), None)
        answer = await stream(later)

        async def read() -> list[str]:
            return [text async for text in answer]

        task = asyncio.create_task(read())
        await later.waiting.wait()
        await answer.aclose()
        assert await task == ["one "]
        assert later.closed
        assert isinstance(answer.outcome and answer.outcome.error, CallError)

    asyncio.run(run())


def test_another_task_may_close_it_while_it_is_judged() -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def hangs(_text: str) -> bool:
            begun.set()
            await asyncio.Event().wait()
            return True

        source = (
            "custom predicate polite\nguard reply on output stream {\n    polite at end on fail noop on error noop\n}\n"
        )
        guard = AsyncGuard(guard_of(source, polite=hangs))
        answer = await guard.call(messages=HELLO, llm=Later(chunk("one ", "stop")), stream=True)

        async def read() -> list[str]:
            return [text async for text in answer]

        task = asyncio.create_task(read())
        await begun.wait()
        await answer.aclose()
        assert await task == ["one "]
        assert isinstance(answer.outcome and answer.outcome.error, CallError)

    asyncio.run(run())


def test_another_task_may_close_it_before_it_is_tried_again() -> None:
    class BusyError(Exception):
        status_code = 503

    async def run() -> None:
        answer = await stream(Later(BusyError()))

        async def read() -> list[str]:
            return [text async for text in answer]

        task = asyncio.create_task(read())
        await asyncio.sleep(0.05)  # the pause takes at least 0.25 s
        await answer.aclose()
        assert await task == []
        assert isinstance(answer.outcome and answer.outcome.error, CallError)

    asyncio.run(run())


def test_a_block_that_is_left_closes_the_stream() -> None:
    async def run() -> None:
        later = Later(chunk("one "), chunk("two "))
        async with await stream(later) as answer:
            async for _ in answer:
                break
        assert later.closed
        assert answer.outcome is not None
        assert answer.outcome.released == "one "

    asyncio.run(run())


def test_a_chunk_that_does_not_come_is_not_waited_for() -> None:
    async def run() -> None:
        later = Later(chunk("one "), None)
        answer = await stream(later, timeout=0.1, retries=0)
        assert [text async for text in answer] == ["one "]
        assert isinstance(answer.outcome and answer.outcome.error, CallError)
        assert str(answer.outcome and answer.outcome.error).startswith("the model did not answer in time")
        assert later.closed

    asyncio.run(run())


def test_several_answers() -> None:
    async def run() -> None:
        parts = [chunk("bomb ", index=0), chunk("I am ", index=1), chunk("fine.", "stop", index=1)]
        answer = await stream(Later(*parts), n=2)
        with pytest.raises(TypeError, match="2 answers"):
            aiter(answer)
        assert "".join([text async for number, text in answer.choices() if number]) == "I am fine."
        assert [outcome.passed for outcome in answer.outcomes] == [False, True]

    asyncio.run(run())


def test_through_litellm() -> None:
    async def run(stub: Stub, gone: bool) -> tuple[str, CallOutcome | None]:
        given = {"model": "openai/stub", "api_base": stub.url, "api_key": "none"}
        async with await AsyncGuard(guard_of(CHAT)).call(messages=HELLO, stream=True, **given) as answer:
            left = "".join([text async for text in answer])
        if gone:
            assert await asyncio.to_thread(stub.requests[0].gone.wait, 10)
        return left, answer.outcome

    with Stub(say("Write to a@b.com today.")) as stub:
        left, outcome = asyncio.run(run(stub, False))
    assert outcome is not None
    assert (left, outcome.output, outcome.usage.total_tokens) == ("Write to [mail] today.",) * 2 + (12,)
    with Stub(stream_of("make a ", "bomb ", threading.Event())) as stub:
        left, outcome = asyncio.run(run(stub, True))
    assert left == "make a "
    with Stub(call_tools(("send", '{"to": "a@b.com"}'), text="Sending.")) as stub:
        left, outcome = asyncio.run(run(stub, False))
    assert outcome is not None
    assert outcome.message is not None
    assert outcome.message["tool_calls"][0]["function"]["arguments"] == '{"to": "[mail]"}'


def test_it_is_public() -> None:
    assert guardc.AsyncCallStream is AsyncCallStream
