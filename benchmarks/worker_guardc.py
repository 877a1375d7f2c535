"""The worker for guardc: loads a plan (first argument) and runs its guards through the public API."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from typing import Any

import guardc
from benchmarks.protocol import serve

__all__ = ["GuardcSubject"]


class GuardcSubject:
    def __init__(self, plan: str) -> None:
        self._plan = guardc.load(plan)

    def facts(self) -> dict[str, str]:
        return {"python": platform.python_version(), "guardc": guardc.__version__}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        outcome = self._plan.guard(guard).validate(text)
        return {
            "passed": outcome.passed,
            "failed": [failure.rule for failure in outcome.failures],
            "output": outcome.output,
        }

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002 - one guard serves all threads
        chosen = self._plan.guard(guard)
        for text in texts:
            chosen.validate(text).passed  # noqa: B018 - reading the verdict is part of what is timed


if __name__ == "__main__":
    serve(GuardcSubject(sys.argv[1]))
