"""Guards for asyncio. Imported by the first `Plan.async_guard`, and by the first handler that is a coroutine function.

In the order in which a text passes them:

    guard.py         what a service uses
    passes.py        judging in passes, and fulfilling the wishes of each
    threads.py       the threads on which functions run that are none of asyncio's
    background.py    the loop on which coroutines of guards without asyncio run

`runtime/slow.py` has the other half: what becomes a wish.
"""

from guardc.runtime.asynchronous.guard import AsyncGuard

__all__ = ["AsyncGuard"]
