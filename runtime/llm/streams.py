"""A streamed call as a service has it: text or values to iterate over, and the outcome at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, Self

from guardc.runtime.llm.conversation import Ask, Call, Judge
from guardc.runtime.llm.drive import Clock, Completion, judged
from guardc.runtime.llm.frame import Frame
from guardc.runtime.llm.streamed import Leave, Next, Shut
from guardc.runtime.llm.upstream import Upstream

__all__ = ["CallStream"]


class CallStream(Frame):
    """An answer on its way through a guard. Made by `Guard.call(..., stream=True)`.

    Iterate over it for the text, as it may leave; of a guard `as json` for the `Field`s of the value. The model is
    called when the first one is asked for. A loop that is left closes the stream, and so does the end of a `with`
    block, and dropping it. For one thread; `close` may be called from any.
    """

    def __init__(self, call: Call, completion: Completion, clock: Clock) -> None:
        super().__init__(call, clock)
        self._lock = threading.Lock()
        self._completion = completion
        self._clock = clock
        self._upstream = Upstream(completion, clock)

    def __iter__(self) -> Iterator[Any]:
        """The text of the answer, in the pieces in which it leaves; of a guard `as json` the `Field`s, one by one.

        Raises:
            TypeError: several answers were asked for.
        """
        self._for_one()
        return (given for _, given in self.choices())

    def choices(self) -> Iterator[tuple[int, Any]]:
        """What leaves of all answers: pairs of the number of an answer, counted from 0, and text or a `Field` of it."""
        try:
            while (leaving := self._next()) is not None:
                yield leaving.choice, leaving.given
        finally:
            self.close()

    def close(self) -> None:
        """Close the stream of the model. Nothing leaves any more; the outcome of an answer that had not ended has an
        error of the kind `closed`. Again, or after the end: nothing."""
        self._closed = True
        self._upstream.close()
        # Else another thread is reading: it finds the stream closed, and ends.
        if self._lock.acquire(blocking=False):
            try:
                self._give_up()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_upstream"):
            self._upstream.close()

    # --- driving the course ---

    def _next(self) -> Leave | None:
        """What leaves next; None: nothing any more."""
        with self._lock:
            try:
                leaving = self._advance()
            except BaseException:
                self._closed = True
                self._upstream.close()
                self._give_up()
                raise
        if self._closed and self._outcomes is None:
            self.close()  # another thread closed it while this one had the lock
        return leaving

    def _advance(self) -> Leave | None:
        if isinstance(self._wish, Leave) and not self._closed:
            self._resume(None)  # it was given on the last time
        while self._wish is not None and not self._closed:
            wish = self._wish
            if isinstance(wish, Leave):
                return wish
            if isinstance(wish, Judge):
                self._resume(judged(wish))
            elif isinstance(wish, Ask):
                self._open(wish)
            elif isinstance(wish, Next):
                self._answer(partial(self._upstream.next, wish.timeout))
            elif isinstance(wish, Shut):
                self._upstream.close()
                self._resume(None)
            else:
                self._clock.sleep(wish.seconds)
                self._resume(None)
        return None

    def _open(self, wish: Ask) -> None:
        self._upstream = Upstream(self._completion, self._clock)
        if self._closed:
            self._upstream.close()  # another thread did not see this one
        self._answer(partial(self._upstream.open, wish.arguments, wish.timeout))
        self._upstream.refuse_asynchronous()

    def _answer(self, ask: Callable[[], Any]) -> None:
        """Go on with what the model's side gives, or raises."""
        try:
            answer = ask()
        except Exception as error:
            self._resume(error=error)
        else:
            self._resume(answer)
