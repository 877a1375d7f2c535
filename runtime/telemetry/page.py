"""The counters as a page for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from guardc.runtime.telemetry import names
from guardc.runtime.telemetry.continued import named
from guardc.runtime.telemetry.snapshot import Histogram, Point, Snapshot, snapshot

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["CONTENT_TYPE", "prometheus"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""To be sent with a page."""


def prometheus(plans: Plan | Mapping[str, Plan]) -> str:
    """The page: everything that was counted since `plan.measure()`.

    Args:
        plans: one plan; or several by names of the service's choice, which are then the label `plan` of every series.

    Raises:
        ValueError: a plan is not measured.
    """
    found = [(name, snapshot(plan)) for name, plan in named(plans).items()]
    return "\n".join([*_info(found), *_metrics(found), ""])


def _info(found: list[tuple[str, Snapshot]]) -> Iterator[str]:
    yield "# HELP guardc_plan_info The policy that runs."
    yield "# TYPE guardc_plan_info gauge"
    for name, taken in found:
        yield f"guardc_plan_info{_labels(name, {names.POLICY: taken.policy_hash})} 1"


def _metrics(found: list[tuple[str, Snapshot]]) -> Iterator[str]:
    for metric in names.METRICS:
        points = [(name, point) for name, taken in found for point in taken.of(metric)]
        if not points:
            continue
        full = metric.prometheus if metric.histogram else f"{metric.prometheus}_total"
        yield f"# HELP {full} {metric.description}"
        yield f"# TYPE {full} {'histogram' if metric.histogram else 'counter'}"
        for name, point in points:
            yield from _lines(full, name, point)


def _lines(full: str, name: str, point: Point) -> Iterator[str]:
    value = point.value
    if not isinstance(value, Histogram):
        yield f"{full}{_labels(name, point.attributes)} {value!r}"
        return
    for end, below in value.doublings():
        yield f"{full}_bucket{_labels(name, point.attributes, le=repr(end))} {below}"
    yield f"{full}_bucket{_labels(name, point.attributes, le='+Inf')} {value.count}"
    yield f"{full}_sum{_labels(name, point.attributes)} {value.seconds!r}"
    yield f"{full}_count{_labels(name, point.attributes)} {value.count}"


def _labels(name: str, attributes: Mapping[str, str], **more: str) -> str:
    given = {"plan": name} if name else {}
    given |= {names.LABELS[attribute]: value for attribute, value in attributes.items()}
    given |= more
    return "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in given.items()) + "}" if given else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
