"""Does what a conversation wants, one thing after the other, on the thread that calls."""

from __future__ import annotations

import contextvars
import random
import threading
import time
from collections.abc import Generator
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.judging import Completion
from guardc.runtime.llm.conversation import Ask, Call, Judge, Wish, conversation
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.slow import Run, is_asynchronous

__all__ = ["Clock", "Completion", "asked", "drive", "judged"]


class Clock:
    """Time, as a conversation has it. Tests have another."""

    now = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
    chance = staticmethod(random.random)

    def wait(self, done: threading.Event, seconds: float | None) -> bool:
        """Wait until it is done, or for so long (None: as long as it takes); says whether it is."""
        return done.wait(seconds)


def drive(call: Call, completion: Completion, clock: Clock) -> CallOutcome:
    """The outcome of a call."""
    course: Generator[Wish, Any, CallOutcome] = conversation(call, clock.now, clock.chance)
    wish = next(course, None)
    try:
        while wish is not None:
            if isinstance(wish, Judge):
                wish = course.send(judged(wish))
            elif isinstance(wish, Ask):
                try:
                    response = asked(wish, completion, clock)
                except Exception as error:
                    wish = course.throw(error)
                    continue
                wish = course.send(response)
            else:
                clock.sleep(wish.seconds)
                wish = course.send(None)
    except StopIteration as end:
        outcome: CallOutcome = end.value
        return outcome
    finally:
        course.close()  # here, not where it happens to be collected: watchers of a request that is given up are told
    raise AssertionError("a conversation begins with a wish")


def judged(wish: Judge) -> Outcome:
    """What the guard says. If there is a deadline, what is slow is judged on a loop in the background, as an
    `AsyncGuard` does; without anything slow it is judged here."""
    if wish.timeout is None:
        return wish.guard.validate(wish.value, wish.metadata)
    outcome = Run().judge(wish.guard, wish.value, wish.metadata)
    if outcome is not None:
        return outcome
    from guardc.runtime.asynchronous.background import result  # noqa: PLC0415 - brings asyncio
    from guardc.runtime.asynchronous.passes import judge  # noqa: PLC0415

    end = time.monotonic() + wish.timeout
    found: Outcome = result(lambda: judge(wish.guard, wish.value, wish.metadata, end))
    return found


def asked(wish: Ask, completion: Completion, clock: Clock) -> Any:
    """What the completion returns. With a deadline it runs on a thread of its own: clients give each step of a request
    the time that they are given, so that an answer that trickles in can take as long as it likes. A call that is given
    up ends by itself some time later; nobody looks at what it brings. A coroutine function runs on a loop in the
    background, where it can be cancelled."""
    if is_asynchronous(completion):
        from guardc.runtime.asynchronous.background import result  # noqa: PLC0415 - brings asyncio

        limit = {} if wish.timeout is None else {"timeout": wish.timeout}
        return result(lambda: completion(**wish.arguments, **limit), wish.timeout)
    if wish.timeout is None:
        return completion(**wish.arguments)
    done = threading.Event()
    results: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(completion(**wish.arguments, timeout=wish.timeout))
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="guardc-call", daemon=True).start()
    if not clock.wait(done, wish.timeout):
        raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]
