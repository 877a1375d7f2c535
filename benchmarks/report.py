"""The findings of a run against Guardrails and what is made of them: tables, JSON, the targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.compare import Comparison
from benchmarks.startup import Start
from benchmarks.tables import Sheet, between_markers, number_text, print_sheet, seconds_text
from benchmarks.tables import as_markdown as sheet_markdown

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Findings", "as_json", "as_markdown", "in_readme", "print_report"]


@dataclass(frozen=True)
class Findings:
    """Everything a run measured. Times in seconds, memory in MB.

    machine: facts about the machine and the versions, by name.
    kinds: title of a rule kind, seconds a call.
    starts: `python`, `guardc`, `peer_python`, `peer`.
    load: seconds of loading the plan in a warm process.
    """

    machine: dict[str, Any]
    comparisons: tuple[Comparison, ...]
    kinds: tuple[tuple[str, float], ...]
    starts: dict[str, Start]
    load: float


def _compared(findings: Findings) -> Sheet:
    rows = [
        (one.case.title, seconds_text(one.guardc), seconds_text(one.peer), number_text(one.ratio))
        for one in findings.comparisons
    ]
    return Sheet("One call of `validate`", ("what", "guardc", "Guardrails", "ratio"), tuple(rows))


def _started(findings: Findings) -> Sheet:
    rows = []
    sides = (("the interpreter alone", "python", "peer_python"), ("ready to judge", "guardc", "peer"))
    for what, ours, theirs in sides:
        mine, other = findings.starts[ours], findings.starts[theirs]
        times = seconds_text(mine.seconds), seconds_text(other.seconds)
        sizes = f"{mine.megabytes:.1f} MB", f"{other.megabytes:.1f} MB"
        rows.append((f"{what}: processor time", *times, number_text(other.seconds / mine.seconds)))
        rows.append((f"{what}: memory", *sizes, number_text(other.megabytes / mine.megabytes)))
    rows.append(("loading the plan in a warm process", seconds_text(findings.load), "-", "-"))
    title = "Start of a process: import, and for guardc load of the plan"
    return Sheet(title, ("what", "guardc", "Guardrails", "ratio"), tuple(rows))


def _kinds(findings: Findings) -> Sheet:
    rows = [(title, f"{seconds * 1e9:,.0f}") for title, seconds in findings.kinds]
    return Sheet(
        "One rule of each kind, guardc alone, 2 KB of text where no size is given",
        ("rule", "ns a call"),
        tuple(rows),
    )


def _targets(findings: Findings) -> tuple[tuple[str, str, str, bool], ...]:
    """What, target, measured, reached."""
    clean = next(one for one in findings.comparisons if one.case.name == "clean_2000")
    start = findings.starts["guardc"]
    # An editable install makes its interpreter larger before anything is imported: take the barer of the two.
    bare = min(findings.starts["python"].megabytes, findings.starts["peer_python"].megabytes)
    memory = start.megabytes - bare
    return (
        (
            "20 patterns + length on 2 KB clean text",
            "at most 1/500 of Guardrails' time",
            f"1/{number_text(clean.ratio)}",
            clean.ratio >= 500,
        ),
        (
            "import and load, processor time of the whole process",
            "under 60 ms",
            seconds_text(start.seconds),
            start.seconds < 0.060,
        ),
        (
            "import and load, memory above the bare interpreter",
            "under 25 MB",
            f"{memory:.1f} MB",
            memory < 25,
        ),
        ("load alone", "under 1 ms", seconds_text(findings.load), findings.load < 0.001),
    )


def _reached(findings: Findings) -> Sheet:
    rows = [
        (what, target, measured, "reached" if good else "not reached")
        for what, target, measured, good in _targets(findings)
    ]
    return Sheet("Targets", ("what", "target", "measured", ""), tuple(rows))


def _sheets(findings: Findings) -> Sequence[Sheet]:
    return _compared(findings), _started(findings), _reached(findings), _kinds(findings)


def print_report(findings: Findings, console: Console) -> None:
    """All tables, on the terminal."""
    for sheet in _sheets(findings):
        print_sheet(sheet, console)


def as_markdown(findings: Findings) -> str:
    """All tables, and what machine they are from."""
    parts = ["# Benchmark results", ""]
    parts += ["Made by `python -m benchmarks.run`; [README.md](README.md) says how.", ""]
    parts += [", ".join(f"{name} {value}" for name, value in findings.machine.items()) + ".", ""]
    for sheet in _sheets(findings):
        parts += [f"## {sheet.title}", "", sheet_markdown(sheet), ""]
    return "\n".join(parts)


def in_readme(readme: str, findings: Findings) -> str:
    """The README with the two tables that compare, between its markers."""
    tables = f"{sheet_markdown(_compared(findings))}\n\n{sheet_markdown(_started(findings))}"
    return between_markers(readme, "benchmark tables", tables)


def as_json(findings: Findings) -> str:
    """All figures unrounded, for tools. Times in seconds, memory in MB."""
    return (
        json.dumps(
            {
                "machine": findings.machine,
                "calls": [
                    {
                        "name": one.case.name,
                        "title": one.case.title,
                        "guardc_seconds": one.guardc,
                        "guardrails_seconds": one.peer,
                        "ratio": one.ratio,
                        "pairs": one.pairs,
                    }
                    for one in findings.comparisons
                ],
                "kinds": [{"title": title, "guardc_seconds": seconds} for title, seconds in findings.kinds],
                "start": {
                    name: {"cpu_seconds": start.seconds, "peak_megabytes": start.megabytes}
                    for name, start in findings.starts.items()
                },
                "load_seconds": findings.load,
                "targets": [
                    {"what": what, "target": target, "measured": measured, "reached": good}
                    for what, target, measured, good in _targets(findings)
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )
