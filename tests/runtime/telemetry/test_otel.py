"""Metrics and spans through OpenTelemetry's own SDK and exporters, to a receiver that decodes what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from inference_stub import Service, policy
from llm_script import HELLO, Model, chunks
from llm_stub import Stub, refuse, say
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from otlp_stub import Receiver, attributes, carried
from watched_plans import SECRET, SECRETS, plan_of, run_all, watched_plan

from guardc.runtime import Plan
from guardc.runtime.telemetry import otel, spans


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


def metered(receiver: Receiver, plans: Any, **given: Any) -> MeterProvider:
    exporter = OTLPMetricExporter(endpoint=receiver.url("metrics"), **given)
    reader = PeriodicExportingMetricReader(otel.with_histograms(exporter, plans), export_interval_millis=float("inf"))
    provider = MeterProvider([reader])
    otel.count(plans, provider)
    return provider


def traced(receiver: Receiver, plan: Plan, **given: Any) -> TracerProvider:
    provider = TracerProvider(**given)
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=receiver.url("traces"))))
    spans.trace(plan, provider)
    return provider


def total(metric: Any, **wanted: str) -> float:
    return sum(
        point.as_int or point.as_double
        for point in metric.sum.data_points
        if {f"guardc.{key.replace('_', '.')}": value for key, value in wanted.items()}.items()
        <= attributes(point).items()
    )


def test_counters_and_histograms_arrive(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = metered(receiver, plan)
    outcomes = run_all(plan)
    plan.guard("reply").call(model="m", messages=HELLO, llm=Model(f"Write to {SECRET}"))
    provider.force_flush()
    metrics = receiver.metrics()
    runs, times = metrics["guardc.guard.runs"], metrics["guardc.guard.duration"]
    assert (runs.unit, times.unit) == ("{run}", "s")
    assert runs.sum.is_monotonic
    assert total(runs) == len(outcomes) + 1
    assert total(runs, action="refrain", guard_name="reply") == 2
    assert sum(point.count for point in times.histogram.data_points) == len(outcomes) + 1
    for point in times.histogram.data_points:
        assert sum(point.bucket_counts) == point.count
        assert list(point.explicit_bounds) == [2.0**power for power in range(-23, 9)]
        assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
        assert not point.HasField("min")
    assert total(metrics["guardc.call.tokens"]) == 12
    assert metrics["gen_ai.client.operation.duration"].histogram.data_points[0].count == 1
    provider.shutdown()
    assert not [secret for secret in SECRETS for body in receiver.bodies if secret.encode() in body]


def test_counters_go_on_when_a_plan_takes_the_place_of_another(receiver: Receiver) -> None:
    plans = {"support": watched_plan()}
    provider = metered(receiver, lambda: plans)
    for _ in range(3):
        plans["support"].guard("reply").validate("x")
    provider.force_flush()
    plans["support"] = watched_plan()
    plans["support"].measure()
    plans["support"].guard("reply").validate("x")
    provider.force_flush()
    metrics = receiver.metrics()
    assert total(metrics["guardc.guard.runs"], plan_name="support") == 4
    assert sum(point.count for point in metrics["guardc.guard.duration"].histogram.data_points) == 4
    provider.shutdown()


def test_histograms_are_deltas_where_the_exporter_wants_them(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = metered(receiver, plan, preferred_temporality={Histogram: AggregationTemporality.DELTA})
    for count in (3, 2):
        for _ in range(count):
            plan.guard("reply").validate("x")
        provider.force_flush()
        (data,) = [receiver.metrics()["guardc.guard.duration"].histogram]
        assert data.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA
        assert sum(point.count for point in data.data_points) == count
    provider.shutdown()


def test_there_is_no_span_without_a_parent_that_is_recorded(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = traced(receiver, plan)
    run_all(plan)
    plan.guard("reply").call(model="m", messages=HELLO, llm=Model("hi"))
    never = TracerProvider(sampler=ALWAYS_OFF)
    with never.get_tracer("service").start_as_current_span("request"):
        run_all(plan)
    provider.shutdown()
    assert receiver.bodies == []


def test_a_run_is_a_span_with_an_event_for_each_failure(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = traced(receiver, plan)
    with provider.get_tracer("service").start_as_current_span("request"):
        plan.guard("reply").validate(f"{SECRET} and {SECRET}")
    provider.shutdown()
    found = receiver.spans()
    span, parent = found["guardc.validate reply"], found["request"]
    assert (span.parent_span_id, span.trace_id) == (parent.span_id, parent.trace_id)
    assert parent.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    assert attributes(span) == {
        "guardc.guard.name": "reply",
        "guardc.guard.direction": "output",
        "guardc.policy.hash": plan.policy_hash,
        "guardc.passed": True,
        "guardc.action": "fix",
        "guardc.failures": 1,
    }
    (event,) = span.events
    said = attributes(event)
    assert event.name == "gen_ai.evaluation.result"
    assert said.pop("guardc.rule.source").startswith("sample.guard:")
    assert said == {
        "gen_ai.evaluation.name": "no pii.email",
        "gen_ai.evaluation.score.label": "fail",
        "guardc.validator.name": "no",
        "guardc.action": "fix",
        "guardc.findings": 2,
        "guardc.detectors": ["pii.email"],
    }
    assert span.status.code == Status.STATUS_CODE_UNSET


def test_no_text_is_in_any_span(receiver: Receiver) -> None:
    def polite(text: str) -> bool:
        raise RuntimeError(text)

    plan = watched_plan(polite)
    provider = traced(receiver, plan)
    with provider.get_tracer("service").start_as_current_span("request"):
        run_all(plan)
        plan.guard("slow").validate(SECRET)
        plan.guard("reply").call(model="m", messages=HELLO, llm=Model(f"Write to {SECRET}", "hi"))
        list(plan.guard("reply").call(model="m", messages=HELLO, llm=Model(chunks(SECRET, "!")), stream=True))
    provider.shutdown()
    assert {"chat m", "guardc.validate slow", "guardc.validate note"} <= set(receiver.spans())
    assert receiver.spans()["guardc.validate slow"].status.code == Status.STATUS_CODE_ERROR
    assert not [secret for secret in SECRETS for body in receiver.bodies if secret.encode() in body]


def test_a_request_to_a_model_is_a_client_span_that_is_current_meanwhile(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = traced(receiver, plan)
    tracer = provider.get_tracer("client")

    def llm(**arguments: Any) -> Any:
        assert "extra_headers" not in arguments
        with tracer.start_as_current_span("within"):
            return Model("hi")(**arguments)

    async def llm_async(**arguments: Any) -> Any:
        return llm(**arguments)

    async def main() -> None:
        with tracer.start_as_current_span("asynchronous"):
            await plan.async_guard("reply").call(model="acme/m2", messages=HELLO, llm=llm_async)

    with tracer.start_as_current_span("request"):
        plan.guard("reply").call(model="acme/m", messages=HELLO, llm=llm, temperature=0.5, max_tokens=7)
        inside = receiver.spans()["within"]
    asyncio.run(main())
    provider.shutdown()
    found = receiver.spans()
    span = found["chat acme/m"]
    assert span.kind == Span.SPAN_KIND_CLIENT
    assert (span.parent_span_id, inside.parent_span_id) == (found["request"].span_id, span.span_id)
    assert attributes(span) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "acme",
        "gen_ai.request.model": "acme/m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 7,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 2,
        "guardc.guard.name": "reply",
    }
    assert found["chat acme/m2"].parent_span_id == found["asynchronous"].span_id
    assert found["within"].parent_span_id == found["chat acme/m2"].span_id


def test_a_request_that_is_given_up_ends_its_span(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    plan = watched_plan()
    provider = traced(receiver, plan)
    tracer = provider.get_tracer("service")

    async def main() -> None:
        asked = asyncio.Event()

        async def llm(**arguments: Any) -> Any:
            asked.set()
            await asyncio.Event().wait()

        with tracer.start_as_current_span("request"):
            task = asyncio.create_task(plan.async_guard("reply").call(model="m", messages=HELLO, llm=llm))
            await asked.wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

    asyncio.run(main())
    provider.shutdown()
    assert attributes(receiver.spans()["chat m"])["error.type"] == "cancelled"
    assert not caplog.records  # OpenTelemetry complains of a context that is left elsewhere


def test_retries_are_spans_of_their_own_and_carry_the_trace(receiver: Receiver) -> None:
    plan = plan_of("guard g on output {\n  words <= 30 on fail refrain\n}\n")
    provider = traced(receiver, plan)
    with Stub(refuse(429, Retry_After="0"), say("hi")) as stub:
        with provider.get_tracer("service").start_as_current_span("request"):
            outcome = plan.guard("g").call(
                model="openai/m", api_base=stub.url, api_key="none", messages=HELLO, extra_headers={"x-own": "1"}
            )
        assert outcome.passed
        sent = [carried(request) for request in stub.requests]
        own = [request.headers["x-own"] for request in stub.requests]
    provider.shutdown()
    chats = receiver.spans_named("chat openai/m")
    assert [attributes(span).get("error.type") for span in chats] == ["rate limit", None]
    assert [span.span_id.hex() for span in chats] == sent
    assert own == ["1", "1"]


def test_streamed_requests_have_the_time_of_their_first_chunk(receiver: Receiver) -> None:
    plan = watched_plan()
    provider = traced(receiver, plan)
    tracer = provider.get_tracer("service")
    with tracer.start_as_current_span("request"):
        for _ in plan.guard("reply").call(model="m", messages=HELLO, llm=Model(chunks("a", "b")), stream=True):
            with tracer.start_as_current_span("between"):
                pass
        plan.guard("reply").call(model="gone", messages=HELLO, llm=Model(chunks("a")), stream=True).close()
    provider.shutdown()
    found = receiver.spans()
    assert attributes(found["chat m"])["gen_ai.response.time_to_first_chunk"] > 0
    assert found["between"].parent_span_id == found["request"].span_id


def test_requests_to_services_are_spans_and_carry_the_trace(receiver: Receiver) -> None:
    with Service(refuse(503)) as service:
        plan = service.plan(policy("retries 1"))
        provider = traced(receiver, plan)
        with provider.get_tracer("service").start_as_current_span("request"):
            assert not plan.guard("g").validate("bad").passed
        port = int(service.address.rpartition(":")[2])
        sent = [carried(request) for request in service.requests]
    provider.shutdown()
    parent = receiver.spans()["request"]
    found = receiver.spans_named("guardc.service toxicity")
    assert [span.span_id.hex() for span in found] == sent
    assert {span.parent_span_id for span in found} == {parent.span_id}
    assert {span.kind for span in found} == {Span.SpanKind.SPAN_KIND_CLIENT}
    usual = {
        "guardc.service.name": "toxicity",
        "guardc.service.texts": 1,
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    assert [attributes(span) for span in found] == [
        {**usual, "http.response.status_code": 503, "error.type": "unavailable"},
        {**usual, "http.response.status_code": 200},
    ]
    assert not [body for body in receiver.bodies if b"bad" in body]


def test_a_batch_is_one_span_with_links_to_all_who_wait_for_it(receiver: Receiver) -> None:
    with Service() as service:
        plan = service.plan(policy("batch 3 within 1 s; timeout 20 s"))
        provider = traced(receiver, plan)
        tracer = provider.get_tracer("service")

        async def one(number: int) -> None:
            with tracer.start_as_current_span(f"request {number}"):
                await plan.async_guard("g").validate(f"text {number}")

        async def main() -> None:
            unrecorded = plan.async_guard("g").validate("nobody watches")
            await asyncio.gather(unrecorded, *(one(number) for number in range(2)))

        asyncio.run(main())
        assert len(service.requests) == 1
    provider.shutdown()
    requests = [receiver.spans()[f"request {number}"].span_id for number in range(2)]
    (span,) = receiver.spans_named("guardc.service toxicity")
    assert attributes(span)["guardc.service.texts"] == 3
    assert {span.parent_span_id, *(link.span_id for link in span.links)} == set(requests)
    assert len(span.links) == 1


def test_without_a_parent_a_service_is_told_of_no_trace(receiver: Receiver) -> None:
    with Service() as service:
        plan = service.plan(policy())
        provider = traced(receiver, plan)
        assert plan.guard("g").validate("Hello").passed
        assert "traceparent" not in {name.lower() for name in service.requests[0].headers}
    provider.shutdown()
    assert receiver.decoded == []
