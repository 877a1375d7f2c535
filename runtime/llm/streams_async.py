"""A streamed call for a task of asyncio. The same as `streams`: what is decided is decided by `streamed`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from guardc.runtime.asynchronous.passes import limited
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.judging import Completion
from guardc.runtime.llm.conversation import Ask, Call, Judge
from guardc.runtime.llm.drive import Clock
from guardc.runtime.llm.drive_async import judged
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.frame import Frame
from guardc.runtime.llm.streamed import END, Leave, Next, Shut, closed
from guardc.runtime.llm.upstream import Upstream
from guardc.runtime.slow import is_asynchronous

__all__ = ["AsyncCallStream"]


class AsyncCallStream(Frame):
    """An answer on its way through a guard, for asyncio. Made by `AsyncGuard.call(..., stream=True)`.

    Iterate over it with `async for`: for the text, or of a guard `as json` for the `Field`s of the value. The model is
    called when the first one is asked for. The end of an `async with` block closes the stream, and so does a task that
    is cancelled while it waits.
    """

    def __init__(self, call: Call, completion: Completion, clock: Clock) -> None:
        super().__init__(call, clock)
        self._completion = completion
        self._upstream: Upstream | None = None
        self._response: Any = None
        self._read: Callable[[], Coroutine[Any, Any, Any]] | None = None
        self._job: asyncio.Task[Any] | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        """The text of the answer, in the pieces in which it leaves; of a guard `as json` the `Field`s, one by one.

        Raises:
            TypeError: several answers were asked for.
        """
        self._for_one()
        return (given async for _, given in self.choices())

    async def choices(self) -> AsyncIterator[tuple[int, Any]]:
        """What leaves of all answers: pairs of the number of an answer, counted from 0, and text or a `Field` of it."""
        try:
            while (leaving := await self._next()) is not None:
                yield leaving.choice, leaving.given
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the stream of the model. Nothing leaves any more; the outcome of an answer that had not ended has an
        error of the kind `closed`. Again, or after the end: nothing."""
        self._closed = True
        if self._job is None:
            self._give_up()
        else:
            self._job.cancel()  # another task waits for it, and ends the course
        await self._shut()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    # --- driving the course ---

    async def _next(self) -> Leave | None:
        """What leaves next; None: nothing any more."""
        try:
            return await self._advance()
        except BaseException:
            self._closed = True
            self._give_up()
            await self._shut()
            raise

    async def _advance(self) -> Leave | None:
        if isinstance(self._wish, Leave) and not self._closed:
            self._resume(None)  # it was given on the last time
        while self._wish is not None and not self._closed:
            wish = self._wish
            if isinstance(wish, Leave):
                return wish
            if isinstance(wish, Judge):
                await self._answer(judged(wish), None)
            elif isinstance(wish, Ask):
                await self._answer(self._open(wish), wish.timeout)
            elif isinstance(wish, Next):
                await self._answer(self._chunk(), wish.timeout)
            elif isinstance(wish, Shut):
                await self._shut()
                self._resume(None)
            else:
                await self._answer(asyncio.sleep(wish.seconds), None)
        if self._closed:
            self._give_up()
        return None

    async def _answer(self, work: Coroutine[Any, Any, Any], timeout: float | None) -> None:
        """Go on with what comes of it, or is raised."""
        try:
            answer = await self._waited(limited(work, timeout))
        except Exception as error:
            self._resume(error=error)
        else:
            self._resume(answer)

    async def _waited(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it gives, unless this is closed meanwhile.

        Raises:
            CallError: it was.
        """
        self._job = asyncio.ensure_future(work)
        try:
            return await self._job
        except asyncio.CancelledError:
            if self._closed:
                raise closed() from None
            raise
        finally:
            self._job = None

    # --- the stream of the model: chunks of an asynchronous one on the loop, of any other on a thread ---

    async def _open(self, wish: Ask) -> None:
        made: Any
        if is_asynchronous(self._completion):
            limit = {} if wish.timeout is None else {"timeout": wish.timeout}
            made = await self._completion(**wish.arguments, **limit)
        else:
            self._upstream = upstream = Upstream(self._completion, Clock())
            await in_thread(CALLS, upstream.open, wish.arguments, wish.timeout)
            made = upstream.response
            if hasattr(made, "__await__"):
                made = await made
            elif not hasattr(made, "__aiter__"):
                self._read = lambda: in_thread(CALLS, upstream.next, None)
                return
        self._response = made
        if not hasattr(made, "__aiter__"):
            raise CallError("response", "what the model returned is no stream of chunks")
        chunks = aiter(made)

        async def read() -> Any:
            return await anext(chunks, END)

        self._read = read

    async def _chunk(self) -> Any:
        assert self._read is not None
        return await self._read()

    async def _shut(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        response, self._response, self._read, self._upstream = self._response, None, None, None
        close = getattr(response, "aclose", None)
        if callable(close):
            with contextlib.suppress(Exception):
                await close()
