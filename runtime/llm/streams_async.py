"""A streamed call for a task of asyncio. The same as `streams`: what is decided is decided by `streamed`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from guardc.runtime.asynchronous.passes import judge, limited
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.judging import Completion
from guardc.runtime.llm.conversation import Ask, Call, Judge
from guardc.runtime.llm.drive import Clock
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.llm.streamed import END, Leave, Next, Shut, StreamWish, closed, streamed
from guardc.runtime.llm.upstream import Upstream
from guardc.runtime.slow import is_asynchronous

__all__ = ["AsyncCallStream"]


class AsyncCallStream:
    """An answer on its way through a guard, for asyncio. Made by `AsyncGuard.call(..., stream=True)`.

    Iterate over it with `async for`. The model is called when the first text is asked for. The end of an `async with`
    block closes the stream, and so does a task that is cancelled while it waits for text.
    """

    def __init__(self, call: Call, completion: Completion, clock: Clock) -> None:
        self._outcomes: tuple[CallOutcome, ...] | None = None
        self._closed = False
        self._completion = completion
        self._name = call.guard.name
        self._count = call.choices
        self._upstream: Upstream | None = None
        self._response: Any = None
        self._read: Callable[[], Coroutine[Any, Any, Any]] | None = None
        self._job: asyncio.Task[Any] | None = None
        self._course = streamed(call, clock.now, clock.chance)
        self._wish: StreamWish | None = next(self._course)

    def __aiter__(self) -> AsyncIterator[str]:
        """The text of the answer, in the pieces in which it leaves.

        Raises:
            TypeError: several answers were asked for.
        """
        if self._count > 1:
            raise TypeError(f"{self._count} answers were asked for: iterate over `stream.choices()`")
        return (text async for _, text in self.choices())

    async def choices(self) -> AsyncIterator[tuple[int, str]]:
        """The text of all answers, as it leaves: pairs of the number of an answer, counted from 0, and text of it."""
        try:
            while (leaving := await self._next()) is not None:
                yield leaving.choice, leaving.text
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

    @property
    def outcome(self) -> CallOutcome | None:
        """What became of the call; None until the stream has ended. Of several answers the first one's."""
        return None if self._outcomes is None else self._outcomes[0]

    @property
    def outcomes(self) -> tuple[CallOutcome, ...]:
        """What became of each answer; empty until the stream has ended. Tokens and cost of each are those of all
        together."""
        return self._outcomes or ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        state = "open" if self._outcomes is None else "ended"
        return f"<AsyncCallStream of {self._name!r}: {state}>"

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
                self._resume(await self._waited(judge(wish.guard, wish.value, wish.metadata, None)))
            elif isinstance(wish, Ask):
                await self._answer(self._open(wish), wish.timeout)
            elif isinstance(wish, Next):
                await self._answer(self._chunk(), wish.timeout)
            elif isinstance(wish, Shut):
                await self._shut()
                self._resume(None)
            else:
                await self._waited(asyncio.sleep(wish.seconds))
                self._resume(None)
        if self._closed:
            self._give_up()
        return None

    async def _answer(self, work: Coroutine[Any, Any, Any], timeout: float | None) -> None:
        """Go on with what the model's side gives, or raises."""
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

    def _resume(self, answer: Any = None, error: Exception | None = None) -> None:
        wish, self._wish = None, None
        try:
            wish = self._course.send(answer) if error is None else self._course.throw(error)
        except StopIteration as end:
            self._outcomes = end.value
        self._wish = wish

    def _give_up(self) -> None:
        """End the course. There is no one who waits for what it would give."""
        while self._wish is not None:
            self._resume(error=closed())

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
