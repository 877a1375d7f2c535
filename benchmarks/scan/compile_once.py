"""Compiles one policy in a process of its own: `python -m benchmarks.scan.compile_once POLICY PLAN`.

Writes the plan and prints one line of JSON: seconds without imports, peak memory, and the codes and the first line
of the diagnostics if the policy does not compile.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import guardc.compiler  # noqa: F401 - imported before the clock starts
from guardc.building import PolicyError, build

__all__ = ["main"]


def _peak_megabytes() -> float:
    """The peak of this process's own memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


def main(policy: Path, plan: Path) -> None:
    answer: dict[str, Any] = {}
    begin = time.perf_counter()
    try:
        made = build(policy).plan
        answer["seconds"] = time.perf_counter() - begin
        assert made is not None
        plan.write_bytes(made)
        answer["plan_bytes"] = len(made)
    except PolicyError as error:
        answer["seconds"] = time.perf_counter() - begin
        answer["diagnostics"] = [f"{one.code} {one.message}" for one in error.diagnostics]
    answer["megabytes"] = _peak_megabytes()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
