"""Sending answers: JSON with the headers that every answer has."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from guardc.runtime.server.refusals import Refusal

__all__ = [
    "HEADERS",
    "Exchange",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "encode",
    "send_body",
    "send_json",
    "send_refusal",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Exchange(NamedTuple):
    """A request as ASGI hands it over, and its headers by name."""

    scope: Scope
    receive: Receive
    send: Send
    headers: dict[bytes, bytes]


HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""Nobody on the way keeps an answer, and no browser takes it for a page. Each header costs the server a microsecond;
what pages need besides, `pages` adds."""
JSON = ((b"content-type", b"application/json"), *HEADERS)

encode: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":")).encode
"""ASCII, so that a lone surrogate is an escape."""


async def send_json(send: Send, status: int, fields: Any, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """A whole answer."""
    await send_body(send, status, encode(fields).encode("ascii"), headers)


async def send_body(send: Send, status: int, data: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """The same, of JSON that is written already."""
    length = (b"content-length", b"%d" % len(data))
    await send({"type": "http.response.start", "status": status, "headers": [length, *JSON, *headers]})
    await send({"type": "http.response.body", "body": data})


async def send_refusal(send: Send, refusal: Refusal, form: Callable[[Refusal], dict[str, Any]]) -> None:
    await send_json(send, refusal.status, form(refusal), refusal.headers)
