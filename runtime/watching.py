"""Who is told of what a plan's guards do: nobody, until `Plan.measure` or something of `guardc.runtime.telemetry`.

Invariant: whoever watches changes no outcome. What he raises is logged by the name of its type, once for each watcher,
and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar

from guardc.fastpath._core import Outcome

if TYPE_CHECKING:
    from guardc.runtime.guard import Guard
    from guardc.runtime.llm import Attempt, CallOutcome
    from guardc.runtime.llm.conversation import Call

__all__ = ["Asked", "Asker", "CallWatcher", "RunWatcher", "Sent", "Tracer", "Watchers"]

_Told = TypeVar("_Told")

RunWatcher = Callable[["Guard", Outcome, int], None]
"""Called after each run: what was said, and the nanoseconds that it took."""


class CallWatcher(Protocol):
    """Told of calls of models."""

    def called(self, call: Call, outcomes: tuple[CallOutcome, ...]) -> None:
        """A call ended so; of a stream with several answers each one's outcome."""


class Asker(NamedTuple):
    """Who asks a model.

    Attributes:
        kind, name: a guard whose answer it is, or a judge.
        provided: the model is called by guardc, not by a function of the service.
        apart: code of others runs before the request is over.
    """

    kind: Literal["guard", "judge"]
    name: str
    provided: bool
    apart: bool = False


class Asked(Protocol):
    """One request to a model, under way."""

    def ended(self, attempt: Attempt | None) -> None:
        """It is over; None: nobody waits for it any more."""


class Sent(Protocol):
    """One request to a service, under way."""

    def ended(self, status: int | None, error: str | None) -> None:
        """It is over: the status of HTTP, if there was one, and the kind of the error, if it was one."""


class Tracer(Protocol):
    """Told of requests to models and services before they are made."""

    def asks(self, asker: Asker, arguments: dict[str, Any]) -> Asked | None:
        """A model is about to be called with these arguments, which it may add to; None: it does not care."""

    def place(self) -> Any:
        """Where in a trace the caller stands; None: nowhere that is recorded."""

    def sends(self, service: str, url: str, places: Sequence[Any], texts: int, headers: dict[str, str]) -> Sent | None:
        """A service is about to be asked about some texts, for those who stand at the places. It may add headers."""


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

    def asks(self, asker: Asker, arguments: dict[str, Any]) -> Asked | None:
        tracer = self.tracer
        return None if tracer is None else self._told(tracer, lambda: tracer.asks(asker, arguments))

    def answered(self, asked: Asked | None, attempt: Attempt | None) -> None:
        if asked is not None:
            self._told(asked, lambda: asked.ended(attempt))

    def place(self) -> Any:
        tracer = self.tracer
        return None if tracer is None else self._told(tracer, tracer.place)

    def sends(self, service: str, url: str, places: Sequence[Any], texts: int, headers: dict[str, str]) -> Sent | None:
        tracer = self.tracer
        if tracer is None or not places:
            return None
        return self._told(tracer, lambda: tracer.sends(service, url, places, texts, headers))

    def received(self, sent: Sent | None, status: int | None, error: str | None) -> None:
        if sent is not None:
            self._told(sent, lambda: sent.ended(status, error))

    def _told(self, watcher: object, tell: Callable[[], _Told]) -> _Told | None:
        try:
            return tell()
        except Exception as error:
            self.failed(watcher, error)
            return None

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
