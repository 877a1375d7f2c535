"""Ten minutes of mixed load, reloads and faults.

    python -m benchmarks.soak [--minutes 10]

`guardc serve` runs with two workers, one policy after another is put in the place of its plan, every tenth of them
damaged, and its service misbehaves in turns (`service.py`). Requests of all kinds are sent all the time, as many at a
time as `TASKS` says, each after the answer to the one before. Printed is what was asked, how long it took on this
machine under this load, what was lost, wrong or late, and what the server used at the end of each minute.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

import guardc
from benchmarks.machine import machine_facts
from benchmarks.serve import free_port, started
from benchmarks.soak.load import Load
from benchmarks.soak.policies import MARKERS, Expected, compiled
from benchmarks.soak.process import Use, family, use

WORKERS = 2
TASKS = {"question": 3, "scored": 6, "ticket": 1, "batch": 1, "stream": 2, "chat": 2, "scrape": 1}
RELOAD = 0.5
"""Seconds between two plans."""
TURN = 5.0
"""Seconds that the service behaves in one way."""


def replace(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.rename(path)


async def reload(path: Path, until: float) -> tuple[int, int]:
    """Put another plan in its place again and again; how many were good, and how many damaged."""
    plans = [compiled(marker) for marker in MARKERS]
    number = bad = 0
    while time.monotonic() < until:
        await asyncio.sleep(RELOAD)
        number += 1
        damaged = number % 10 == 0
        bad += damaged
        data = plans[number % 2]
        replace(path, data[: len(data) // 2] if damaged else data)
    replace(path, plans[0])
    return number - bad, bad


async def watch(pid: int, until: float) -> list[Use]:
    """What the workers use at the end of each minute, or of each tenth of a shorter time."""
    seen = []
    step = min(60.0, (until - time.monotonic()) / 10)
    while time.monotonic() + step <= until + 1:
        await asyncio.sleep(step)
        used = [use(process) for process in family(pid)]
        seen.append(Use(*(sum(column) for column in zip(*used, strict=True))))
    return seen


async def soak(url: str, service: str, plan: Path, pid: int, minutes: float) -> list[str]:
    """The lines of the report."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, guardc.AsyncClient(url) as client:
        expected = Expected()
        until = time.monotonic() + 60 * minutes
        loads = [Load(url, session, client, expected, seed) for seed in range(sum(TASKS.values()))]
        kinds = [kind for kind, tasks in TASKS.items() for _ in range(tasks)]
        running = [load.run(kind, until) for load, kind in zip(loads, kinds, strict=True)]
        plans, used, *_ = await asyncio.gather(reload(plan, until), watch(pid, until), *running)
        async with session.get(f"{service}/turns") as response:
            turns = await response.json()
    return report(loads, kinds, plans, used, turns)


def report(loads: list[Load], kinds: list[str], plans: tuple[int, int], used: list[Use], turns: Any) -> list[str]:
    lines = ["| requests | number | median | 99% | longest |", "| --- | ---: | ---: | ---: | ---: |"]
    for kind in TASKS:
        if kind == "scrape":  # it waits a second each time
            continue
        times = [taken * 1e3 for load in loads for taken in load.times[kind]]
        slow = statistics.quantiles(times, n=100)[98]
        lines.append(
            f"| {kind} | {len(times):,} | {statistics.median(times):.1f} ms | {slow:.1f} ms | {max(times):.0f} ms |"
        )
    for name in ("lost", "wrong", "late"):
        found = [word for load in loads for word in getattr(load, name)]
        lines += [f"{name}: {len(found)}", *(f"    {word}" for word in found[:5])]
    judged = [count for load in loads for count in load.judged.values()]
    lines.append(f"verdicts: {sum(judged):,}, by {len({key for load in loads for key in load.judged})} policies")
    scored = sum(kind == "scored" for kind in kinds)
    lines.append(f"texts that ended as `on error` says: {sum(load.broken for load in loads):,} (of {scored} tasks)")
    lines.append(f"plans put in place: {plans[0]} good, {plans[1]} damaged")
    lines.append("requests to the service: " + ", ".join(f"{name} {count:,}" for name, count in sorted(turns.items())))
    lines += ["", "| minute | memory | descriptors | threads |", "| ---: | ---: | ---: | ---: |"]
    for number, each in enumerate(used, start=1):
        lines.append(f"| {number} | {each.memory / 1e6:.1f} MB | {each.descriptors} | {each.threads} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Ten minutes of mixed load, reloads and faults.")
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    ports = free_port(), free_port()
    service, url = (f"http://127.0.0.1:{port}" for port in ports)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        plan = Path(folder) / "soak.plan"
        plan.write_bytes(compiled(MARKERS[0]))
        scorer = ["benchmarks.soak.service", str(ports[0]), str(TURN)]
        stack.enter_context(started(scorer, ports[0]))
        served = ["guardc", "serve", str(plan), "--port", str(ports[1]), "--workers", str(WORKERS), "--metrics"]
        served += ["--model", "m=openai/m"]
        pid, log = stack.enter_context(
            started(served, ports[1], SOAK_URL=service, OPENAI_BASE_URL=service, OPENAI_API_KEY="none", NO_COLOR="1")
        )
        lines = asyncio.run(soak(url, service, plan, pid, minutes))
        log.seek(0)
        said = log.read().decode()
    faults = [line for line in said.splitlines() if "ERROR" in line and "reload failed" not in line]
    lines += ["", f"faults in the log of the server: {len(faults)}", *faults[:5]]
    facts = machine_facts()
    lines.append(
        f"{facts['processor']}, {facts['date']}, load average {os.getloadavg()[0]:.1f} on {facts['cores']} cores"
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
