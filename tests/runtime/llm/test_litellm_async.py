"""Calls of guards for asyncio through `litellm.acompletion` itself, of a service on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest
from llm_script import HELLO, guard_of
from llm_stub import Step, Stub, call_tools, held, refuse, say, stream_of

from guardc.runtime import Guard
from guardc.runtime.asynchronous import AsyncGuard
from guardc.runtime.llm import CallError, CallOutcome, Usage

SHORT = "guard reply on output {\n    reasks 2 then refrain\n    words <= 3      on fail reask\n}"
MAIL = 'pattern mail = /\\w+@\\w+\\.com/\nguard reply on output {\n    no mail on fail fix with "x"\n}'
NOTE = """
pattern mail = /\\w+@\\w+\\.com/
shape Note {
    id   string on fail reask
    text string no mail on fail fix with "x"
}
guard reply on output as json Note {
    reasks 1 then refrain
}
"""
TOOLS = [{"type": "function", "function": {"name": "send", "parameters": {"type": "object", "properties": {}}}}]


def arguments_for(stub: Stub) -> dict[str, Any]:
    return {"model": "openai/stub", "messages": HELLO, "api_base": stub.url, "api_key": "none"}


def outcome_of(stub: Stub, source: str = SHORT, **given: Any) -> CallOutcome:
    return asyncio.run(AsyncGuard(guard_of(source)).call(**arguments_for(stub), **given))


def kind(error: Exception | None) -> str | None:
    assert error is None or isinstance(error, CallError)
    return None if error is None else error.kind


def kinds(outcome: CallOutcome) -> list[str | None]:
    return [kind(attempt.error) for attempt in outcome.attempts]


# Pauses between tries are real here: the service says how long, which is no time.
LATER = refuse(429, retry_after="0")


def test_an_answer_comes_with_its_tokens() -> None:
    with Stub(say("all fine")) as stub:
        outcome = outcome_of(stub, temperature=0)
        body = stub.requests[0].body
    assert (outcome.output, outcome.usage, outcome.passed) == ("all fine", Usage(7, 5, 12), True)
    assert (body["messages"], body["temperature"], body["model"]) == (HELLO, 0, "stub")
    assert outcome.attempts[0].finish_reason == "stop"


def test_its_own_stand_in_has_a_cost() -> None:
    guard = AsyncGuard(guard_of(SHORT))
    outcome = asyncio.run(guard.call(model="gpt-4o-mini", messages=HELLO, mock_response="all fine"))
    assert outcome.output == "all fine"
    assert outcome.usage == Usage(10, 20, 30)
    assert outcome.cost is not None
    assert outcome.cost > 0


def test_an_answer_is_asked_again() -> None:
    with Stub(say("one two three four"), say("one two three")) as stub:
        outcome = outcome_of(stub)
    assert outcome.output == "one two three"
    assert [message["role"] for message in stub.requests[1].body["messages"]] == ["user", "assistant", "user"]
    assert outcome.usage == Usage(14, 10, 24)


def test_parts_of_a_value_are_asked_again() -> None:
    with Stub(say('{"id": 1, "text": "to a@b.com"}'), say('{"$.id": "one"}')) as stub:
        outcome = outcome_of(stub, NOTE)
    assert outcome.output == {"id": "one", "text": "to x"}
    assert len(outcome.attempts) == 2


def test_calls_of_tools_come_through() -> None:
    with Stub(call_tools(("send", '{"to": "a@b.com"}'), ("send", "{}"))) as stub:
        outcome = outcome_of(stub, MAIL, tools=TOOLS)
        assert stub.requests[0].body["tools"] == TOOLS
    assert outcome.passed
    assert outcome.message is not None
    called = [json.loads(call["function"]["arguments"]) for call in outcome.message["tool_calls"]]
    assert called == [{"to": "x"}, {}]


def test_malformed_calls_are_asked_again() -> None:
    with Stub(call_tools(("send", '{"to": ')), call_tools(("keep", "{}")), call_tools(("send", "{}"))) as stub:
        outcome = outcome_of(stub, tools=TOOLS)
    assert outcome.passed
    assert kinds(outcome) == ["tool call", "tool call", None]
    assert [message["role"] for message in stub.requests[1].body["messages"]] == ["user", "assistant", "tool", "user"]


@pytest.mark.parametrize("step", [say(""), say(None), say(" \n")])
def test_empty_answers_are_asked_again(step: Step) -> None:
    with Stub(step, say("ok")) as stub:
        outcome = outcome_of(stub)
    assert (outcome.output, kinds(outcome)) == ("ok", ["empty", None])


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_fails_is_called_again_by_guardc_alone(status: int) -> None:
    step = refuse(status, retry_after="0")
    with Stub(step, step, say("ok")) as stub:
        outcome = outcome_of(stub)
        assert len(stub.requests) == 3
    expected = "rate limit" if status == 429 else "unavailable"
    assert (outcome.output, kinds(outcome)) == ("ok", [expected, expected, None])


def test_retries_end() -> None:
    with Stub(LATER, LATER, say("never")) as stub:
        outcome = outcome_of(stub, retries=1)
        assert len(stub.requests) == 2
    assert (kind(outcome.error), kinds(outcome), outcome.output) == ("rate limit", ["rate limit"] * 2, None)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (refuse(401), "rejected"),
        (refuse(429, "insufficient_quota"), "rejected"),
        (refuse(400, "content_policy_violation"), "content filter"),
        (say("half an", reason="content_filter"), "content filter"),
        (say(None, refusal="I will not."), "refusal"),
    ],
)
def test_a_call_that_will_not_succeed_is_made_once(step: Step, expected: str) -> None:
    with Stub(step, say("never")) as stub:
        outcome = outcome_of(stub)
        assert len(stub.requests) == 1
    assert (kind(outcome.error), outcome.output, len(outcome.attempts)) == (expected, None, 1)


def test_an_answer_that_comes_too_late_is_given_up_and_its_request_closed() -> None:
    never = threading.Event()
    with Stub(held(never, say("late")), say("never")) as stub:
        begun = time.monotonic()
        outcome = outcome_of(stub, timeout=1.0)
        assert time.monotonic() - begun < 10
        assert len(stub.requests) == 1
        assert stub.requests[0].gone.wait(10)
    assert (kind(outcome.error), kinds(outcome)) == ("timeout", ["timeout"])


def test_the_deadline_is_over_all_attempts() -> None:
    with Stub(refuse(429, retry_after="60"), say("never")) as stub:
        outcome = outcome_of(stub, timeout=5.0)
        assert len(stub.requests) == 1
    assert kind(outcome.error) == "rate limit"


@pytest.mark.parametrize("timeout", [30.0, None])
def test_a_task_that_is_cancelled_closes_its_request(timeout: float | None) -> None:
    never = threading.Event()

    async def run(stub: Stub) -> None:
        guard = AsyncGuard(guard_of(SHORT))
        task = asyncio.create_task(guard.call(**arguments_for(stub), timeout=timeout))
        while not stub.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(stub.requests[0].gone.wait, 10)

    with Stub(held(never, say("late"))) as stub:
        asyncio.run(run(stub))


def test_many_calls_at_once_keep_their_answers() -> None:
    async def run(stub: Stub, guard: Guard) -> list[CallOutcome]:
        calls = [AsyncGuard(guard).call(**arguments_for(stub)) for _ in range(20)]
        return list(await asyncio.gather(*calls))

    with Stub(*(say(f"answer {number}") for number in range(20))) as stub:
        outcomes = asyncio.run(run(stub, guard_of(SHORT)))
    assert sorted(outcome.output for outcome in outcomes) == sorted(f"answer {number}" for number in range(20))


# --- values as they come ----------------------------------------------------------------------------------------------

FIELDS = NOTE.replace(" output as", " output stream as")


def test_fields_come_through() -> None:
    async def run(stub: Stub, more: threading.Event) -> tuple[list[Any], CallOutcome | None]:
        fields = []
        guard = AsyncGuard(guard_of(FIELDS))
        async with await guard.call(**arguments_for(stub), stream=True) as answer:
            async for field in answer:
                fields.append((field.path, field.value))
                more.set()  # only then does the service go on
        return fields, answer.outcome

    more = threading.Event()
    with Stub(stream_of('{"id": "o', 'ne", "te', more, 'xt": "to a@b', '.com"}', (0, {}, "stop"))) as stub:
        fields, outcome = asyncio.run(run(stub, more))
    assert fields == [("$.id", "one"), ("$.text", "to x")]
    assert outcome is not None
    assert (outcome.output, outcome.usage) == ({"id": "one", "text": "to x"}, Usage(7, 5, 12))


def test_a_loop_over_fields_that_is_left_closes_its_request() -> None:
    async def run(stub: Stub) -> None:
        guard = AsyncGuard(guard_of(FIELDS))
        async with await guard.call(**arguments_for(stub), stream=True) as answer:
            async for _ in answer:
                break
        assert await asyncio.to_thread(stub.requests[0].gone.wait, 10)

    with Stub(stream_of('{"id": "one", ', threading.Event())) as stub:
        asyncio.run(run(stub))
