"""Requests of judges, through LiteLLM itself, in a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from llm_stub import Stub, say
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from otlp_stub import Receiver, attributes, carried

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import load
from guardc.runtime.telemetry import spans


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


JUDGED = """edition 1
model small {
    model "openai/m"
}
judge kind: "The text is kind." via small
guard g on output {
    kind                         on fail refrain
}
"""


@pytest.mark.parametrize("asynchronous", [False, True])
def test_requests_of_judges_are_spans_and_carry_the_trace(
    receiver: Receiver, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stub(say('{"holds": true}'), say("What?")) as stub:
        monkeypatch.setenv("OPENAI_API_BASE", stub.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        compilation = compile_text(JUDGED)
        assert compilation.plan is not None, render(compilation.diagnostics)
        plan = load(compilation.plan)
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=receiver.url("traces"))))
        spans.trace(plan, provider)

        def validate(text: str) -> Any:
            return asyncio.run(plan.async_guard("g").validate(text)) if asynchronous else plan.guard("g").validate(text)

        with provider.get_tracer("service").start_as_current_span("request"):
            assert validate("one").passed
            assert not validate("two").passed
        sent = [carried(request) for request in stub.requests]
    provider.shutdown()
    found = receiver.spans_named("chat openai/m")
    assert [span.span_id.hex() for span in found] == sent
    assert {span.parent_span_id for span in found} == {receiver.spans()["request"].span_id}
    first, second = (attributes(span) for span in found)
    assert first["guardc.judge.name"] == "kind"
    assert first["gen_ai.usage.input_tokens"] == 7
    assert ("error.type" in first, second["error.type"]) == (False, "response")
