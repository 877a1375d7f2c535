"""A second request beside one that is slow: whichever is answered first counts, and the other one is given up.

Invariants:
  - there are two at most, and the second one only if the first took `delay` seconds and `may` allows for it;
  - an error of one waits for the other; when both are over, or nobody waits any more, nothing is under way.

Source: J. Dean, L. A. Barroso, The Tail at Scale, Communications of the ACM 56 (2013), "hedged requests".

Example: of a service that takes 5 ms, and one time in a hundred 500 ms, `hedged(request, 0.02, may)` takes 25 ms then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["hedged"]

_Result = TypeVar("_Result")


async def hedged(request: Callable[[], Coroutine[Any, Any, _Result]], delay: float, may: Callable[[], bool]) -> _Result:
    """What the first request that succeeds gives.

    Raises:
        Exception: what the last one raised; none succeeded.
    """
    under_way = {asyncio.ensure_future(request())}
    error: BaseException | None = None
    try:
        done, _ = await asyncio.wait(under_way, timeout=delay)
        if not done and may():
            under_way.add(asyncio.ensure_future(request()))
        while under_way:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            errors = [one.exception() for one in done]  # looked at, all of them, or asyncio complains
            for one, raised in zip(done, errors, strict=True):
                if raised is None:
                    return one.result()
                error = raised
        assert error is not None
        raise error
    finally:
        for one in under_way:
            one.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
