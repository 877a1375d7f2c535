"""Streamed calls through LiteLLM itself: its stand-in for answers, and a service on loopback."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from llm_script import HELLO, StillClock, guard_of
from llm_stub import Step, Stub, break_off, call_tools, refuse, say, stream_of

from guardc.runtime.llm import CallError, CallOutcome, CallStream, Usage
from guardc.runtime.llm.provider import litellm_completion
from guardc.runtime.llm.start import Given, call_of

CHAT = """
pattern mail = /\\w{1,9}@\\w{1,9}\\.com/
pattern bomb = /bomb/
guard reply on output stream {
    no mail     on fail fix with "[mail]"
    no bomb     on fail exception "Not that."
}
"""
TOOLS = [{"type": "function", "function": {"name": "send", "parameters": {"type": "object", "properties": {}}}}]
END = (0, {}, "stop")


def through_litellm(stub: Stub, source: str = CHAT, **given: Any) -> CallStream:
    guard = guard_of(source)
    own = {"messages": HELLO, "model": "openai/stub", "llm": None, "metadata": None, "timeout": 30.0, "retries": 2}
    own |= {name: given.pop(name) for name in tuple(given) if name in own}
    arguments = {"api_base": stub.url, "api_key": "none", **given}
    wanted = call_of(guard, None, guard._asking, Given(arguments=arguments, stream=True, **own))
    return CallStream(wanted, litellm_completion(), StillClock())


def ended(stream: CallStream) -> CallOutcome:
    assert stream.outcome is not None
    return stream.outcome


def kind(outcome: CallOutcome) -> str | None:
    assert outcome.error is None or isinstance(outcome.error, CallError)
    return None if outcome.error is None else outcome.error.kind


TEXTS = ["All is fine.", "Write to ann@example.com today.", "How to make a bomb at home."]


@pytest.mark.parametrize("text", TEXTS)
def test_its_own_stand_in_streams(text: str) -> None:
    guard = guard_of(CHAT)
    given: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO, "mock_response": text}
    answer = guard.call(stream=True, **given)
    whole = guard.call(**given)
    left = "".join(answer)
    outcome = ended(answer)
    assert (outcome.passed, outcome.output, outcome.action) == (whole.passed, whole.output, whole.action)
    assert left == (whole.output if whole.passed else "How to make a ")
    if whole.passed:
        assert outcome.usage.total_tokens > 0
        assert outcome.cost is not None
        assert outcome.cost > 0


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 8, 40])
@pytest.mark.parametrize("text", TEXTS)
def test_however_the_service_cuts_an_answer_the_outcome_is_that_of_a_whole_one(text: str, piece: int) -> None:
    with Stub(say(text, piece=piece), say(text)) as stub:
        answer = through_litellm(stub)
        left = "".join(answer)
        whole = guard_of(CHAT).call(model="openai/stub", messages=HELLO, api_base=stub.url, api_key="none", retries=0)
        assert stub.requests[0].body["stream_options"] == {"include_usage": True}
    outcome = ended(answer)
    assert (outcome.passed, outcome.output, outcome.action) == (whole.passed, whole.output, whole.action)
    assert [(failure.rule, failure.spans) for failure in outcome.failures] == [
        (failure.rule, failure.spans) for failure in whole.failures
    ]
    assert left == outcome.released == (whole.output if whole.passed else "How to make a ")
    if whole.passed:
        assert outcome.message is not None
        assert outcome.message["content"] == whole.output
        assert outcome.usage == whole.usage == Usage(7, 5, 12)
        assert outcome.attempts[0].finish_reason == "stop"


def test_text_leaves_before_the_next_comes() -> None:
    more = threading.Event()
    with Stub(stream_of("one ", more, "two ", END)) as stub:
        texts = iter(through_litellm(stub))
        assert next(texts) == "one "
        more.set()
        assert [*texts] == ["two "]


# --- the connection is closed -----------------------------------------------------------------------------------------


def forever(*parts: Any) -> Step:
    return stream_of(*parts, threading.Event())


def test_a_rule_that_stops_hangs_up() -> None:
    with Stub(forever("make a ", "bomb ", "x")) as stub:
        answer = through_litellm(stub)
        assert "".join(answer) == "make a "
        assert ended(answer).action == "exception"
        assert stub.requests[0].gone.wait(10)


def test_a_loop_that_is_left_hangs_up() -> None:
    with Stub(forever("one ", "two ")) as stub:
        answer = through_litellm(stub)
        for _ in answer:
            break
        assert stub.requests[0].gone.wait(10)
    assert kind(ended(answer)) == "closed"


def test_closing_hangs_up() -> None:
    with Stub(forever("one ")) as stub:
        with through_litellm(stub) as answer:
            texts = iter(answer)
            next(texts)
        assert stub.requests[0].gone.wait(10)
    assert [*texts] == []


def test_dropping_hangs_up() -> None:
    with Stub(forever("one ")) as stub:
        answer = through_litellm(stub)
        texts = iter(answer)
        next(texts)
        del answer, texts
        gc.collect()
        assert stub.requests[0].gone.wait(10)


def test_closing_from_another_thread_hangs_up_while_a_chunk_is_waited_for() -> None:
    first = threading.Event()
    with Stub(forever("one ")) as stub:
        answer = through_litellm(stub)
        left: list[str] = []

        def read() -> None:
            for text in answer:
                left.append(text)
                first.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert first.wait(30)
        answer.close()
        reader.join(10)
        assert stub.requests[0].gone.wait(10)
    assert left == ["one "]
    assert kind(ended(answer)) == "closed"


def test_the_deadline_hangs_up() -> None:
    with Stub(forever("one ")) as stub:
        answer = guard_of(CHAT).call(
            model="openai/stub",
            messages=HELLO,
            stream=True,
            api_base=stub.url,
            api_key="none",
            timeout=1.5,
            retries=0,
        )
        assert "".join(answer) in {"", "one "}
        assert kind(ended(answer)) == "timeout"
        assert not stub.requests or stub.requests[0].gone.wait(10)


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", [break_off("half an answer"), stream_of("half an ", None), stream_of("half an ", done=False)]
)
def test_an_answer_that_breaks_off_is_not_asked_again(step: Step) -> None:
    with Stub(step, say("never")) as stub:
        answer = through_litellm(stub)
        assert "".join(answer) == "half an "
        assert len(stub.requests) == 1
    outcome = ended(answer)
    assert kind(outcome) in {"connection", "unavailable"}
    assert (outcome.output, outcome.released) == (None, "half an ")


def test_an_answer_that_breaks_off_before_its_text_is_asked_again() -> None:
    with Stub(break_off("a@b"), refuse(503), say("fine")) as stub:
        answer = through_litellm(stub)
        assert "".join(answer) == "fine"
        assert len(stub.requests) == 3
    assert [attempt.error is None for attempt in ended(answer).attempts] == [False, False, True]


def test_an_end_that_is_not_marked_is_one() -> None:
    with Stub(stream_of("fine", END, done=False)) as stub:
        answer = through_litellm(stub)
        assert "".join(answer) == "fine"
    assert ended(answer).passed


def test_what_is_no_event_ends_the_call() -> None:
    with Stub(stream_of("fine ", b"data: {half\n\n", END)) as stub:
        answer = through_litellm(stub)
        assert "".join(answer) == "fine "
    assert kind(ended(answer)) is not None
    assert ended(answer).output is None


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (refuse(401), "rejected"),
        (refuse(400, "content_policy_violation"), "content filter"),
        (say("half an", reason="content_filter"), "content filter"),
    ],
)
def test_a_call_that_will_not_succeed_is_made_once(step: Step, expected: str) -> None:
    with Stub(step, say("never")) as stub:
        answer = through_litellm(stub)
        left = "".join(answer)
        assert len(stub.requests) == 1
    assert (kind(ended(answer)), ended(answer).released) == (expected, left)


# --- choices and calls of tools ---------------------------------------------------------------------------------------


def test_several_answers_are_kept_apart_over_the_wire() -> None:
    parts = [
        (0, "make a ", None),
        (1, "I am ann", None),
        (0, "bo", None),
        (1, "@x.com ", None),
        (0, "mb now", None),
        (1, {}, "stop"),
        (0, {}, "stop"),
    ]
    with Stub(stream_of(*parts)) as stub:
        answer = through_litellm(stub, n=2)
        left = ["", ""]
        for number, text in answer.choices():
            left[number] += text
        assert stub.requests[0].body["n"] == 2
    assert left == ["make a ", "I am [mail] "]
    assert [outcome.passed for outcome in answer.outcomes] == [False, True]


def test_calls_of_tools_come_whole_and_judged() -> None:
    step = call_tools(("send", '{"to": "a@b.com"}'), ("send", '{"to": "c"}'), text="Sending.")
    with Stub(step) as stub:
        answer = through_litellm(stub, tools=TOOLS)
        assert "".join(answer) == "Sending."
    message = ended(answer).message
    assert message is not None
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ['{"to": "[mail]"}', '{"to": "c"}']
    assert [call["id"] for call in message["tool_calls"]] == ["call_0", "call_1"]


# --- values -----------------------------------------------------------------------------------------------------------

NOTE = CHAT.replace(
    "guard reply on output stream {",
    "shape Note {\n    id string\n    text string\n}\nguard reply on output stream as json Note {",
)
VALUES = ['{"id": "a", "text": "to ann@example.com"}', '{"id": "a", "text": "a bomb", "x": 1}', '{"id": 5}', "No."]


@pytest.mark.parametrize("text", VALUES)
def test_its_own_stand_in_streams_values(text: str) -> None:
    guard = guard_of(NOTE)
    expected = guard.stream()
    fields = [*expected.feed(text), *expected.close()]
    answer = guard.call(stream=True, model="gpt-4o-mini", messages=HELLO, mock_response=text)
    assert [*answer] == fields
    assert (ended(answer).passed, ended(answer).output) == (expected.outcome.passed, expected.outcome.output)


@pytest.mark.parametrize("piece", [1, 3, 8, 80])
@pytest.mark.parametrize("text", VALUES)
def test_however_the_service_cuts_a_value_its_fields_are_the_same(text: str, piece: int) -> None:
    expected = guard_of(NOTE).stream()
    fields = [*expected.feed(text), *expected.close()]
    with Stub(say(text, piece=piece)) as stub:
        answer = through_litellm(stub, NOTE)
        assert [*answer] == fields
    assert (ended(answer).passed, ended(answer).output) == (expected.outcome.passed, expected.outcome.output)
    if ended(answer).passed:
        assert ended(answer).usage == Usage(7, 5, 12)


def test_a_field_leaves_before_the_next_comes() -> None:
    more = threading.Event()
    with Stub(stream_of('{"id": "a",', more, ' "text": "b"}', END)) as stub:
        fields = iter(through_litellm(stub, NOTE))
        assert next(fields).path == "$.id"
        more.set()
        assert [field.path for field in fields] == ["$.text"]


def test_a_value_that_stops_hangs_up() -> None:
    with Stub(forever('{"id": "a", "text": "bo', 'mb", ')) as stub:
        answer = through_litellm(stub, NOTE)
        assert [field.path for field in answer] == ["$.id"]
        assert ended(answer).action == "exception"
        assert stub.requests[0].gone.wait(10)


def test_closing_hangs_up_on_values() -> None:
    with Stub(forever('{"id": "a", ')) as stub:
        with through_litellm(stub, NOTE) as answer:
            next(iter(answer))
        assert stub.requests[0].gone.wait(10)
    assert kind(ended(answer)) == "closed"


def test_arguments_of_a_call_are_values_when_it_has_ended() -> None:
    with Stub(call_tools(("send", '{"id": "a", "text": "to a@b.com"}'))) as stub:
        answer = through_litellm(stub, NOTE, tools=TOOLS)
        assert [field.value for field in answer] == ["a", "to [mail]"]
    message = ended(answer).message
    assert message is not None
    assert message["tool_calls"][0]["function"]["arguments"] == '{"id": "a", "text": "to [mail]"}'


def test_values_of_several_answers_are_kept_apart_over_the_wire() -> None:
    parts = [
        (0, '{"id": "a', None),
        (1, '{"id": "b"', None),
        (1, ', "text": "c"}', "stop"),
        (0, '", "text": 1}', "stop"),
    ]
    with Stub(stream_of(*parts)) as stub:
        answer = through_litellm(stub, NOTE, n=2)
        left = [(number, field.path, field.value) for number, field in answer.choices()]
    assert left == [(1, "$.id", "b"), (1, "$.text", "c"), (0, "$.id", "a")]
    assert [outcome.passed for outcome in answer.outcomes] == [False, True]
