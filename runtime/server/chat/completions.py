"""`POST /v1/guards/{guard}/chat/completions`: an answer of a model, judged on its way.

The call is that of `AsyncGuard.call`: the guard that is answered judges the messages, the guard the answer, and what
does not pass is asked again as the policy says. With `stream` the text leaves as the guard lets it, if the guard is a
stream of texts; else when the answer has ended.

Before anything has left, an error has the status that it deserves; after that it is an event in the stream.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.llm import CallOutcome
from guardc.runtime.server.answers import HEADERS, Exchange, Send, encode, send_json
from guardc.runtime.server.bodies import CLOSE, is_json, read
from guardc.runtime.server.chat.asking import Asked, asked_in
from guardc.runtime.server.chat.forms import Form, error_fields, refused
from guardc.runtime.server.chat.models import Models
from guardc.runtime.server.gone import unless_gone
from guardc.runtime.server.judging import guard_of, late
from guardc.runtime.server.limit import Limit
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.running import Current
from guardc.runtime.server.settings import Settings

__all__ = ["complete", "listed"]

EVENTS = ((b"content-type", b"text/event-stream"), *HEADERS, (b"x-accel-buffering", b"no"))
END = b"data: [DONE]\n\n"


async def complete(models: Models, settings: Settings, current: Current, name: str, exchange: Exchange) -> None:
    """Answer one request."""
    guard = guard_of(current, name)
    if guard.direction != "output":
        message = f"guard `{name}` is on input, and judges no answers"
        raise Refusal("bad_request", message, where="path", help="name a guard on output", headers=CLOSE)
    if not is_json(exchange.headers):
        message = "the content type is not application/json"
        raise Refusal(
            "wrong_type", message, where="headers", help="send `Content-Type: application/json`", headers=CLOSE
        )
    with Limit(settings.timeout) as limit:
        try:
            asked = asked_in(await read(exchange, settings.max_body))
        except asyncio.CancelledError:
            if not limit.is_over():
                raise
            raise late(settings, reading=True) from None
    arguments = {
        **asked.arguments,
        "messages": asked.messages,
        "model": models.called(asked.model),
        "llm": models.completion,
        "metadata": asked.metadata,
        "timeout": settings.call_timeout,
    }
    answering = _Answering(
        AsyncGuard(guard), asked, arguments, Form(asked.model, current.plan.policy_hash), exchange.send
    )
    piecewise = asked.stream and name in current.streams and guard.opens is None
    await unless_gone(exchange.receive, answering.piecewise() if piecewise else answering.whole())


async def listed(models: Models, settings: Settings, current: Current, name: str, exchange: Exchange) -> None:
    """`GET .../models` and `.../models/{model}`: which may be asked for."""
    del settings
    guard_of(current, name)
    wanted = exchange.scope["path"].partition(f"/{name}/models")[2].removeprefix("/")
    if wanted:
        models.called(wanted)
    found = [{"id": known, "object": "model", "created": 0, "owned_by": "guardc"} for known in models.names]
    await send_json(
        exchange.send,
        200,
        next(one for one in found if one["id"] == wanted) if wanted else {"object": "list", "data": found},
    )


class _Answering:
    """The answer to one request."""

    def __init__(self, guard: AsyncGuard, asked: Asked, arguments: dict[str, Any], form: Form, send: Send) -> None:
        self._guard = guard
        self._asked = asked
        self._arguments = arguments
        self._form = form
        self._send = send

    async def whole(self) -> None:
        """Answer when the answer of the model has ended."""
        with _mistakes():
            outcome = await self._guard.call(**self._arguments)
        refusal = refused(outcome)
        if refusal is not None:
            raise refusal
        if self._asked.stream:
            await self._begin()
            await self._end(outcome, whole=True)
        else:
            await send_json(self._send, 200, self._form.completion(outcome))

    async def piecewise(self) -> None:
        """Answer as the guard lets the answer of the model."""
        with _mistakes():
            stream = await self._guard.call(stream=True, **self._arguments)
        begun = False
        async with stream:
            async for text in stream:
                if not begun:
                    begun = True
                    await self._begin()
                await self._event(self._form.chunk({"content": text}))
        outcome = stream.outcome
        assert outcome is not None
        refusal = refused(outcome)
        if refusal is not None and not begun:
            raise refusal
        if refusal is not None:
            await self._event(error_fields(refusal))
            await self._send({"type": "http.response.body", "body": b""})
            return
        if not begun:
            await self._begin()
        await self._end(outcome, whole=False)

    async def _begin(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": [*EVENTS]})
        await self._event(self._form.chunk({"role": "assistant", "content": ""}))

    async def _event(self, fields: dict[str, Any]) -> None:
        data = f"data: {encode(fields)}\n\n".encode("ascii")
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _end(self, outcome: CallOutcome, *, whole: bool) -> None:
        for chunk in self._form.rest(outcome, whole=whole):
            await self._event(chunk)
        if self._asked.usage:
            await self._event(self._form.usage(outcome))
        await self._send({"type": "http.response.body", "body": END})


@contextlib.contextmanager
def _mistakes() -> Any:
    """What a call raises is wrong in the request: it names places and types, never a text."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise Refusal("bad_request", str(error), where="$.messages") from None
