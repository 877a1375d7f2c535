"""The routes that are called now and then: which guards there are, health, reloads, the documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from guardc.runtime.server.access import allow
from guardc.runtime.server.answers import HEADERS, Receive, Scope, Send
from guardc.runtime.server.documents import PAGE, PAGE_HEADERS, openapi
from guardc.runtime.server.metrics import Counts, Load, counts
from guardc.runtime.server.metrics import page as metrics_page
from guardc.runtime.server.page import files
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.running import ReloadError, Running
from guardc.runtime.server.settings import Settings
from guardc.runtime.server.siblings import Siblings
from guardc.runtime.telemetry import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["pages"]

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def pages(settings: Settings, running: Running, load: Load, siblings: Siblings | None) -> App:
    """All of them, as one ASGI application. The caller is in the scope."""

    async def guards(request: Request) -> Response:
        caller = allow(request.scope["guardc.caller"], "validate")
        current = running.current
        listed = [
            {
                "name": guard.name,
                "direction": guard.direction,
                "stream": guard.name in current.streams,
                "schema": guard.schema,
            }
            for guard in map(current.plan.guard, current.plan.guards)
            if caller.may("validate", guard.name)
        ]
        return _json({"policy_hash": current.plan.policy_hash, "guards": listed})

    async def health(request: Request) -> Response:
        current, caller = running.current, request.scope["guardc.caller"]
        fields: dict[str, Any] = {
            "status": "ok" if running.failed is None else "degraded",
            "policy_hash": current.plan.policy_hash,
            "since": current.since.isoformat(timespec="seconds"),
        }
        if running.failed is not None:
            fields["reload"] = "the last reload failed; what ran before runs on"
            if caller is not None and caller.may("admin"):
                fields["reload"] = running.failed
        return _json(fields)

    async def ready(_: Request) -> Response:
        return _json({"status": "ready"})

    async def reload(request: Request) -> Response:
        allow(request.scope["guardc.caller"], "admin")
        try:
            changed = await running.reload()
        except ReloadError as error:
            help_ = "mend the file and reload again; what ran before runs on"
            raise Refusal("bad_plan", str(error), help=help_) from None
        policy_hash = running.current.plan.policy_hash
        others = {} if siblings is None else await siblings.ask("reload")
        workers = 1 + sum(other == policy_hash for other in others.values())
        return _json({"changed": changed, "policy_hash": policy_hash, "workers": workers})

    async def metrics(request: Request) -> Response:
        allow(request.scope["guardc.caller"], "metrics")
        if not settings.metrics:
            raise Refusal("not_found", "nothing is counted", where="path", help="start the server with --metrics")
        own = counts(running, load)
        if siblings is None:
            workers = {"": own}
        else:
            found = {place: Counts.from_fields(answer) for place, answer in (await siblings.ask("counts")).items()}
            workers = {str(place): counted for place, counted in sorted({**found, siblings.place: own}.items())}
        return Response(metrics_page(workers), headers={**_named(HEADERS), "content-type": CONTENT_TYPE})

    async def document(_: Request) -> Response:
        return _json(openapi(settings))

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE, headers=_named((*HEADERS, *PAGE_HEADERS)))

    router = Router(
        [
            *files.routes(),
            Route("/v1/guards", guards),
            Route("/health", health),
            Route("/ready", ready),
            Route("/metrics", metrics),
            Route("/admin/reload", reload, methods=["POST"]),
            Route("/openapi.json", document),
            Route("/docs", page),
        ],
        redirect_slashes=False,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = app  # so that Starlette raises what it cannot route
        try:
            await router(scope, receive, send)
        except HTTPException as error:
            raise _not_routed(error) from None

    return app


def _not_routed(error: HTTPException) -> Refusal:
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        headers = ((b"allow", allowed.encode("latin-1")),)
        return Refusal("method_not_allowed", f"this route takes {allowed}", where="path", headers=headers)
    return Refusal("not_found", "there is no such route", where="path", help="/docs lists them")


def _json(fields: Any) -> Response:
    return JSONResponse(fields, headers=_named(HEADERS))


def _named(headers: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    return {name.decode("ascii"): value.decode("ascii") for name, value in headers}
