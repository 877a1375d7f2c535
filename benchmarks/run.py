"""Runs the benchmarks: `python -m benchmarks.run` in the root of the checkout, guardc being installed.

Writes `benchmarks/results.json`, `benchmarks/results.md`, the tables of the README and `docs/benchmarks.svg`;
with `--quick` it only prints.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import workload
from benchmarks.compare import CASES, Comparison, check_verdicts, compare, time_alone
from benchmarks.machine import machine_facts
from benchmarks.pairs import Effort
from benchmarks.peer import guardrails_environment, peer_python
from benchmarks.plot import plot
from benchmarks.protocol import Worker
from benchmarks.report import Findings, as_json, as_markdown, in_readme, print_report
from benchmarks.startup import Start, load_seconds, measure_start

__all__ = ["main"]

HERE = Path(__file__).resolve().parent


def _compile(source: str, folder: Path, name: str) -> Path:
    """Write a policy and its plan into `folder`; the path of the plan."""
    policy = folder / f"{name}.guard"
    policy.write_text(source, encoding="utf-8")
    from guardc.building import build  # noqa: PLC0415 - the compiler is needed here only

    plan = build(policy).plan
    assert plan is not None
    target = folder / f"{name}.plan"
    target.write_bytes(plan)
    return target


def _compare_all(
    guardc: Worker, peer: Worker, cores: set[int], effort: Effort, console: Console
) -> tuple[Comparison, ...]:
    found = []
    for case in CASES:
        chosen = sorted(cores) if case.name.startswith("threads") else [max(cores)]
        for worker in (guardc, peer):
            worker.ask("pin", cores=chosen)
        console.print(f"[dim]{case.title}[/dim]")
        found.append(compare(case, guardc, peer, effort))
    return tuple(found)


def _time_kinds(guardc: Worker, core: int, effort: Effort) -> tuple[tuple[str, float], ...]:
    guardc.ask("pin", cores=[core])
    for kind in workload.KINDS:
        assert guardc.ask("judge", guard=kind.name, text=kind.text)["passed"], kind.title
    return tuple((kind.title, time_alone(kind.name, kind.text, guardc, effort)) for kind in workload.KINDS)


def _measure_starts(plan: Path, python: str, environment: dict[str, str], quick: bool) -> dict[str, Start]:
    own = dict(os.environ)
    ready = f"import guardc; guardc.load({str(plan)!r})"
    programs = {
        "python": (sys.executable, "pass", own),
        "guardc": (sys.executable, ready, own),
        "peer_python": (python, "pass", environment),
        "peer": (python, "import guardrails", environment),
    }
    many, few = (7, 2) if quick else (21, 5)
    return measure_start(programs, {"python": many, "guardc": many, "peer_python": many, "peer": few})


def measure(quick: bool, console: Console) -> Findings:
    """Everything, in about four minutes (one if `quick`)."""
    effort = Effort(5, 0.04) if quick else Effort(21, 0.1)
    load_before = os.getloadavg()[0]
    cores = os.sched_getaffinity(0)
    python = peer_python("guardrails")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = guardrails_environment(folder)
        plan = _compile(workload.policy(), folder, "all")
        full = _compile(workload.full_policy(), folder, "full")
        ours = [sys.executable, "-m", "benchmarks.worker_guardc", str(plan)]
        theirs = [python, "-m", "benchmarks.worker_guardrails"]
        with Worker(ours, os.environ) as guardc, Worker(theirs, environment) as peer:
            facts: dict[str, Any] = {
                **machine_facts(),
                "Python": guardc.ask("facts")["python"],
                "guardc": guardc.ask("facts")["guardc"],
                "Guardrails": peer.ask("facts")["guardrails-ai"],
            }
            count = check_verdicts(guardc, peer)
            console.print(f"[dim]both sides agree on {count} verdicts[/dim]")
            comparisons = _compare_all(guardc, peer, cores, effort, console)
            kinds = _time_kinds(guardc, max(cores), Effort(effort.rounds, effort.seconds / 4))
        console.print("[dim]starting processes[/dim]")
        os.sched_setaffinity(0, [max(cores)])
        try:
            starts = _measure_starts(full, python, environment, quick)
            load = load_seconds(full, 200 if quick else 1000)
        finally:
            os.sched_setaffinity(0, cores)
    # The benchmark itself keeps one core busy; what is above 1 was other work.
    facts["load average"] = f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    return Findings(facts, comparisons, kinds, starts, load)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure guardc and Guardrails.")
    parser.add_argument("--quick", action="store_true", help="a minute, rougher, writes no file")
    quick = parser.parse_args().quick
    console = Console()
    findings = measure(quick, console)
    print_report(findings, console)
    if not quick:
        (HERE / "results.json").write_text(as_json(findings), encoding="utf-8")
        (HERE / "results.md").write_text(as_markdown(findings), encoding="utf-8")
        readme = HERE.parent / "README.md"
        readme.write_text(in_readme(readme.read_text(encoding="utf-8"), findings), encoding="utf-8")
        (HERE.parent / "docs" / "benchmarks.svg").write_text(plot(findings), encoding="utf-8")


if __name__ == "__main__":
    main()
