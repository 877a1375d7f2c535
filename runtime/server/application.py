"""The ASGI application: counts requests, asks who calls, and hands them to their routes.

Verdicts and streams are plain ASGI; Starlette has the routes that are called now and then (`pages`).

Invariant: every answer that is no verdict has the form of `refusals`, whatever happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from guardc.fastpath.errors import GuardcError
from guardc.runtime.server.access import allow, caller_of
from guardc.runtime.server.answers import Exchange, Receive, Scope, Send, send_refusal
from guardc.runtime.server.chat.completions import complete, listed
from guardc.runtime.server.chat.forms import error_fields
from guardc.runtime.server.chat.models import Models
from guardc.runtime.server.gone import GoneError
from guardc.runtime.server.judging import validate
from guardc.runtime.server.metrics import Load, counts
from guardc.runtime.server.page.playground import Playground
from guardc.runtime.server.pages import pages
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.running import Current, ReloadError, Running
from guardc.runtime.server.settings import Settings
from guardc.runtime.server.siblings import Answer, Siblings
from guardc.runtime.server.streams import stream

__all__ = ["Application", "application"]

LOG = logging.getLogger("guardc.server")
GUARDS = "/v1/guards/"
PLAYGROUND = "/v1/playground"
LIKE_OPENAI = ("chat/completions", "models")
"""Routes that are answered as clients of OpenAI's API expect it, errors too."""
RETRY = ((b"retry-after", b"1"),)
PROBES = ("/health", "/ready", "/metrics")
"""Answered however much is in work: a server that is busy is not ill."""


class Route(NamedTuple):
    """What can be asked of a guard: by which method, by whom, and who answers."""

    method: str
    scope: str
    answer: Callable[[Settings, Current, str, Exchange], Awaitable[None]]


class Application:
    """One worker of a server. Made by `application`.

    Attributes:
        running: the plan that runs.
        load: what is going on.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.running = Running(settings)
        self.load = Load()
        self._models = Models(settings.models)
        self._routes = {
            "validate": Route("POST", "validate", validate),
            "stream": Route("POST", "validate", stream),
            "chat/completions": Route("POST", "chat", partial(complete, self._models)),
            "models": Route("GET", "chat", partial(listed, self._models)),
        }
        self._playground = Playground(settings)
        self._siblings = None if settings.folder is None else Siblings(settings.folder, self._answers())
        self._pages = pages(settings, self.running, self.load, self._siblings)
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        try:
            path: str = scope["path"]
            if self.load.in_work >= self.settings.concurrency and path not in PROBES:
                self.load.refused += 1
                raise Refusal(
                    "busy",
                    f"{self.load.in_work:,} requests are in work, which is all that this worker takes",
                    help="try again after the seconds that `Retry-After` says",
                    headers=RETRY,
                )
            self.load.in_work += 1
            try:
                await self._route(path, scope, receive, send)
            finally:
                self.load.in_work -= 1
        except Refusal as refusal:
            await send_refusal(send, refusal, _form(scope["path"]))
        except GoneError:
            return
        except Exception as error:
            # The message of an error may have text of the request in it; its place has not.
            place = "".join(traceback.format_tb(error.__traceback__))
            LOG.error("a request ended in %s\n%s", type(error).__name__, place)
            with contextlib.suppress(RuntimeError):  # an answer has begun: it breaks off
                fault = Refusal("internal", "the server could not answer", help="its log has the place")
                await send_refusal(send, fault, _form(scope["path"]))

    async def _route(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        current = self.running.current
        headers = dict(scope["headers"])
        caller = caller_of(headers, self.settings.access, current.keys)
        if path.startswith(GUARDS):
            guard, _, route = path[len(GUARDS) :].partition("/")
            found = self._routes.get("models" if route.startswith("models/") else route)
            if found is not None:
                allow(caller, found.scope, guard)
                _by(found.method, scope)
                await found.answer(self.settings, current, guard, Exchange(scope, receive, send, headers))
                return
        if path == PLAYGROUND:
            allow(caller, "validate")
            _by("POST", scope)
            await self._playground.answer(Exchange(scope, receive, send, headers))
            return
        scope["guardc.caller"] = caller
        await self._pages(scope, receive, send)

    def _answers(self) -> dict[str, Answer]:
        """What other workers may ask of this one."""

        async def counted() -> Any:
            return counts(self.running, self.load).to_fields()

        async def reloaded() -> Any:
            with contextlib.suppress(ReloadError):  # its log says why
                await self.running.reload()
            return self.running.current.plan.policy_hash

        return {"counts": counted, "reload": reloaded}

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._models.open()
        except (GuardcError, ImportError) as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        if self._siblings is not None:
            await self._siblings.open()
        self._watch = asyncio.create_task(self.running.watch())
        plan = self.running.current.plan
        LOG.info("policy %s runs: %s", plan.policy_hash[:12], ", ".join(plan.guards))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._watch.cancel()
        if self._siblings is not None:
            await self._siblings.close()
        await self._models.close()
        await send({"type": "lifespan.shutdown.complete"})


def _by(method: str, scope: Scope) -> None:
    if scope["method"] != method:
        message, allowed = f"this route takes {method}", (b"allow", method.encode("ascii"))
        raise Refusal("method_not_allowed", message, where="path", help=f"send a {method}", headers=(allowed,))


def _form(path: str) -> Any:
    """The form of refusals of a route."""
    route = path.removeprefix(GUARDS).partition("/")[2]
    return error_fields if path.startswith(GUARDS) and route.startswith(LIKE_OPENAI) else Refusal.fields


def application(settings: Settings) -> Any:
    """The ASGI application of a server.

    Raises:
        GuardcError: the plan, a handler or a key is wrong.
        OSError: a file cannot be read.
    """
    made = Application(settings)
    if not settings.origins:
        return made
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415 - most servers are not for browsers

    return CORSMiddleware(
        made,
        allow_origins=settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
    )
