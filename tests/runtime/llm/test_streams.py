"""Streamed calls: what leaves and when, choices and calls of tools apart, what ends a stream. The model is a script."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from llm_script import (
    HELLO,
    BrokenOffError,
    Model,
    StillClock,
    Watched,
    call,
    chunk,
    chunks,
    ended,
    guard_of,
    kind,
    stream,
    tool_call,
    wanted_call,
)

import guardc
from guardc.runtime import MetadataError, ValidationError
from guardc.runtime.llm import CallError, CallStream, Usage

PATTERNS = "pattern mail = /\\w{1,9}@\\w{1,9}\\.com/\npattern bomb = /bomb/\n"
CHAT = f"""{PATTERNS}
guard reply on output stream {{
    no mail on fail fix with "[mail]"
    no bomb on fail exception "Not that."
}}"""
PLAIN = CHAT.replace(" stream {", " {")


# --- text -------------------------------------------------------------------------------------------------------------


def test_text_leaves_while_the_answer_comes() -> None:
    watched = Watched(*chunks("Write ", "to ann@exam", "ple.com", " today."))
    answer = stream(guard_of(CHAT), watched)
    assert answer.outcome is None
    assert answer.outcomes == ()
    texts = iter(answer)
    assert next(texts) == "Write "
    assert len(watched.parts) == 5, "what is not asked for is not read"
    assert [*texts] == ["to ", "[mail]", " today."]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    "text", ["All is fine.", "Write to ann@example.com today.", "a@b.com", "How to make a bomb at home.", "bomb"]
)
def test_however_an_answer_is_cut_it_is_judged_as_a_whole_one(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    answer = stream(guard_of(CHAT), Model(chunks(*pieces)))
    left = "".join(answer)
    outcome, whole = ended(answer), call(guard_of(PLAIN), Model(text))
    assert left == outcome.released
    assert (outcome.passed, outcome.output, outcome.message, outcome.action) == (
        whole.passed,
        whole.output,
        whole.message,
        whole.action,
    )
    assert [(failure.rule, failure.spans) for failure in outcome.failures] == [
        (failure.rule, failure.spans) for failure in whole.failures
    ]
    assert left == (whole.output if whole.passed else text[: text.index("bomb")])


def test_a_rule_that_stops_ends_the_iteration_and_the_stream_of_the_model() -> None:
    watched = Watched(*chunks("make ", "a bo", "mb ", "like this"))
    answer = stream(guard_of(CHAT), watched)
    assert [*answer] == ["make ", "a "]
    assert watched.closed.is_set()
    assert len(watched.parts) == 3
    outcome = ended(answer)
    assert isinstance(outcome.error, ValidationError)
    assert (outcome.passed, outcome.output, outcome.message) == (False, None, None)
    assert outcome.released == "make a "
    assert outcome.attempts[0].message == {"role": "assistant", "content": "make a bomb "}
    with pytest.raises(ValidationError, match=r"Not that\."):
        outcome.unwrap()


def test_tokens_cost_and_the_finish_reason_are_on_the_outcome() -> None:
    model = Model(chunks("fine", reason="length"))
    answer = stream(guard_of(CHAT), model, temperature=0)
    assert [*answer] == ["fine"]
    outcome = ended(answer)
    assert outcome.usage == Usage(10, 2, 12)
    assert outcome.attempts[0].finish_reason == "length"
    assert model.calls[0]["stream_options"] == {"include_usage": True}
    assert (model.calls[0]["stream"], model.calls[0]["temperature"]) == (True, 0)
    assert (model.calls[0]["num_retries"], model.calls[0]["timeout"]) == (0, 60.0)


def test_options_of_the_stream_are_the_callers_if_there_are_any() -> None:
    model = Model(chunks("fine"))
    assert [*stream(guard_of(CHAT), model, stream_options={"x": 1})] == ["fine"]
    assert model.calls[0]["stream_options"] == {"x": 1}


def test_chunks_may_be_objects() -> None:
    class Dumped:
        def __init__(self, made: dict[str, Any]) -> None:
            self.made = made

        def model_dump(self) -> dict[str, Any]:
            return self.made

    assert [*stream(guard_of(CHAT), Model([Dumped(made) for made in chunks("a ", "b ")]))] == ["a ", "b "]


def test_a_rule_at_the_end_says_what_it_would_have_asked() -> None:
    rules = 'reasks 2 then exception "Too long."\n    words <= 2 at end on fail reask'
    source = f"guard reply on output stream {{\n    {rules}\n}}"
    model = Model(chunks("one two ", "three"))
    answer = stream(guard_of(source), model)
    assert "".join(answer).startswith("one two ")
    outcome = ended(answer)
    assert outcome.reask is not None
    assert outcome.reask.messages == ("words is 3, must be at most 2",)
    assert (outcome.passed, outcome.output, outcome.action) == (False, None, "exception")
    assert str(outcome.error) == "Too long."
    assert len(model.calls) == 1


# --- the question -----------------------------------------------------------------------------------------------------

ASKED = CHAT.replace("stream {", "stream {\n    answers question") + (
    '\nguard question on input from user {\n    no mail on fail fix with "[mail]"\n    words <= 4 on fail exception\n}'
)


def test_a_question_that_does_not_pass_calls_no_model() -> None:
    model = Model()
    answer = stream(guard_of(ASKED), model, messages=[{"role": "user", "content": "one two three four five"}])
    assert [*answer] == []
    outcome = ended(answer)
    assert [failure.rule for failure in outcome.failures] == ["words <= 4"]
    assert (model.calls, outcome.attempts) == ([], ())


def test_what_the_question_was_fixed_to_is_sent() -> None:
    model = Model(chunks("fine"))
    assert [*stream(guard_of(ASKED), model, messages=[{"role": "user", "content": "I am a@b.com"}])] == ["fine"]
    assert model.calls[0]["messages"] == [{"role": "user", "content": "I am [mail]"}]


# --- calls of tools ---------------------------------------------------------------------------------------------------


def calls(*deltas: dict[str, Any], text: str = "") -> list[dict[str, Any]]:
    listed = [chunk(text)] if text else []
    return [*listed, *(chunk({"tool_calls": [delta]}) for delta in deltas), chunk({}, "tool_calls")]


def part(index: int, arguments: str) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}}


def test_calls_of_tools_are_kept_apart_and_judged_as_a_whole() -> None:
    first, second = tool_call("send", "", 0) | {"index": 0}, tool_call("keep", "", 1) | {"index": 1}
    pieces = [first, part(0, '{"to": "a@'), second, part(1, '{"as": '), part(0, 'b.com"}'), part(1, '"x"}')]
    answer = stream(guard_of(CHAT), Model(calls(*pieces, text="Sending.")))
    assert [*answer] == ["Sending."]
    outcome = ended(answer)
    message = {
        "role": "assistant",
        "content": "Sending.",
        "tool_calls": [tool_call("send", '{"to": "a@b.com"}', 0), tool_call("keep", '{"as": "x"}', 1)],
    }
    assert outcome.attempts[0].message == message
    whole = call(guard_of(PLAIN), Model(message))
    assert (outcome.passed, outcome.output, outcome.message) == (True, "Sending.", whole.message)
    assert outcome.message is not None
    assert outcome.message["tool_calls"][0]["function"]["arguments"] == '{"to": "[mail]"}'
    assert [failure.path for failure in outcome.failures] == [failure.path for failure in whole.failures]


def test_a_call_of_a_tool_that_does_not_pass_is_not_given() -> None:
    pieces = [tool_call("send", "", 0) | {"index": 0}, part(0, '{"what": "bo'), part(0, 'mb"}')]
    answer = stream(guard_of(CHAT), Model(calls(*pieces, text="Sending.")))
    assert [*answer] == ["Sending."]
    outcome = ended(answer)
    assert (outcome.passed, outcome.message, outcome.output, outcome.action) == (False, None, None, "exception")
    assert outcome.released == "Sending."


@pytest.mark.parametrize(
    "deltas",
    [
        [tool_call("send", "{}", 0), tool_call("keep", "{}", 1)],
        [tool_call("send", "{", 0), tool_call("send", "}", 0), tool_call("keep", "{}", 1)],
        [tool_call("send", "{", 0), {"function": {"arguments": "}"}}, tool_call("keep", "{}", 1)],
    ],
)
def test_calls_without_an_index(deltas: list[dict[str, Any]]) -> None:
    answer = stream(guard_of(CHAT), Model(calls(*deltas)))
    assert [*answer] == []
    outcome = ended(answer)
    assert outcome.message is not None
    assert outcome.message["tool_calls"] == [tool_call("send", "{}", 0), tool_call("keep", "{}", 1)]


def test_a_call_that_cannot_be_run_ends_the_call() -> None:
    answer = stream(guard_of(CHAT), Model(calls(tool_call("send", '{"to": ') | {"index": 0})))
    assert [*answer] == []
    assert kind(ended(answer)) == "tool call"


def test_what_else_is_in_a_message_is_judged_with_it() -> None:
    pieces = [chunk({"reasoning_content": "a bo"}), chunk({"reasoning_content": "mb"}), chunk("No."), chunk({}, "stop")]
    answer = stream(guard_of(CHAT), Model(pieces))
    assert [*answer] == ["No."]
    assert not ended(answer).passed


# --- several choices --------------------------------------------------------------------------------------------------


def test_several_answers_are_kept_apart() -> None:
    pieces = [
        chunk("I am ", index=1),
        chunk("make a bo", index=0),
        chunk("ann@", index=1),
        chunk("mb", index=0),
        chunk("x.com ", index=1),
        chunk("not asked for", index=7),
        chunk("never", index=0),
        chunk({}, "stop", index=1),
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    ]
    model = Model(pieces)
    answer = stream(guard_of(CHAT), model, n=2)
    left = ["", ""]
    for number, text in answer.choices():
        left[number] += text
    assert left == ["make a ", "I am [mail] "]
    first, second = answer.outcomes
    assert (first.passed, first.action, second.passed, second.output) == (False, "exception", True, "I am [mail] ")
    assert [outcome.released for outcome in answer.outcomes] == left
    assert first.usage == second.usage == Usage(1, 2, 3)
    assert [len(outcome.attempts) for outcome in answer.outcomes] == [1, 1]
    assert model.calls[0]["n"] == 2
    assert answer.outcome is first


def test_several_answers_are_not_one_text() -> None:
    with pytest.raises(TypeError, match=r"2 answers were asked for: iterate over `stream\.choices\(\)`"):
        iter(stream(guard_of(CHAT), Model(), n=2))


def test_the_stream_ends_when_all_answers_are_decided() -> None:
    watched = Watched(chunk("bomb ", index=0), chunk("bomb ", index=1), chunk("more"))
    answer = stream(guard_of(CHAT), watched, n=2)
    assert [*answer.choices()] == []
    assert len(watched.parts) == 1
    assert watched.closed.is_set()
    assert [outcome.action for outcome in answer.outcomes] == ["exception", "exception"]


def test_an_answer_that_was_complete_is_not_lost_with_the_stream() -> None:
    watched = Watched(chunk("fine", "stop", index=1), chunk("half ", index=0), BrokenOffError())
    answer = stream(guard_of(CHAT), watched, n=2)
    assert dict(answer.choices()) == {0: "half ", 1: "fine"}
    first, second = answer.outcomes
    assert (kind(first), first.released, first.output) == ("unavailable", "half ", None)
    assert (second.passed, second.output) == (True, "fine")


def test_where_the_ends_of_several_answers_are_not_told_apart_none_is_complete() -> None:
    """LiteLLM has it that the first one has ended, whichever did."""
    watched = Watched(chunk("fine ", index=1), chunk("half ", "stop", index=0), BrokenOffError())
    wanted = wanted_call(guard_of(CHAT), watched, n=2, stream=True)._replace(apart=False)
    answer = CallStream(wanted, watched, StillClock())
    assert dict(answer.choices()) == {0: "half ", 1: "fine "}
    assert [(kind(outcome), outcome.passed) for outcome in answer.outcomes] == [("unavailable", False)] * 2


# --- failures ---------------------------------------------------------------------------------------------------------


def test_nothing_is_tried_again_once_text_has_left() -> None:
    watched = Watched(chunk("half "), BrokenOffError("the key sk-secret"))
    answer = stream(guard_of(CHAT), watched)
    assert [*answer] == ["half "]
    outcome = ended(answer)
    assert kind(outcome) == "unavailable"
    assert (outcome.passed, outcome.output, outcome.released) == (False, None, "half ")
    assert outcome.attempts[0].message == {"role": "assistant", "content": "half "}
    assert "sk-secret" not in str(outcome.error)
    assert watched.closed.is_set()
    with pytest.raises(CallError):
        outcome.unwrap()


def test_before_the_first_text_a_call_is_tried_again() -> None:
    clock = StillClock()
    broken = Watched(chunk("a@b"), BrokenOffError())
    model = Model(BrokenOffError(), lambda _: broken, chunks("fine"))
    answer = stream(guard_of(CHAT), model, clock)
    assert [*answer] == ["fine"]
    outcome = ended(answer)
    assert outcome.passed
    assert clock.pauses == [0.5, 1.0]
    assert [attempt.error is not None for attempt in outcome.attempts] == [True, True, False]
    assert broken.closed.is_set()


def test_retries_come_to_an_end() -> None:
    answer = stream(guard_of(CHAT), Model(*[BrokenOffError()] * 3), retries=1)
    assert [*answer] == []
    assert kind(ended(answer)) == "unavailable"
    assert len(ended(answer).attempts) == 2


@pytest.mark.parametrize(
    "piece", [None, "text", {"id": "x"}, {"choices": [3]}, chunk({"content": 5}), chunk({"tool_calls": 1})]
)
def test_what_is_no_chunk_ends_the_call(piece: Any) -> None:
    answer = stream(guard_of(CHAT), Model([chunk("fine "), piece]))
    assert [*answer] == ["fine "]
    assert kind(ended(answer)) == "response"


@pytest.mark.parametrize("response", [None, "text", {"choices": []}, 5])
def test_what_is_no_stream_ends_the_call(response: Any) -> None:
    answer = stream(guard_of(CHAT), Model(lambda _: response))
    assert [*answer] == []
    assert kind(ended(answer)) == "response"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (chunks("fine", reason="content_filter"), "content filter"),
        (chunks(), "empty"),
        (chunks("", ""), "empty"),
        ([], "response"),
        ([chunk({"refusal": "I will "}), chunk({"refusal": "not."}, "stop")], "refusal"),
    ],
)
def test_answers_that_cannot_be_judged(pieces: Any, expected: str) -> None:
    answer = stream(guard_of(CHAT), Model(pieces))
    left = "".join(answer)
    outcome = ended(answer)
    assert (kind(outcome), outcome.released, outcome.output) == (expected, left, None)


def test_one_deadline_is_over_everything() -> None:
    clock = StillClock()
    late = Watched(chunk("one "), chunk("two "), chunk("three"))
    answer = stream(guard_of(CHAT), late, clock, timeout=5)
    texts = iter(answer)
    assert next(texts) == "one "
    clock.time += 5
    assert [*texts] == []
    assert kind(ended(answer)) == "timeout"
    assert late.closed.is_set()
    assert ended(answer).released == "one "


def test_a_chunk_that_does_not_come_is_not_waited_for() -> None:
    never = threading.Event()
    watched = Watched(chunk("one "), never, chunk("two"))
    answer = guard_of(CHAT).call(messages=HELLO, llm=watched, stream=True, timeout=0.2, retries=0)
    assert [*answer] == ["one "]
    assert kind(ended(answer)) == "timeout"
    never.set()
    assert watched.closed.wait(10), "the thread that waited closes the stream"


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_loop_that_is_left_closes_the_stream() -> None:
    watched = Watched(*chunks("one ", "two ", "three"))
    answer = stream(guard_of(CHAT), watched)
    for text in answer:
        assert text == "one "
        break
    assert watched.closed.is_set()
    outcome = ended(answer)
    assert (kind(outcome), outcome.released) == ("closed", "one ")
    assert [*answer] == []


def test_a_block_that_is_left_closes_the_stream() -> None:
    watched = Watched(*chunks("one ", "two "))
    with stream(guard_of(CHAT), watched) as answer:
        next(iter(answer))
    assert watched.closed.is_set()


def test_a_stream_that_is_dropped_is_closed() -> None:
    watched = Watched(*chunks("one ", "two "))
    answer = stream(guard_of(CHAT), watched)
    texts = iter(answer)
    next(texts)
    del answer, texts
    gc.collect()
    assert watched.closed.is_set()


def test_a_stream_that_is_closed_before_it_began_calls_nobody() -> None:
    model = Model()
    answer = stream(guard_of(CHAT), model)
    answer.close()
    answer.close()
    assert [*answer] == []
    assert kind(ended(answer)) == "closed"
    assert model.calls == []


def test_another_thread_may_close_it() -> None:
    never = threading.Event()
    watched = Watched(chunk("one "), never, chunk("two "))
    answer = stream(guard_of(CHAT), watched)
    left: list[str] = []
    reader = threading.Thread(target=lambda: left.extend(answer))
    reader.start()
    assert watched.waiting.wait(10)
    answer.close()
    reader.join(10)
    assert left == ["one "]
    assert kind(ended(answer)) == "closed"
    never.set()
    assert watched.closed.wait(10)


def test_closing_after_the_end_changes_nothing() -> None:
    watched = Watched(*chunks("fine"))
    with stream(guard_of(CHAT), watched) as answer:
        assert [*answer] == ["fine"]
    assert ended(answer).passed
    assert watched.closed.is_set()


def test_no_thread_stays() -> None:
    answer = stream(guard_of(CHAT), Model(chunks("fine")))
    assert [*answer] == ["fine"]
    for thread in threading.enumerate():
        if thread.name == "guardc-stream":
            thread.join(10)
            assert not thread.is_alive()


# --- mistakes ---------------------------------------------------------------------------------------------------------


def test_a_guard_that_is_no_stream_says_what_to_write() -> None:
    with pytest.raises(TypeError, match="write `guard reply on output stream` in the policy"):
        guard_of(PLAIN).call(messages=HELLO, llm=Model(), stream=True)


@pytest.mark.parametrize(
    ("given", "error"),
    [({"n": 0}, ValueError), ({"n": "2"}, TypeError), ({"n": True}, TypeError), ({"metadata": 3}, MetadataError)],
)
def test_arguments_that_are_wrong(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        guard_of(CHAT).call(messages=HELLO, llm=Model(), stream=True, **given)


def test_an_asynchronous_model_is_a_mistake_of_the_program() -> None:
    async def asynchronous(**_: Any) -> Any:
        return None

    async def chunks_later(**_: Any) -> Any:
        yield chunk("x")

    for model in (asynchronous, chunks_later):
        answer = guard_of(CHAT).call(messages=HELLO, llm=model, stream=True)
        with pytest.raises(TypeError, match="asynchronous"):
            next(iter(answer))


def test_it_is_public() -> None:
    assert guardc.CallStream is CallStream
    assert repr(stream(guard_of(CHAT), Model())) == "<CallStream of 'reply': open>"
