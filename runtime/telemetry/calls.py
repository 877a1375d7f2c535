"""What calls of models are counted by: requests, tokens, cost, times, per guard and model.

A request takes a service so long that counting it can be done in Python. Models are named by services, so they are
limited in number: what comes after the first `MOST_SERIES` is counted together as `other`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from guardc.fastpath._core import Times
from guardc.runtime.telemetry import names

if TYPE_CHECKING:
    from guardc.runtime.llm import Attempt, CallOutcome
    from guardc.runtime.llm.conversation import Call

__all__ = ["CallCounts", "Key"]

MOST_SERIES = 200
OTHER = "other"

Key = tuple[names.Metric, tuple[tuple[str, str], ...]]
"""A metric, and the attributes of one series of it."""


class CallCounts:
    """The counters of one plan. Threads share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: set[str] = set()
        self._sums: dict[Key, float] = {}
        self._times: dict[Key, Times] = {}

    def called(self, call: Call, outcomes: tuple[CallOutcome, ...]) -> None:
        """Count a call that ended. Answers of one stream share their requests."""
        guard = (names.GUARD, call.guard.name)
        with self._lock:
            for outcome in outcomes:
                passed = (names.PASSED, "true" if outcome.passed else "false")
                self._add(names.CALL_ENDS, (guard, (names.ACTION, outcome.action or _kind(outcome.error)), passed))
            attempts = outcomes[0].attempts
            for number, attempt in enumerate(attempts):
                self._count(guard, attempt, reask=number > 0 and _answered(attempts[number - 1]))

    def _count(self, guard: tuple[str, str], attempt: Attempt, *, reask: bool) -> None:
        series = (guard, (names.MODEL, self._model(attempt.model)))
        error = () if attempt.error is None else ((names.ERROR, attempt.error.kind),)
        self._add(names.CALL_REQUESTS, series + error)
        if reask:
            self._add(names.CALL_REASKS, series)
        for kind, tokens in (("input", attempt.usage.prompt_tokens), ("output", attempt.usage.completion_tokens)):
            if tokens:
                self._add(names.CALL_TOKENS, (*series, (names.TOKEN_TYPE, kind)), tokens)
        if attempt.cost:
            self._add(names.CALL_COST, series, attempt.cost)
        operation = ((names.OPERATION, names.CHAT),)
        self._time(names.CALL_DURATION, series + operation + error, attempt.seconds)
        if attempt.first is not None:
            self._time(names.CALL_FIRST, series + operation, attempt.first)

    def _model(self, model: str) -> str:
        if model not in self._models:
            if len(self._models) >= MOST_SERIES:
                return OTHER
            self._models.add(model)
        return model

    def _add(self, metric: names.Metric, series: tuple[tuple[str, str], ...], more: float = 1) -> None:
        self._sums[metric, series] = self._sums.get((metric, series), 0) + more

    def _time(self, metric: names.Metric, series: tuple[tuple[str, str], ...], seconds: float) -> None:
        times = self._times.get((metric, series))
        if times is None:
            times = self._times[metric, series] = Times()
        times.add(seconds)

    def read(self) -> tuple[dict[Key, float], dict[Key, tuple[int, tuple[int, ...]]]]:
        """The sums, and the histograms as `Times.read` gives them."""
        with self._lock:
            return dict(self._sums), {key: times.read() for key, times in self._times.items()}


def _kind(error: Exception | None) -> str:
    return "none" if error is None else str(getattr(error, "kind", "error"))


def _answered(attempt: Attempt) -> bool:
    """Whether what came after it asked for something else: else it was tried again."""
    return attempt.error is None or not attempt.error.passing
