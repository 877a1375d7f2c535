"""Judging in passes: natively first, then everything that is slow at the same time, then natively again.

A pass takes microseconds and is made where the task runs. Two things keep the loop free: a long text is judged on a
thread, and when many tasks have a text to judge, they share the loop's time in *shifts*.

Invariants:
  - a task that waits here and is cancelled has cancelled what it waits for;
  - after the deadline nothing is begun, and nothing waited for: what has not answered is a `TimeoutError`.

Example: `await judge(guard, "text", None, deadline(2.0))` is `guard.validate("text")`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
import weakref
from collections import deque
from collections.abc import Coroutine, Hashable
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.threads import CALLS, TEXTS, in_thread
from guardc.runtime.slow import Answer, Judging, Kept, Run, Wish

__all__ = ["deadline", "fulfilled", "judge", "limited"]

LONG = 10_000
"""Characters up to which a text is judged in the task that calls, which keeps the loop waiting. By `std.pii` and
`std.secrets` so many take 0.8 ms if there is a finding in every sentence, 0.3 ms if there are numbers everywhere, and
0.02 ms if it is prose; to a thread and back it takes 0.1 ms."""
DEEP = 16
"""Characters that a value counts for besides its text."""
SHIFT = 0.001
"""Seconds of a loop's time that tasks spend on passes before others have their turn."""
TURNS = 8
"""Passes that are made in one round of a loop by tasks that had to wait."""


def deadline(timeout: Any) -> float | None:
    """When the time is over, by the clock of `time.monotonic`.

    Raises:
        TypeError, ValueError: it is no number of seconds above 0.
    """
    if timeout is None:
        return None
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(f"`timeout` is a number of seconds or None, not `{type(timeout).__name__}`")
    if not timeout > 0:
        raise ValueError("`timeout` is more than 0 seconds")
    return time.monotonic() + timeout


async def judge(guard: Judging, text: Any, metadata: Any, end: float | None) -> Outcome:
    """The outcome of a text.

    Args:
        end: when nothing slow is waited for any longer, or None.
    """
    run = Run(end)
    far = is_long(text, LONG)
    shift = _shift()
    try:
        while True:
            if far:
                outcome = await in_thread(TEXTS, run.judge, guard, text, metadata)
            else:
                if shift.is_over():
                    await shift.next()
                outcome = run.judge(guard, text, metadata)
            if outcome is not None:
                return outcome
            await _fulfil(run, end)
    finally:
        run.answers.clear()  # an error among them refers to this frame


async def _fulfil(run: Run, end: float | None) -> None:
    """Find the answers to all wishes of a run."""
    left = None if end is None else end - time.monotonic()
    tasks: dict[Hashable, asyncio.Task[Answer]] = {}
    if left is None or left > 0:
        tasks = {key: asyncio.create_task(fulfilled(wish)) for key, wish in run.wishes.items()}
        try:
            await asyncio.wait(tasks.values(), timeout=left)
        finally:
            given_up = {task for task in tasks.values() if not task.done()}
            for task in given_up:
                _cancel(task)
    for key in run.wishes:
        if key not in tasks or tasks[key] in given_up:
            run.answers[key] = Answer(error=TimeoutError("there was no answer before the time was over"))
        elif tasks[key].cancelled():  # by itself
            run.answers[key] = Answer(error=concurrent.futures.CancelledError())
        else:
            run.answers[key] = tasks[key].result()


async def fulfilled(wish: Wish) -> Answer:
    """What comes of a wish, on the loop or on a thread."""
    try:
        if wish.asynchronous:
            value = await wish.function(*wish.positional, **wish.named)
        else:
            answer = await in_thread(CALLS, _called, wish)
            value = answer.value
            if answer.error is not None:
                return answer
            if hasattr(type(value), "__await__"):
                value = await value
        return Answer(value)
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as error:  # raised where it is asked for
        return Answer(error=error, traceback=error.__traceback__)


def _called(wish: Wish) -> Answer:
    try:
        value = wish.function(*wish.positional, **wish.named)
        return Answer(Kept(value) if hasattr(type(value), "__next__") else value)
    except BaseException as error:  # no coroutine can raise `StopIteration`
        return Answer(error=error, traceback=error.__traceback__)


async def limited(work: Coroutine[Any, Any, Any], timeout: float | None) -> Any:
    """What a coroutine gives. Unlike in `asyncio.wait_for`, one that does not end when it is cancelled is left alone.

    Raises:
        TimeoutError: it took longer than `timeout` seconds.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=timeout)
    finally:
        given_up = not task.done()
        if given_up:
            _cancel(task)
    if given_up:
        raise TimeoutError
    if task.cancelled():  # by itself: this task was not
        raise concurrent.futures.CancelledError
    return task.result()


_ending: set[asyncio.Task[Any]] = set()
"""Cancelled tasks that have not ended: a loop alone would let them go."""


def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _ending.add(task)
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task[Any]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not log that nobody did


class _Shift:
    """The time that passes take of one loop until all else that waits there has had its turn. Who comes when it is over
    waits in a queue, of which `TURNS` go on in each of the loop's rounds."""

    __slots__ = ("_began", "_queue")

    def __init__(self) -> None:
        self._began: float | None = None
        self._queue: deque[asyncio.Future[None]] = deque()

    def is_over(self) -> bool:
        if self._queue:
            return True
        if self._began is None:
            self._began = time.perf_counter()
            asyncio.get_running_loop().call_soon(self._end)  # in the loop's next round
            return False
        return time.perf_counter() - self._began > SHIFT

    async def next(self) -> None:
        """Wait for a turn."""
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        await turn

    def _end(self) -> None:
        self._began = None
        turns = TURNS
        while turns and self._queue:
            turn = self._queue.popleft()
            if not turn.done():  # cancelled
                turn.set_result(None)
                turns -= 1
        if self._queue:
            asyncio.get_running_loop().call_soon(self._end)


_shifts: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Shift] = weakref.WeakKeyDictionary()


def _shift() -> _Shift:
    loop = asyncio.get_running_loop()
    shift = _shifts.get(loop)
    if shift is None:
        shift = _shifts[loop] = _Shift()
    return shift


def is_long(value: Any, most: int) -> bool:
    """Whether there may be more text in a value than so many characters. It looks no further than that."""
    if isinstance(value, str):
        return len(value) > most
    left = most
    inside = [value]
    while inside:
        value = inside.pop()
        if isinstance(value, str):
            left -= len(value)
        elif isinstance(value, dict):
            inside += value.values()
        elif isinstance(value, list | tuple):
            inside += value
        elif value is not None and not isinstance(value, int | float):
            return True  # who knows what a model or a mapping has in it
        left -= DEEP
        if left < 0 or len(inside) * DEEP > left:
            return True
    return False
