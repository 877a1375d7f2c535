"""Calls through LiteLLM itself: its stand-in for answers, and a service on loopback that fails as services do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from llm_script import HELLO, StillClock, guard_of
from llm_stub import Step, Stub, break_off, call_tools, held, raw, refuse, say

from guardc.runtime.llm import CallError, CallOutcome, Usage
from guardc.runtime.llm.drive import drive
from guardc.runtime.llm.provider import litellm_completion
from guardc.runtime.llm.start import Given, call_of

SHORT = "guard reply on output {\n    reasks 2 then refrain\n    words <= 3      on fail reask\n}"
TOOLS = [{"type": "function", "function": {"name": "send", "parameters": {"type": "object", "properties": {}}}}]


def through_litellm(stub: Stub, source: str = SHORT, **given: Any) -> tuple[CallOutcome, list[float]]:
    """The outcome of a call of the stub, and the pauses that were made."""
    guard, clock = guard_of(source), StillClock()
    own = {"messages": HELLO, "model": "openai/stub", "llm": None, "metadata": None, "timeout": 30.0, "retries": 2}
    own |= {name: given.pop(name) for name in tuple(given) if name in own}
    arguments = {"api_base": stub.url, "api_key": "none", **given}
    wanted = call_of(guard, None, guard._asking, Given(arguments=arguments, **own))
    return drive(wanted, litellm_completion(), clock), clock.pauses


def kind(outcome: CallOutcome) -> str | None:
    assert outcome.error is None or isinstance(outcome.error, CallError)
    return None if outcome.error is None else outcome.error.kind


# --- LiteLLM's own stand-in -------------------------------------------------------------------------------------------


def test_an_answer_comes_with_tokens_and_cost() -> None:
    outcome = guard_of(SHORT).call(model="gpt-4o-mini", messages=HELLO, mock_response="all fine")
    assert outcome.output == "all fine"
    assert outcome.usage == Usage(10, 20, 30)
    assert outcome.cost is not None
    assert outcome.cost > 0
    assert outcome.attempts[0].model == "gpt-4o-mini"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("litellm.RateLimitError", "rate limit"),
        ("litellm.InternalServerError", "unavailable"),
        ("litellm.ContextWindowExceededError", "rejected"),
    ],
)
def test_its_errors_are_told_apart(name: str, expected: str) -> None:
    outcome = guard_of(SHORT).call(model="gpt-4o-mini", messages=HELLO, mock_response=name, retries=0)
    assert kind(outcome) == expected


def test_the_names_that_are_told_apart_are_its_own() -> None:
    import litellm  # noqa: PLC0415 - seconds, and only tests here need it

    from guardc.runtime.llm.errors import told_apart  # noqa: PLC0415

    made: dict[str, Callable[[], Exception]] = {
        "content filter": lambda: litellm.ContentPolicyViolationError("m", "gpt", "openai"),
        "timeout": lambda: litellm.Timeout("m", "gpt", "openai"),
        "rate limit": lambda: litellm.RateLimitError("m", "openai", "gpt"),
        "connection": lambda: litellm.APIConnectionError("m", "openai", "gpt"),
        "unavailable": lambda: litellm.ServiceUnavailableError("m", "openai", "gpt"),
        "rejected": lambda: litellm.AuthenticationError("m", "openai", "gpt"),
    }
    assert {expected: told_apart(make(), "gpt").kind for expected, make in made.items()} == {
        name: name for name in made
    }


# --- a service on loopback --------------------------------------------------------------------------------------------


def test_an_answer_is_asked_again_over_the_wire() -> None:
    with Stub(say("one two three four"), say("one two three")) as stub:
        outcome, _ = through_litellm(stub, temperature=0)
    assert outcome.output == "one two three"
    assert [message["role"] for message in stub.requests[1].body["messages"]] == ["user", "assistant", "user"]
    assert stub.requests[1].body["temperature"] == 0
    assert outcome.usage == Usage(14, 10, 24)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (refuse(429), "rate limit"),
        (refuse(500), "unavailable"),
        (refuse(503), "unavailable"),
        (break_off(), "unavailable"),
    ],
)
def test_a_service_that_fails_is_called_again_by_guardc_alone(step: Step, expected: str) -> None:
    with Stub(step, step, say("ok")) as stub:
        outcome, pauses = through_litellm(stub)
        assert len(stub.requests) == 3
    assert outcome.output == "ok"
    assert pauses == [0.5, 1.0]
    assert outcome.attempts[0].error is not None
    assert outcome.attempts[0].error.kind in {expected, "connection"}


def test_a_service_says_when_it_can_be_called_again() -> None:
    with Stub(refuse(429, retry_after="3"), say("ok")) as stub:
        outcome, pauses = through_litellm(stub)
    assert (outcome.output, pauses) == ("ok", [3.0])


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (refuse(401), "rejected"),
        (refuse(404), "rejected"),
        (refuse(429, "insufficient_quota"), "rejected"),
        (refuse(400, "content_policy_violation"), "content filter"),
        (say("half an", reason="content_filter"), "content filter"),
        (say(None, refusal="I will not."), "refusal"),
    ],
)
def test_a_call_that_will_not_succeed_is_made_once(step: Step, expected: str) -> None:
    with Stub(step, say("never")) as stub:
        outcome, pauses = through_litellm(stub)
        assert len(stub.requests) == 1
    assert (kind(outcome), pauses, outcome.output) == (expected, [], None)


def test_what_is_no_answer_is_no_output() -> None:
    with Stub(*[raw(b"<html>Bad gateway</html>")] * 9) as stub:
        outcome, _ = through_litellm(stub)
    assert kind(outcome) is not None
    assert outcome.output is None


def test_a_service_that_hangs_is_given_up() -> None:
    never = threading.Event()
    with Stub(*[held(never, say("late"))] * 3) as stub:
        outcome, _ = through_litellm(stub, timeout=0.3, retries=0)
    assert kind(outcome) == "timeout"


def test_calls_of_tools_come_through() -> None:
    source = 'pattern mail = /\\w+@\\w+\\.com/\nguard reply on output {\n    no mail on fail fix with "x"\n}'
    with Stub(call_tools(("send", '{"to": "a@b.com"}'))) as stub:
        outcome, _ = through_litellm(stub, source, tools=TOOLS)
        assert stub.requests[0].body["tools"] == TOOLS
    assert outcome.passed
    assert outcome.message is not None
    assert json.loads(outcome.message["tool_calls"][0]["function"]["arguments"]) == {"to": "x"}


def test_malformed_calls_are_asked_again_over_the_wire() -> None:
    with Stub(call_tools(("send", '{"to": ')), call_tools(("send", "{}"))) as stub:
        outcome, _ = through_litellm(stub, tools=TOOLS)
    assert outcome.passed
    roles = [message["role"] for message in stub.requests[1].body["messages"]]
    assert roles == ["user", "assistant", "tool", "user"]


@pytest.mark.parametrize("step", [say(""), say(None)])
def test_empty_answers_over_the_wire(step: Step) -> None:
    with Stub(step, say("ok")) as stub:
        outcome, _ = through_litellm(stub)
    assert outcome.output == "ok"
    assert outcome.attempts[0].error is not None
    assert outcome.attempts[0].error.kind == "empty"


@pytest.mark.parametrize("step", [say("a streamed answer"), call_tools(("send", '{"to": "a@b.com"}'))])
def test_the_stub_streams(step: Step) -> None:
    with Stub(step) as stub:
        stream = litellm_completion()(
            model="openai/stub",
            messages=HELLO,
            stream=True,
            api_base=stub.url,
            api_key="none",
            tools=TOOLS,
            num_retries=0,
        )
        deltas = [chunk.choices[0].delta for chunk in stream if chunk.choices]
    text = "".join(delta.content or "" for delta in deltas)
    arguments = "".join(call.function.arguments for delta in deltas for call in delta.tool_calls or ())
    assert (text, arguments) in {("a streamed answer", ""), ("", '{"to": "a@b.com"}')}


# --- what it costs to have it -----------------------------------------------------------------------------------------


def test_without_litellm_a_call_says_so_in_one_line() -> None:
    program = (
        "import sys; sys.modules['litellm'] = None\n"
        "from llm_script import HELLO, guard_of\n"
        f"guard = guard_of({SHORT!r})\n"
        "try: guard.call(model='m', messages=HELLO)\n"
        "except ImportError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout == (
        "calls of models need LiteLLM: pip install 'guardc[llm]', or pass a function of your own as llm=...\n"
    )


def test_litellm_asks_nobody_for_prices() -> None:
    litellm_completion()
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
