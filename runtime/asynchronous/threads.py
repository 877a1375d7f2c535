"""Threads for what would keep a loop waiting: functions of services, and the judging of long texts.

Unlike asyncio's own, they do not keep a program from ending, and neither of the two crews can be used up by the other.
A function cannot be stopped: one that nobody waits for any longer ends by itself. Until then it takes up a thread, of
which a crew has a fixed number; what waits for one is given up like what runs.

Invariant: what was given up before it began is not begun, and nothing of it is kept.

Example: `await in_thread(CALLS, slow_function, "text")`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from guardc.runtime.backtracking.forks import IN_CHILD, LOCK

__all__ = ["CALLS", "TEXTS", "Crew", "in_thread"]

KEPT = 10.0
"""Seconds that a thread waits for more to do."""

_Result = TypeVar("_Result")


class Crew:
    """Threads that do what they are given, in that order.

    Args:
        name: of the threads.
        most: how many there may be.
    """

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self._begin()
        with LOCK:
            IN_CHILD.append(self._begin)  # a child has none of the threads

    def _begin(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._waiting: OrderedDict[Callable[[], None], None] = OrderedDict()
        self._idle = 0
        self._threads = 0

    def do(self, work: Callable[[], None]) -> None:
        with self._changed:
            self._waiting[work] = None
            if self._idle >= len(self._waiting):
                self._changed.notify()
                return
            if self._threads >= self.most:
                return
            self._threads += 1
        try:
            threading.Thread(target=self._work, name=self.name, daemon=True).start()
        except RuntimeError:  # the system has no more of them
            with self._changed:
                self._threads -= 1
                if self._threads:
                    return
                self._waiting.pop(work, None)
            raise

    def give_up(self, work: Callable[[], None]) -> None:
        """Do not begin it any more."""
        with self._changed:
            self._waiting.pop(work, None)

    def _work(self) -> None:
        changed = self._changed
        while True:
            with changed:
                while not self._waiting:
                    self._idle += 1
                    woken = changed.wait(KEPT)
                    self._idle -= 1
                    if not woken and not self._waiting:
                        self._threads -= 1
                        return
                work, _ = self._waiting.popitem(last=False)
            work()
            del work


CALLS = Crew("guardc-call", 64)
"""For functions of services: most of them wait for somebody else."""
TEXTS = Crew("guardc-text", max(2, min(8, os.cpu_count() or 1)))
"""For judging: more threads than processors would only get in each other's way."""


async def in_thread(crew: Crew, function: Callable[..., _Result], /, *positional: Any, **named: Any) -> _Result:
    """What the function returns or raises, called on a thread with the context variables of the task."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    call = functools.partial(contextvars.copy_context().run, function, *positional, **named)

    def work() -> None:
        result: tuple[Any, BaseException | None]
        try:
            result = call(), None
        except BaseException as error:  # raised where it is waited for
            result = None, error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(_settle, future, result)
        del result  # the traceback of an error has this frame in it

    crew.do(work)
    try:
        value, error = await future
    except asyncio.CancelledError:
        crew.give_up(work)
        raise
    if error is None:
        return value  # type: ignore[no-any-return]
    try:
        raise error
    finally:
        del error  # its traceback has this frame in it


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)
