"""`POST /v1/guards/{guard}/stream`: a text judged while it comes.

The request's body and the answer are open at the same time. The body is lines of JSON, the answer is server-sent
events, and each piece is answered by one event:

    {"metadata": {"tier": "pro"}}       (first, and only if there is any; answered by nothing)
    {"piece": "Write to ann@"}          event: release    data: {"text": "Write to ", "stopped": false}
    {"piece": "example.com"}            event: release    data: {"text": "", "stopped": false}
    the end of the body                 event: release    data: {"text": "[email]", "stopped": false}
                                        event: outcome    data: {"guard": ..., "passed": ..., ...}

Of a guard `as json` a release has `"fields": [{"path", "value", "place"}, ...]`. When a rule ends the stream, it says
`"stopped": true`, the outcome follows at once, and what is still sent is not looked at. A refusal once the answer has
begun is `event: error`, with the same data as anywhere; then nothing that was not released may be shown, and there is
no outcome.

A client that sends the whole body before it reads, or a proxy that does so for it, gets the same events, only later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from guardc.fastpath._core import Stream, ValueStream
from guardc.runtime.asynchronous.passes import LONG
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.guard import Guard
from guardc.runtime.records import outcome_fields
from guardc.runtime.server.answers import HEADERS, Exchange, Send, encode
from guardc.runtime.server.bodies import CLOSE, kind, read_json, too_large, wrong
from guardc.runtime.server.gone import GoneError
from guardc.runtime.server.judging import guard_of
from guardc.runtime.server.limit import Limit
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.running import Current
from guardc.runtime.server.settings import Settings

__all__ = ["LINES", "stream"]

LINES = b"application/x-ndjson"
EVENTS = ((b"content-type", b"text/event-stream"), *HEADERS, (b"x-accel-buffering", b"no"))
"""The last one tells nginx not to wait for more."""


async def stream(settings: Settings, current: Current, name: str, exchange: Exchange) -> None:
    """Answer one request."""
    guard = guard_of(current, name)
    if name not in current.streams:
        raise Refusal(
            "bad_request",
            f"guard `{name}` is not for streams",
            where="path",
            help=f"write `guard {name} on {guard.direction} stream` in the policy, or use its validate route",
            headers=CLOSE,
        )
    if exchange.headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != LINES:
        message = f"the content type is not {LINES.decode()}"
        help_ = f"send `Content-Type: {LINES.decode()}`, and lines of JSON"
        raise Refusal("wrong_type", message, where="headers", help=help_, headers=CLOSE)
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [*EVENTS]})
    try:
        await _judge(settings, current, guard, exchange)
    except Refusal as refusal:
        await _event(exchange.send, "error", refusal.fields())
    await exchange.send({"type": "http.response.body", "body": b""})


async def _judge(settings: Settings, current: Current, guard: Guard, exchange: Exchange) -> None:
    made: Any = None
    number = 0
    async for line in _lines(settings, exchange):
        number += 1
        metadata, piece = _read(line, number)
        if piece is None:
            made = guard.stream(metadata)
            continue
        if made is None:
            made = guard.stream()
        released = await _done(settings, current, len(piece) > LONG, made.feed, piece)
        await _release(exchange.send, made, released)
        if made.stopped:
            break
    if made is None:
        made = guard.stream()
    if not made.stopped:
        await _release(exchange.send, made, await _done(settings, current, False, made.close))
    fields = outcome_fields(made.outcome)
    fields["policy_hash"] = current.plan.policy_hash
    await _event(exchange.send, "outcome", fields)


async def _done(settings: Settings, current: Current, far: bool, step: Any, *piece: str) -> Any:
    """What a step of a stream gives: on the loop if it takes microseconds, else on a thread."""
    if not current.plan.waits and not far:
        return step(*piece)
    try:
        async with asyncio.timeout(settings.timeout):
            return await in_thread(CALLS, step, *piece)
    except TimeoutError:
        message = f"a piece was not judged within {settings.timeout:g} seconds; nothing more may be shown"
        raise Refusal("timeout", message, help="start the server with a larger --timeout") from None


async def _lines(settings: Settings, exchange: Exchange) -> AsyncIterator[bytes]:
    """The lines of the body, none of them empty.

    Raises:
        GoneError: the client hung up before its end.
        Refusal: a line is too long, or did not come in time.
    """
    rest = bytearray()  # grows in place: a line that comes byte by byte must not be copied with each
    while True:
        with Limit(settings.timeout) as limit:
            try:
                message = await exchange.receive()
            except asyncio.CancelledError:
                if not limit.is_over():
                    raise
                text = f"there was no piece for {settings.timeout:g} seconds"
                raise Refusal("too_slow", text, help="start the server with a larger --timeout") from None
        if message["type"] == "http.disconnect":
            raise GoneError
        first, *others = message.get("body", b"").split(b"\n")
        rest += first
        for other in others:
            if len(rest) > settings.max_body:
                raise too_large(settings.max_body, "a line")
            if rest.strip():
                yield bytes(rest)
            rest = bytearray(other)
        if len(rest) > settings.max_body:
            raise too_large(settings.max_body, "a line")
        if not message.get("more_body", False):
            if rest.strip():
                yield bytes(rest)
            return


def _read(line: bytes, number: int) -> tuple[dict[str, Any] | None, str | None]:
    """The metadata or the piece in a line."""
    place = f"line {number}"
    fields = read_json(line, place)
    if not isinstance(fields, dict) or len(fields) != 1 or not fields.keys() <= {"piece", "metadata"}:
        raise wrong(
            place, "it is no object with `piece` alone", 'send {"piece": "..."}; {"metadata": {...}} may come first'
        )
    if "piece" in fields:
        if not isinstance(fields["piece"], str):
            raise wrong(
                f"{place}: $.piece", f"{kind(fields['piece'])} instead of a string", "send the text as it comes"
            )
        return None, fields["piece"]
    if number > 1 or not isinstance(fields["metadata"], dict):
        raise wrong(f"{place}: $.metadata", "metadata is an object in the first line", "send it before the first piece")
    return fields["metadata"], None


async def _release(send: Send, made: Stream | ValueStream, released: Any) -> None:
    if isinstance(made, Stream):
        await _event(send, "release", {"text": released, "held": made.held, "stopped": made.stopped})
    else:
        fields = [field._asdict() for field in released]
        await _event(send, "release", {"fields": fields, "stopped": made.stopped})


async def _event(send: Send, name: str, fields: dict[str, Any]) -> None:
    data = f"event: {name}\ndata: {encode(fields)}\n\n".encode("ascii")
    await send({"type": "http.response.body", "body": data, "more_body": True})
