"""Metrics for OpenTelemetry (`pip install 'guardc[telemetry]'`). Its SDK and exporters are the service's.

Counters are observable instruments: they are read when an exporter wants them. Times are counted by the fast path, and
no instrument takes them ready-made, so histograms are put into what an exporter sends.

    reader = PeriodicExportingMetricReader(otel.with_histograms(OTLPMetricExporter(), plan))
    set_meter_provider(MeterProvider([reader]))
    otel.count(plan)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter_provider

from guardc.runtime.telemetry import names
from guardc.runtime.telemetry.continued import Continued
from guardc.runtime.telemetry.snapshot import Histogram, Point

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter

    from guardc.runtime.plan import Plan

__all__ = ["count", "with_histograms"]


def count(
    plans: Plan | Mapping[str, Plan] | Callable[[], Plan | Mapping[str, Plan]],
    meter_provider: MeterProvider | None = None,
) -> None:
    """Make the counters of plans instruments of OpenTelemetry. The plans are measured from now on.

    Args:
        plans: one plan; several, by names that become an attribute; or a function that returns either. It is asked at
            each export, so that counters go on when a plan was loaded anew.
        meter_provider: whose instruments they are; None: the global one, as it is set now or later.
    """
    continued = Continued(plans)
    continued.points()
    reading = _Reading(continued)
    meter = (meter_provider or get_meter_provider()).get_meter(names.SCOPE)
    for metric in names.METRICS:
        if not metric.histogram:
            meter.create_observable_counter(
                metric.name, callbacks=[reading.callback(metric)], unit=metric.unit, description=metric.description
            )


class _Reading:
    """One reading for all instruments, so that a collection shows one moment: made anew when one of them is asked for
    again."""

    def __init__(self, continued: Continued) -> None:
        self._continued = continued
        self._lock = threading.Lock()
        self._waiting: set[names.Metric] = set()
        self._points: list[Point] = []

    def points(self, metric: names.Metric) -> list[Point]:
        with self._lock:
            if metric not in self._waiting:
                self._waiting = set(names.METRICS)
                self._points = self._continued.points()
            self._waiting.discard(metric)
            return [point for point in self._points if point.metric is metric]

    def callback(self, metric: names.Metric) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            for point in self.points(metric):
                if not isinstance(point.value, Histogram):
                    yield Observation(point.value, point.attributes)

        return observe


def with_histograms(
    exporter: MetricExporter, plans: Plan | Mapping[str, Plan] | Callable[[], Plan | Mapping[str, Plan]]
) -> MetricExporter:
    """An exporter that sends what the given one would, and the times of plans. They are measured from now on.

    Histograms have a bound at each doubling, from 119 ns to 256 s. They are cumulative or deltas, as the exporter
    prefers.

    Args:
        exporter: of the OpenTelemetry SDK.
        plans: as those of `count`.

    Raises:
        ImportError: the SDK is not installed.
    """
    from guardc.runtime.telemetry.points import WithHistograms  # noqa: PLC0415 - the only part that needs the SDK

    made: MetricExporter = WithHistograms(exporter, Continued(plans))
    return made
