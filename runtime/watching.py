"""Who is told of what a plan's guards do: nobody, until `Plan.measure` or something of `guardc.runtime.telemetry`.

Invariant: whoever watches changes no outcome. What he raises is logged by the name of its type, once for each watcher,
and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from guardc.fastpath._core import Outcome

if TYPE_CHECKING:
    from guardc.runtime.guard import Guard
    from guardc.runtime.llm import Attempt, CallOutcome
    from guardc.runtime.llm.conversation import Call

__all__ = ["Asked", "CallWatcher", "RunWatcher", "Tracer", "Watchers"]

RunWatcher = Callable[["Guard", Outcome, int], None]
"""Called after each run: what was said, and the nanoseconds that it took."""


class CallWatcher(Protocol):
    """Told of calls of models."""

    def called(self, call: Call, outcomes: tuple[CallOutcome, ...]) -> None:
        """A call ended so; of a stream with several answers each one's outcome."""


class Asked(Protocol):
    """One request to a model, under way."""

    def ended(self, attempt: Attempt | None) -> None:
        """It is over; None: nobody waits for it any more."""


class Tracer(Protocol):
    """Told of requests to models before they are made."""

    def asks(self, call: Call, arguments: dict[str, Any], *, apart: bool) -> Asked | None:
        """A model is about to be called with these arguments, which it may add to; None: it does not care. `apart`:
        code of others runs before the request is over."""


class Watchers:
    """All that watch one plan. Added to, and never taken from."""

    __slots__ = ("_failed", "calls", "runs", "tracer")

    def __init__(self) -> None:
        self.runs: tuple[RunWatcher, ...] = ()
        self.calls: tuple[CallWatcher, ...] = ()
        self.tracer: Tracer | None = None
        self._failed: set[str] = set()

    def judged(self, guard: Guard, outcome: Outcome, nanoseconds: int) -> None:
        for run in self.runs:
            try:
                run(guard, outcome, nanoseconds)
            except Exception as error:
                self.failed(run, error)

    def called(self, call: Call, outcomes: tuple[CallOutcome, ...]) -> None:
        for watcher in self.calls:
            try:
                watcher.called(call, outcomes)
            except Exception as error:
                self.failed(watcher, error)

    def asks(self, call: Call, arguments: dict[str, Any], *, apart: bool) -> Asked | None:
        if self.tracer is None:
            return None
        try:
            return self.tracer.asks(call, arguments, apart=apart)
        except Exception as error:
            self.failed(self.tracer, error)
            return None

    def answered(self, asked: Asked | None, attempt: Attempt | None) -> None:
        if asked is None:
            return
        try:
            asked.ended(attempt)
        except Exception as error:
            self.failed(asked, error)

    def failed(self, watcher: object, error: Exception) -> None:
        """Say so, without the words of the error: who knows what is in them."""
        name = getattr(watcher, "__qualname__", type(watcher).__qualname__)
        if name in self._failed:
            return
        self._failed.add(name)
        import logging  # noqa: PLC0415 - only this needs it

        logging.getLogger("guardc.telemetry").error(
            "%s raised %s; outcomes are not affected", name, type(error).__name__
        )
