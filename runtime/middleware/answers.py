"""Answers of an application, judged on their way out.

An answer of one JSON value, or of a guard that is no stream, is kept until it is whole. A text in pieces leaves as the
guard lets it: each event with as much of its piece, and the rest in an event like the last one that had a piece, before
what says that the stream ends.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

from guardc.fastpath._core import Outcome, Stream
from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.middleware.frames import Events, Frame, Lines, Text
from guardc.runtime.middleware.routes import Route

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["Answering", "Manner", "Message", "Send", "send_error", "send_json"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
EVENTS, PLAIN = "text/event-stream", "text/plain"
LINES = frozenset({"application/x-ndjson", "application/jsonl"})
JSON = (b"content-type", b"application/json")
OF_THE_BYTES = frozenset({b"content-length", b"transfer-encoding", b"etag", b"content-md5", b"digest"})
"""Headers that say something of the bytes of a body, which may be others then."""


class Manner(NamedTuple):
    """How the middleware answers itself.

    Attributes:
        blocked: a status and a JSON value, of an outcome that did not pass.
        most: bytes of a body.
    """

    blocked: Callable[[Outcome], tuple[int, Any]]
    most: int


async def send_json(send: Send, status: int, value: Any) -> None:
    """An answer of the middleware itself."""
    body = json.dumps(value).encode("ascii")
    headers = [JSON, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, status: int, code: str, message: str) -> None:
    """An error of the middleware itself."""
    await send_json(send, status, _error(code, message))


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


class Answering:
    """One answer: `send` takes the place of the server's."""

    def __init__(
        self, plan: Plan, route: Route, metadata: Mapping[str, Any] | None, send: Send, manner: Manner
    ) -> None:
        assert route.output is not None
        self._waits = plan.waits
        self._guard = plan.guard(route.output)
        self._place = route.places[1]
        self._metadata = metadata
        self._send = send
        self._manner = manner
        self._start: Message = {}
        self._body = b""
        self._plain = self._pass = self._over = False
        self._pieces: _Pieces | None = None

    async def send(self, message: Message) -> None:
        """As of ASGI."""
        if self._pass:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body" and not self._over:
            await self._take(message.get("body", b""), last=not message.get("more_body", False))

    async def _begin(self, start: Message) -> None:
        self._start = start
        if start["status"] >= 300 or start["status"] in {204, 205}:  # what the application says itself, or no body
            self._pass = True
            await self._send(start)
            return
        headers = {bytes(name).lower(): bytes(value) for name, value in start.get("headers", ())}
        if headers.get(b"content-encoding", b"identity") != b"identity":
            await self._unusable("the answer is compressed, and cannot be judged")
            return
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
        self._plain = kind == PLAIN
        if self._plain or kind == EVENTS or kind in LINES:
            stream = self._stream()
            if stream is not None:
                frame = Text() if self._plain else Events(self._place) if kind == EVENTS else Lines(self._place)
                self._pieces = _Pieces(stream, frame)
                await self._send({**start, "headers": self._headers()})
            elif not self._plain:
                await self._unusable(f"guard `{self._guard.name}` is no stream of texts, and the answer is one")
        elif kind != "application/json" and not kind.endswith("+json"):
            await self._unusable("the answer is neither JSON nor text, and cannot be judged")

    def _stream(self) -> Stream | None:
        guard = self._guard
        return guard.stream(self._metadata) if guard.streamed and guard.opens is None else None

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [(name, value) for name, value in self._start.get("headers", ()) if name.lower() not in OF_THE_BYTES]

    async def _unusable(self, said: str) -> None:
        """The answer of the application is not as its route says. It does not leave."""
        self._over = True
        await send_error(self._send, 502, "not_judged", said)

    async def _take(self, body: bytes, *, last: bool) -> None:
        if self._pieces is not None:
            await self._piecewise(self._pieces, body, last=last)
            return
        self._body += body
        if len(self._body) > self._manner.most:
            await self._unusable(f"the answer is larger than {self._manner.most:,} bytes")
        elif last:
            await self._whole()

    async def _whole(self) -> None:
        try:
            value = self._body.decode("utf-8") if self._plain else json.loads(self._body)
        except (ValueError, RecursionError):
            await self._unusable("the answer is not what its content type says")
            return
        asked = value if self._plain else self._place.of(value)
        if not isinstance(asked, str) and (self._guard.opens is None or asked is None):
            await self._unusable(f"there is no text at {self._place.written} of the answer")
            return
        outcome = await AsyncGuard(self._guard).validate(asked, self._metadata)
        self._over = True
        if not outcome.passed:
            await send_json(self._send, *self._manner.blocked(outcome))
            return
        output = outcome.output
        if self._plain:
            body = output.encode("utf-8")
        else:
            if isinstance(asked, str) and not isinstance(output, str):
                output = json.dumps(output)  # a value in a text stays one
            body = json.dumps(self._place.replaced(value, output)).encode("ascii")
        headers = [*self._headers(), (b"content-length", b"%d" % len(body))]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _piecewise(self, pieces: _Pieces, body: bytes, *, last: bool) -> None:
        try:
            leaving = await in_thread(CALLS, pieces.take, body, last) if self._waits else pieces.take(body, last)
        except (ValueError, RecursionError):
            self._over = True  # what has left was judged; nothing more does
            said = pieces.frame.said(_error("not_judged", "the answer is not what its content type says"))
            await self._send({"type": "http.response.body", "body": said})
            return
        if pieces.stream.stopped:
            self._over = True
            outcome = pieces.stream.outcome
            assert outcome is not None
            leaving += pieces.frame.said(self._manner.blocked(outcome)[1])
        await self._send({"type": "http.response.body", "body": leaving, "more_body": not (last or self._over)})


class _Pieces:
    """A text that comes in pieces, in some frame."""

    def __init__(self, stream: Stream, frame: Frame) -> None:
        self.stream = stream
        self.frame = frame
        self._like: Any = None  # the last value with a piece

    def take(self, body: bytes, last: bool) -> bytes:
        """The bytes that may leave now.

        Raises:
            ValueError: they are not what their content type says.
        """
        leaving = b""
        for part in self.frame.cut(body, last=last):
            if part.piece is not None:
                self._like = part.value
                leaving += self.frame.piece(part.value, self.stream.feed(part.piece))
            else:
                leaving += (self._rest() if part.last else b"") + part.raw
            if self.stream.stopped:
                return leaving
        return leaving + (self._rest() if last else b"")

    def _rest(self) -> bytes:
        """What the guard held back, once."""
        if self.stream.outcome is not None:
            return b""
        text = self.stream.close()
        return self.frame.piece(self._like, text) if text else b""
