"""Guards in an application of one's own: a real Starlette application under the middleware, asked over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route as Served
from watched_plans import plan_of

from guardc.fastpath.errors import UnknownGuardError
from guardc.runtime.middleware import GuardMiddleware, Route
from guardc.runtime.middleware.routes import Place

POLICY = r"""
pattern email  = /[a-z]+@[a-z]+\.com/
pattern secret = /AKIA[A-Z]{4}/

metadata { tier string = "free" }

guard question on input {
    no secret                   on fail exception "No credentials, please."
    no email                    on fail fix with "[{kind}]"
    when tier == "free": words <= 9 on fail refrain "Too long."
}
guard reply on output stream {
    hold at most 100 chars      on fail exception
    no email                    on fail fix with "[{kind}]"
    no secret                   on fail exception "A credential must not leave."
}
guard short on output {
    words <= 3                  on fail refrain "Too many words."
    no email                    on fail fix
}
"""
PLAN = plan_of(POLICY)


class Asked:
    """What the application saw."""

    bodies: list[bytes] = []  # noqa: RUF012 - one application, one list
    answer: Any = None


async def application(request: Any) -> Response:
    Asked.bodies.append(await request.body())
    answer = Asked.answer
    assert isinstance(answer, Response)
    return answer


ROUTES = [
    Route("POST", "/ask", input="question", text="$.prompt"),
    Route("POST", "/chats/{id}", input="question", text="$.messages", output="reply", answer="$.choices[0].text"),
    Route("GET", "/say", output="reply", answer="$.delta.text"),
    Route("HEAD", "/say", output="reply", answer="$.delta.text"),
    Route("GET", "/short", output="short", answer="$"),
    Route("POST", "/pro", input="question", text="$.prompt", metadata=lambda scope: {"tier": scope["path"][1:]}),
]


PATHS = ("/ask", "/chats/{id}", "/say", "/short", "/pro", "/else")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Starlette(
        routes=[Served(path, application, methods=["GET", "POST"]) for path in PATHS],
        middleware=[
            Middleware(GuardMiddleware, plan=PLAN, routes=ROUTES, max_body=20_000),
            Middleware(GZipMiddleware, minimum_size=1),
        ],
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def ask(url: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    import http.client  # noqa: PLC0415

    connection = http.client.HTTPConnection(url, timeout=30)
    try:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Asked.bodies.clear()
    Asked.answer = PlainTextResponse("fine")


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_the_application_sees_what_the_guard_gives(url: str) -> None:
    status, _, body = ask(url, "POST", "/ask", {"prompt": "I am ann@mail.com ✓", "more": [1]})
    assert (status, body) == (200, b"fine")
    assert [json.loads(body) for body in Asked.bodies] == [{"prompt": "I am [email] ✓", "more": [1]}]


@pytest.mark.parametrize(
    ("prompt", "said"), [("my key AKIAABCD", "No credentials, please."), ("word " * 12, "Too long.")]
)
def test_what_does_not_pass_never_reaches_the_application(url: str, prompt: str, said: str) -> None:
    status, _, body = ask(url, "POST", "/ask", {"prompt": prompt})
    error = json.loads(body)["error"]
    assert (status, error["code"], error["message"], error["guard"]) == (400, "blocked", said, "question")
    assert b"AKIA" not in body
    assert Asked.bodies == []


def test_messages_are_judged_and_metadata_of_the_request(url: str) -> None:
    Asked.answer = JSONResponse({"choices": [{"text": "Hello"}]})
    messages = [{"role": "user", "content": "I am ann@mail.com"}, {"role": "user", "content": "and bob@mail.com"}]
    status, _, body = ask(url, "POST", "/chats/17", {"messages": messages})
    assert (status, json.loads(body)) == (200, {"choices": [{"text": "Hello"}]})
    (seen,) = Asked.bodies
    assert [each["content"] for each in json.loads(seen)["messages"]] == ["I am [email]", "and [email]"]
    assert ask(url, "POST", "/pro", {"prompt": "word " * 12})[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"nonsense", 400), (b"[1]", 400), (b'{"prompt": 3}', 400), (b'{"other": "text"}', 400),
        (b'{"prompt": ["no message"]}', 400), (b'"' + b"x" * 30_000 + b'"', 413), (b"[" * 5_000, 400),
    ],
)  # fmt: skip
def test_a_body_in_which_there_is_no_text_passes_not(url: str, body: bytes, status: int) -> None:
    assert ask(url, "POST", "/ask", body)[0] == status
    assert Asked.bodies == []


def test_a_key_that_stands_twice_is_seen_as_it_was_judged(url: str) -> None:
    ask(url, "POST", "/ask", b'{"prompt": "my key AKIAABCD", "prompt": "Hello"}')
    assert [json.loads(body) for body in Asked.bodies] == [{"prompt": "Hello"}]
    assert b"AKIA" not in Asked.bodies[0]


def test_other_requests_pass_untouched(url: str) -> None:
    body = b'{"prompt": "my key AKIAABCD"}'
    assert ask(url, "POST", "/else", body)[0] == 200
    assert Asked.bodies == [body]
    assert ask(url, "POST", "/say", body)[0] == 200  # another method
    assert ask(url, "GET", "/nowhere")[0] == 404


# --- what is answered -------------------------------------------------------------------------------------------------


def test_an_answer_is_judged_and_fixed(url: str) -> None:
    Asked.answer = JSONResponse({"choices": [{"text": "Write to ann@mail.com ✓"}], "id": 7}, headers={"ETag": "x"})
    status, headers, body = ask(url, "POST", "/chats/1", {"messages": [{"role": "user", "content": "Hi"}]})
    assert (status, json.loads(body)) == (200, {"choices": [{"text": "Write to [email] ✓"}], "id": 7})
    assert "etag" not in headers


def test_an_answer_that_does_not_pass_does_not_leave(url: str) -> None:
    Asked.answer = JSONResponse({"choices": [{"text": "The key is AKIAABCD"}]})
    status, _, body = ask(url, "POST", "/chats/1", {"messages": [{"role": "user", "content": "Hi"}]})
    assert (status, json.loads(body)["error"]["message"]) == (400, "A credential must not leave.")
    assert b"AKIA" not in body
    Asked.answer = PlainTextResponse("far too many words here")
    assert ask(url, "GET", "/short")[0] == 400
    Asked.answer = PlainTextResponse("ask ann@mail.com now")
    assert ask(url, "GET", "/short")[::2] == (200, b"ask [email] now")


GZIPPED = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"other": "text"}),
        JSONResponse({"delta": {"text": 3}}),
        Response(b"{", media_type="application/json"),
        Response(b"<b>The key is AKIAABCD</b>", media_type="text/html"),
        Response(b"The key is AKIAABCD"),
        Response(gzip.compress(b'{"delta": {"text": "AKIAABCD"}}'), headers={**GZIPPED}),
        JSONResponse({"delta": {"text": "x" * 30_000}}),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_judged_does_not_leave(url: str, answer: Response) -> None:
    Asked.answer = answer
    status, _, body = ask(url, "GET", "/say")
    assert (status, json.loads(body)["error"]["code"]) == (502, "not_judged")
    assert b"AKIA" not in body


def test_errors_of_the_application_and_answers_without_a_body_pass(url: str) -> None:
    Asked.answer = JSONResponse({"detail": "no such chat"}, 404)
    assert ask(url, "GET", "/say")[::2] == (404, b'{"detail":"no such chat"}')
    Asked.answer = Response(status_code=204)
    assert ask(url, "GET", "/say")[0] == 204
    Asked.answer = JSONResponse({"delta": {"text": "ann@mail.com"}})
    assert ask(url, "HEAD", "/say")[0] == 200


def test_answers_are_compressed_after_they_were_judged(url: str) -> None:
    Asked.answer = JSONResponse({"delta": {"text": "ann@mail.com"}})
    _, headers, body = ask(url, "GET", "/say", Accept_Encoding="gzip")
    assert "content-encoding" not in headers  # the application's own compression stands within the guard
    assert json.loads(body) == {"delta": {"text": "[email]"}}


# --- streams ----------------------------------------------------------------------------------------------------------


def events(*texts: str) -> bytes:
    said = [f"id: {n}\ndata: {json.dumps({'delta': {'text': text}})}\n\n" for n, text in enumerate(texts)]
    return ('data: {"delta": {"role": "assistant"}}\n\n: ping\n\n' + "".join(said) + "data: [DONE]\n\n").encode()


def texts_of(body: bytes) -> str:
    found = [json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: {")]
    return "".join(each.get("delta", {}).get("text", "") for each in found)


def streamed(body: bytes, kind: str, cuts: list[int]) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        start = 0
        for cut in [*sorted(cuts), len(body)]:
            yield body[start:cut]
            start = max(start, cut)

    return StreamingResponse(pieces(), media_type=kind)


def run(answer: Response, route: Route) -> tuple[int, bytes]:
    """The answer of an application through the middleware, without a server."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(scope, receive, send)

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": route.method, "path": route.path, "headers": [], "asgi": {"spec_version": "2.4"}}
    asyncio.run(GuardMiddleware(app, plan=PLAN, routes=[route])(scope, receive, send))
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


SAY = ROUTES[2]
TEXT = "Wörte to ann@mail.com 日本 and bob@mail.com"


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 400), max_size=12), size=st.integers(1, 9), line_ends=st.sampled_from(["\n", "\r\n"])
)
def test_events_are_judged_for_every_way_to_cut_them(cuts: list[int], size: int, line_ends: str) -> None:
    body = events(*(TEXT[at : at + size] for at in range(0, len(TEXT), size))).replace(b"\n", line_ends.encode())
    status, got = run(streamed(body, "text/event-stream", cuts), SAY)
    assert (status, texts_of(got)) == (200, "Wörte to [email] 日本 and [email]")
    assert got.startswith(b'data: {"delta": {"role": "assistant"}}\n\n: ping\n\n')
    assert got.endswith(b"data: [DONE]\n\n")


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=12))
def test_plain_text_is_judged_for_every_way_to_cut_it(cuts: list[int]) -> None:
    status, got = run(streamed(TEXT.encode(), "text/plain; charset=utf-8", cuts), SAY)
    assert (status, got.decode()) == (200, "Wörte to [email] 日本 and [email]")


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=12), size=st.integers(1, 9))
def test_lines_are_judged_for_every_way_to_cut_them(cuts: list[int], size: int) -> None:
    lines = [json.dumps({"delta": {"text": TEXT[at : at + size]}}) for at in range(0, len(TEXT), size)]
    status, got = run(streamed("\n".join(lines).encode(), "application/x-ndjson", cuts), SAY)
    assert status == 200
    assert (
        "".join(json.loads(line)["delta"]["text"] for line in got.splitlines()) == "Wörte to [email] 日本 and [email]"
    )


def test_bare_events_are_texts() -> None:
    route = Route("GET", "/say", output="reply")
    body = b"data: 3 words\n\ndata: to ann@\n\ndata: mail.com\ndata: now\n\n"
    _, got = run(streamed(body, "text/event-stream", []), route)
    said = "".join(line[6:] for line in got.decode().split("\n") if line.startswith("data: "))
    assert said == "3 wordsto [email]now"


def test_a_rule_ends_a_stream(url: str) -> None:
    Asked.answer = streamed(events("The key ", "is AKIA", "ABCD and", " more"), "text/event-stream", [])
    status, headers, body = ask(url, "GET", "/say")
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert texts_of(body) == "The key is "
    last = json.loads(body.strip().split(b"\n\n")[-1][6:])
    assert last["error"]["message"] == "A credential must not leave."
    assert b"AKIA" not in body
    assert b"DONE" not in body


@pytest.mark.parametrize("broken", [b"data: {nonsense AKIAABCD\n\n", b"data: AKIAABCD\n\n", b"data: \xff\n\n"])
def test_a_stream_that_is_not_what_it_says_ends(url: str, broken: bytes) -> None:
    Asked.answer = streamed(events("Hello there ")[:-14] + broken + events("more"), "text/event-stream", [])
    _, _, body = ask(url, "GET", "/say")
    assert b"AKIA" not in body
    assert b"more" not in body
    assert b"not_judged" in body


def test_a_stream_by_a_guard_that_is_none_is_refused(url: str) -> None:
    Asked.answer = streamed(b"data: x\n\n", "text/event-stream", [])
    assert ask(url, "GET", "/short")[0] == 502


# --- what is wrong in the program -------------------------------------------------------------------------------------


def test_wrong_routes_are_mistakes_of_the_program() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        pass

    for arguments, said in (
        ({"input": "reply"}, "guard `reply` is not on input"),
        ({"output": "question"}, "guard `question` is not on output"),
        ({}, "name a guard as `input`, as `output`, or both"),
        ({"input": "question", "text": "prompt"}, "is no place in JSON"),
        ({"input": "question", "text": "$..a"}, "is no place in JSON"),
    ):
        with pytest.raises(ValueError, match=said.replace("$", r"\$")):
            GuardMiddleware(app, plan=PLAN, routes=[Route("POST", "/x", **arguments)])
    with pytest.raises(UnknownGuardError):
        GuardMiddleware(app, plan=PLAN, routes=[Route("POST", "/x", input="nobody")])


def test_places_are_found_and_replaced() -> None:
    value = {"a": [{"b": "x"}, {"b": "y"}]}
    assert [Place(place).of(value) for place in ("$.a[0].b", "$.a[-1].b", "$.a[2].b", "$.a.b", "$[0]")] == [
        "x", "y", None, None, None,
    ]  # fmt: skip
    assert Place("$.a[-1].b").replaced(value, "z") == {"a": [{"b": "x"}, {"b": "z"}]}
    assert Place("$").replaced("x", "y") == "y"


def test_the_plan_may_be_replaced_and_blocks_may_be_answered_otherwise() -> None:
    plans = [PLAN]
    status, got = 0, b""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("fine")(scope, receive, send)

    made = GuardMiddleware(
        app,
        plan=lambda: plans[-1],
        routes=[Route("POST", "/x", input="question")],
        blocked=lambda outcome: (200, {"answer": "I cannot help with that.", "by": outcome.guard}),
    )

    def asked(text: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": json.dumps(text).encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/x", "headers": []}
        asyncio.run(made(scope, receive, send))
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    status, got = asked("AKIAABCD")
    assert (status, json.loads(got)) == (200, {"answer": "I cannot help with that.", "by": "question"})
    plans.append(plan_of("guard question on input {\n    words <= 9 on fail refrain\n}\n"))
    assert asked("AKIAABCD") == (200, b"fine")
