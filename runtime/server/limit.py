"""A limit of time for what a task does: `asyncio.timeout` at a tenth of its cost, which every verdict would pay.

Limits of the same length end in the order in which they begin. So one timer looks after all of them, at the end of the
oldest one, and a limit that ends earlier costs no timer.

Example:

    with Limit(30.0) as limit:
        try:
            await work()
        except asyncio.CancelledError:
            if not limit.is_over():
                raise  # somebody else cancelled the task
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Self

__all__ = ["Limit"]


class Limit:
    """Cancels the task in which it was made, once, when its time is over; at its end it does so no more."""

    __slots__ = ("_lane", "_over", "_task")

    def __init__(self, seconds: float) -> None:
        self._over = False
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self._lane = _lane(seconds)
        self._lane.begin(self)

    def cancel(self) -> None:
        """The time is over."""
        assert self._task is not None
        self._over = True
        self._task.cancel()

    def is_over(self) -> bool:
        """Whether this, and nobody else, has cancelled the task, which then goes on."""
        assert self._task is not None
        return self._over and self._task.uncancel() == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lane.under_way.pop(self, None)
        self._task = None


class _Lane:
    """All limits of one length in one loop.

    Attributes:
        under_way: when each ends, by the clock of the loop, the oldest one first.
    """

    __slots__ = ("_loop", "_seconds", "_waits", "under_way")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._waits = False
        self.under_way: dict[Limit, float] = {}

    def begin(self, limit: Limit) -> None:
        end = self._loop.time() + self._seconds
        self.under_way[limit] = end
        if not self._waits:
            self._wait(end)

    def _wait(self, end: float) -> None:
        self._waits = True
        self._loop.call_at(end, self._look)

    def _look(self) -> None:
        self._waits = False
        now = self._loop.time()
        for limit, end in list(self.under_way.items()):
            if end > now:
                self._wait(end)
                break
            del self.under_way[limit]
            limit.cancel()


class _Here(threading.local):
    """What runs in this thread: one loop at a time."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.lanes: dict[float, _Lane] = {}


_here = _Here()


def _lane(seconds: float) -> _Lane:
    loop = asyncio.get_running_loop()
    if _here.loop is not loop:
        _here.loop, _here.lanes = loop, {}
    lane = _here.lanes.get(seconds)
    if lane is None:
        lane = _here.lanes[seconds] = _Lane(loop, seconds)
    return lane
