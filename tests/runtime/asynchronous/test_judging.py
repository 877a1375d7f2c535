"""Guards for asyncio: what runs at the same time, what a deadline and a cancellation do, and what is left behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from async_guards import ONE, TWO, guard_of, plan_of

import guardc
from guardc.runtime import MetadataError, UnknownGuardError
from guardc.runtime.asynchronous import passes, threads

CHANGING = """
custom predicate first
custom action change
pattern b = /b/
guard g on output {
    first   on fail refrain    on error noop
    no b    on fail custom change
}
"""
WATCHED = """
custom predicate first
guard g on output {
    first       on fail noop    on error noop
    chars <= 5  on fail fix
}
"""


async def nothing_left() -> None:
    """What was cancelled has a round of the loop to end."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert not passes._ending


def test_it_looks_like_the_guard() -> None:
    plan = plan_of(ONE, first=bool)
    guard = plan.async_guard("g")
    assert isinstance(guard, guardc.AsyncGuard)
    assert (guard.name, guard.direction, guard.schema) == ("g", "output", None)
    assert repr(guard) == "<AsyncGuard 'g' on output>"
    with pytest.raises(UnknownGuardError, match="`g`"):
        plan.async_guard("h")


def test_coroutines_run_at_the_same_time() -> None:
    async def main() -> bool:
        both = asyncio.Barrier(2)

        async def check(text: str) -> bool:
            await both.wait()
            return True

        return (await guard_of(TWO, first=check, second=check).validate("text", timeout=30)).passed

    # Either would wait for ever for the other.
    assert asyncio.run(main())


def test_functions_run_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def check(text: str) -> bool:
        both.wait(30)
        return True

    assert asyncio.run(guard_of(TWO, first=check, second=check).validate("text")).passed


def test_texts_of_messages_are_judged_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def check(text: str) -> bool:
        both.wait(30)
        return True

    messages = [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert asyncio.run(guard_of(ONE, first=check).validate(messages)).passed


def test_the_loop_goes_on_while_a_function_blocks() -> None:
    async def main() -> bool:
        going = threading.Event()

        def check(text: str) -> bool:
            return going.wait(30)

        task = asyncio.create_task(guard_of(ONE, first=check).validate("text"))
        await asyncio.sleep(0)
        going.set()
        return (await task).passed

    assert asyncio.run(main())


def test_a_deadline_ends_the_rule_in_an_error() -> None:
    async def never(text: str) -> bool:
        await asyncio.Event().wait()
        return True

    async def main() -> None:
        guard = guard_of(ONE, first=never)
        outcome = await guard.validate("too long", timeout=0.01)
        assert [(failure.action, failure.error) for failure in outcome.failures] == [
            ("exception", "`first` raised TimeoutError"),
            ("fix", None),
        ]
        assert isinstance(outcome.failures[0].cause, TimeoutError)
        await nothing_left()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_after_the_deadline_nothing_is_begun() -> None:
    begun = []

    async def check(text: str) -> bool:
        begun.append(text)
        await asyncio.Event().wait()
        return True

    async def main() -> None:
        guard = guard_of(ONE.replace("exception", "noop"), first=check)
        outcome = await guard.validate("too long", timeout=0.01)
        # The fixed text would be judged once more.
        assert (outcome.output, begun) == ("too l", ["too long"])

    asyncio.run(main())


def test_a_guard_without_asyncio_keeps_a_deadline_too() -> None:
    async def never(text: str) -> bool:
        await asyncio.Event().wait()
        return True

    guard = plan_of(ONE, first=never).guard("g")
    assert guard.validate("text", timeout=0.01).failures[0].error == "`first` raised TimeoutError"
    assert guard.validate_many(["text"], timeout=0.01)[0].failures[0].error == "`first` raised TimeoutError"


def test_a_function_that_blocks_is_left_behind() -> None:
    free = threading.Event()
    ended = threading.Event()

    def check(text: str) -> bool:
        free.wait(30)
        ended.set()
        return True

    outcome = asyncio.run(guard_of(ONE, first=check).validate("text", timeout=0.01))
    assert outcome.failures[0].error == "`first` raised TimeoutError"
    free.set()
    assert ended.wait(30)


def test_what_waits_for_a_thread_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = threads.Crew("test", 1)
    monkeypatch.setattr(passes, "CALLS", crew)
    free, begun = threading.Event(), threading.Event()
    texts = []

    def check(text: str) -> bool:
        texts.append(text)
        begun.set()
        return free.wait(30)

    async def main() -> None:
        guard = guard_of(ONE, first=check)
        first = asyncio.create_task(guard.validate("a"))
        while not begun.is_set():
            await asyncio.sleep(0)
        outcome = await guard.validate("b", timeout=0.01)
        assert outcome.failures[0].error == "`first` raised TimeoutError"
        await nothing_left()
        assert not crew._waiting
        free.set()
        assert (await first).passed

    asyncio.run(main())
    assert texts == ["a"]


def test_a_cancelled_task_cancels_what_it_waits_for() -> None:
    async def main() -> None:
        begun, cancelled = asyncio.Event(), []

        async def check(text: str) -> bool:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(text)
                raise
            return True

        guard = guard_of(TWO, first=check, second=check)
        task = asyncio.create_task(guard.validate("text"))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await nothing_left()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert cancelled == ["text", "text"]

        many = asyncio.create_task(guard.validate_many(["a", "b"]))
        begun.clear()
        await begun.wait()
        many.cancel()
        with pytest.raises(asyncio.CancelledError):
            await many
        await nothing_left()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert sorted(cancelled[2:]) == ["a", "a", "b", "b"]

    asyncio.run(main())


def test_a_coroutine_that_cancels_itself_is_an_error_of_its_rule() -> None:
    async def check(text: str) -> bool:
        raise asyncio.CancelledError

    plan = plan_of(ONE, first=check)
    for outcome in (asyncio.run(plan.async_guard("g").validate("text")), plan.guard("g").validate("text")):
        assert [failure.error for failure in outcome.failures] == ["`first` raised CancelledError"]


@pytest.mark.parametrize("error", [ValueError("secret"), StopIteration(), TimeoutError()])
def test_exceptions_are_those_of_the_guard(error: Exception) -> None:
    def check(text: str) -> bool:
        raise error

    plan = plan_of(ONE, first=check)
    outcome = asyncio.run(plan.async_guard("g").validate("text"))
    assert outcome.failures[0].error == plan.guard("g").validate("text").failures[0].error
    assert outcome.failures[0].cause is error


def test_what_ends_a_program_is_raised() -> None:
    def check(text: str) -> bool:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        asyncio.run(guard_of(ONE, first=check).validate("text"))


def test_mistakes_of_the_program_are_raised() -> None:
    guard = guard_of(ONE, first=bool)
    wrong: list[tuple[type[Exception], Callable[[], Any]]] = [
        (TypeError, lambda: guard.validate(3)),
        (MetadataError, lambda: guard.validate("text", 3)),  # type: ignore[arg-type]
        (TypeError, lambda: guard.validate("text", timeout="1")),  # type: ignore[arg-type]
        (TypeError, lambda: guard.validate("text", timeout=True)),
        (ValueError, lambda: guard.validate("text", timeout=0)),
        (TypeError, lambda: guard.validate_many("text")),
        (TypeError, lambda: guard.validate_many(["text", 3])),
        (ValueError, lambda: guard.validate_many(["text"], [])),
    ]
    for kind, call in wrong:
        with pytest.raises(kind):
            asyncio.run(call())


def test_handlers_see_the_context_of_the_task() -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who")

    async def awaited(text: str) -> bool:
        return who.get() == "ann"

    def function(text: str) -> bool:
        return who.get() == "ann"

    plan = plan_of(TWO, first=awaited, second=function)
    who.set("ann")
    assert asyncio.run(plan.async_guard("g").validate("text")).passed
    assert plan.guard("g").validate("text").passed


def test_handlers_may_use_guards() -> None:
    inner = plan_of(ONE, first=lambda text: True)

    async def awaited(text: str) -> bool:
        return (await inner.async_guard("g").validate(text)).passed

    def function(text: str) -> bool:
        return inner.guard("g").validate(text).passed

    assert asyncio.run(guard_of(TWO, first=awaited, second=function).validate("text")).passed


def test_the_same_is_asked_once() -> None:
    asked = []

    def check(text: str) -> bool:
        asked.append(text)
        return True

    assert asyncio.run(guard_of(ONE, first=check).validate("too long")).output == "too l"
    assert asked == ["too long", "too l"]


def test_an_action_is_not_called_before_it_is_known_what_failed() -> None:
    changed = []

    async def first(text: str) -> bool:
        await asyncio.sleep(0)
        return "b" not in text

    def change(text: str, failure: Any) -> str:
        changed.append(text)
        return text.replace("b", "")

    guard = guard_of(CHANGING, first=first, change=change)
    # `refrain` decides; until it is known, the rule is in error, which would be a `noop`.
    assert asyncio.run(guard.validate("ab")).action == "refrain"
    assert not changed


def test_a_rule_that_can_but_report_is_not_asked_about_the_fixed_text() -> None:
    asked = []

    def first(text: str) -> bool:
        asked.append(text)
        return False

    plan = plan_of(WATCHED, first=first)
    for outcome in (plan.guard("g").validate("too long"), asyncio.run(plan.async_guard("g").validate("too long"))):
        assert (outcome.output, len(outcome.failures)) == ("too l", 2)
    assert asked == ["too long"] * 2


def test_what_a_generator_found_is_kept() -> None:
    source = "custom detector names\nguard g on output {\n    no names on fail fix\n    count(names) <= 9\n}"

    def names(text: str) -> Any:
        yield (0, 1)
        if text == "bad":
            raise LookupError

    plan = plan_of(source, names=names)
    for text in ("a name", "bad"):
        wanted = plan.guard("g").validate(text)
        found = asyncio.run(plan.async_guard("g").validate(text))
        assert [str(failure) for failure in found.failures] == [str(failure) for failure in wanted.failures]


def test_arguments_that_are_equal_and_differ_are_told_apart() -> None:
    rules = "    kind(1) <= 0 on fail noop\n    kind(1.5) <= 0 on fail noop\n"
    source = f"custom measure kind(n number)\nguard g on output {{\n{rules}}}"
    guard = guard_of(source, kind=lambda text, n: n)
    assert [failure.value for failure in asyncio.run(guard.validate("text")).failures] == [1, 1.5]


@pytest.mark.parametrize(
    ("length", "on_the_loop"), [(5, True), (passes.LONG, True), (passes.LONG + 1, False), (4 * passes.LONG, False)]
)
def test_long_texts_leave_the_thread_of_the_loop(length: int, on_the_loop: bool) -> None:
    judged_on = set()

    class Metadata(dict[str, Any]):
        """Is asked in the midst of judging."""

        def get(self, *_: Any) -> Any:
            judged_on.add(threading.get_ident())
            return True

    guard = guard_of("metadata {\n    b bool\n}\nguard g on output {\n    when b: chars <= 5\n}")
    asyncio.run(guard.validate("x" * length, Metadata(b=True)))
    assert judged_on
    assert (threading.get_ident() in judged_on) is on_the_loop
    assert len(judged_on) == 1


@pytest.mark.parametrize(
    ("value", "long"),
    [
        ("x" * 10, False),
        ("x" * 101, True),
        ({"a": ["x" * 20, None]}, False),
        ({"a": ["x" * 101]}, True),
        ([1] * 100, True),
        (object(), True),
    ],
)
def test_long_values_are_known(value: Any, long: bool) -> None:
    assert passes.is_long(value, 100) is long


def test_a_thousand_calls_at_once_leave_nothing_behind() -> None:
    async def main() -> None:
        going = asyncio.Event()

        async def first(text: str) -> bool:
            await going.wait()
            return True

        guard = guard_of(TWO, first=first, second=lambda text: True)
        calls = [asyncio.create_task(guard.validate(str(number))) for number in range(1_000)]
        await asyncio.sleep(0)
        going.set()
        assert all(outcome.passed for outcome in await asyncio.gather(*calls))
        del calls
        await nothing_left()
        assert asyncio.all_tasks() == {asyncio.current_task()}

        going.clear()
        calls = [asyncio.create_task(guard.validate(str(number))) for number in range(1_000)]
        for _ in range(5):
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*calls, return_exceptions=True)
        )
        await nothing_left()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert not threads.CALLS._waiting


def test_other_tasks_have_their_turn_between_many_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "SHIFT", -1.0)  # over as soon as it has begun
    monkeypatch.setattr(passes, "TURNS", 1)

    async def main() -> int:
        guard = guard_of("guard g on output {\n    chars <= 5\n}")
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        await guard.validate_many(["text"] * 50)
        task.cancel()
        return turns

    assert asyncio.run(main()) > 10


def test_a_run_keeps_nothing() -> None:
    class MineError(Exception):
        pass

    kept: list[weakref.ref[MineError]] = []

    async def first(text: str) -> bool:
        error = MineError()
        kept.append(weakref.ref(error))
        raise error

    async def main() -> None:
        await guard_of(ONE, first=first).validate("text")

    asyncio.run(main())
    gc.collect()
    assert [mine() for mine in kept] == [None]
