"""Spans for OpenTelemetry (`pip install 'guardc[telemetry]'`), where the service records one around a guard's work.

    spans.trace(plan)

A run of a guard becomes a span after it is over, with an event for each rule that did not hold; a request to a model or
a service a client span that is there while the request is made, and goes with it as `traceparent`. Without a parent
that is recorded there is none, and no text, nor a part of one, is in any.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextvars import Token
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import context, propagate
from opentelemetry import trace as api
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider

from guardc.fastpath._core import Failure, Outcome
from guardc.runtime.telemetry import names

if TYPE_CHECKING:
    from guardc.runtime.guard import Guard
    from guardc.runtime.llm import Attempt
    from guardc.runtime.plan import Plan
    from guardc.runtime.watching import Asker

__all__ = ["trace"]

OF_ASKERS = {"guard": names.GUARD, "judge": names.JUDGE}
PORTS = {"http": 80, "https": 443}
MOST_EVENTS = 32
"""Failures of one run that become events; how many there were is an attribute."""


def trace(plan: Plan, tracer_provider: TracerProvider | None = None) -> None:
    """Make spans of the runs of a plan's guards, and of their requests to models and services, from now on.

    Args:
        plan: whose guards they are.
        tracer_provider: whose spans they are; None: the global one.
    """
    tracer = api.get_tracer(names.SCOPE, tracer_provider=tracer_provider)
    plan.watch_runs(_Runs(tracer, plan.policy_hash).judged)
    plan.trace_requests(_Requests(tracer))


class _Runs:
    def __init__(self, tracer: Tracer, policy_hash: str) -> None:
        self._tracer = tracer
        self._policy_hash = policy_hash

    def judged(self, guard: Guard, outcome: Outcome, nanoseconds: int) -> None:
        if not api.get_current_span().is_recording():
            return
        end = time.time_ns()
        attributes: dict[str, Any] = {
            names.GUARD: guard.name,
            names.DIRECTION: guard.direction,
            names.POLICY: self._policy_hash,
            names.PASSED: outcome.passed,
        }
        failures = outcome.failures
        if outcome.action is not None:
            attributes |= {names.ACTION: outcome.action, names.FAILURES: len(failures)}
        span = self._tracer.start_span(
            f"{names.RUN_SPAN} {guard.name}", start_time=end - nanoseconds, attributes=attributes
        )
        for label, failure in _events(failures, outcome.unresolved):
            span.add_event(names.FAILURE_EVENT, _of_failure(failure, label), end)
        if any(failure.error is not None for failure in failures):
            span.set_status(Status(StatusCode.ERROR, "a rule could not be judged"))
        span.end(end)


def _events(failures: Iterable[Failure], unresolved: Iterable[Failure]) -> list[tuple[str, Failure]]:
    found = [(names.FAILED if failure.error is None else names.BROKEN, failure) for failure in failures]
    return [*found, *((names.UNRESOLVED, failure) for failure in unresolved)][:MOST_EVENTS]


def _of_failure(failure: Failure, label: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        names.EVALUATION: failure.rule,
        names.EVALUATION_LABEL: label,
        names.SOURCE: failure.source,
        names.VALIDATOR: failure.validator,
        names.ACTION: failure.action,
    }
    if failure.spans:
        attributes[names.FINDINGS] = len(failure.spans)
        attributes[names.DETECTORS] = sorted({detector for _, _, detector in failure.spans})
    if failure.cause is not None:
        attributes[names.ERROR] = type(failure.cause).__name__
    return attributes


class _Requests:
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def asks(self, asker: Asker, arguments: dict[str, Any]) -> _Request | None:
        if not api.get_current_span().is_recording():
            return None
        model = str(arguments.get("model") or "")
        attributes: dict[str, Any] = {names.OPERATION: names.CHAT, OF_ASKERS[asker.kind]: asker.name}
        if model:
            attributes[names.MODEL] = model
        if "/" in model:  # as LiteLLM has it
            attributes[names.PROVIDER] = model.partition("/")[0]
        for name, argument in ((names.TEMPERATURE, "temperature"), (names.MAX_TOKENS, "max_tokens")):
            if isinstance(arguments.get(argument), int | float):
                attributes[name] = arguments[argument]
        if asker.apart:
            attributes[names.STREAM] = True
        span = self._tracer.start_span(f"{names.CHAT} {model}".strip(), kind=SpanKind.CLIENT, attributes=attributes)
        within = api.set_span_in_context(span)
        if asker.provided:  # a function of the service does it itself, if it wants to
            headers: dict[str, str] = {}
            propagate.inject(headers, within)
            arguments["extra_headers"] = {**(arguments.get("extra_headers") or {}), **headers}
        return _Request(span, None if asker.apart else context.attach(within))

    def place(self) -> Span | None:
        span = api.get_current_span()
        return span if span.is_recording() else None

    def sends(self, service: str, url: str, places: Sequence[Span], texts: int, headers: dict[str, str]) -> _Sent:
        """One span for a request, in the trace of the first text; the others' have links."""
        at = urlsplit(url)
        attributes: dict[str, Any] = {names.SERVICE: service, names.TEXTS: texts, names.METHOD: "POST"}
        if at.hostname is not None:
            attributes |= {names.SERVER: at.hostname, names.PORT: at.port or PORTS[at.scheme]}
        first, *others = {found.span_id: found for found in (place.get_span_context() for place in places)}.values()
        parent = api.set_span_in_context(api.NonRecordingSpan(first), context.Context())
        span = self._tracer.start_span(
            f"{names.SERVICE_SPAN} {service}",
            parent,
            SpanKind.CLIENT,
            attributes,
            links=[api.Link(other) for other in others],
        )
        propagate.inject(headers, api.set_span_in_context(span, parent))
        return _Sent(span)


class _Request:
    """A span under way; the current one, unless others' code runs meanwhile."""

    def __init__(self, span: Span, token: Token[context.Context] | None) -> None:
        self._span = span
        self._token = token

    def ended(self, attempt: Attempt | None) -> None:
        if self._token is not None:
            context.detach(self._token)
        span = self._span
        if attempt is None:
            _failed(span, "cancelled")
        else:
            if attempt.finish_reason is not None:
                span.set_attribute(names.FINISH, [attempt.finish_reason])
            if attempt.usage.total_tokens or attempt.usage.prompt_tokens:
                span.set_attribute(names.INPUT_TOKENS, attempt.usage.prompt_tokens)
                span.set_attribute(names.OUTPUT_TOKENS, attempt.usage.completion_tokens)
            if attempt.first is not None:
                span.set_attribute(names.FIRST_CHUNK, attempt.first)
            if attempt.error is not None:
                _failed(span, attempt.error.kind)
        span.end()


class _Sent:
    """A span of a request to a service. Never the current one: it belongs to several."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def ended(self, status: int | None, error: str | None) -> None:
        if status is not None:
            self._span.set_attribute(names.STATUS, status)
        if error is not None:
            _failed(self._span, error)
        self._span.end()


def _failed(span: Span, kind: str) -> None:
    span.set_attribute(names.ERROR, kind)
    span.set_status(Status(StatusCode.ERROR, kind))
