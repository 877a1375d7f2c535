"""The middleware: judges the body of a request before the application sees it, and watches over its answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.middleware.answers import Answering, Manner, Message, Send, send_error, send_json
from guardc.runtime.middleware.routes import Route
from guardc.runtime.records import failure_fields, reasons

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["GuardMiddleware"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class GuardMiddleware:
    """An ASGI middleware. Requests that no route names pass untouched, as do web sockets.

    Args:
        app: the application.
        plan: whose guards judge; or a function that returns it, called for each request, so that a plan may be
            replaced.
        routes: what is guarded.
        blocked: what a text that does not pass is answered with: a status and a JSON value, of the outcome. Else it is
            400 and `{"error": {...}}` with what the policy says. Of a stream the value is its last event.
        max_body: bytes of a request's body, and of an answer that is judged as a whole.

    Raises:
        ValueError: a route is wrong, or names a guard of the other direction.
        UnknownGuardError: the plan has no such guard.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        *,
        plan: Plan | Callable[[], Plan],
        routes: Iterable[Route],
        blocked: Callable[[Outcome], tuple[int, Any]] | None = None,
        max_body: int = 1 << 20,
    ) -> None:
        self._app = app
        self._plan: Callable[[], Plan] = plan if callable(plan) else lambda: plan
        self._routes = tuple(routes)
        self._manner = Manner(blocked or _blocked, max_body)
        for route in self._routes:
            for name, direction in ((route.input, "input"), (route.output, "output")):
                if name is not None and self._plan().guard(name).direction != direction:
                    raise ValueError(f"{route.method} {route.path}: guard `{name}` is not on {direction}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = next((r for r in self._routes if r.takes(scope)), None) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        plan = self._plan()  # one for the whole request
        metadata = None if route.metadata is None else route.metadata(scope)
        if route.input is not None:
            found = await self._asked(plan, route, metadata, receive, send)
            if found is None:
                return
            scope, receive = _with_body(scope, receive, found)
        if route.output is None:
            await self._app(scope, receive, send)
            return
        # What is compressed cannot be judged; who stands around this may compress what has been.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        answering = Answering(plan, route, metadata, send, self._manner)
        # Without extensions no file is sent by the server itself.
        await self._app({**scope, "headers": headers, "extensions": {}}, receive, answering.send)

    async def _asked(
        self, plan: Plan, route: Route, metadata: Mapping[str, Any] | None, receive: Receive, send: Send
    ) -> bytes | None:
        """The body that the application is to see; None: the request was answered."""
        body = await _read(receive, self._manner.most)
        if body is None:
            return None
        if len(body) > self._manner.most:
            await send_error(send, 413, "too_large", f"the body is larger than {self._manner.most:,} bytes")
            return None
        place = route.places[0]
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            await send_error(send, 400, "bad_json", "the body is not JSON")
            return None
        asked = place.of(value)
        if not isinstance(asked, str | list):
            await send_error(send, 400, "bad_request", f"there is no text at {place.written}")
            return None
        assert route.input is not None
        try:
            outcome = await AsyncGuard(plan.guard(route.input)).validate(asked, metadata)
        except (TypeError, ValueError):  # of messages that are none
            await send_error(send, 400, "bad_request", f"there are no chat messages at {place.written}")
            return None
        if not outcome.passed:
            await send_json(send, *self._manner.blocked(outcome))
            return None
        # Written anew in any case: the application sees the value that was judged, however its parser takes a key that
        # stands twice.
        return json.dumps(place.replaced(value, outcome.output)).encode("ascii")


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body, as far as it is not too large; None: the client hung up."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False) or len(body) > most:
            return bytes(body)


def _with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """The request with another body."""
    dropped = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    headers.append((b"content-length", b"%d" % len(body)))
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()  # the end of the connection
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": headers}, again


def _blocked(outcome: Outcome) -> tuple[int, Any]:
    fields = {
        "code": "blocked",
        "message": reasons(outcome),
        "guard": outcome.guard,
        "action": outcome.action,
        "failures": [failure_fields(failure) for failure in outcome.failures],
    }
    return 400, {"error": fields}
