"""Compiles the benchmark's policies: plans for the workers, and figures for the report."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks import workload
from benchmarks.protocol import ROOT
from benchmarks.scan.policies import LISTED_POLICY, pattern_policy, pattern_set

__all__ = ["Built", "compile_policy", "policies"]

_LIMIT = 600.0  # seconds
_QUICK = 5.0  # seconds; what is faster is measured three times


@dataclass(frozen=True)
class Built:
    """How a compilation ended.

    detail: the diagnostics, or the last line of a crash.
    seconds: the least of up to three runs, without imports. megabytes: peak memory of the process.
    """

    title: str
    status: Literal["compiled", "diagnostic", "failed", "took too long"]
    seconds: float
    plan_bytes: int = 0
    megabytes: float = 0.0
    detail: str = ""


def policies(count: int) -> dict[str, tuple[str, str]]:
    """By name of the plan: a title and the source of the policy. The list of words has `count` entries."""
    sets = {"twenty": "20 patterns", "two_hundred": "200 patterns", "secrets": "222 patterns of secret scanners"}
    found = {name: (title, pattern_policy(pattern_set(name))) for name, title in sets.items()}
    for number, regex in enumerate((r"[a-z]{1000}x", r"a.{0,1000}b", r"(?:[a-z]+ ){1,1000}end")):
        found[f"repeat_{number}"] = (f"`{regex}`", pattern_policy({"repeat": regex}))
    found["listed"] = (f"{count:,} words", LISTED_POLICY)
    found["full"] = ("20 patterns + length", workload.full_policy())
    return found


def compile_policy(name: str, title: str, source: str, folder: Path) -> Built:
    """Compile a policy in fresh processes; the plan is `folder/NAME.plan` afterwards, if there is one."""
    policy = folder / f"{name}.guard"
    policy.write_text(source, encoding="utf-8")
    best = _compile_once(title, policy, folder / f"{name}.plan")
    for _ in range(2):
        if best.status == "compiled" and best.seconds < _QUICK:
            best = min(best, _compile_once(title, policy, folder / f"{name}.plan"), key=lambda built: built.seconds)
    return best


def _compile_once(title: str, policy: Path, plan: Path) -> Built:
    command = [sys.executable, "-m", "benchmarks.scan.compile_once", str(policy), str(plan)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return Built(title, "took too long", _LIMIT)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
        return Built(title, "failed", 0.0, detail=last[:200])
    answer = json.loads(done.stdout.splitlines()[-1])
    if "diagnostics" in answer:
        detail = "; ".join(answer["diagnostics"])[:200]
        return Built(title, "diagnostic", answer["seconds"], megabytes=answer["megabytes"], detail=detail)
    return Built(title, "compiled", answer["seconds"], answer["plan_bytes"], answer["megabytes"])
