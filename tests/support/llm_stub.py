"""A service of models that does as it is told: an OpenAI-compatible endpoint on loopback, for tests through real
clients.

Vocabulary: a *step* is what happens to one request; steps are taken in order, and a request without one gets status
    500.

Nothing here sleeps: what is to be late is `held` until the test lets it go, or the stub is closed.

Example:

    with Stub(refuse(429), say("hello")) as stub:
        litellm.completion(model="openai/stub", api_base=stub.url, api_key="none", messages=[...])
        assert stub.requests[1].body["messages"] == [...]
"""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

__all__ = ["Request", "Step", "Stub", "break_off", "call_tools", "choices", "held", "raw", "refuse", "say", "stream_of"]

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    gone: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set when the client has hung up before the answer was complete."""


@dataclass
class Exchange:
    """One request while it is answered. `closing` is set when the stub is closed."""

    handler: BaseHTTPRequestHandler
    request: Request
    closing: threading.Event

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        """A whole answer; with `length`, one that says it is longer than it is."""
        self.handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(body)
        self.handler.close_connection = length is not None

    def stream(self, events: Iterable[dict[str, Any] | bytes | threading.Event | None], done: bool = True) -> None:
        """Server-sent events. An event of threads is waited for, bytes are sent as they are, None breaks off; else
        `[DONE]` follows the last one, if `done`."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()
        self.handler.close_connection = True
        for event in events:
            if event is None:
                return
            if isinstance(event, threading.Event):
                self.wait(event)
                continue
            line = event if isinstance(event, bytes) else f"data: {json.dumps(event)}\n\n".encode()
            self.handler.wfile.write(line)
            self.handler.wfile.flush()
        if done:
            self.handler.wfile.write(b"data: [DONE]\n\n")

    def wait(self, until: threading.Event) -> None:
        """Wait for the event, as long as the client does.

        Raises:
            ConnectionResetError: the client hung up, or the stub was closed.
        """
        while not until.wait(0.01):
            readable = select.select([self.handler.connection], [], [], 0)[0]
            if self.closing.is_set() or (readable and not self.handler.connection.recv(1, socket.MSG_PEEK)):
                raise ConnectionResetError


Step = Callable[[Exchange], None]


# --- steps ------------------------------------------------------------------------------------------------------------


def say(text: str | None, *, reason: str = "stop", piece: int = 3, **more: Any) -> Step:
    """An answer with this text; streamed in pieces of so many characters. `more` stands beside it in the message."""
    message = {"role": "assistant", "content": text, **more}

    def step(exchange: Exchange) -> None:
        if not exchange.request.body.get("stream"):
            choices((message, reason))(exchange)
            return
        parts = [(text or "")[at : at + piece] for at in range(0, len(text or ""), piece)]
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": part} for part in parts)]
        exchange.stream(_events(exchange, deltas, reason))

    return step


def call_tools(*calls: tuple[str, str], text: str | None = None, piece: int = 3) -> Step:
    """An answer that calls tools: names, and arguments as they are sent, be they JSON or not."""
    made = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "tool_calls": made}

    def step(exchange: Exchange) -> None:
        if not exchange.request.body.get("stream"):
            choices((message, "tool_calls"))(exchange)
            return
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": text}]
        for number, (call, (_, arguments)) in enumerate(zip(made, calls, strict=True)):
            head = {**call, "index": number, "function": {**call["function"], "arguments": ""}}
            deltas.append({"tool_calls": [head]})
            for at in range(0, len(arguments), piece):
                part = {"index": number, "function": {"arguments": arguments[at : at + piece]}}
                deltas.append({"tool_calls": [part]})
        exchange.stream(_events(exchange, deltas, "tool_calls"))

    return step


def choices(*answers: tuple[dict[str, Any], str]) -> Step:
    """Several answers at once: messages and their finish reasons. Not streamed."""
    listed = [
        {"index": number, "message": message, "finish_reason": reason}
        for number, (message, reason) in enumerate(answers)
    ]

    def step(exchange: Exchange) -> None:
        whole = {**_head(exchange, "chat.completion"), "choices": listed, "usage": USAGE}
        exchange.send(200, json.dumps(whole).encode())

    return step


def refuse(status: int, code: str = "refused", **headers: str) -> Step:
    """An error as OpenAI gives it. `headers` are written with `_` for `-`."""
    body = json.dumps(
        {"error": {"message": f"status {status}", "type": "invalid_request_error", "code": code}}
    ).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(status, body, named)


def raw(body: bytes, status: int = 200) -> Step:
    """An answer of these bytes, whatever they are."""
    return lambda exchange: exchange.send(status, body)


def break_off(text: str = "half an ans", piece: int = 3) -> Step:
    """An answer that ends before it is complete."""

    def step(exchange: Exchange) -> None:
        if exchange.request.body.get("stream"):
            deltas = [{"content": text[at : at + piece]} for at in range(0, len(text), piece)]
            exchange.stream([*_events(exchange, deltas, None), None])
        else:
            exchange.send(200, b'{"choices": [', length=500)

    return step


def held(until: threading.Event, then: Step) -> Step:
    """A step that comes when the test sets the event. When the stub is closed before, the connection is."""

    def step(exchange: Exchange) -> None:
        exchange.wait(until)
        then(exchange)

    return step


def stream_of(*parts: Any, done: bool = True) -> Step:
    """A streamed answer, part by part: text; a delta; `(index, text or delta, finish reason)` of a choice; an event to
    wait for; bytes; None, which breaks off. Nothing is added but the usage, if the client asked for it and `done`."""

    def step(exchange: Exchange) -> None:
        head = _head(exchange, "chat.completion.chunk")

        def events() -> Iterable[Any]:
            for part in parts:
                if part is None or isinstance(part, bytes | threading.Event):
                    yield part
                    continue
                index, delta, reason = part if isinstance(part, tuple) else (0, part, None)
                delta = {"content": delta} if isinstance(delta, str) else delta
                yield {**head, "choices": [{"index": index, "delta": delta, "finish_reason": reason}]}
            if done and (exchange.request.body.get("stream_options") or {}).get("include_usage"):
                yield {**head, "choices": [], "usage": USAGE}

        exchange.stream(events(), done)

    return step


def _head(exchange: Exchange, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-stub", "object": kind, "created": 1, "model": exchange.request.body.get("model", "stub")}


def _events(exchange: Exchange, deltas: Iterable[dict[str, Any]], reason: str | None) -> Iterable[dict[str, Any]]:
    head = _head(exchange, "chat.completion.chunk")
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if reason is not None:
        yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
        if (exchange.request.body.get("stream_options") or {}).get("include_usage"):
            yield {**head, "choices": [], "usage": USAGE}


# --- the server -------------------------------------------------------------------------------------------------------


class Stub:
    """The service. A context manager: it listens inside."""

    def __init__(self, *steps: Step) -> None:
        self.requests: list[Request] = []
        self._steps = list(steps)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                request = Request(self.path, dict(self.headers), body)
                step = stub._take(request)
                try:
                    step(Exchange(self, request, stub._closing))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client went away, which is its right
                    if not stub._closing.is_set():
                        request.gone.set()

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base calls it so
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """What a client calls the base of the API."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def then(self, *steps: Step) -> None:
        """What comes next, in place of what has not come; and the requests are forgotten."""
        with self._lock:
            self._steps = list(steps)
            self.requests.clear()

    def _take(self, request: Request) -> Step:
        with self._lock:
            self.requests.append(request)
            return self._steps.pop(0) if self._steps else refuse(500, "no_step_left")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
