"""Gathers what is asked at the same time into batches.

A batch leaves when it is full, or `delay` seconds after its first item came, as soon as there are less than `most` on
their way. While there are that many, more gather.

Invariants:
  - every item is in one batch; who asked for it gets what the batch gave for it, a result or an error, as soon as it
    is there;
  - an item that is not waited for any more when its batch leaves does not leave with it;
  - no more than `most` batches of at most `size` items are on their way, and no more than `MOST_WAITING` items wait.

Example: with `size` 32 and `delay` 0.002, 40 texts that come at once are sent as 32, and 2 ms later 8.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

__all__ = ["Batches", "BusyError", "Settle"]

MOST_WAITING = 10_000

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

Settle = Callable[[int, _Result | Exception], None]
"""Says what became of an item, by its number in the batch."""


class BusyError(Exception):
    """So many items wait that one more would wait too long."""


class Batches(Generic[_Item, _Result]):
    """For one loop.

    Args:
        send: sends a batch and settles every item of it. It raises nothing.
        later: calls a function after so many seconds, as `loop.call_later` does, which it is by default.
    """

    def __init__(
        self,
        send: Callable[[list[_Item], Settle[_Result]], Awaitable[None]],
        size: int,
        delay: float,
        most: int,
        later: Callable[[float, Callable[[], None]], Any] | None = None,
    ) -> None:
        self._send = send
        self._size = size
        self._delay = delay
        self._most = most
        self._later = later or asyncio.get_running_loop().call_later
        self._waiting: deque[tuple[_Item, asyncio.Future[_Result]]] = deque()
        self._due = False
        self._timer: Any = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, item: _Item) -> _Result:
        """What became of the item.

        Raises:
            BusyError: it was not taken.
            Exception: what the batch gave for it.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._size:
            self._due = True
        if not self._due and self._timer is None:
            self._timer = self._later(self._delay, self._time_is_over)
        self._leave()
        return await future

    def _time_is_over(self) -> None:
        self._timer = None
        self._due = True
        self._leave()

    def _leave(self) -> None:
        while self._due and len(self._under_way) < self._most:
            batch: list[tuple[_Item, asyncio.Future[_Result]]] = []
            while self._waiting and len(batch) < self._size:
                entry = self._waiting.popleft()
                if not entry[1].done():
                    batch.append(entry)
            if not self._waiting:
                self._due = False
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
            if batch:
                task = asyncio.get_running_loop().create_task(self._sent(batch))
                self._under_way.add(task)
                task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._leave()

    async def _sent(self, batch: list[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        def settle(number: int, result: _Result | Exception) -> None:
            future = batch[number][1]
            if future.done():
                return  # given up
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        await self._send([item for item, _ in batch], settle)
