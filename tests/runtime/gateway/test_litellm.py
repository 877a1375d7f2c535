"""A guardrail of LiteLLM's proxy, which runs as a process of its own and is asked in OpenAI's and Anthropic's forms.

Without the proxy's libraries (`pip install 'litellm[proxy]'`) these are skipped; `.ci/run` makes an environment with
them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import yaml
from llm_stub import Stub, break_off, call_tools, refuse, say, stream_of
from processes import eventually
from serving import write_plan

import guardc

if any(importlib.util.find_spec(name) is None for name in ("fastapi", "apscheduler", "orjson", "litellm_enterprise")):
    pytest.skip("LiteLLM's proxy is not installed", allow_module_level=True)

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
    hold at most 300 chars          on fail exception
    no pii.email                    on fail fix with "[{kind}]"
    no secret                       on fail exception "A credential must not leave."
}
guard short on output {
    words <= 3                      on fail reask "Be brief."
    no secret                       on fail exception "A credential must not leave."
}
shape Ticket {
    priority one of "low", "high"   on fail fix to "low"
}
guard ticket on output as json Ticket {
}
guard ticket_in on input as json Ticket {
}
"""
CONFIG = """
model_list:
  - model_name: stub
    litellm_params: {{model: openai/stub, api_base: {url}, api_key: key-of-the-operator, max_retries: 0}}
  - model_name: translated
    litellm_params: {{model: lm_studio/stub, api_base: {url}, api_key: key-of-the-operator, max_retries: 0}}
general_settings: {{master_key: {key}}}
router_settings: {{disable_cooldowns: true}}
litellm_settings: {{num_retries: 0, telemetry: false}}
guardrails:
  - guardrail_name: both
    litellm_params:
      guardrail: guardc.runtime.gateway.Guardrail
      mode: [pre_call, post_call]
      plan: {plan}
      input: question
      output: reply
  - guardrail_name: brief
    litellm_params:
      {{guardrail: guardc.runtime.gateway.Guardrail, mode: post_call, plan: {plan}, output: short}}
  - guardrail_name: ticket
    litellm_params:
      {{guardrail: guardc.runtime.gateway.Guardrail, mode: post_call, plan: {plan}, output: ticket}}
"""
EXAMPLES = Path(__file__).parents[3] / "examples"
KEY = "sk-5f0c2f7be1a94a0d8d3b7c66e1f0a9c4"
HELLO: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub() as made:
        yield made


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> Iterator[str]:
    """The address of a proxy with guardrails."""
    folder = tmp_path_factory.mktemp("gateway")
    plan = write_plan(folder / "test.plan", POLICY)
    (folder / "config.yaml").write_text(CONFIG.format(url=stub.url, plan=plan, key=KEY), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from litellm import run_server; run_server()"]
    command += ["--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"

    def lives() -> bool:
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{address}/health/liveliness", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        assert eventually(lives), (folder / "log").read_text(encoding="utf-8")
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def client(proxy: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=proxy, api_key=KEY, max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, guardrail: str = "both", messages: Any = HELLO, **more: Any) -> Any:
    return client.chat.completions.create(
        model="stub", messages=messages, extra_body={"guardrails": [guardrail]}, **more
    )


def streamed(client: openai.OpenAI, guardrail: str = "both", **more: Any) -> list[Any]:
    with ask(client, guardrail, stream=True, **more) as stream:
        return list(stream)


def text_in(chunks: list[Any], number: int = 0) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices if choice.index == number)


def test_what_passes_and_what_is_fixed_goes_on(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("Write to bob@example.com."))
    answer = ask(client, messages=[{"role": "user", "content": "I am ann@example.com"}])
    assert stub.requests[0].body["messages"] == [{"role": "user", "content": "I am [email]"}]
    assert answer.choices[0].message.content == "Write to [email]."


def test_roles_are_as_the_guard_says(client: openai.OpenAI, stub: Stub) -> None:
    """`from user`: a mail address of the system's is left."""
    stub.then(say("Hello."))
    messages = [
        {"role": "system", "content": "You are help@example.com, AKIAABCD"},
        {"role": "user", "content": [{"type": "text", "text": "I am ann@example.com"}]},
    ]
    ask(client, messages=messages)
    sent = stub.requests[0].body["messages"]
    assert sent[0]["content"] == "You are help@example.com, AKIAABCD"
    assert sent[1]["content"] == [{"type": "text", "text": "I am [email]"}]


def test_a_question_that_does_not_pass_is_not_asked(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("Hello."))
    with pytest.raises(openai.BadRequestError, match="No credentials, please") as caught:
        ask(client, messages=[{"role": "user", "content": "My key is AKIAABCD"}])
    assert "AKIA" not in str(caught.value)
    assert stub.requests == []


def test_metadata_of_a_request_are_for_conditions(client: openai.OpenAI, stub: Stub) -> None:
    long: Any = [{"role": "user", "content": "one two three four five six seven eight nine ten"}]
    stub.then(say("Hello."))
    with pytest.raises(openai.BadRequestError, match="Too long"):
        ask(client, messages=long)
    assert ask(client, messages=long, metadata={"tier": "paid"}).choices[0].message.content == "Hello."


def test_what_cannot_be_judged_is_a_bad_request(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("Hello."))
    with pytest.raises(openai.BadRequestError, match="messages"):
        ask(client, messages=[{"role": "oracle", "content": "Hello"}])
    assert stub.requests == []


def test_an_answer_that_does_not_pass_does_not_leave(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("It is AKIAABCD"))
    with pytest.raises(openai.BadRequestError, match="A credential must not leave") as caught:
        ask(client)
    assert "AKIA" not in str(caught.value)


def test_what_would_be_asked_again_is_blocked(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("One two three four."), say("Short."))
    with pytest.raises(openai.BadRequestError, match="Be brief"):
        ask(client, "brief")
    assert len(stub.requests) == 1


def test_calls_of_tools_are_judged(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(call_tools(("weather", '{"city": "ann@example.com"}')), call_tools(("weather", '{"city": "AKIAABCD"}')))
    answer = ask(client, tools=WEATHER)
    assert json.loads(answer.choices[0].message.tool_calls[0].function.arguments) == {"city": "[email]"}
    with pytest.raises(openai.BadRequestError, match="A credential must not leave"):
        ask(client, tools=WEATHER)


def test_a_value_is_repaired(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say('Here: {"priority": "huge"}'))
    assert json.loads(ask(client, "ticket").choices[0].message.content) == {"priority": "low"}


def test_chunks_leave_as_the_guard_lets_them(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("Write to bob@example.com, or not at all."))
    chunks = streamed(client, stream_options={"include_usage": True})
    assert text_in(chunks) == "Write to [email], or not at all."
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 3
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [12]


def test_the_first_chunk_leaves_while_the_answer_goes_on(client: openai.OpenAI, stub: Stub) -> None:
    more = threading.Event()
    stub.then(stream_of("Hello there, ", more, "friend.", (0, {}, "stop")))
    with ask(client, stream=True) as stream:
        first = next(chunk for chunk in stream if chunk.choices and chunk.choices[0].delta.content)
        assert first.choices[0].delta.content.startswith("Hello")
        more.set()
        rest = text_in(list(stream))
    assert first.choices[0].delta.content + rest == "Hello there, friend."


def test_a_stream_ends_where_a_rule_stops_it(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(say("Take this: AKIAABCD and go."))
    shown = []
    with pytest.raises(openai.APIError, match="A credential must not leave"), ask(client, stream=True) as stream:
        shown += list(stream)
    assert "AKIA" not in repr(shown)


def test_streamed_calls_of_tools_leave_at_the_end(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(call_tools(("weather", '{"city": "ann@example.com"}'), text="Let me look. "))
    chunks = streamed(client, tools=WEATHER)
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert [(call.index, call.function.name) for call in calls] == [(0, "weather")]
    assert json.loads(calls[0].function.arguments) == {"city": "[email]"}
    assert text_in(chunks) == "Let me look. "
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_several_answers_are_several_streams(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(stream_of((0, "a@b.example is", None), (1, "No", None), (0, " it", "stop"), (1, " mail", "stop")))
    chunks = streamed(client, n=2)
    assert [text_in(chunks, 0), text_in(chunks, 1)] == ["[email] is it", "No mail"]


@pytest.mark.parametrize("guardrail", ["brief", "ticket"])
def test_what_is_no_stream_leaves_when_it_was_judged(client: openai.OpenAI, stub: Stub, guardrail: str) -> None:
    said, left = ("Yes.", "Yes.") if guardrail == "brief" else ('So: {"priority": "huge"}', '{"priority": "low"}')
    stub.then(say(said))
    chunks = streamed(client, guardrail)
    assert [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content] == [left]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_that_breaks_off_has_left_as_far_as_it_was_judged(client: openai.OpenAI, stub: Stub) -> None:
    """LiteLLM takes its end for one."""
    stub.then(break_off("Write to bob@example.com, or AKIA"))
    assert text_in(streamed(client)) == "Write to [email], or AKIA"


def test_an_error_of_the_model_stays_one(client: openai.OpenAI, stub: Stub) -> None:
    stub.then(refuse(429))
    with pytest.raises(openai.RateLimitError):
        ask(client, stream=True)


def post(proxy: str, path: str, body: Any) -> tuple[int, str]:
    request = urllib.request.Request(
        f"{proxy}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("stream", [False, True])
def test_messages_as_anthropic_has_them(proxy: str, stub: Stub, stream: bool) -> None:
    """Their stream is gathered: it has what the guard gives, or nothing."""
    asked = {
        "model": "translated", "max_tokens": 50, "guardrails": ["both"], "stream": stream,
        "messages": [{"role": "user", "content": "I am ann@example.com"}],
    }  # fmt: skip
    stub.then(say("Write to bob@example.com."))
    status, text = post(proxy, "/v1/messages", asked)
    assert status == 200
    assert "[email]" in text, text
    assert "bob" not in text
    assert "ann@example.com" not in json.dumps(stub.requests[0].body)
    stub.then(say("It is AKIAABCD"))
    status, text = post(proxy, "/v1/messages", asked)
    assert "A credential must not leave." in text
    assert "AKIA" not in text, text


@pytest.mark.parametrize("stream", [False, True])
def test_responses_as_openai_has_them(proxy: str, stub: Stub, stream: bool) -> None:
    asked = {"model": "translated", "guardrails": ["both"], "stream": stream, "input": "I am ann@example.com"}
    stub.then(say("Write to bob@example.com."))
    status, text = post(proxy, "/v1/responses", asked)
    assert status == 200
    assert "[email]" in text, text
    assert "bob" not in text, text
    assert "ann@example.com" not in json.dumps(stub.requests[0].body)
    stub.then(say("It is AKIAABCD"))
    status, text = post(proxy, "/v1/responses", asked)
    assert "A credential must not leave." in text, text
    assert "AKIA" not in text, text


def test_text_completions(proxy: str, stub: Stub) -> None:
    asked = {"model": "translated", "guardrails": ["both"], "prompt": "I am ann@example.com"}
    stub.then(say("Write to bob@example.com."))
    status, text = post(proxy, "/v1/completions", asked)
    assert (status, json.loads(text)["choices"][0]["text"]) == (200, "Write to [email].")
    assert stub.requests[0].body["messages"] == [{"role": "user", "content": "I am [email]"}]


def test_streamed_text_completions_are_refused(proxy: str, stub: Stub) -> None:
    """LiteLLM has no way to put what the guard gives into them."""
    stub.then(say("Hello."))
    asked = {"model": "translated", "guardrails": ["both"], "prompt": "Hello", "stream": True}
    status, text = post(proxy, "/v1/completions", asked)
    assert status == 400
    assert "ask without `stream`" in text


WRONG = {
    "there is no plan; add `plan: PATH`": {"output": "reply"},
    "mode post_call needs a guard; add `output: NAME`": {"plan": "test.plan"},
    "guard `question` is on input, not on output": {"plan": "test.plan", "output": "question"},
    "guard `ticket_in` judges values, and requests are texts": {"plan": "test.plan", "input": "ticket_in"},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_in_the_configuration_is_said_at_the_start(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guardc.runtime.gateway import Guardrail  # noqa: PLC0415 - brings LiteLLM

    monkeypatch.chdir(tmp_path)
    write_plan(tmp_path / "test.plan", POLICY)
    mode = "pre_call" if "input" in WRONG[said] else "post_call"
    with pytest.raises(guardc.GuardcError, match=re.escape(said)):
        Guardrail(guardrail_name="mine", event_hook=mode, **WRONG[said])


def test_the_example_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from guardc.runtime.gateway import Guardrail  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    written = yaml.safe_load((EXAMPLES / "gateway.yaml").read_text(encoding="utf-8"))
    write_plan(tmp_path / "chat.plan", (EXAMPLES / "middleware.guard").read_text(encoding="utf-8"))
    (entry,) = written["guardrails"]
    params = entry["litellm_params"]
    assert params.pop("guardrail") == "guardc.runtime.gateway.Guardrail"
    made = Guardrail(guardrail_name=entry["guardrail_name"], event_hook=params.pop("mode"), **params)
    assert made.default_on
