"""All names that leave the process: of metrics, their units and attributes, of spans and events.

Those that begin with `gen_ai`, `error`, `http` or `server` are OpenTelemetry's semantic conventions for generative AI
and for HTTP; for guards there are none yet, so theirs begin with `guardc`. A name changes here, and nowhere else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "CALL_COST",
    "CALL_DURATION",
    "CALL_ENDS",
    "CALL_FIRST",
    "CALL_REASKS",
    "CALL_REQUESTS",
    "CALL_TOKENS",
    "LABELS",
    "METRICS",
    "RULE_ERRORS",
    "RULE_FAILURES",
    "RULE_FINDINGS",
    "RULE_UNRESOLVED",
    "RUNS",
    "RUN_DURATION",
    "SCOPE",
    "VALIDATOR_DURATION",
    "Metric",
]

SCOPE: Final = "guardc"
"""Of meters and tracers."""

# --- attributes ---

GUARD: Final = "guardc.guard.name"
DIRECTION: Final = "guardc.guard.direction"
POLICY: Final = "guardc.policy.hash"
PLAN: Final = "guardc.plan.name"
ACTION: Final = "guardc.action"
PASSED: Final = "guardc.passed"
RULE: Final = "guardc.rule.name"
SOURCE: Final = "guardc.rule.source"
VALIDATOR: Final = "guardc.validator.name"
DETECTORS: Final = "guardc.detectors"
FINDINGS: Final = "guardc.findings"
FAILURES: Final = "guardc.failures"
EVALUATION: Final = "gen_ai.evaluation.name"
EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"
ERROR: Final = "error.type"
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
MODEL: Final = "gen_ai.request.model"
STREAM: Final = "gen_ai.request.stream"
TEMPERATURE: Final = "gen_ai.request.temperature"
MAX_TOKENS: Final = "gen_ai.request.max_tokens"
FINISH: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
TOKEN_TYPE: Final = "gen_ai.token.type"

JUDGE: Final = "guardc.judge.name"
SERVICE: Final = "guardc.service.name"
TEXTS: Final = "guardc.service.texts"
METHOD: Final = "http.request.method"
STATUS: Final = "http.response.status_code"
SERVER: Final = "server.address"
PORT: Final = "server.port"

CHAT: Final = "chat"
"""The operation that calls are."""

# --- spans and events ---

RUN_SPAN: Final = "guardc.validate"
"""Followed by the guard's name."""
SERVICE_SPAN: Final = "guardc.service"
"""Followed by the service's name."""
FAILURE_EVENT: Final = "gen_ai.evaluation.result"
"""One for each rule that did not hold; its label is one of these three."""
FAILED: Final = "fail"
BROKEN: Final = "error"
UNRESOLVED: Final = "unresolved"

LABELS: Final = {
    GUARD: "guard",
    POLICY: "policy_hash",
    PLAN: "plan",
    ACTION: "action",
    PASSED: "passed",
    RULE: "rule",
    SOURCE: "source",
    VALIDATOR: "validator",
    ERROR: "error",
    OPERATION: "operation",
    MODEL: "model",
    TOKEN_TYPE: "type",
}
"""What attributes are called as labels of Prometheus."""


class Metric(NamedTuple):
    """A metric.

    Attributes:
        name: in OpenTelemetry.
        prometheus: its name there, without what the type adds (`_total`, `_bucket`, ...).
        unit: by UCUM.
        description: one sentence.
        histogram: of seconds; else it counts, and never falls.
    """

    name: str
    prometheus: str
    unit: str
    description: str
    histogram: bool = False


RUNS: Final = Metric("guardc.guard.runs", "guardc_guard_runs", "{run}", "Texts, messages and values that were judged.")
RUN_DURATION: Final = Metric(
    "guardc.guard.duration", "guardc_guard_duration_seconds", "s", "Time from a text to its outcome.", histogram=True
)
RULE_FAILURES: Final = Metric("guardc.rule.failures", "guardc_rule_failures", "{failure}", "Times a rule did not hold.")
RULE_ERRORS: Final = Metric(
    "guardc.rule.errors", "guardc_rule_errors", "{error}", "Times a rule could not be judged, and `on error` decided."
)
RULE_FINDINGS: Final = Metric(
    "guardc.rule.findings", "guardc_rule_findings", "{finding}", "Spans of text that rules with `no` found."
)
RULE_UNRESOLVED: Final = Metric(
    "guardc.rule.unresolved", "guardc_rule_unresolved", "{failure}", "Times a fixed text did not meet the rule either."
)
VALIDATOR_DURATION: Final = Metric(
    "guardc.validator.duration",
    "guardc_validator_duration_seconds",
    "s",
    "Time of what a policy asks besides its own rules: handlers, judges, services, searches, parsers.",
    histogram=True,
)
CALL_ENDS: Final = Metric("guardc.call.ends", "guardc_call_ends", "{call}", "Calls of models, by how they ended.")
CALL_REQUESTS: Final = Metric(
    "guardc.call.requests", "guardc_call_requests", "{request}", "Requests to models: first ones, retries, reasks."
)
CALL_REASKS: Final = Metric(
    "guardc.call.reasks", "guardc_call_reasks", "{request}", "Requests that ask again for what did not pass."
)
CALL_TOKENS: Final = Metric(
    "guardc.call.tokens", "guardc_call_tokens", "{token}", "Tokens of requests, as the service counts them."
)
CALL_COST: Final = Metric(
    "guardc.call.cost", "guardc_call_cost_usd", "{USD}", "Cost of requests in US dollars, where it is known."
)
CALL_DURATION: Final = Metric(
    "gen_ai.client.operation.duration",
    "gen_ai_client_operation_duration_seconds",
    "s",
    "Time of a request to a model.",
    histogram=True,
)
CALL_FIRST: Final = Metric(
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "s",
    "Time from a request to the first text of a streamed answer.",
    histogram=True,
)

METRICS: Final = (
    RUNS,
    RUN_DURATION,
    RULE_FAILURES,
    RULE_ERRORS,
    RULE_FINDINGS,
    RULE_UNRESOLVED,
    VALIDATOR_DURATION,
    CALL_ENDS,
    CALL_REQUESTS,
    CALL_REASKS,
    CALL_TOKENS,
    CALL_COST,
    CALL_DURATION,
    CALL_FIRST,
)
"""In the order in which pages show them."""
