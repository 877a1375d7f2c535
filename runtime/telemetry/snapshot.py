"""What was counted, as numbers that do not change any more. Every export is made of one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from guardc.fastpath._core import bucket_ends
from guardc.runtime.telemetry import names

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["ENDS", "Histogram", "Point", "Snapshot", "snapshot"]

ENDS = bucket_ends()
"""Where buckets end, in seconds, inclusively: four in each doubling, 2 ** -23 (119 ns) to 2 ** 8 (256 s)."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Times, in buckets.

    Attributes:
        buckets: how many times are in each: one for each of `ENDS`, and one for what is longer.
        seconds: all of them together.
    """

    buckets: tuple[int, ...]
    seconds: float

    @property
    def count(self) -> int:
        return sum(self.buckets)

    def quantile(self, q: float) -> float:
        """Seconds that the share `q` of the times does not pass: the geometric middle of the bucket, so at most 9.1%
        off from 0.1 us to 256 s. 0 if nothing was counted."""
        wanted, below = q * self.count, 0
        for number, count in enumerate(self.buckets):
            below += count
            if count and below >= wanted:
                return float(ENDS[min(number, len(ENDS) - 1)] * 2 ** (-1 / 8))
        return 0.0

    def doublings(self) -> tuple[tuple[float, int], ...]:
        """As exported: (an end, how many times are not longer), one end for each doubling."""
        found, below = [], 0
        for number, end in enumerate(ENDS):
            below += self.buckets[number]
            if number % 4 == 0:
                found.append((end, below))
        return tuple(found)


class Point(NamedTuple):
    """One series of a metric.

    Attributes:
        metric: of the table in `names`.
        attributes: of the series, by OpenTelemetry's names.
        value: a number that never falls, or a `Histogram`.
    """

    metric: names.Metric
    attributes: dict[str, str]
    value: float | Histogram


class Snapshot(NamedTuple):
    """What was counted of one plan.

    Attributes:
        policy_hash: of the plan.
        since: when counting began, in seconds of the epoch.
        at: when this was read.
        points: of all metrics, those of one metric together.
    """

    policy_hash: str
    since: float
    at: float
    points: tuple[Point, ...]

    def of(self, metric: names.Metric, **labels: str) -> list[Point]:
        """The points of a metric whose attributes are these, by the names that they have as labels."""
        wanted = {name: labels[label] for name, label in names.LABELS.items() if label in labels}
        return [point for point in self.points if point.metric is metric and wanted.items() <= point.attributes.items()]

    def to_json(self) -> str:
        """For another process of the same version."""
        points = [
            (metric.name, attributes, [value.buckets, value.seconds] if isinstance(value, Histogram) else value)
            for metric, attributes, value in self.points
        ]
        return json.dumps([self.policy_hash, self.since, self.at, points])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote."""
        policy_hash, since, at, points = json.loads(text)
        metrics = {metric.name: metric for metric in names.METRICS}
        made = (
            Point(metrics[name], attributes, Histogram(tuple(value[0]), value[1]) if isinstance(value, list) else value)
            for name, attributes, value in points
        )
        return cls(policy_hash, since, at, tuple(made))


def snapshot(plan: Plan) -> Snapshot:
    """What was counted since `plan.measure()`.

    Nobody is stopped for it. What is counted at this moment may be in it in part: a run may be in a rule's number and
    not yet in its guard's.

    Raises:
        ValueError: nothing is counted; call `plan.measure()` first.
    """
    meters = plan.meters
    if meters is None:
        raise ValueError("nothing is counted: call `plan.measure()` when the plan is loaded")
    points = [*_guards(plan), *_together(_rules(plan))]
    for name, times in meters.validators.items():
        points.append(_times(names.VALIDATOR_DURATION, {names.VALIDATOR: name}, times.read()))
    sums, durations = meters.calls.read()
    points += [Point(metric, dict(series), total) for (metric, series), total in sums.items()]
    points += [_times(metric, dict(series), read) for (metric, series), read in durations.items()]
    order = {metric: number for number, metric in enumerate(names.METRICS)}
    points.sort(key=lambda point: order[point.metric])
    return Snapshot(plan.policy_hash, meters.since, time.time(), tuple(points))


def _times(metric: names.Metric, attributes: dict[str, str], read: tuple[int, tuple[int, ...]]) -> Point:
    nanoseconds, buckets = read
    return Point(metric, attributes, Histogram(buckets, nanoseconds / 1e9))


def _guards(plan: Plan) -> Iterator[Point]:
    for name in plan.guards:
        for action, passed, nanoseconds, buckets in _counted(plan, name)[0]:
            series = {
                names.GUARD: name,
                names.ACTION: action or "none",
                names.PASSED: "true" if passed else "false",
            }
            yield Point(names.RUNS, series, sum(buckets))
            yield _times(names.RUN_DURATION, series, (nanoseconds, buckets))


def _rules(plan: Plan) -> Iterator[Point]:
    for name in plan.guards:
        for rule, validator, source, action, failed, on_error, errors, findings, unresolved in _counted(plan, name)[1]:
            series = {names.GUARD: name, names.RULE: rule, names.VALIDATOR: validator, names.SOURCE: source}
            yield Point(names.RULE_FAILURES, {**series, names.ACTION: action}, failed)
            yield Point(names.RULE_UNRESOLVED, series, unresolved)
            if on_error is not None:
                yield Point(names.RULE_ERRORS, {**series, names.ACTION: on_error}, errors)
            if validator == "no":
                yield Point(names.RULE_FINDINGS, series, findings)


def _together(points: Iterator[Point]) -> Iterator[Point]:
    """One point for each series: a rule of a shape that stands in several places is compiled once for each."""
    found: dict[tuple[names.Metric, tuple[tuple[str, str], ...]], float] = {}
    for metric, attributes, value in points:
        assert not isinstance(value, Histogram)
        key = metric, tuple(attributes.items())
        found[key] = found.get(key, 0) + value
    return (Point(metric, dict(attributes), value) for (metric, attributes), value in found.items())


def _counted(plan: Plan, name: str) -> Any:
    counted = plan.guard(name).counted
    assert counted is not None
    return counted
