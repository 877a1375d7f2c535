"""What `Plan.measure` begins, besides what the fast path counts: calls of models, and what is slow."""

from __future__ import annotations

import time

from guardc.fastpath._core import Times
from guardc.runtime.telemetry.calls import CallCounts

__all__ = ["Meters"]


class Meters:
    """The counters of one plan that are kept in Python.

    Attributes:
        since: when counting began, in seconds of the epoch.
        calls: of models.
        validators: the times of what a policy asks besides its rules, by name: handlers, judges, searches and parsers.
    """

    def __init__(self) -> None:
        self.since = time.time()
        self.calls = CallCounts()
        self.validators: dict[str, Times] = {}
