"""Histograms as the SDK of OpenTelemetry hands them to exporters."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from opentelemetry.sdk import metrics
from opentelemetry.sdk.metrics import export as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from guardc.runtime.telemetry import names
from guardc.runtime.telemetry.continued import Continued
from guardc.runtime.telemetry.snapshot import Histogram, Point

__all__ = ["WithHistograms"]


class WithHistograms(sdk.MetricExporter):
    """Sends what it is given, and histograms besides, through another exporter."""

    def __init__(self, exporter: sdk.MetricExporter, continued: Continued) -> None:
        # An exporter of others need not call the initializer that sets these.
        preferred = getattr(exporter, "_preferred_temporality", None)
        super().__init__(preferred, getattr(exporter, "_preferred_aggregation", None))
        self._exporter = exporter
        self._continued = continued
        self._temporality = (preferred or {}).get(metrics.Histogram, sdk.AggregationTemporality.CUMULATIVE)
        self._began = time.time_ns()
        self._sent: dict[Any, Histogram] = {}
        continued.points()

    def export(
        self, metrics_data: sdk.MetricsData, timeout_millis: float = 10_000, **more: Any
    ) -> sdk.MetricExportResult:
        found = self._metrics()
        if found:
            resources = list(metrics_data.resource_metrics) or [sdk.ResourceMetrics(Resource.create(), [], "")]
            resources[0] = replace(resources[0], scope_metrics=_added(resources[0].scope_metrics, found))
            metrics_data = replace(metrics_data, resource_metrics=resources)
        return self._exporter.export(metrics_data, timeout_millis, **more)

    def _metrics(self) -> list[sdk.Metric]:
        now, points = time.time_ns(), self._continued.points()
        found = []
        for metric in names.METRICS:
            if metric.histogram:
                data = [self._point(point, now) for point in points if point.metric is metric]
                if data:
                    histogram = sdk.Histogram(data, self._temporality)
                    found.append(sdk.Metric(metric.name, metric.description, metric.unit, histogram))
        if self._temporality is sdk.AggregationTemporality.DELTA:
            self._began = now
        return found

    def _point(self, point: Point, now: int) -> sdk.HistogramDataPoint:
        value = point.value
        assert isinstance(value, Histogram)
        if self._temporality is sdk.AggregationTemporality.DELTA:
            key = point.metric, tuple(point.attributes.items())
            before, self._sent[key] = self._sent.get(key), value
            if before is not None:
                buckets = tuple(more - less for more, less in zip(value.buckets, before.buckets, strict=True))
                value = Histogram(buckets, value.seconds - before.seconds)
        doublings = value.doublings()
        below = [0, *(count for _, count in doublings), value.count]
        unknown: Any = None  # optional in the protocol; nobody kept them
        return sdk.HistogramDataPoint(
            attributes=point.attributes,
            start_time_unix_nano=self._began,
            time_unix_nano=now,
            count=value.count,
            sum=value.seconds,
            bucket_counts=[after - before for before, after in pairwise(below)],
            explicit_bounds=[end for end, _ in doublings],
            min=unknown,
            max=unknown,
        )

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **more: Any) -> None:
        self._exporter.shutdown(timeout_millis, **more)


def _added(scopes: Iterable[sdk.ScopeMetrics], found: list[sdk.Metric]) -> list[sdk.ScopeMetrics]:
    """The scopes with more metrics in ours: of two scopes of one name, the exporter for OTLP sends the last one."""
    others = [each for each in scopes if each.scope.name != names.SCOPE]
    own = [each for each in scopes if each.scope.name == names.SCOPE]
    scope = own[0] if own else sdk.ScopeMetrics(InstrumentationScope(names.SCOPE), [], "")
    return [*others, replace(scope, metrics=[*scope.metrics, *found])]
