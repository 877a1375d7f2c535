"""One service, from the text that is asked to its scores.

Invariants:
  - no text waits longer than the timeout of the service, or than its guard has time, whichever is shorter; waiting for
    a batch, for a connection and for tries is part of that;
  - no request takes longer than the timeout of the service, whoever waits;
  - what is said of one text does not depend on those that it was sent with: if a service rejects a batch, its halves
    are asked apart, as long as there is a budget for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from guardc.fastpath.errors import ServiceError
from guardc.runtime.remote import guardrails, llamaguard, moderation, tei, v2
from guardc.runtime.remote.batches import Batches, BusyError, Settle
from guardc.runtime.remote.breaker import Breaker
from guardc.runtime.remote.budget import Budget
from guardc.runtime.remote.client import post
from guardc.runtime.remote.flights import Flights
from guardc.runtime.remote.hedge import hedged
from guardc.runtime.services import Declared, Scores
from guardc.runtime.watching import Watchers

__all__ = ["Remote"]

PAUSE = 0.01
"""Seconds before a request is made again, at most; twice as many each time."""


class Spoken(Protocol):
    """How a service is spoken to."""

    def path(self, service: Declared) -> str: ...
    def body(self, service: Declared, texts: list[str]) -> bytes: ...
    def read(self, service: Declared, texts: int, content: bytes) -> list[Scores]: ...


PROTOCOLS: dict[str, Spoken] = {
    "v2": v2,
    "tei": tei,
    "moderation": moderation,
    "guardrails": guardrails,
    "llamaguard": llamaguard,
}

PASSING = frozenset({429, 502, 503, 504})
"""Statuses with which a service says that it cannot now."""
UNKNOWN = frozenset({401, 403, 404, 405})
"""Statuses that are not about a text."""


class Asked(NamedTuple):
    """A text, and where in a trace it is asked about, or None."""

    text: str
    place: Any


class Remote:
    """For one loop.

    Args:
        service: what the policy says.
        address: without a slash at its end.
        key: a bearer token, or None.
        watchers: are told of each request.
    """

    def __init__(self, service: Declared, address: str, key: str | None, watchers: Watchers) -> None:
        self._service = service
        self._protocol = PROTOCOLS[service.protocol]
        self._url = address + self._protocol.path(service)
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._breaker = Breaker()
        self._budget = Budget()
        self._watchers = watchers
        self._batches: Batches[Asked, Scores] = Batches(self._send, service.batch, service.delay, service.calls)
        self._flights: Flights[Scores] | None = Flights(service.cache) if service.cache else None

    async def ask(self, text: str, end: float | None, place: Any = None) -> Scores:
        """The scores of a text.

        Args:
            end: when its guard has no time left, by the clock of the loop, or None.
            place: where in a trace it is asked, or None.

        Raises:
            ServiceError: there are none.
        """
        own = asyncio.get_running_loop().time() + self._service.timeout
        asked = Asked(text, place)
        try:
            async with asyncio.timeout_at(own if end is None else min(own, end)):
                if self._flights is None:
                    return await self._one(asked)
                return await self._flights.ask(text, lambda: self._within(asked))
        except TimeoutError:
            raise self._late() from None

    async def _within(self, asked: Asked) -> Scores:
        """For all who wait for the same text: by themselves they have less time."""
        try:
            async with asyncio.timeout(self._service.timeout):
                return await self._one(asked)
        except TimeoutError:
            raise self._late() from None

    async def _one(self, asked: Asked) -> Scores:
        if not self._breaker.admits():
            raise self._left_alone()
        try:
            return await self._batches.ask(asked)
        except BusyError:
            raise ServiceError("busy", f"too many texts wait for the service `{self._service.name}`") from None

    # --- one batch ---

    async def _send(self, texts: list[Asked], settle: Settle[Scores]) -> None:
        """Settle what becomes of each text."""
        if not self._breaker.admit():
            for number in range(len(texts)):
                settle(number, self._left_alone())
            return
        self._budget.earn()
        said: dict[int, Scores | ServiceError] = {}

        def found(number: int, one: Scores | ServiceError) -> None:
            said[number] = one
            settle(number, one)

        try:
            async with asyncio.timeout(self._service.timeout):
                await self._part(texts, 0, found)
        except TimeoutError:
            for number in range(len(texts)):
                if number not in said:
                    settle(number, self._late())
        finally:
            if any(not isinstance(one, ServiceError) or one.kind == "rejected" for one in said.values()):
                self._breaker.succeeded()
            else:
                self._breaker.failed()

    async def _part(self, texts: list[Asked], start: int, found: Callable[[int, Scores | ServiceError], None]) -> None:
        """Find what there is of some texts that stand from `start` on in their batch."""
        tries = 0
        while True:
            try:
                scores = await self._asked(texts)
                break
            except ServiceError as error:
                if error.passing and tries < self._service.retries and self._budget.spend():
                    tries += 1
                    await asyncio.sleep(random.uniform(0, PAUSE * 2**tries))
                    continue
                if error.of_text and len(texts) > 1 and self._budget.spend():
                    middle = len(texts) // 2
                    await self._part(texts[:middle], start, found)
                    await self._part(texts[middle:], start + middle, found)
                else:
                    for number in range(len(texts)):
                        found(start + number, error.again())
                return
        for number, one in enumerate(scores, start):
            found(number, one)

    async def _asked(self, asked: list[Asked]) -> list[Scores]:
        """One request, or two if the first one is slow."""
        if self._service.hedge is None:
            return await self._request(asked)
        return await hedged(lambda: self._request(asked), self._service.hedge, self._budget.spend)

    async def _request(self, asked: list[Asked]) -> list[Scores]:
        texts, places = [one.text for one in asked], [one.place for one in asked if one.place is not None]
        headers = dict(self._headers)
        sent = self._watchers.sends(self._service.name, self._url, places, len(texts), headers)
        status: int | None = None
        kind: str | None = "cancelled"
        try:
            status, content = await post(
                self._service.name, self._url, self._protocol.body(self._service, texts), headers
            )
            scores = self._read(status, len(texts), content)
            kind = None
        except ServiceError as error:
            kind = error.kind
            raise
        finally:
            self._watchers.received(sent, status, kind)
        return scores

    def _read(self, status: int, texts: int, content: bytes) -> list[Scores]:
        service = self._service
        if status == 200:
            return self._protocol.read(service, texts, content)
        kind = "unavailable" if status >= 500 or status == 429 else "rejected"
        of_text = status == 500 or (kind == "rejected" and status >= 400 and status not in UNKNOWN)
        said = f"the service `{service.name}` answered with status {status}"
        raise ServiceError(kind, said, passing=status in PASSING, of_text=of_text)

    def _late(self) -> ServiceError:
        return ServiceError("timeout", f"the service `{self._service.name}` did not answer in time")

    def _left_alone(self) -> ServiceError:
        said = f"the service `{self._service.name}` failed again and again, and is left alone for now"
        return ServiceError("open", said)
