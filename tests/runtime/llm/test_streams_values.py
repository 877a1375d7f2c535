"""Streamed calls of guards `as json`: which values leave and when, and what becomes of the whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from llm_script import (
    HELLO,
    BrokenOffError,
    Model,
    Watched,
    call,
    chunk,
    chunks,
    ended,
    guard_of,
    kind,
    stream,
    tool_call,
)

from guardc.runtime import Field, Guard, ValidationError
from guardc.runtime.asynchronous import AsyncGuard
from guardc.runtime.llm import CallOutcome, CallStream

SHAPES = """
pattern mail = /\\w{1,9}@\\w{1,9}\\.com/
pattern bomb = /bomb/
shape Item {
    name string no mail on fail fix with "[mail]"
    qty  integer in 1..5 on fail filter
}
shape Order {
    id     string on fail reask
    items? list of Item on fail filter
    note?  string chars <= 10 on fail fix
    tags?  list of string = ["none"]
}
"""
RULES = 'reasks 1 then refrain\n    no bomb on fail exception "Not that."'
ORDER = f"{SHAPES}guard reply on output stream as json Order {{\n    {RULES}\n}}\n"
PLAIN = ORDER.replace(" stream as", " as")


def told(outcome: CallOutcome) -> Any:
    """What is the same for a streamed call and one that is not."""
    return (
        outcome.passed,
        repr(outcome.output),
        outcome.message,
        outcome.action,
        str(outcome.error),
        repr(outcome.reask),
        [(failure.rule, failure.path, failure.spans, failure.message) for failure in outcome.failures],
    )


def shown(fields: Any) -> dict[str, Any]:
    return {field.path: field.value for field in fields}


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


# --- what leaves, and when --------------------------------------------------------------------------------------------


def test_values_leave_when_they_have_ended() -> None:
    parts = chunks('{"id": "a', '1", "items": [{"name": "ann@x.com', '", "qty"', ": 3}, 7]", "}")
    watched = Watched(*parts)
    answer = stream(guard_of(ORDER), watched)
    fields = iter(answer)
    assert next(fields) == Field("$.id", "a1", ("id",))
    assert len(watched.parts) == len(parts) - 2, "what is not asked for is not read"
    assert next(fields) == Field("$.items[0].name", "[mail]", ("items", 0, "name"))
    rest = [*fields]
    assert shown(rest) == {"$.items[0].qty": 3, "$.tags[0]": "none"}
    outcome = ended(answer)
    assert outcome.output == {"id": "a1", "items": [{"name": "[mail]", "qty": 3}], "tags": ["none"]}
    assert [field.path for field in outcome.released] == ["$.id", "$.items[0].name", "$.items[0].qty", "$.tags[0]"]
    assert outcome.message == {"role": "assistant", "content": json.dumps(outcome.output)}
    assert outcome.usage.total_tokens == 12


ANSWERS = {
    "fine": '{"id": "a", "note": "short", "tags": ["x"]}',
    "fixed": '{"id": "a", "note": "longer than that", "items": [{"name": "to ann@x.com", "qty": 1}]}',
    "filtered": '{"id": "a", "items": [{"name": "x", "qty": 9}, {"name": "y", "qty": 2}]}',
    "in a block": 'Here:\n```json\n{"id": "a", "items": []}\n```\nThat is all.',
    "prose around it": 'Sure: {"id": "a"} as you wished.',
    "mended": "{'id': 'a', 'note': 'x',}",
    "asked again": '{"id": 5, "note": "x"}',
    "stopped": '{"note": "x", "id": "the bomb", "tags": ["y"]}',
    "no value": "I cannot do that.",
    "another value behind": '{"id": "a", "note": bad\n```json\n{"id": "b"}\n```',
    "cut off": '{"id": "a", "note": "hal',
}


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("name", ANSWERS)
def test_however_an_answer_is_cut_it_is_judged_as_a_whole_one(name: str, size: int) -> None:
    text = ANSWERS[name]
    alone = guard_of(ORDER).stream()
    expected = [*alone.feed(text), *alone.close()]
    answer = stream(guard_of(ORDER), Model(chunks(*cut(text, size))))
    left = [*answer]
    outcome = ended(answer)
    assert left == expected == [*outcome.released]
    assert outcome.passed == alone.outcome.passed
    if not alone.stopped:
        assert told(outcome) == told(call(guard_of(PLAIN.replace("reasks 1", "reasks 0")), Model(text)))
    else:
        assert (outcome.output, outcome.action) == (alone.outcome.output, alone.outcome.action)


def test_a_value_that_stops_ends_the_iteration_and_the_stream_of_the_model() -> None:
    watched = Watched(*chunks('{"id": "a", "note": "bo', 'mb"', ', "tags": []}'))
    answer = stream(guard_of(ORDER), watched)
    assert shown(answer) == {"$.id": "a"}
    assert watched.closed.is_set()
    assert len(watched.parts) == 3
    outcome = ended(answer)
    assert (outcome.passed, outcome.output, outcome.message) == (False, None, None)
    assert outcome.released == (Field("$.id", "a", ("id",)),)
    assert outcome.attempts[0].message == {"role": "assistant", "content": '{"id": "a", "note": "bomb"'}
    with pytest.raises(ValidationError, match=r"Not that\."):
        outcome.unwrap()


def test_nothing_is_asked_again() -> None:
    model = Model(chunks('{"id": 5, "note": "x"}'))
    answer = stream(guard_of(ORDER), model)
    assert shown(answer) == {"$.note": "x"}
    outcome = ended(answer)
    assert (outcome.passed, outcome.action, outcome.output, len(model.calls)) == (False, "refrain", {}, 1)
    assert outcome.reask is not None
    assert outcome.reask.paths == ("$.id",)


def test_the_model_is_told_the_schema() -> None:
    model = Model(chunks('{"id": "a"}'))
    guard = guard_of(ORDER)
    assert ended(read(stream(guard, model))).passed
    assert model.calls[0]["response_format"]["json_schema"]["schema"] == guard.schema


def read(answer: CallStream) -> CallStream:
    for _ in answer:
        pass
    return answer


def test_a_call_that_is_no_stream_has_released_nothing() -> None:
    assert call(guard_of(PLAIN), Model('{"id": "a"}')).released == ()


# --- calls of tools, and several answers ------------------------------------------------------------------------------


def pieces_of_calls(*arguments: str, text: str | None = None) -> list[dict[str, Any]]:
    """Calls of `save` whose arguments come three characters at a time."""
    made = [chunk({"role": "assistant", "content": text})]
    for number, given in enumerate(arguments):
        made.append(chunk({"tool_calls": [tool_call("save", "", number) | {"index": number}]}))
        parts = [{"index": number, "function": {"arguments": part}} for part in cut(given, 3)]
        made += [chunk({"tool_calls": [part]}) for part in parts]
    return [*made, chunk({}, "tool_calls")]


@pytest.mark.parametrize("name", ["fine", "fixed", "filtered", "asked again"])
@pytest.mark.parametrize("text", [None, "", " \n"])
def test_arguments_of_the_only_call_are_judged_at_its_end(name: str, text: str | None) -> None:
    arguments = ANSWERS[name]
    watched = Watched(*pieces_of_calls(arguments, text=text))
    answer = stream(guard_of(ORDER), watched)
    fields = iter(answer)
    first = next(fields)
    assert watched.parts == []
    alone = guard_of(ORDER).stream()
    assert [first, *fields] == [*alone.feed(arguments), *alone.close()]
    whole = {"role": "assistant", "content": text, "tool_calls": [tool_call("save", arguments)]}
    assert told(ended(answer)) == told(call(guard_of(PLAIN.replace("reasks 1", "reasks 0")), Model(whole)))


def test_arguments_that_stop_let_what_is_before_them_leave() -> None:
    answer = stream(guard_of(ORDER), Model(pieces_of_calls('{"id": "a", "note": "bomb", "tags": []}')))
    assert shown(answer) == {"$.id": "a"}
    outcome = ended(answer)
    assert (outcome.passed, outcome.action, shown(outcome.released)) == (False, "exception", {"$.id": "a"})


@pytest.mark.parametrize(
    "parts", [pieces_of_calls('{"id": "a"}', '{"id": "b"}'), pieces_of_calls('{"id": "a"}', text="No.")]
)
def test_of_several_calls_or_beside_a_text_no_arguments_are_the_value(parts: list[Any]) -> None:
    answer = stream(guard_of(ORDER), Model(parts))
    assert [*answer] == []
    assert not ended(answer).passed
    assert [failure.validator for failure in ended(answer).failures] == ["json"]


def test_arguments_that_are_broken_end_the_call() -> None:
    answer = stream(guard_of(ORDER), Model(pieces_of_calls('{"id": "a"')))
    assert [*answer] == []
    assert kind(ended(answer)) == "tool call"


def test_several_answers_are_kept_apart() -> None:
    parts = [
        chunk('{"id": ', index=1),
        chunk('{"id": "bo', index=0),
        chunk('"b", "note"', index=1),
        chunk('mb"', index=0),
        chunk('{"id": "not asked for"}', index=7),
        chunk(': "c"}', index=1),
        chunk({}, "stop", index=1),
    ]
    answer = stream(guard_of(ORDER), Model(parts), n=2)
    left: list[list[Any]] = [[], []]
    for number, field in answer.choices():
        left[number].append((field.path, field.value))
    assert left == [[], [("$.id", "b"), ("$.note", "c"), ("$.tags[0]", "none")]]
    first, second = answer.outcomes
    assert (first.passed, first.action, second.passed) == (False, "exception", True)
    assert second.output == {"id": "b", "note": "c", "tags": ["none"]}


# --- ends that are none -----------------------------------------------------------------------------------------------


def test_a_loop_that_is_left_closes_the_stream_of_the_model() -> None:
    watched = Watched(*chunks('{"id": "a", ', '"note": "b"}'))
    answer = stream(guard_of(ORDER), watched)
    for _ in answer:
        break
    assert watched.closed.is_set()
    assert len(watched.parts) == 3
    assert (kind(ended(answer)), shown(ended(answer).released)) == ("closed", {"$.id": "a"})


def test_a_loop_that_is_left_at_the_end_knows_what_has_left() -> None:
    parts = chunks('{"id": "a", "items": [{"name": "x", "qty": 1}]} as you wished')
    answer = stream(guard_of(ORDER.replace("list of Item", "list of Item count <= 3")), Model(parts))
    for number, _ in enumerate(answer, 1):
        if number == 2:
            break
    outcome = ended(answer)
    assert outcome.passed, "all of it was judged"
    assert shown(outcome.released) == {"$.id": "a", "$.items[0].name": "x"}


def test_an_answer_that_breaks_off_is_asked_again_unless_a_value_has_left() -> None:
    half = Watched(chunk('{"id": "a'), BrokenOffError())
    model = Model(lambda _: half, chunks('{"id": "b"}'))
    answer = stream(guard_of(ORDER), model)
    assert shown(answer) == {"$.id": "b", "$.tags[0]": "none"}
    assert [attempt.error is None for attempt in ended(answer).attempts] == [False, True]
    answer = stream(guard_of(ORDER), Watched(chunk('{"id": "a"'), BrokenOffError()))
    assert shown(answer) == {"$.id": "a"}
    assert (kind(ended(answer)), ended(answer).output) == ("unavailable", None)
    assert shown(ended(answer).released) == {"$.id": "a"}


def test_an_empty_answer_ends_the_call() -> None:
    answer = stream(guard_of(ORDER), Model(chunks(" ", "\n")))
    assert [*answer] == []
    assert kind(ended(answer)) == "empty"


def test_a_question_that_is_not_let_through() -> None:
    asked = "guard question on input {\n    chars <= 3 on fail refrain\n}\n"
    answer = stream(guard_of(asked + ORDER.replace(RULES, f"answers question\n    {RULES}")), Model())
    assert [*answer] == []
    assert (ended(answer).output, ended(answer).released) == ({}, ())


# --- what is slow, and asyncio ----------------------------------------------------------------------------------------

SLOW = """
custom predicate polite
shape Note {
    id   string
    text string polite on fail refrain
}
guard reply on output stream as json Note {
}
"""
NOTE = '{"text": "please", "id": "a"}'


async def polite(text: str) -> bool:
    await asyncio.sleep(0)
    return text == "please"


def test_what_is_slow_waits_for_the_end() -> None:
    answer = stream(guard_of(SLOW, polite=lambda text: text == "please"), Model(chunks(*cut(NOTE, 4))))
    assert shown(answer) == {"$.id": "a", "$.text": "please"}
    assert ended(answer).passed


class Later:
    """An asynchronous stream of chunks that knows whether it was closed."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)
        self.closed = False

    def __aiter__(self) -> Later:
        return self

    async def __anext__(self) -> Any:
        if not self.parts:
            raise StopAsyncIteration
        part = self.parts.pop(0)
        if isinstance(part, asyncio.Event):
            await part.wait()
            return await self.__anext__()
        return part

    async def aclose(self) -> None:
        self.closed = True

    async def __call__(self, **arguments: Any) -> Any:
        return self


GUARDS: list[Callable[[], Guard]] = [lambda: guard_of(ORDER), lambda: guard_of(SLOW, polite=polite)]


@pytest.mark.parametrize("make", GUARDS)
@pytest.mark.parametrize("text", [*ANSWERS.values(), NOTE, '{"text": "rude", "id": "a"}'])
def test_streams_end_as_those_without_asyncio(make: Callable[[], Guard], text: str) -> None:
    guard = make()
    whole = stream(guard, Model(chunks(*cut(text, 3))))
    expected = [*whole]

    async def run(llm: Any) -> None:
        answer = await AsyncGuard(guard).call(messages=HELLO, llm=llm, stream=True)
        assert [field async for field in answer] == expected
        assert answer.outcome is not None
        assert (told(answer.outcome), answer.outcome.released) == (told(ended(whole)), ended(whole).released)

    asyncio.run(run(Later(*chunks(*cut(text, 3)))))
    asyncio.run(run(Model(chunks(*cut(text, 3)))))


def test_a_block_that_is_left_closes_the_stream() -> None:
    async def run() -> None:
        later = Later(chunk('{"id": "a", '), asyncio.Event())
        guard = AsyncGuard(guard_of(ORDER))
        async with await guard.call(messages=HELLO, llm=later, stream=True) as answer:
            async for field in answer:
                assert field.path == "$.id"
                break
        assert later.closed
        assert answer.outcome is not None
        assert kind(answer.outcome) == "closed"

    asyncio.run(run())


def test_closed_while_it_is_judged_it_has_not_passed() -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def hangs(_text: str) -> bool:
            begun.set()
            await asyncio.Event().wait()
            return True

        guard = AsyncGuard(guard_of(SLOW, polite=hangs))
        answer = await guard.call(messages=HELLO, llm=Later(*chunks(NOTE)), stream=True)

        async def fields() -> list[Field]:
            return [field async for field in answer]

        task = asyncio.create_task(fields())
        await begun.wait()
        await answer.aclose()
        assert shown(await task) == {"$.id": "a"}
        assert answer.outcome is not None
        assert (kind(answer.outcome), answer.outcome.passed) == ("closed", False)
        assert shown(answer.outcome.released) == {"$.id": "a"}

    asyncio.run(run())
