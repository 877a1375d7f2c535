"""What a streamed call has with asyncio and without: its course, and the outcomes at the end of it."""

from __future__ import annotations

from guardc.runtime.llm.conversation import Call
from guardc.runtime.llm.drive import Clock
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.llm.streamed import StreamWish, closed, streamed

__all__ = ["Frame"]


class Frame:
    """The course of one streamed call. Who drives it looks at `_wish`, and goes on with `_resume`."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._outcomes: tuple[CallOutcome, ...] | None = None
        self._closed = False
        self._name = call.guard.name
        self._count = call.choices
        self._course = streamed(call, clock.now, clock.chance)
        self._wish: StreamWish | None = next(self._course)

    @property
    def outcome(self) -> CallOutcome | None:
        """What became of the call; None until the stream has ended. Of several answers the first one's."""
        return None if self._outcomes is None else self._outcomes[0]

    @property
    def outcomes(self) -> tuple[CallOutcome, ...]:
        """What became of each answer; empty until the stream has ended. Tokens and cost of each are those of all
        together."""
        return self._outcomes or ()

    def __repr__(self) -> str:
        state = "open" if self._outcomes is None else "ended"
        return f"<{type(self).__name__} of {self._name!r}: {state}>"

    def _for_one(self) -> None:
        """Raise a TypeError if several answers were asked for."""
        if self._count > 1:
            raise TypeError(f"{self._count} answers were asked for: iterate over `stream.choices()`")

    def _resume(self, answer: object = None, error: Exception | None = None) -> None:
        """Go on with what came of the wish, or with what was raised."""
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
