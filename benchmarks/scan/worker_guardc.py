"""The worker for guardc. Its guards are named `PLAN/GUARD/READ`, as `twenty/found/passed`.

PLAN is the name of a plan in the folder that is the first argument; READ is what is read of every outcome while it
is timed: `passed`, `output`, or the `spans` of all failures.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import guardc
from benchmarks.protocol import serve

__all__ = ["PlansSubject"]


class PlansSubject:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guards: dict[str, guardc.Guard] = {}

    def _guard(self, plan: str, name: str) -> guardc.Guard:
        key = f"{plan}/{name}"
        if key not in self._guards:
            self._guards[key] = guardc.load(self._folder / f"{plan}.plan").guard(name)
        return self._guards[key]

    def facts(self) -> dict[str, str]:
        return {"Python": platform.python_version(), "guardc": guardc.__version__}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        plan, name, _ = guard.split("/")
        outcome = self._guard(plan, name).validate(text)
        found = {failure.rule: [span[:2] for span in failure.spans] for failure in outcome.failures}
        return {"found": found, "output": outcome.output}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002 - one guard serves all threads
        plan, name, read = guard.split("/")
        validate = self._guard(plan, name).validate
        match read:
            case "passed":
                for text in texts:
                    validate(text).passed  # noqa: B018 - reading the outcome is part of what is timed
            case "output":
                for text in texts:
                    validate(text).output  # noqa: B018
            case "spans":
                for text in texts:
                    [failure.spans for failure in validate(text).failures]
            case _:
                raise ValueError(guard)


if __name__ == "__main__":
    serve(PlansSubject(Path(sys.argv[1])))
