"""Services of a policy: models behind an address that score texts, as measures.

Read when a plan is loaded: what is missing then (an address, a library) is an error then. `runtime/remote/` asks, and
is imported by plans that need it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from guardc.fastpath import layout
from guardc.fastpath.errors import PlanError, ServiceError
from guardc.runtime.judging import JudgedGuard
from guardc.runtime.slow import RUN, Answer, Slow, Wish, is_asynchronous

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from guardc.fastpath._core import Outcome, Times
    from guardc.fastpath.reader import Sections
    from guardc.runtime.remote.remote import Remote
    from guardc.runtime.watching import Watchers

__all__ = ["Declared", "Given", "Scorer", "Scores", "ServedGuard", "Service", "resolve_services"]

Scores = tuple[float, ...]
"""Of one text, in the order of the labels; one if there are none."""

LOOP = "guardc-services"
GRACE = 1.0
"""Seconds that a thread waits longer than it should have to: the loop in the background keeps the time."""

_asked: ContextVar[dict[tuple[object, str], Answer] | None] = ContextVar("_asked", default=None)
"""What was asked about the texts of one judging, where no run remembers it: rules may name several labels."""


class Declared(NamedTuple):
    """What a policy says of a service. Times are seconds; see `Service` in policy/model.py."""

    name: str
    protocol: str
    address: str
    key: str | None
    model: str
    version: str | None
    input: str
    column: bool
    output: str | None
    labels: tuple[str, ...]
    timeout: float
    batch: int
    delay: float
    calls: int
    retries: int
    hedge: float | None
    cache: int
    doubt: tuple[float, float] | None
    fallback: bool


class Scorer:
    """Called with a text, and a label if the service has some, like a custom measure."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared

    def __call__(
        self, text: str, label: str | None = None, first: float | None = None, otherwise: float | None = None
    ) -> float:
        """The score, 0 to 1.

        Args:
            first: the score of the classifier that the service leans on.
            otherwise: what counts without an answer, by detectors.

        Raises:
            ServiceError: there is none.
            PendingError: it is to be asked (`runtime/slow.py`).
        """
        doubt = self.declared.doubt
        if first is not None and doubt is not None and not doubt[0] <= first <= doubt[1]:
            return first
        try:
            return self.score(text, label)
        except Exception:
            if otherwise is not None:
                return otherwise
            if first is not None and self.declared.fallback:
                return first
            raise

    def score(self, text: str, label: str | None) -> float:
        """What the service gives."""
        raise NotImplementedError

    def measure(self, times: Times) -> None:
        """Add the times that its answers take from now on."""
        raise NotImplementedError


class Service(Scorer):
    """Asked at its address. Threads may share it."""

    def __init__(self, declared: Declared, address: str, key: str | None, watchers: Watchers) -> None:
        super().__init__(declared)
        self._address = address
        self._key = key
        self._watchers = watchers
        self._here: dict[asyncio.AbstractEventLoop, Remote] = {}
        self._times: Times | None = None

    def measure(self, times: Times) -> None:
        self._times = times

    def score(self, text: str, label: str | None) -> float:
        run = RUN.get()
        if run is not None:
            scores = run.answer((self, text), Wish(self._ask_async, True, (text, run.end), {}))
        else:
            scores = self._remembered(text)
        return scores[self.declared.labels.index(label) if label is not None else 0]  # type: ignore[no-any-return]

    def _remembered(self, text: str) -> Scores:
        asked = _asked.get()
        if asked is None:
            return self._ask(text)
        answer = asked.get((self, text))
        if answer is None:
            try:
                answer = Answer(self._ask(text))
            except ServiceError as error:
                answer = Answer(error=error)
            asked[self, text] = answer
        if answer.error is not None:
            raise answer.error
        return answer.value  # type: ignore[no-any-return]

    def _ask(self, text: str) -> Scores:
        future = self._begun(text, None)
        try:
            return future.result(self.declared.timeout + GRACE)
        except TimeoutError:
            raise ServiceError("timeout", f"the service `{self.declared.name}` did not answer in time") from None
        finally:
            future.cancel()

    async def _ask_async(self, text: str, end: float | None) -> Scores:
        import asyncio  # noqa: PLC0415 - loading a plan does not need it

        return await asyncio.wrap_future(self._begun(text, end))

    def _begun(self, text: str, end: float | None) -> Future[Scores]:
        from guardc.runtime.asynchronous.background import begun  # noqa: PLC0415 - brings asyncio

        place = self._watchers.place()
        return begun(LOOP, lambda: self._answer(text, end, place))

    async def _answer(self, text: str, end: float | None, place: Any) -> Scores:
        """On the loop in the background, whose clock is `time.monotonic`."""
        import asyncio  # noqa: PLC0415

        loop = asyncio.get_running_loop()
        remote = self._here.get(loop)
        if remote is None:
            from guardc.runtime.remote.remote import Remote  # noqa: PLC0415 - only services need it

            remote = self._here[loop] = Remote(self.declared, self._address, self._key, self._watchers)
        began = loop.time()
        try:
            return await remote.ask(text, end, place)
        finally:
            if self._times is not None:
                self._times.add(loop.time() - began)


class Given(Scorer):
    """A function in the place of a service: takes a text, returns its score, or a mapping from labels to scores."""

    def __init__(self, declared: Declared, function: Callable[[str], Any]) -> None:
        super().__init__(declared)
        self._function = Slow(function, asynchronous=is_asynchronous(function))

    def measure(self, times: Times) -> None:
        self._function.measure(times)

    def score(self, text: str, label: str | None) -> float:
        said = self._function(text)
        score = said if label is None else said.get(label) if isinstance(said, Mapping) else None
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            what = "" if label is None else f" for `{label}`"
            raise ServiceError("response", f"the service `{self.declared.name}` gave no number from 0 to 1{what}")
        return float(score)


class ServedGuard(JudgedGuard):
    """A guard of a policy with services."""

    __slots__ = ()

    def validate(
        self, text: Any, metadata: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Outcome:
        token = _asked.set({})
        try:
            return super().validate(text, metadata, timeout=timeout)
        finally:
            _asked.reset(token)

    def validate_many(
        self,
        texts: Iterable[Any],
        metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[Outcome]:
        """Judge several texts, as `Guard.validate_many` does; up to 100 at the same time, which share requests."""
        from guardc.runtime.asynchronous import AsyncGuard  # noqa: PLC0415 - brings asyncio
        from guardc.runtime.asynchronous.background import result  # noqa: PLC0415

        return result(lambda: AsyncGuard(self).validate_many(texts, metadata, timeout=timeout))


# --- loading ----------------------------------------------------------------------------------------------------------


def resolve_services(
    sections: Sections,
    given: Mapping[str, Callable[[str], Any]],
    watchers: Watchers,
    environment: Mapping[str, str] = os.environ,
) -> dict[int, Service | Given]:
    """By number of the handler that stands for it. `given` are functions in the places of services, by name;
    `watchers` are told of requests.

    Raises:
        PlanError: a record of the plan cannot be, or a library is missing.
        ServiceError: a service has no address, or an unknown one was given.
    """
    if not isinstance(cast("object", given), Mapping):
        raise ServiceError(
            "address", f"services must be a mapping from names to functions, not `{type(given).__name__}`"
        )
    found: dict[int, Service | Given] = {}
    declared = _read(sections)
    for handler, service in declared.items():
        function = given.get(service.name)
        if function is None:
            found[handler] = _service(service, watchers, environment)
        elif not callable(function):
            raise ServiceError("address", f"what is given for the service `{service.name}` is no function")
        else:
            found[handler] = Given(service, function)
    names = {service.name for service in declared.values()}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ServiceError("address", f"the policy has no service {', '.join(f'`{name}`' for name in unknown)}")
    return found


def _service(service: Declared, watchers: Watchers, environment: Mapping[str, str]) -> Service:
    what = f"the service `{service.name}`"
    address = environment.get(service.address, "").strip().rstrip("/")
    if not address:
        raise ServiceError("address", f"{what} has no address: set {service.address} in the environment")
    scheme, _, rest = address.partition("://")
    if scheme not in {"http", "https"} or not rest or not address.isprintable() or set("?# ") & set(address):
        said = f"{what} has no usable address: {service.address} must be like http://HOST:PORT"
        raise ServiceError("address", said)
    key = None
    if service.key is not None:
        key = environment.get(service.key, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise ServiceError("address", f"{what} has no key: set {service.key} in the environment")
    try:
        # Now, not with the first text: it takes some tenths of a second, and that text may have less.
        import aiohttp  # noqa: F401, PLC0415 - only plans with services need it
    except ImportError:
        raise PlanError(f"{what} needs aiohttp, which is not installed: pip install 'guardc[remote]'") from None
    from guardc.runtime.remote import remote  # noqa: F401, PLC0415

    return Service(service, address, key, watchers)


def _read(sections: Sections) -> dict[int, Declared]:
    strings, cold = sections.strings, sections.cold
    found: dict[int, Declared] = {}

    def optional(number: int) -> str | None:
        return None if number == layout.NONE else strings[number]

    for record in cold["SERV"]:
        handler, name, protocol, address, key, model, version, input_, column, output, start, count = record[:12]
        timeout, batch, delay, calls, retries, hedge, cache, has_doubt, fallback, low, high = record[12:]
        _, kind, _, parameters = cold["HAND"][handler]
        if layout.HANDLER_KINDS[kind] != "measure" or parameters != bool(count):
            raise PlanError("section SERV is damaged: what scores a text is no measure of a text and a label")
        if not (timeout and batch and calls):
            raise PlanError("section SERV is damaged: a service that has no time, or may not be asked")
        found[handler] = Declared(
            name=strings[name],
            protocol=layout.PROTOCOLS[protocol],
            address=strings[address],
            key=optional(key),
            model=strings[model],
            version=optional(version),
            input=strings[input_],
            column=bool(column),
            output=optional(output),
            labels=tuple(strings[entry] for (entry,) in cold["LIST"][start : start + count]),
            timeout=timeout / 1000,
            batch=batch,
            delay=delay / 1000,
            calls=calls,
            retries=retries,
            hedge=hedge / 1000 if hedge else None,
            cache=cache,
            doubt=(low, high) if has_doubt else None,
            fallback=bool(fallback),
        )
    return found
