"""The client for asyncio, on aiohttp."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

try:
    import aiohttp
except ImportError:
    raise ImportError("guardc.AsyncClient needs aiohttp: pip install 'guardc[client]'") from None

from guardc.runtime.client.errors import unreachable
from guardc.runtime.client.outcomes import ServedOutcome, fields_of, outcome_of, refused, released
from guardc.runtime.client.wire import address_of, batch, first_line, headers_of, line, path_of, question

__all__ = ["AsyncClient", "AsyncServedGuard", "AsyncServedStream"]

JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}


class AsyncClient:
    """A server's guards for asyncio, used like those of a plan. The tasks of one loop may share it; `aclose`, or the
    end of an `async with` block, closes its connections.

        plan = guardc.AsyncClient("http://127.0.0.1:8000", key=os.environ["GUARDC_KEY"])
        outcome = await plan.async_guard("reply").validate(text)

    Args:
        url: where the server is. With a path, if a front puts one before the server's routes.
        key: that `guardc key` made; None: the server asks for none.
        timeout: seconds that a request may take, or the next event of a stream.
    """

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 60.0) -> None:
        address = address_of(url)
        self._url = url.rstrip("/")
        self._host = address.host
        self._headers = headers_of(key)
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    def async_guard(self, name: str) -> AsyncServedGuard:
        """The guard of that name. Whether the server has one shows at the first text."""
        return AsyncServedGuard(self, name)

    async def guards(self) -> tuple[str, ...]:
        """The names of the guards that the key is for, in written order.

        Raises:
            ServerError: there was no answer, or a refusal.
        """
        return tuple(guard["name"] for guard in (await self._ask("GET", "/v1/guards"))["guards"])

    async def aclose(self) -> None:
        """Close the connections. The next request opens another one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncClient of {self._host}>"

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        limit = aiohttp.ClientTimeout(total=self._timeout)
        try:
            async with self._request(method, path, body, JSON, limit) as response:
                data = await response.read()
        except (OSError, aiohttp.ClientError) as error:
            raise unreachable(self._host, error) from error
        return fields_of(response.status, data, response.headers)

    def _request(self, method: str, path: str, body: Any, headers: Mapping[str, str], limit: Any) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session.request(
            method,
            self._url + path,
            data=body,
            headers={**self._headers, **headers},
            timeout=limit,
            allow_redirects=False,
        )


class AsyncServedGuard:
    """A guard of a server: the same `validate` and `validate_many` as an `AsyncGuard`, and `stream`. Made by
    `AsyncClient.async_guard`.

    Attributes:
        name: the guard's name in the policy.
    """

    def __init__(self, client: AsyncClient, name: str) -> None:
        self._client = client
        self.name = name

    async def validate(
        self, text: Any, metadata: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> ServedOutcome:
        """Judge one text, the texts in a list of messages, or one structured value, as `AsyncGuard.validate` does.

        Raises:
            ServerError: there is no verdict.
            UnknownGuardError: the server has no such guard.
            TypeError, ValueError: something cannot be written as JSON.
            MetadataError: `metadata` is neither None nor a mapping.
        """
        body = question(text, metadata, timeout)
        fields = await self._client._ask("POST", path_of(self.name, "validate"), body)
        return outcome_of(fields, fields["policy_hash"])

    async def validate_many(
        self,
        texts: Iterable[Any],
        metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[ServedOutcome]:
        """Judge several texts in one request; the same as `validate` on each.

        Raises:
            ServerError, UnknownGuardError, TypeError, ValueError, MetadataError: as `validate`.
        """
        body = batch(texts, metadata, timeout)
        fields = await self._client._ask("POST", path_of(self.name, "validate"), body)
        return [outcome_of(one, fields["policy_hash"]) for one in fields["outcomes"]]

    def stream(self, metadata: Mapping[str, Any] | None = None) -> AsyncServedStream:
        """Judge a text, or a structured value, while it comes. The server is called with the first piece.

        Raises:
            MetadataError: `metadata` is neither None nor a mapping.
        """
        return AsyncServedStream(self._client, path_of(self.name, "stream"), first_line(metadata))

    def __repr__(self) -> str:
        return f"<AsyncServedGuard {self.name!r}>"


class AsyncServedStream:
    """A stream of a server; `feed` and `close` are awaited. Made by `AsyncServedGuard.stream`. The end of an
    `async with` block gives it up.

    Attributes:
        outcome: the outcome, once there is one.
        stopped: a rule has ended the stream.
    """

    def __init__(self, client: AsyncClient, path: str, first: bytes) -> None:
        self.outcome: ServedOutcome | None = None
        self.stopped = False
        self._client = client
        self._path = path
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        if first:
            self._lines.put_nowait(first)
        self._response: Any = None
        self._rest = b""
        self._nothing: Any = ""

    async def feed(self, piece: str) -> Any:
        """What may leave now that this piece has come: a text, or of a guard `as json` a list of `Field`s.

        Raises:
            ServerError: the stream broke off, or was refused; what has left is all that may be shown.
            UnknownGuardError: the server has no such guard.
            TypeError: the piece is no `str`.
            ValueError: the stream is closed.
        """
        data = line(piece)
        if self.stopped:
            return self._nothing
        if self.outcome is not None:
            raise ValueError("the stream is closed")
        return await self._step(data)

    async def close(self) -> Any:
        """The rest. Again, or after a rule ended the stream: nothing.

        Raises:
            ServerError, UnknownGuardError: as `feed`; there is no outcome.
        """
        return self._nothing if self.outcome is not None else await self._step(b"")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._give_up()

    def _give_up(self) -> None:
        if self._response is not None:
            self._response.close()

    async def _step(self, data: bytes) -> Any:
        self._lines.put_nowait(data)
        try:
            async with asyncio.timeout(self._client._timeout):
                if self._response is None:
                    await self._open()
                name, fields = await self._event()
                if name != "release":
                    raise refused(self._response.status, fields, {})
                given = released(fields)
                self._nothing = given[:0]
                stopped = fields["stopped"]
                if stopped or not data:
                    name, fields = await self._event()
                    if name != "outcome":
                        raise refused(self._response.status, fields, {})
                    self.outcome = outcome_of(fields, fields["policy_hash"])
                    self.stopped = stopped
                    self._give_up()
        except (OSError, aiohttp.ClientError) as error:
            self._give_up()
            raise unreachable(self._client._host, error) from error
        except BaseException:
            self._give_up()
            raise
        return given

    async def _open(self) -> None:
        limit = aiohttp.ClientTimeout(total=None)
        self._response = await self._client._request("POST", self._path, self._body(), LINES, limit)
        if self._response.status != 200:
            fields_of(self._response.status, await self._response.read(), self._response.headers)

    async def _body(self) -> AsyncIterator[bytes]:
        while data := await self._lines.get():
            yield data

    async def _event(self) -> tuple[str, Any]:
        while b"\n\n" not in self._rest:
            data = await self._response.content.readany()
            if not data:
                raise ConnectionResetError
            self._rest += data
        event, _, self._rest = self._rest.partition(b"\n\n")
        name, _, said = event.partition(b"\n")
        return name.removeprefix(b"event: ").decode("ascii"), json.loads(said.removeprefix(b"data: "))
