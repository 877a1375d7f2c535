"""Guards in an application of one's own, without another server: FastAPI, Starlette and every other ASGI application.

    pip install 'guardc[server]'
    python examples/middleware.py

It asks its own routes, as a client would, and prints what comes. In production the application is given to uvicorn.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route as ServedAt

import guardc
from guardc.runtime.middleware import GuardMiddleware, Route

if TYPE_CHECKING:
    from starlette.requests import Request

PLAN = guardc.compile(Path(__file__).with_suffix(".guard"))  # a service loads what its build compiled


async def chat(request: Request) -> JSONResponse:
    """An answer as a whole: where a model would be asked."""
    asked = await request.json()
    return JSONResponse({"answer": f"You asked: {asked['prompt']} Write to bob@example.com."})


async def stream(_: Request) -> StreamingResponse:
    """The same in pieces."""

    async def pieces() -> AsyncIterator[str]:
        for piece in ("Write to ", "bob@exam", "ple.com", " today."):
            yield f"data: {json.dumps({'delta': piece})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


app = Starlette(
    routes=[ServedAt("/chat", chat, methods=["POST"]), ServedAt("/stream", stream)],
    middleware=[
        Middleware(
            GuardMiddleware,
            plan=PLAN,
            routes=[
                Route("POST", "/chat", input="question", text="$.prompt", output="reply", answer="$.answer"),
                Route("GET", "/stream", output="reply", answer="$.delta"),
            ],
        )
    ],
)


async def ask(method: str, path: str, body: Any = None) -> str:
    """What a client of the application gets."""
    said = bytearray()

    asking = iter([{"type": "http.request", "body": json.dumps(body).encode()}])

    async def receive() -> dict[str, Any]:
        for message in asking:
            return message
        return await asyncio.get_running_loop().create_future()  # the client stays to the end

    async def send(message: Any) -> None:
        said.extend(message.get("body", b""))

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return said.decode()


async def main() -> None:
    print(await ask("POST", "/chat", {"prompt": "I am ann@example.com. Where is my order?"}))
    print(await ask("POST", "/chat", {"prompt": "You idiot."}))
    print(await ask("GET", "/stream"))


if __name__ == "__main__":
    asyncio.run(main())
