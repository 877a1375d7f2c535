"""Streams over HTTP: one event for each line, while the body is still being sent."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from serving import Served

import guardc
from guardc.runtime.records import outcome_fields
from guardc.runtime.server import Settings


class Line:
    """A request whose body is sent bit by bit. Reads one event at a time."""

    def __init__(self, port: int, guard: str, kind: str = "application/x-ndjson") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.stopped = False
        self.held: int | None = None
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(
            f"POST /v1/guards/{guard}/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        self.status = int(self.reader.readline().split()[1])
        while self.reader.readline().strip():
            pass

    def send(self, data: bytes) -> None:
        self.socket.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def piece(self, text: str) -> tuple[str, Any]:
        self.send(json.dumps({"piece": text}).encode() + b"\n")
        return self.event()

    def end(self) -> None:
        self.socket.sendall(b"0\r\n\r\n")

    def event(self) -> tuple[str, Any]:
        """The next event, without the answer's chunks around it; at the end of the answer there is none."""
        name = ""
        while (line := self.reader.readline()) not in (b"", b"0\r\n"):  # the last chunk
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            if line.startswith(b"data: "):
                data = json.loads(line[6:])
                if name == "release":
                    self.stopped, self.held = data.pop("stopped"), data.pop("held", None)
                return name, data
        return "", None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.reader.close()
        self.socket.close()


def test_what_may_leave_leaves_at_once(served: Served, plan: Path) -> None:
    with Line(served.port, "reply") as line:
        assert line.status == 200
        name, data = line.piece("Write to Ann, ann@")
        assert (name, data) == ("release", {"text": "Write to Ann, "})
        assert line.held == len("ann@")
        assert line.piece("example.c") == ("release", {"text": ""})
        assert line.held == len("ann@example.c")
        assert line.piece("om") == ("release", {"text": "[email]"})
        line.end()
        assert line.event() == ("release", {"text": ""})
        name, data = line.event()
        assert name == "outcome"
        loaded = guardc.load(plan)
        outcome = outcome_fields(loaded.guard("reply").validate("Write to Ann, ann@example.com"))
        assert data == json.loads(json.dumps(outcome | {"policy_hash": loaded.policy_hash}))
        assert line.event() == ("", None)


def test_a_rule_ends_a_stream(served: Served) -> None:
    with Line(served.port, "reply") as line:
        assert line.piece("the key is AKI") == ("release", {"text": "the key is "})
        assert not line.stopped
        assert line.piece("AABCD, keep it") == ("release", {"text": ""})
        assert line.stopped
        name, data = line.event()
        assert (name, data["action"], data["error"]) == ("outcome", "exception", "A credential must not leave.")
        assert line.event() == ("", None)


def test_values_leave_field_by_field(served: Served) -> None:
    with Line(served.port, "ticket") as line:
        field = {"path": "$.priority", "value": "low", "place": ["priority"]}
        assert line.piece('{"priority": "low", "no') == ("release", {"fields": [field]})
        line.piece('te": "x"}')
        line.end()
        events = [line.event(), line.event()]
        assert events[-1][1]["output"] == {"priority": "low", "note": "x"}


def test_a_body_that_comes_whole_gives_the_same(served: Served) -> None:
    body = b'{"metadata": {}}\n\n{"piece": "Write to ann@"}\n{"piece": "example.com"}'
    answer = served.request("POST", "/v1/guards/reply/stream", body, Content_Type="application/x-ndjson")
    data = [json.loads(line[6:]) for line in answer.body.split(b"\n") if line.startswith(b"data: ")]
    assert [event.get("text") for event in data] == ["Write to ", "[email]", "", None]
    assert answer.headers["content-type"] == "text/event-stream"
    empty = served.request("POST", "/v1/guards/reply/stream", b"", Content_Type="application/x-ndjson")
    assert b'event: outcome\ndata: {"guard":"reply","structured":false,"passed":true' in empty.body


@pytest.mark.parametrize(
    ("line", "code", "where"),
    [
        (b"nonsense\n", "bad_json", "line 1"),
        (b'{"text": "a"}\n', "bad_request", "line 1"),
        (b'{"piece": 5}\n', "bad_request", "line 1: $.piece"),
        (b'{"piece": "a"}\n{"metadata": {}}\n', "bad_request", "line 2: $.metadata"),
        (b'{"piece": "' + b"a" * 100_001, "too_large", None),
    ],
)
def test_a_bad_line_ends_a_stream(served: Served, line: bytes, code: str, where: str | None) -> None:
    with Line(served.port, "reply") as stream:
        stream.send(line)
        events = [stream.event()]
        while events[-1][0] not in ("error", ""):
            events.append(stream.event())
        name, data = events[-1]
        assert (name, data["error"]["code"], data["error"]["where"]) == ("error", code, where)


def test_what_is_no_stream_is_refused_before_it_begins(served: Served) -> None:
    with Line(served.port, "question") as line:
        assert line.status == 400
    with Line(served.port, "reply", "application/json") as line:
        assert line.status == 415
    with Line(served.port, "nothing") as line:
        assert line.status == 404


def test_a_stream_that_says_nothing_ends(plan: Path) -> None:
    with Served(Settings(plan=str(plan), timeout=0.1)) as served, Line(served.port, "reply") as line:
        name, data = line.event()
        assert (name, data["error"]["code"]) == ("error", "too_slow")
