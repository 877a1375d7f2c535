"""A server on loopback, in a thread of the tests: uvicorn as `guardc serve` runs it, and requests as clients send them.

Example:

    with Served(Settings(plan=str(plan))) as served:
        assert served.post("/v1/guards/reply/validate", {"text": "Hello"}).body["passed"]
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import uvicorn

from guardc.compiler import compile_text
from guardc.runtime.server import Settings, application

__all__ = ["Answer", "Served", "write_plan"]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


def write_plan(path: Path, policy: str) -> Path:
    """The plan of a policy, put in the place of the file as `guardc compile` does."""
    plan = compile_text(policy, "test.guard").plan
    assert plan is not None
    new = path.with_suffix(".new")
    new.write_bytes(plan)
    new.rename(path)
    return path


class Served:
    """The server, of a plan by settings, or of another ASGI application. A context manager: it listens inside.

    `loop` is `asyncio` where LiteLLM makes connections: it keeps them for ever, and uvloop, which says so when it is
    closed, does not end if saying so is an error.
    """

    def __init__(self, settings: Settings | Any, port: int = 0, loop: Literal["auto", "asyncio"] = "auto") -> None:
        self.app = application(settings) if isinstance(settings, Settings) else settings
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self.app, log_config=None, access_log=False, server_header=False, ws="none", lifespan="on",
            timeout_graceful_shutdown=5, loop=loop,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.server.run, args=([self._socket],), daemon=True)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """`body` as JSON, or as it is if it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, data, **{"Content-Type": "application/json", **headers})

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own. `_` in names of headers stands for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            data = response.read()
            named = {name.lower(): value for name, value in response.getheaders()}
            kind = named.get("content-type", "")
            return Answer(response.status, named, json.loads(data) if kind == "application/json" and data else data)
        finally:
            connection.close()

    def __enter__(self) -> Self:
        ready = threading.Event()
        startup = self.server.startup

        async def started(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            ready.set()

        self.server.startup = started  # type: ignore[method-assign]
        self._thread.start()
        assert ready.wait(30)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.should_exit = True
        self._thread.join()
        self._socket.close()
