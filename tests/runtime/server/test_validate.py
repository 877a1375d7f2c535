"""Verdicts over HTTP: the outcome of the guard, and refusals that say what was wrong."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from processes import eventually
from serving import Served, write_plan

import guardc
from guardc.runtime.records import outcome_fields
from guardc.runtime.server import Settings

REPLY = "/v1/guards/reply/validate"


@pytest.mark.parametrize(
    ("guard", "body"),
    [
        ("reply", {"text": "Hello"}),
        ("reply", {"text": "Write to ann@example.com"}),
        ("reply", {"text": "AKIAABCD \ud800 é 😀"}),
        ("reply", {"text": "ann@example.com " * 3000}),
        ("question", {"text": "one two three four five six"}),
        ("question", {"text": "one two three four five six", "metadata": {"tier": "pro"}}),
        ("question", {"messages": [{"role": "user", "content": "one two three four five six"}], "timeout": 5}),
        ("question", {"value": [{"role": "assistant", "content": "one two three four five six"}]}),
        ("ticket", {"text": 'Here: {"priority": "urgent", "note": "x"}'}),
        ("ticket", {"value": {"priority": "low", "note": ""}}),
        ("ticket", {"value": [1, 2.5, None]}),
    ],
)
def test_the_answer_is_the_outcome(served: Served, plan: Path, guard: str, body: dict[str, Any]) -> None:
    loaded = guardc.load(plan)
    answer = served.post(f"/v1/guards/{guard}/validate", body)
    asked = next(body[name] for name in ("text", "messages", "value") if name in body)
    outcome = loaded.guard(guard).validate(asked, body.get("metadata"))
    assert answer.status == 200
    fields = outcome_fields(outcome) | {"policy_hash": loaded.policy_hash}
    assert answer.body == json.loads(json.dumps(fields))


def test_a_batch_is_answered_in_its_order(served: Served) -> None:
    batch = [{"text": "a b c d e f"}, {"text": "a b c d e f", "metadata": {"tier": "pro"}}, {"text": "a"}]
    answer = served.post("/v1/guards/question/validate", {"batch": batch})
    assert [outcome["passed"] for outcome in answer.body["outcomes"]] == [False, True, True]
    assert served.post(REPLY, {"batch": []}).body["outcomes"] == []


@pytest.mark.parametrize(
    ("guard", "body", "status", "code", "where"),
    [
        ("reply", b"\xff", 400, "bad_json", "$"),
        ("reply", b"{", 400, "bad_json", "$"),
        ("reply", b'{"text": "a", "text": "b"}', 400, "bad_json", "$"),
        ("reply", b'{"text": "a", "metadata": {"x": NaN}}', 400, "bad_json", "$"),
        ("reply", b'{"text": "a", "metadata": {"x": 1e999}}', 400, "bad_json", "$"),
        ("reply", b'{"value": ' + b"[" * 40_000, 400, "bad_json", "$"),
        ("reply", b'{"value": ' + b"1" * 5_000 + b"}", 400, "bad_json", "$"),
        ("reply", [], 400, "bad_request", "$"),
        ("reply", {}, 400, "bad_request", "$"),
        ("reply", {"text": "a", "value": []}, 400, "bad_request", "$"),
        ("reply", {"text": 5}, 400, "bad_request", "$.text"),
        ("reply", {"value": {}}, 400, "bad_request", "$.value"),
        ("reply", {"messages": {}}, 400, "bad_request", "$.messages"),
        ("reply", {"messages": [5]}, 400, "bad_request", "$.messages"),
        ("ticket", {"messages": []}, 400, "bad_request", "$.messages"),
        ("reply", {"text": "a", "metadata": []}, 400, "bad_request", "$.metadata"),
        ("reply", {"text": "a", "timeout": True}, 400, "bad_request", "$.timeout"),
        ("reply", {"text": "a", "guard": "x"}, 400, "bad_request", "$.guard"),
        ("reply", {"text": "a", "AKIA ABCD": "x"}, 400, "bad_request", "$.(a key)"),
        ("reply", {"batch": {}}, 400, "bad_request", "$.batch"),
        ("reply", {"batch": [{"text": "a"}, "b"]}, 400, "bad_request", "$.batch[1]"),
        ("reply", {"batch": [{"text": "a"}], "metadata": {}}, 400, "bad_request", "$.metadata"),
        ("reply", {"batch": [{"text": ""}] * 4}, 413, "too_large", "$.batch"),
        ("reply", {"text": "a" * 100_000}, 413, "too_large", None),
        ("repyl", {"text": "a"}, 404, "unknown_guard", "path"),
    ],
)
def test_a_refusal_says_where(served: Served, guard: str, body: Any, status: int, code: str, where: str | None) -> None:
    answer = served.post(f"/v1/guards/{guard}/validate", body)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert answer.body["error"]["where"] == where
    assert answer.body["error"]["message"]
    assert answer.body["error"]["help"]


def test_what_browsers_send_unasked_is_refused(served: Served) -> None:
    assert served.post(REPLY, {"text": "a"}, Content_Type="text/plain").status == 415
    assert served.post(REPLY, {"text": "a"}, Host="evil.example").status == 403
    assert served.post(REPLY, {"text": "a"}, Host="localhost:80").status == 200
    assert served.post(REPLY, {"text": "a"}, Host="[::1]:80").status == 200


def test_a_body_without_a_length_is_counted(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(
            b"POST " + REPLY.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(b"1f000\r\n" + b" " * 0x1F000 + b"\r\n")
        answer = connection.makefile("rb").readline()
    assert answer.startswith(b"HTTP/1.1 413")


def test_routes_methods_and_headers(served: Served) -> None:
    assert served.request("GET", REPLY).status == 405
    assert served.request("DELETE", "/v1/guards").body["error"]["code"] == "method_not_allowed"
    assert served.post("/v1/guards/reply/other", {}).body["error"]["code"] == "not_found"
    assert served.post("/v1/guards/reply/validate/", {}).status == 404
    for path in ("/health", "/nothing", "/docs"):
        headers = served.request("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_guards_are_listed(served: Served) -> None:
    listed = served.request("GET", "/v1/guards").body["guards"]
    assert [(guard["name"], guard["direction"], guard["stream"]) for guard in listed] == [
        ("reply", "output", True),
        ("question", "input", False),
        ("ticket", "output", True),
    ]
    assert listed[2]["schema"]["type"] == "object"


def test_probes(served: Served) -> None:
    assert served.request("GET", "/health").body["status"] == "ok"
    assert served.request("GET", "/ready").body == {"status": "ready"}


def test_documents(served: Served) -> None:
    document = served.request("GET", "/openapi.json").body
    assert document["openapi"] == "3.1.0"
    assert "post" in document["paths"]["/v1/guards/{guard}/validate"]
    policy = served.request("GET", "/docs").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    page = served.request("GET", "/docs").body.decode()
    assert "http:" not in page.replace("http://127.0.0.1", "")
    assert "https:" not in page
    assert "<script" not in page
    assert all(path in page for path in document["paths"])


def test_answers_are_what_the_document_says(served: Served) -> None:
    import jsonschema  # noqa: PLC0415

    document = served.request("GET", "/openapi.json").body

    def check(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(value)

    bodies = [{"text": "Write to ann@example.com"}, {"text": "AKIAABCD", "timeout": 1.5}, {"batch": [{"text": "a"}]}]
    for body in bodies:
        check("Question", body)
        check("Outcomes" if "batch" in body else "Outcome", served.post(REPLY, body).body)
    check("Outcome", served.post("/v1/guards/ticket/validate", {"value": {"priority": "x", "note": ""}}).body)
    check("Guards", served.request("GET", "/v1/guards").body)
    check("Error", served.post(REPLY, {}).body)


WAITING = """edition 1
custom predicate slow
guard g on input {
    slow on fail refrain on error refrain
}
"""
LET_GO = threading.Event()


def slow(text: str) -> bool:
    LET_GO.wait(30)
    return True


HANDLERS = {"slow": slow}


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan whose verdicts come when `LET_GO` is set."""
    import sys  # noqa: PLC0415

    LET_GO.clear()
    monkeypatch.setitem(sys.modules, "waiting_handlers", sys.modules[__name__])
    return write_plan(tmp_path / "waiting.plan", WAITING)


def test_what_takes_too_long_is_a_timeout(waiting: Path) -> None:
    settings = Settings(plan=str(waiting), handlers="waiting_handlers:HANDLERS", timeout=0.2)
    try:
        with Served(settings) as served:
            answer = served.post("/v1/guards/g/validate", {"text": "a"})
            assert (answer.status, answer.body["error"]["code"]) == (504, "timeout")
            # A time limit of the caller is the policy's business.
            answer = served.post("/v1/guards/g/validate", {"text": "a", "timeout": 0.01})
            assert (answer.status, answer.body["passed"]) == (200, False)
            with socket.create_connection(("127.0.0.1", served.port)) as connection:
                connection.sendall(
                    b"POST /v1/guards/g/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 5\r\n\r\n"
                )
                assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 408")
    finally:
        LET_GO.set()


def test_a_server_that_is_full_says_so_and_recovers(waiting: Path) -> None:
    settings = Settings(plan=str(waiting), handlers="waiting_handlers:HANDLERS", concurrency=2)
    with Served(settings) as served:
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(served.post("/v1/guards/g/validate", {"text": "a"}).status)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            assert eventually(lambda: served.app.load.in_work == 2)
            refused = served.post("/v1/guards/g/validate", {"text": "a"})
            assert (refused.status, refused.body["error"]["code"]) == (503, "busy")
            assert refused.headers["retry-after"] == "1"
            assert served.request("GET", "/health").status == 200
        finally:
            LET_GO.set()
        for thread in threads:
            thread.join()
        assert statuses == [200, 200]
        assert served.post("/v1/guards/g/validate", {"text": "a"}).status == 200


def test_requests_in_work_end_at_a_shutdown(waiting: Path) -> None:
    settings = Settings(plan=str(waiting), handlers="waiting_handlers:HANDLERS")
    statuses: list[int] = []
    with Served(settings) as served:
        thread = threading.Thread(
            target=lambda: statuses.append(served.post("/v1/guards/g/validate", {"text": "a"}).status)
        )
        thread.start()
        assert eventually(lambda: served.app.load.in_work == 1)
        served.server.should_exit = True
        threading.Timer(0.1, LET_GO.set).start()
    thread.join()
    assert statuses == [200]


def test_a_fault_is_an_answer_and_no_text_is_logged(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(outcome: guardc.Outcome) -> None:
        raise ValueError(outcome.failures[0].rule + "AKIA" + "ABCD")

    monkeypatch.setattr("guardc.runtime.server.judging.outcome_fields", fail)
    answer = served.post(REPLY, {"text": "AKIAABCD"})
    assert (answer.status, answer.body["error"]["code"]) == (500, "internal")
    assert "AKIAABCD" not in caplog.text + str(answer.body)
    assert "ValueError" in caplog.text
