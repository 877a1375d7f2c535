"""The counters as a page for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from guardc.runtime.telemetry import names
from guardc.runtime.telemetry.continued import named
from guardc.runtime.telemetry.snapshot import Histogram, Point, Snapshot, snapshot

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["CONTENT_TYPE", "page_of", "prometheus"]

_Found = Sequence[tuple[Mapping[str, str], Snapshot]]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""To be sent with a page."""


def prometheus(plans: Plan | Mapping[str, Plan]) -> str:
    """The page: everything that was counted since `plan.measure()`.

    Args:
        plans: one plan; or several by names of the service's choice, which are then the label `plan` of every series.

    Raises:
        ValueError: a plan is not measured.
    """
    return page_of([({"plan": name} if name else {}, snapshot(plan)) for name, plan in named(plans).items()])


def page_of(found: _Found) -> str:
    """The page of what was counted, each with labels that all of its series have besides."""
    return "\n".join([*_info(found), *_metrics(found), ""])


def _info(found: _Found) -> Iterator[str]:
    yield "# HELP guardc_plan_info The policy that runs."
    yield "# TYPE guardc_plan_info gauge"
    for given, taken in found:
        yield f"guardc_plan_info{_labels(given, {names.POLICY: taken.policy_hash})} 1"


def _metrics(found: _Found) -> Iterator[str]:
    for metric in names.METRICS:
        points = [(given, point) for given, taken in found for point in taken.of(metric)]
        if not points:
            continue
        full = metric.prometheus if metric.histogram else f"{metric.prometheus}_total"
        yield f"# HELP {full} {metric.description}"
        yield f"# TYPE {full} {'histogram' if metric.histogram else 'counter'}"
        for given, point in points:
            yield from _lines(full, given, point)


def _lines(full: str, given: Mapping[str, str], point: Point) -> Iterator[str]:
    value = point.value
    if not isinstance(value, Histogram):
        yield f"{full}{_labels(given, point.attributes)} {value!r}"
        return
    for end, below in value.doublings():
        yield f"{full}_bucket{_labels(given, point.attributes, le=repr(end))} {below}"
    yield f"{full}_bucket{_labels(given, point.attributes, le='+Inf')} {value.count}"
    yield f"{full}_sum{_labels(given, point.attributes)} {value.seconds!r}"
    yield f"{full}_count{_labels(given, point.attributes)} {value.count}"


def _labels(given: Mapping[str, str], attributes: Mapping[str, str], **more: str) -> str:
    named = {**given, **{names.LABELS[attribute]: value for attribute, value in attributes.items()}, **more}
    return "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in named.items()) + "}" if named else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
