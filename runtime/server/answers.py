"""Sending answers: JSON with the headers that every answer has."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from guardc.runtime.server.refusals import Refusal

__all__ = ["HEADERS", "Exchange", "Message", "Receive", "Scope", "Send", "encode", "send_json", "send_refusal"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Exchange(NamedTuple):
    """A request as ASGI hands it over."""

    scope: Scope
    receive: Receive
    send: Send


HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
"""Verdicts are not kept by anybody on the way, and nothing here is a page of another site."""
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
JSON = (*HEADERS, POLICY, (b"content-type", b"application/json"))

encode: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":")).encode
"""ASCII, so that a lone surrogate is an escape."""


async def send_json(
    send: Send, status: int, fields: Any, headers: tuple[tuple[bytes, bytes], ...] = (), *, body: bool = True
) -> None:
    """A whole answer; without `body` as a `HEAD` request wants it."""
    data = encode(fields).encode("ascii")
    length = (b"content-length", str(len(data)).encode("ascii"))
    await send({"type": "http.response.start", "status": status, "headers": [*JSON, *headers, length]})
    await send({"type": "http.response.body", "body": data if body else b""})


async def send_refusal(send: Send, refusal: Refusal) -> None:
    await send_json(send, refusal.status, refusal.fields(), refusal.headers)
