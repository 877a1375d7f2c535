"""A limit of time for what a task does: `asyncio.timeout` at a quarter of its cost, which every verdict would pay.

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
from typing import Any, Self

__all__ = ["Limit"]


class Limit:
    """Cancels the task in which it was made, once, when its time is over; at its end it does so no more."""

    __slots__ = ("_handle", "_over", "_task")

    def __init__(self, seconds: float) -> None:
        self._over = False
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self._handle = asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
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
        self._handle.cancel()
        self._task = None
