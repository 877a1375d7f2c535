"""What an operator sees of guards: counters and times, spans, a log of decisions. Off until it is asked for.

    names.py       all names that leave the process
    meters.py      what `Plan.measure` begins; calls.py: calls of models
    snapshot.py    what was counted, for all exports
    page.py        for Prometheus
    otel.py        for OpenTelemetry: metrics; spans.py: spans
    decisions.py   the log of decisions

Nothing here imports OpenTelemetry but `otel` and `spans`, which the service imports itself. Nothing that a guard found
in a text leaves by any of them.
"""

from guardc.runtime.telemetry.decisions import DecisionLog
from guardc.runtime.telemetry.page import CONTENT_TYPE, prometheus
from guardc.runtime.telemetry.snapshot import Histogram, Point, Snapshot, snapshot

__all__ = ["CONTENT_TYPE", "DecisionLog", "Histogram", "Point", "Snapshot", "prometheus", "snapshot"]
