"""The findings of a run and what is made of them: tables for terminal and Markdown, JSON, the targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks.compare import Comparison
from benchmarks.startup import Start

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Findings", "as_json", "as_markdown", "in_readme", "print_report", "seconds_text"]


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


@dataclass(frozen=True)
class _Sheet:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def seconds_text(seconds: float) -> str:
    """A time with a unit that suits it, three digits.

    >>> seconds_text(7.04e-06), seconds_text(0.0318), seconds_text(3.9e-07)
    ('7.04 µs', '31.8 ms', '390 ns')
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 0.9995:
            return f"{_three_digits(seconds * factor)} {unit}"
    return f"{_three_digits(seconds * 1e9)} ns"


def _three_digits(number: float) -> str:
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f}"


def _ratio(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.5 else _three_digits(number)


def _compared(findings: Findings) -> _Sheet:
    rows = [
        (one.case.title, seconds_text(one.guardc), seconds_text(one.peer), _ratio(one.ratio))
        for one in findings.comparisons
    ]
    return _Sheet("One call of `validate`", ("what", "guardc", "Guardrails", "ratio"), tuple(rows))


def _started(findings: Findings) -> _Sheet:
    rows = []
    sides = (("the interpreter alone", "python", "peer_python"), ("ready to judge", "guardc", "peer"))
    for what, ours, theirs in sides:
        mine, other = findings.starts[ours], findings.starts[theirs]
        times = seconds_text(mine.seconds), seconds_text(other.seconds)
        sizes = f"{mine.megabytes:.1f} MB", f"{other.megabytes:.1f} MB"
        rows.append((f"{what}: processor time", *times, _ratio(other.seconds / mine.seconds)))
        rows.append((f"{what}: memory", *sizes, _ratio(other.megabytes / mine.megabytes)))
    rows.append(("loading the plan in a warm process", seconds_text(findings.load), "-", "-"))
    title = "Start of a process: import, and for guardc load of the plan"
    return _Sheet(title, ("what", "guardc", "Guardrails", "ratio"), tuple(rows))


def _kinds(findings: Findings) -> _Sheet:
    rows = [(title, f"{seconds * 1e9:,.0f}") for title, seconds in findings.kinds]
    return _Sheet(
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
            f"1/{_ratio(clean.ratio)}",
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


def _reached(findings: Findings) -> _Sheet:
    rows = [
        (what, target, measured, "reached" if good else "not reached")
        for what, target, measured, good in _targets(findings)
    ]
    return _Sheet("Targets", ("what", "target", "measured", ""), tuple(rows))


def _sheets(findings: Findings) -> Sequence[_Sheet]:
    return _compared(findings), _started(findings), _reached(findings), _kinds(findings)


def print_report(findings: Findings, console: Console) -> None:
    """All tables, on the terminal."""
    for sheet in _sheets(findings):
        table = Table(title=sheet.title, title_justify="left", title_style="bold")
        for number, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in sheet.rows:
            style = {"reached": "green", "not reached": "red"}.get(row[-1], "")
            table.add_row(*row, style=style)
        console.print(table)


def as_markdown(findings: Findings) -> str:
    """All tables, and what machine they are from."""
    parts = ["# Benchmark results", ""]
    parts += ["Made by `python -m benchmarks.run`; [README.md](README.md) says how.", ""]
    parts += [", ".join(f"{name} {value}" for name, value in findings.machine.items()) + ".", ""]
    for sheet in _sheets(findings):
        parts += [f"## {sheet.title}", "", _markdown(sheet), ""]
    return "\n".join(parts)


def _markdown(sheet: _Sheet) -> str:
    rows = [sheet.columns, ("---", *["---:"] * (len(sheet.columns) - 1)), *sheet.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def in_readme(readme: str, findings: Findings) -> str:
    """The README with the two tables that compare, between its markers."""
    begin, end = "<!-- benchmark tables -->", "<!-- end of benchmark tables -->"
    before, rest = readme.split(begin)
    _, after = rest.split(end)
    tables = f"{_markdown(_compared(findings))}\n\n{_markdown(_started(findings))}"
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


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
