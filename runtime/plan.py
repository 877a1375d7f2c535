"""Loading a plan."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from guardc.fastpath import _core, reader
from guardc.fastpath._core import Times
from guardc.fastpath.errors import PlanError
from guardc.runtime.asking import USUAL, read_askings, read_criteria
from guardc.runtime.backtracking import resolve_searches
from guardc.runtime.guard import Guard
from guardc.runtime.handlers import Handler, resolve_handlers
from guardc.runtime.judging import Completion, Judge, JudgedGuard
from guardc.runtime.parsers import resolve_parsers
from guardc.runtime.services import Scorer, ServedGuard, resolve_services
from guardc.runtime.slow import Slow
from guardc.runtime.watching import CallWatcher, RunWatcher, Tracer, Watchers

if TYPE_CHECKING:
    from guardc.runtime.asynchronous import AsyncGuard
    from guardc.runtime.telemetry.meters import Meters

__all__ = ["Plan", "load"]


class Plan:
    """A compiled policy. Immutable; share one among all threads. Made by `load` or `guardc.compile`.

    Attributes:
        guards: names of its guards, in written order.
        policy_hash: SHA-256 (hexadecimal) of the policy it was compiled from: equal for equal policies, whatever the
            comments and the layout of their source.
        source: the file it came from, or None.
        meters: what is counted besides what the guards count themselves; None until `measure`.
        waits: something in it may take longer than microseconds: functions of the service, judges, searches, parsers.
    """

    __slots__ = ("_core", "_guards", "_slow", "_watchers", "guards", "meters", "policy_hash", "source", "waits")

    def __init__(
        self,
        data: bytes | bytearray | memoryview | mmap.mmap,
        *,
        handlers: Mapping[str, Handler] | None = None,
        llm: Completion | None = None,
        services: Mapping[str, Callable[[str], Any]] | None = None,
        source: str | None = None,
    ) -> None:
        sections = reader.read(memoryview(data))
        self._watchers = Watchers()
        judges = {
            number: Judge(criterion, llm, self._watchers) for number, criterion in read_criteria(sections).items()
        }
        served = resolve_services(sections, {} if services is None else services, self._watchers)
        if judges.keys() & served.keys():
            raise PlanError("section SERV is damaged: what is a judge cannot be a service, too")
        handled = resolve_handlers(sections, handlers or {}, {**judges, **served})
        searches = tuple(Slow(search, asynchronous=False) for search in resolve_searches(sections))
        parsers = tuple(parser and Slow(parser, asynchronous=False) for parser in resolve_parsers(sections))
        self._core = _core.Plan(sections, handled, searches, parsers)
        self._slow = tuple(
            (sections.strings[record[0]], slow)
            for section, found in (("HAND", handled), ("SRCH", searches), ("RULE", parsers))
            for record, slow in zip(sections.cold[section], found, strict=False)  # no parsers: none is needed
            if isinstance(slow, Slow | Judge | Scorer)
        )
        self.meters: Meters | None = None
        self.waits = bool(handled or searches or any(parsers))
        self.guards: tuple[str, ...] = self._core.guard_names
        self.policy_hash: str = self._core.policy_hash
        self.source = source
        # All guards are built now: what is wrong with a plan shows at load, not at the first request.
        judged = JudgedGuard if any(judge.criterion.fields for judge in judges.values()) else Guard
        made = ServedGuard if served else judged
        self._guards = {name: made(self._core, name) for name in self.guards}
        askings = read_askings(sections)
        for name, guard in self._guards.items():
            guard.prepare(askings.get(name, USUAL), self._guards, llm, self._watchers)

    def guard(self, name: str) -> Guard:
        """The guard of that name.

        Raises:
            UnknownGuardError: the plan has none; the message lists those it has.
        """
        try:
            return self._guards[name]
        except KeyError:
            return Guard(self._core, name)  # raises, with the names that exist

    def async_guard(self, name: str) -> AsyncGuard:
        """The guard of that name, for asyncio.

        Raises:
            UnknownGuardError: the plan has none; the message lists those it has.
        """
        from guardc.runtime.asynchronous import AsyncGuard  # noqa: PLC0415 - brings asyncio

        return AsyncGuard(self.guard(name))

    def measure(self) -> None:
        """Count what the guards say and how long they take from now on; `guardc.runtime.telemetry` reads it. Again:
        nothing. Counting costs a run some 50 ns at most (docs/telemetry.md), and cannot be ended."""
        from guardc.runtime.telemetry.meters import Meters  # noqa: PLC0415 - only who measures needs it

        if self.meters is not None:
            return
        meters = Meters()
        for name, slow in self._slow:
            slow.measure(meters.validators.setdefault(name, Times()))
        for guard in self._guards.values():
            guard.measure()
        self.watch_calls(meters.calls)
        self.meters = meters

    def watch_runs(self, watcher: RunWatcher) -> None:
        """Call `watcher(guard, outcome, nanoseconds)` after each run of a guard from now on, on the thread and in the
        context of the run. What it raises is logged by its type, and changes no outcome."""
        self._watchers.runs += (watcher,)
        for guard in self._guards.values():
            guard.observe(self._watchers.judged)

    def watch_calls(self, watcher: CallWatcher) -> None:
        """Call `watcher.called(call, outcomes)` after each call of a model from now on."""
        self._watchers.calls += (watcher,)

    def trace_requests(self, tracer: Tracer) -> None:
        """Tell `tracer` of each request to a model or a service before it is made, in place of the one before."""
        self._watchers.tracer = tracer

    def __repr__(self) -> str:
        return f"<Plan {self.source or 'from memory'}: {', '.join(self.guards)}>"


def load(
    source: str | os.PathLike[str] | bytes,
    *,
    handlers: Mapping[str, Handler] | None = None,
    llm: Completion | None = None,
    services: Mapping[str, Callable[[str], Any]] | None = None,
) -> Plan:
    """Load a compiled plan.

    The file is mapped, not read: many processes share one copy. Replace a plan that is in use by renaming a new file
    over it, as `guardc compile` does, never by writing into it.

    Args:
        source: path of a `.plan` file, or its bytes.
        handlers: the custom validators and actions that the policy declares, by name; functions or coroutine functions.
        llm: called in place of `litellm.completion`, by judges, and by `call` unless that is given another; a function
            or a coroutine function.
        services: functions or coroutine functions that are called in place of services of the policy, by name. Each
            takes a text and returns its score, from 0 to 1, or a mapping from labels to scores. The others are asked at
            the addresses that the environment has for them.

    Raises:
        PlanError: it is not a plan that this version can run, or lacks a library that it needs; the message says which.
        HandlerError: a handler is missing or does not fit its declaration.
        ServiceError: the environment has no address or key of a service, or `services` has one that is not declared.
        OSError: the file cannot be opened.
    """
    if isinstance(source, bytes):
        return Plan(source, handlers=handlers, llm=llm, services=services)
    path = os.fspath(source)
    with open(path, "rb") as file:  # noqa: PTH123 - importing pathlib takes longer than loading a plan
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise PlanError(f"{path}: this is not a plan: the file is empty") from None
        except OSError:
            raise PlanError(f"{path}: this is not a plan: only ordinary files can be mapped") from None
    try:
        return Plan(data, handlers=handlers, llm=llm, services=services, source=path)
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None
