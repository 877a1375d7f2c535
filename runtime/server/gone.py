"""Clients that hang up: nobody works for them any longer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from guardc.runtime.server.answers import Receive

__all__ = ["GoneError", "unless_gone"]

T = TypeVar("T")


class GoneError(Exception):
    """The client hung up."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives, which is given up when the client hangs up. The body of the request is read already.

    Raises:
        GoneError: the client hung up.
        Exception: what the work raised.
    """
    task, gone = asyncio.create_task(work), asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise GoneError
        return await task
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.wait({task, gone})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
