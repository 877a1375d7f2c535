"""Does what a conversation wants for a task of asyncio, which it keeps waiting without the loop.

The same as `drive`: what is decided is decided by `conversation`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.passes import fulfilled, judge, limited
from guardc.runtime.judging import Completion
from guardc.runtime.llm.conversation import Ask, Call, Judge, Wish, conversation
from guardc.runtime.llm.drive import Clock
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.slow import Wish as Slow
from guardc.runtime.slow import is_asynchronous

__all__ = ["asked", "drive", "judged"]


async def drive(call: Call, completion: Completion, clock: Clock) -> CallOutcome:
    """The outcome of a call. A task that is cancelled cancels what it waits for."""
    course: Generator[Wish, Any, CallOutcome] = conversation(call, clock.now, clock.chance)
    wish = next(course, None)
    try:
        while wish is not None:
            if isinstance(wish, Judge):
                wish = course.send(await judged(wish))
            elif isinstance(wish, Ask):
                try:
                    response = await asked(wish, completion)
                except Exception as error:
                    wish = course.throw(error)
                    continue
                wish = course.send(response)
            else:
                await asyncio.sleep(wish.seconds)
                wish = course.send(None)
    except StopIteration as end:
        outcome: CallOutcome = end.value
        return outcome
    finally:
        course.close()  # here, not where it happens to be collected: watchers of a request that is given up are told
    raise AssertionError("a conversation begins with a wish")


async def judged(wish: Judge) -> Outcome:
    """What the guard says."""
    end = None if wish.timeout is None else time.monotonic() + wish.timeout
    return await judge(wish.guard, wish.value, wish.metadata, end)


async def asked(wish: Ask, completion: Completion) -> Any:
    """What the completion returns: a coroutine function on the loop, any other on a thread.

    Raises:
        TimeoutError: it took longer than it may.
        Exception: what the completion raised.
    """
    limit = {} if wish.timeout is None else {"timeout": wish.timeout}
    call = Slow(completion, is_asynchronous(completion), (), {**wish.arguments, **limit})
    answer = await limited(fulfilled(call), wish.timeout)
    if answer.error is not None:
        raise answer.error
    return answer.value
