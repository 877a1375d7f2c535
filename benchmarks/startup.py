"""What a fresh process pays before it can judge a text: processor time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Start", "load_seconds", "measure_start"]

# Ends every measured program: the peak of its own memory. ru_maxrss would not do: a child inherits its
# parent's.
_PEAK = """
with open("/proc/self/status") as status:
    for line in status:
        if line.startswith("VmHWM"):
            print(line.split()[1])
"""

_LOAD = """
import json, sys, time, statistics, guardc
guardc.load(sys.argv[1])
times = []
for _ in range(int(sys.argv[2])):
    begin = time.perf_counter()
    guardc.load(sys.argv[1])
    times.append(time.perf_counter() - begin)
print(json.dumps(statistics.median(times)))
"""


@dataclass(frozen=True)
class Start:
    """Medians over fresh processes: user and system seconds, peak memory in MB (1,000,000 bytes)."""

    seconds: float
    megabytes: float


def _run_once(python: str, program: str, environment: Mapping[str, str]) -> Start:
    read_end, write_end = os.pipe()
    child = os.posix_spawn(
        python,
        [python, "-c", program + _PEAK],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1)],
    )
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        peak = answer.read()
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured program failed: {program}")
    return Start(usage.ru_utime + usage.ru_stime, int(peak.split()[-1]) * 1024 / 1e6)


def measure_start(
    programs: Mapping[str, tuple[str, str, Mapping[str, str]]], runs: Mapping[str, int]
) -> dict[str, Start]:
    """Run programs in fresh processes, in turn, so that a noisy moment does not hit one of them alone.

    Args:
        programs: by name: interpreter, program text, environment.
        runs: by name: how often. One more run comes first and does not count: it fills caches.
    """
    found: dict[str, list[Start]] = {name: [] for name in programs}
    for round_number in range(-1, max(runs.values())):
        for name, program in programs.items():
            if round_number < runs[name]:
                start = _run_once(*program)
                if round_number >= 0:
                    found[name].append(start)
    return {
        name: Start(median(start.seconds for start in starts), median(start.megabytes for start in starts))
        for name, starts in found.items()
    }


def load_seconds(plan: Path, repeats: int) -> float:
    """Median seconds of `guardc.load(plan)` in a process that has loaded it before."""
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(plan), str(repeats)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)
