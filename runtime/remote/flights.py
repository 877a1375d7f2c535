"""Asks the same thing once: while it is being asked, and as long as the answer is remembered.

Invariants:
  - at most `size` answers are remembered, those that were asked for last; errors are not;
  - who asks for what is under way waits for the same answer, and who gives up does not end it for the others.

Kept are hashes of texts, not the texts.

Example: two tasks that ask for `"Hello"` at the same time cost one request.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Flights"]

_Result = TypeVar("_Result")


class Flights(Generic[_Result]):
    """For one loop."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[bytes, _Result] = OrderedDict()
        self._flying: dict[bytes, asyncio.Future[_Result]] = {}

    async def ask(self, text: str, begin: Callable[[], Awaitable[_Result]]) -> _Result:
        """The answer for a text. `begin` begins to ask, if nobody does; what it begins must end by itself."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        flight = self._flying.get(key)
        if flight is None:
            flight = self._flying[key] = asyncio.ensure_future(begin())
            flight.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(flight)

    def _landed(self, key: bytes, flight: asyncio.Future[_Result]) -> None:
        del self._flying[key]
        if flight.cancelled() or flight.exception() is not None:
            return
        self._known[key] = flight.result()
        while len(self._known) > self._size:
            self._known.popitem(last=False)
