"""Calls of models by guards for asyncio: the same outcomes, and a cancelled task cancels the call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from llm_script import HELLO, Model, completion, guard_of

from guardc.compiler import compile_text
from guardc.runtime import load
from guardc.runtime.asynchronous import AsyncGuard
from guardc.runtime.llm import CallOutcome

SHORT = 'guard reply on output {\n    reasks 2 then refrain\n    chars <= 5 on fail reask "Shorter, please."\n}'
JUDGED = """
model small {
    model "some/model"
}
judge polite: "The text is polite." via small
guard g on output {
    polite      on fail refrain
}
"""


def told(outcome: CallOutcome) -> Any:
    return (
        outcome.passed,
        outcome.output,
        outcome.action,
        outcome.message,
        [failure.message for failure in outcome.failures],
        [(attempt.messages, attempt.message, str(attempt.error)) for attempt in outcome.attempts],
    )


def awaited(model: Model) -> Any:
    async def call(**arguments: Any) -> Any:
        await asyncio.sleep(0)
        return model(**arguments)

    return call


@pytest.mark.parametrize(
    "answers", [("ok",), ("too long", "ok"), ("too long",) * 3, ("", "ok"), (ValueError("x"),), (completion(None),) * 3]
)
def test_calls_end_as_those_without_asyncio(answers: tuple[Any, ...]) -> None:
    guard = guard_of(SHORT)
    wanted = told(guard.call(messages=HELLO, llm=Model(*answers)))
    for timeout in (60.0, None):
        for llm in (Model(*answers), awaited(Model(*answers))):
            outcome = asyncio.run(AsyncGuard(guard).call(messages=HELLO, llm=llm, timeout=timeout))
            assert told(outcome) == wanted


def test_a_deadline_cancels_the_call() -> None:
    cancelled = []

    async def hang(**arguments: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(arguments["timeout"])

    outcome = asyncio.run(AsyncGuard(guard_of(SHORT)).call(messages=HELLO, llm=hang, timeout=0.02, retries=0))
    assert outcome.error is not None
    assert getattr(outcome.error, "kind", None) == "timeout"
    assert len(cancelled) == 1


def test_a_cancelled_task_cancels_the_call() -> None:
    async def main() -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hang(**arguments: Any) -> Any:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.create_task(AsyncGuard(guard_of(SHORT)).call(messages=HELLO, llm=hang))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended.wait()

    asyncio.run(main())


def test_a_validator_that_hangs_is_not_waited_for() -> None:
    async def polite(_text: str) -> bool:
        await asyncio.Event().wait()
        return True

    source = "custom predicate polite\nguard reply on output {\n    polite on fail refrain\n}"
    guard = AsyncGuard(guard_of(source, polite=polite))
    outcome = asyncio.run(guard.call(messages=HELLO, llm=Model("ok"), timeout=0.1))
    assert (outcome.passed, outcome.action) == (False, "exception")
    assert "TimeoutError" in str(outcome.error)


def test_mistakes_of_the_program_are_raised() -> None:
    guard = AsyncGuard(guard_of(SHORT))
    with pytest.raises(TypeError, match="name a model"):
        asyncio.run(guard.call(messages=HELLO))
    with pytest.raises(ValueError, match="empty"):
        asyncio.run(guard.call(messages=[], llm=Model()))


@pytest.mark.parametrize("holds", [True, False])
def test_judges_are_asked_on_the_loop(holds: bool) -> None:
    plan = compile_text(f"edition 1\n{JUDGED}").plan
    assert plan is not None
    asked = []

    async def llm(**arguments: Any) -> Any:
        asked.append(arguments["model"])
        await asyncio.sleep(0)
        return completion(f'{{"holds": {str(holds).lower()}}}')

    for judged in (
        lambda: asyncio.run(load(plan, llm=llm).async_guard("g").validate("text")),
        lambda: load(plan, llm=llm).guard("g").validate("text"),
    ):
        assert judged().passed is holds
    assert asked == ["some/model"] * 2


def test_a_judge_of_a_guard_for_asyncio_remembers() -> None:
    plan = compile_text(f"edition 1\n{JUDGED}").plan
    assert plan is not None
    model = Model('{"holds": true}')
    guard = load(plan, llm=model).async_guard("g")
    for _ in range(2):
        assert asyncio.run(guard.validate("text")).passed
    assert len(model.calls) == 1
