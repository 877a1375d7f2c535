"""Chat completions through guards, asked for by OpenAI's own clients, of models that are called directly and through
LiteLLM."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from llm_stub import Stub, break_off, call_tools, held, raw, refuse, say, stream_of
from processes import eventually
from serving import Served, write_plan

from guardc.runtime.server import Settings
from guardc.runtime.server.keys import make_key

POLICY = r"""edition 1

import std.pii

pattern secret = /AKIA[A-Z]{4}/
pattern quiet  = /quiet/

metadata { tier string = "free" }

guard question on input from user {
    no secret                       on fail exception "No credentials, please."
    no pii.email                    on fail fix with "[{kind}]"
    when tier == "free": words <= 9 on fail refrain "Too long."
}
guard reply on output stream {
    answers question
    hold at most 300 chars          on fail exception
    no pii.email                    on fail fix with "[{kind}]"
    no secret                       on fail exception "A credential must not leave."
    no quiet                        on fail refrain
}
guard short on output {
    answers question
    reasks 1 then refrain
    words <= 3                      on fail reask
    no secret                       on fail exception "A credential must not leave."
}
shape Ticket {
    priority one of "low", "high"   on fail fix to "low"
}
guard ticket on output as json Ticket {
}
"""
MODELS = {"direct": "openai/stub", "library": "lm_studio/stub"}
HELLO: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub() as made:
        yield made


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plan(tmp_path_factory.mktemp("chat") / "test.plan", POLICY)


@pytest.fixture(scope="module")
def served(plan: Path, stub: Stub) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        for provider in ("OPENAI", "LM_STUDIO"):
            patch.setenv(f"{provider}_API_BASE", stub.url)
            patch.setenv(f"{provider}_API_KEY", "key-of-the-operator")
        patch.delenv("OPENAI_BASE_URL", raising=False)
        settings = Settings(plan=str(plan), models=MODELS, call_timeout=20, metrics=True, max_body=100_000)
        with Served(settings, loop="asyncio") as server:
            yield server


def client_of(served: Served, guard: str = "reply", key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1/guards/{guard}", api_key=key, max_retries=0)


def streamed(client: openai.OpenAI, model: str, **more: Any) -> list[Any]:
    with client, client.chat.completions.create(model=model, messages=HELLO, stream=True, **more) as stream:
        return list(stream)


def text_of(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_completion_is_judged_and_fixed(served: Served, stub: Stub, model: str) -> None:
    stub.then(say("Write to ann@example.com today."))
    with client_of(served) as client:
        asked: Any = [{"role": "user", "content": "I am bob@example.com"}]
        answer = client.chat.completions.create(model=model, messages=asked, temperature=0.5)
    (choice,) = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("Write to [email] today.", "stop")
    assert answer.usage is not None
    assert (answer.model, answer.usage.total_tokens) == (model, 12)
    (request,) = stub.requests
    assert request.body["messages"] == [{"role": "user", "content": "I am [email]"}]
    assert (request.body["model"], request.body["temperature"]) == ("stub", 0.5)
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["authorization"] == "Bearer key-of-the-operator"
    said = answer.model_extra["guardc"]  # type: ignore[index]
    assert (said["passed"], said["action"], said["question"]["action"]) == (True, "fix", "fix")
    assert said["failures"][0]["spans"] == [{"start": 9, "end": 24, "detector": "pii.email"}]
    assert "ann@" not in json.dumps(said)


@pytest.mark.parametrize("piece", [1, 2, 5, 100])
def test_a_stream_leaves_as_the_guard_lets_it(served: Served, stub: Stub, model: str, piece: int) -> None:
    stub.then(say("Write to ann@example.com today. ✓ 日本", piece=piece))
    chunks = streamed(client_of(served), model, stream_options={"include_usage": True})
    assert text_of(chunks) == "Write to [email] today. ✓ 日本"
    assert chunks[0].choices[0].delta.role == "assistant"
    *_, last, usage = chunks
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra["guardc"]["action"] == "fix"
    assert (usage.choices, usage.usage.total_tokens) == ([], 12)
    assert len({chunk.id for chunk in chunks}) == 1


def test_without_the_option_no_chunk_has_tokens(served: Served, stub: Stub) -> None:
    stub.then(say("Fine."))
    chunks = streamed(client_of(served), "direct")
    assert all(chunk.choices for chunk in chunks)


def test_text_leaves_before_the_answer_has_ended(served: Served, stub: Stub, model: str) -> None:
    more = threading.Event()
    stub.then(stream_of("Hello there, ", more, (0, "friend.", "stop")))
    with client_of(served) as client, client.chat.completions.create(
        model=model, messages=HELLO, stream=True
    ) as stream:  # fmt: skip
        first = next(chunk for chunk in stream if chunk.choices[0].delta.content)
        assert "Hello there, ".startswith(str(first.choices[0].delta.content))
        more.set()
        assert (first.choices[0].delta.content or "") + text_of(list(stream)) == "Hello there, friend."


def test_a_block_in_the_middle_ends_the_stream(served: Served, stub: Stub, model: str) -> None:
    never = threading.Event()
    stub.then(stream_of("The key is AKIA", "QZXW and ", never))
    chunks = streamed(client_of(served), model)
    assert text_of(chunks) == "The key is "
    assert [chunk.choices[0].delta.refusal for chunk in chunks][-2] == "A credential must not leave."
    assert chunks[-1].choices[0].finish_reason == "content_filter"
    (request,) = stub.requests
    assert request.gone.wait(20)  # nobody pays for the rest


@pytest.mark.parametrize(
    ("said", "content", "refusal"),
    [("The key is AKIAQZXW", None, "A credential must not leave."), ("be quiet", "", "found quiet")],
)
def test_a_block_is_a_completion_without_the_answer(
    served: Served, stub: Stub, said: str, content: str | None, refusal: str
) -> None:
    stub.then(say(said))
    with client_of(served) as client:
        answer = client.chat.completions.create(model="direct", messages=HELLO)
    (choice,) = answer.choices
    assert choice.finish_reason == "content_filter"
    assert (choice.message.content, choice.message.refusal) == (content, refusal)
    assert said not in answer.model_dump_json()


def test_what_is_asked_is_judged_first(served: Served, stub: Stub) -> None:
    stub.then()
    bad: Any = [{"role": "user", "content": "My key is AKIAQZXW"}]
    long: Any = [{"role": "user", "content": "word " * 12}]
    with client_of(served) as client:
        for messages, refusal in ((bad, "No credentials, please."), (long, "Too long.")):
            answer = client.chat.completions.create(model="direct", messages=messages)
            assert answer.choices[0].finish_reason == "content_filter"
            assert answer.choices[0].message.refusal == refusal
            chunks = list(client.chat.completions.create(model="direct", messages=messages, stream=True))
            assert chunks[-1].choices[0].finish_reason == "content_filter"
        assert stub.requests == []
        stub.then(say("Fine."))
        pro = {"guardc": {"metadata": {"tier": "pro"}}}
        answer = client.chat.completions.create(model="direct", messages=long, extra_body=pro)
    assert answer.choices[0].message.content == "Fine."


def test_calls_of_tools_are_judged_and_passed_on(served: Served, stub: Stub, model: str) -> None:
    steps = call_tools(("weather", '{"city": "ann@example.com"}'))
    stub.then(steps)
    with client_of(served) as client:
        answer = client.chat.completions.create(model=model, messages=HELLO, tools=WEATHER)
    (choice,) = answer.choices
    (call,) = choice.message.tool_calls or ()
    assert choice.finish_reason == "tool_calls"
    assert call.type == "function"
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "[email]"}')
    stub.then(steps)
    chunks = streamed(client_of(served), model, tools=WEATHER)
    (calls,) = [chunk.choices[0].delta.tool_calls for chunk in chunks if chunk.choices[0].delta.tool_calls]
    assert (calls[0].index, calls[0].id, calls[0].function.arguments) == (0, "call_0", '{"city": "[email]"}')
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    stub.then(call_tools(("weather", '{"key": "AKIAQZXW"}')))
    chunks = streamed(client_of(served), model, tools=WEATHER)
    assert chunks[-1].choices[0].finish_reason == "content_filter"
    assert not any(chunk.choices[0].delta.tool_calls for chunk in chunks)


def test_what_does_not_pass_is_asked_again(served: Served, stub: Stub, model: str) -> None:
    stub.then(say("One two three four five."), say("One two."))
    with client_of(served, "short") as client:
        answer = client.chat.completions.create(model=model, messages=HELLO)
    assert answer.choices[0].message.content == "One two."
    assert len(stub.requests) == 2
    assert answer.usage is not None
    assert answer.usage.total_tokens == 24
    stub.then(say("One two three four five."), say("Still far too many words."))
    chunks = streamed(client_of(served, "short"), model)  # the guard is no stream: its text comes when it is whole
    assert (text_of(chunks), chunks[-1].choices[0].finish_reason) == ("", "content_filter")


def test_a_value_is_json_text(served: Served, stub: Stub) -> None:
    stub.then(say('Here: {"priority": "urgent"}'))
    with client_of(served, "ticket") as client:
        answer = client.chat.completions.create(model="direct", messages=HELLO)
    assert json.loads(answer.choices[0].message.content or "") == {"priority": "low"}
    stub.then(say('{"priority": "high"}'))
    assert json.loads(text_of(streamed(client_of(served, "ticket"), "direct"))) == {"priority": "high"}


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (refuse(401), openai.InternalServerError),  # the operator's key, not the client's
        (refuse(400), openai.BadRequestError),
        (raw(b"<html>"), openai.InternalServerError),
        (raw(b'{"choices": 3}'), openai.InternalServerError),
    ],
)
def test_errors_of_the_model_have_their_status(
    served: Served, stub: Stub, model: str, step: Any, error: type[openai.APIStatusError]
) -> None:
    for stream in (False, True):
        stub.then(step)
        with client_of(served) as client, pytest.raises(error) as caught:
            client.chat.completions.create(model=model, messages=HELLO, stream=stream)
        assert "key-of-the-operator" not in str(caught.value)


def test_a_model_that_takes_no_more_calls(served: Served, stub: Stub, model: str) -> None:
    stub.then(*[refuse(429, Retry_After="0")] * 3)
    with client_of(served) as client, pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=model, messages=HELLO)
    assert len(stub.requests) == 3  # it was tried again
    assert caught.value.response.headers["retry-after"] == "1"
    assert caught.value.code == "rate_limited"


def test_a_stream_that_breaks_off_ends_in_an_error(served: Served, stub: Stub, model: str) -> None:
    stub.then(break_off("Half an answer. Half an ans"))
    with client_of(served) as client:
        stream = client.chat.completions.create(model=model, messages=HELLO, stream=True)
        seen = []
        with pytest.raises(openai.APIError, match="broke off"):
            seen += [chunk.choices[0].delta.content or "" for chunk in stream]


def test_a_stream_that_breaks_off_before_anything_left_is_tried_again(served: Served, stub: Stub) -> None:
    stub.then(break_off(""), break_off(""), say("Fine."))
    assert text_of(streamed(client_of(served), "direct")) == "Fine."


def test_a_client_that_hangs_up_ends_the_call(served: Served, stub: Stub, model: str) -> None:
    never = threading.Event()
    stub.then(stream_of("Hello there, ", never))
    with client_of(served) as client:
        stream = client.chat.completions.create(model=model, messages=HELLO, stream=True)
        next(iter(stream))
        stream.close()
    assert stub.requests[0].gone.wait(20)
    assert eventually(lambda: served.app.load.in_work == 0)
    stub.then(held(never, say("late")))
    with client_of(served) as client, pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="direct", messages=HELLO, timeout=0.2)
    assert stub.requests[0].gone.wait(20)
    assert eventually(lambda: served.app.load.in_work == 0)


def test_mistakes_are_told_to_the_client(served: Served, stub: Stub) -> None:
    stub.then()
    with client_of(served) as client:
        with pytest.raises(openai.NotFoundError, match="ask for `direct`, `library`") as caught:
            client.chat.completions.create(model="gpt-9", messages=HELLO)
        assert caught.value.body["code"] == "unknown_model"  # type: ignore[index]
        for more, param in (
            ({"n": 2}, "n"),
            ({"logprobs": True}, "logprobs"),
            ({"extra_body": {"api_base": "http://elsewhere.example"}}, "api_base"),
            ({"extra_body": {"mock_response": "hi"}}, "mock_response"),
            ({"extra_body": {"guardc": {"tier": "pro"}}}, "guardc"),
            ({"extra_body": {"guardc": {"metadata": "pro"}}}, "guardc.metadata"),
            ({"extra_body": {"stream": "yes"}}, "stream"),
        ):
            arguments: Any = {"model": "direct", "messages": HELLO, **more}
            with pytest.raises(openai.BadRequestError) as wrong:
                client.chat.completions.create(**arguments)
            assert wrong.value.param == param, more
        for messages in ([], [{"content": "no role"}], ["text"]):
            asked: Any = messages
            with pytest.raises(openai.BadRequestError, match="messages"):
                client.chat.completions.create(model="direct", messages=asked)
    with client_of(served, "question") as client, pytest.raises(openai.BadRequestError, match="name a guard on output"):
        client.chat.completions.create(model="direct", messages=HELLO)
    with client_of(served, "nobody") as client, pytest.raises(openai.NotFoundError, match="no guard `nobody`"):
        client.chat.completions.create(model="direct", messages=HELLO)
    assert stub.requests == []
    answer = served.request("GET", "/v1/guards/reply/chat/completions")
    assert (answer.status, answer.body["error"]["code"]) == (405, "method_not_allowed")


def test_the_models_are_listed(served: Served) -> None:
    with client_of(served) as client:
        assert [each.id for each in client.models.list()] == ["direct", "library"]
        assert client.models.retrieve("library").id == "library"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-9")


def test_the_clients_for_asyncio_too(served: Served, stub: Stub) -> None:
    async def run() -> str:
        stub.then(say("Write to ann@example.com."))
        async with openai.AsyncOpenAI(base_url=f"{served.url}/v1/guards/reply", api_key="none") as client:
            stream = await client.chat.completions.create(model="direct", messages=HELLO, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert asyncio.run(run()) == "Write to [email]."


def test_a_call_ends_by_the_plan_that_it_began_with(served: Served, stub: Stub, plan: Path) -> None:
    more = threading.Event()
    stub.then(stream_of("Hello there, ", more, (0, "ann@example.com", "stop")), say("ann@example.com"))
    before = plan.read_bytes()
    try:
        with client_of(served) as client:
            stream = client.chat.completions.create(model="direct", messages=HELLO, stream=True)
            first = next(chunk for chunk in stream if chunk.choices[0].delta.content)
            write_plan(plan, POLICY.replace('fix with "[{kind}]"', 'fix with "<{kind}>"'))
            assert served.post("/admin/reload").body["changed"] is True
            more.set()
            assert (first.choices[0].delta.content or "") + text_of(list(stream)) == "Hello there, [email]"
            answer = client.chat.completions.create(model="direct", messages=HELLO)
        assert answer.choices[0].message.content == "<email>"
    finally:
        plan.write_bytes(before)
        assert served.post("/admin/reload").status == 200


def test_calls_are_counted(served: Served, stub: Stub) -> None:
    stub.then(say("Fine."), say("Too many words in this one."), say("Fine."))
    streamed(client_of(served), "direct")
    with client_of(served, "short") as client:
        client.chat.completions.create(model="direct", messages=HELLO)
    page = served.request("GET", "/metrics").body.decode()
    labels = '{guard="short",model="openai/stub"'
    assert f"guardc_call_requests_total{labels}}} 2" in page
    assert f"guardc_call_reasks_total{labels}}} 1" in page
    assert f'guardc_call_tokens_total{labels},type="input"}} 14' in page
    assert 'gen_ai_client_operation_time_to_first_chunk_seconds_count{guard="reply"' in page
    assert "key-of-the-operator" not in page


def test_it_is_for_keys_with_the_scope(plan: Path, tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", stub.url)
    chat, chat_line = make_key("chat", ("reply",), ("chat",))
    judge, judge_line = make_key("judge", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{chat_line}\n{judge_line}\n")
    stub.then(say("Fine."))
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys), models=MODELS)) as served:
        for guard, key, error in (
            ("reply", "wrong", openai.AuthenticationError),
            ("reply", judge, openai.PermissionDeniedError),
            ("short", chat, openai.PermissionDeniedError),
        ):
            with client_of(served, guard, key) as client, pytest.raises(error):
                client.chat.completions.create(model="direct", messages=HELLO)
        with client_of(served, "reply", chat) as client:
            assert client.chat.completions.create(model="direct", messages=HELLO).choices[0].message.content == "Fine."
    (request,) = stub.requests
    assert chat not in json.dumps(request.headers)


def test_without_models_the_route_says_how_to_have_them(plan: Path) -> None:
    with Served(Settings(plan=str(plan))) as served, client_of(served) as client:
        with pytest.raises(openai.NotFoundError, match="start it with --model NAME"):
            client.chat.completions.create(model="direct", messages=HELLO)
        assert list(client.models.list()) == []
