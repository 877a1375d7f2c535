"""Totals that go on when a new plan takes the place of another: a counter that an exporter sends must never fall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from guardc.runtime.telemetry import names
from guardc.runtime.telemetry.snapshot import Histogram, Point, snapshot

if TYPE_CHECKING:
    from guardc.runtime.plan import Plan

__all__ = ["Continued", "named"]

_Key = tuple[names.Metric, tuple[tuple[str, str], ...]]


def named(plans: Plan | Mapping[str, Plan]) -> Mapping[str, Plan]:
    """Plans by name; a plan alone has none."""
    return plans if isinstance(plans, Mapping) else {"": plans}


class Continued:
    """What was counted of some plans, and of those that stood in their places before.

    Args:
        source: one plan; several by name; or a function that returns either, and another plan after a reload. What it
            returns is measured from then on.
    """

    def __init__(self, source: Plan | Mapping[str, Plan] | Callable[[], Plan | Mapping[str, Plan]]) -> None:
        self._source = source
        self._plans: dict[str, Plan] = {}
        self._before: dict[str, dict[_Key, float | Histogram]] = {}
        self._now: dict[str, dict[_Key, float | Histogram]] = {}

    def points(self) -> list[Point]:
        """The points of all plans, those of named ones with the name among their attributes."""
        source = self._source
        for name, plan in named(source() if callable(source) else source).items():
            plan.measure()
            if self._plans.get(name) is not plan:
                self._plans[name] = plan
                self._before[name] = self._now.get(name, {})
            before = self._before[name]
            found = dict(before)
            for point in snapshot(plan).points:
                attributes = {names.PLAN: name, **point.attributes} if name else point.attributes
                key = point.metric, tuple(attributes.items())
                found[key] = _together(before.get(key), point.value)
            self._now[name] = found
        return [
            Point(metric, dict(attributes), value)
            for found in self._now.values()
            for (metric, attributes), value in found.items()
        ]


def _together(before: float | Histogram | None, value: float | Histogram) -> float | Histogram:
    if before is None:
        return value
    if isinstance(before, Histogram) and isinstance(value, Histogram):
        buckets = tuple(map(sum, zip(before.buckets, value.buckets, strict=True)))
        return Histogram(buckets, before.seconds + value.seconds)
    assert not isinstance(before, Histogram)
    assert not isinstance(value, Histogram)
    return before + value
