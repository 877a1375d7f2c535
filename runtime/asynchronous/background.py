"""A loop in the background, for coroutines of those who have none: handlers of guards that are not asynchronous.

One loop on one thread, started when it is needed for the first time, for all plans and threads of the process; so
clients that a handler keeps always see the same loop. A child of a fork starts its own. Services have another one, on
which nothing else runs.

Example: `result(functools.partial(check, "text"))` is what `await check("text")` gives.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from guardc.runtime.backtracking.forks import LOCK

__all__ = ["at_end", "begun", "result"]

_Result = TypeVar("_Result")

ENDING = 1.0
"""Seconds that coroutines have at the end of the program to end."""


class _Background:
    def __init__(self, name: str) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.closing: list[Callable[[], Awaitable[None]]] = []
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()
        atexit.register(self.end)

    def _work(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def end(self) -> None:
        if self.process != os.getpid():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        self.thread.join(2 * ENDING)
        if not self.thread.is_alive():
            self.loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=ENDING)
        for close in self.closing:
            await close()
        self.loop.stop()


LOOP = "guardc-loop"

_here: dict[str, list[_Background]] = {}
"""By the names of their threads. The last one is that of this process. Those of its parents are kept: closed here,
their loop would end there."""


def _background(name: str = LOOP) -> _Background:
    with LOCK:
        here = _here.setdefault(name, [])
        if not here or here[-1].process != os.getpid():
            here.append(_Background(name))
        return here[-1]


def begun(name: str, start: Callable[[], Coroutine[Any, Any, _Result]]) -> Future[_Result]:
    """What the coroutine will give or raise that `start` returns, on the loop of that name. What of it is cancelled
    is cancelled there."""
    return asyncio.run_coroutine_threadsafe(start(), _background(name).loop)


def at_end(loop: asyncio.AbstractEventLoop, close: Callable[[], Awaitable[None]]) -> None:
    """Have something closed when the program ends, on a loop of these."""
    for here in _here.values():
        for background in here:
            if background.loop is loop:
                background.closing.append(close)


def result(start: Callable[[], Awaitable[_Result]], timeout: float | None = None) -> _Result:
    """What the awaitable gives or raises that `start` returns, run with the context variables of the caller.

    It may be called from any thread, also from one on which a loop runs, which is kept waiting. What is waited for no
    longer is cancelled.

    Raises:
        TimeoutError: it took longer than `timeout` seconds.
    """

    async def work() -> tuple[Any, BaseException | None]:
        try:
            return await start(), None
        except (KeyboardInterrupt, SystemExit) as error:  # would end the loop
            return None, error

    background = _background()
    if threading.current_thread() is background.thread:
        return _elsewhere(work, timeout)  # type: ignore[no-any-return]
    future = asyncio.run_coroutine_threadsafe(work(), background.loop)
    try:
        value, error = future.result(timeout)
    except BaseException:
        future.cancel()
        raise
    if error is not None:
        raise error
    return value  # type: ignore[no-any-return]


def _elsewhere(work: Callable[[], Any], timeout: float | None) -> Any:
    """For a coroutine on the loop that uses such a guard, and so waits for the loop that waits for it: a loop of its
    own, on another thread."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:  # raised where it is waited for
            errors.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="guardc-loop", daemon=True)
    thread.start()
    thread.join(timeout)
    if not results and not errors:
        raise TimeoutError
    if errors:
        raise errors[0]
    value, error = results[0]
    if error is not None:
        raise error
    return value
