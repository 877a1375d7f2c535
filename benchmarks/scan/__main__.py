"""Runs the benchmark of the scan: `python -m benchmarks.scan` in the root of the checkout, guardc being installed.

Writes `benchmarks/scan.json`, `benchmarks/scan.md`, the table of the README and `docs/benchmarks-scan.svg`; with
`--quick` or `--only` it only prints.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.pairs import Effort
from benchmarks.protocol import ROOT
from benchmarks.scan.agreement import DisagreementError
from benchmarks.scan.findings import Findings
from benchmarks.scan.measure import PARTS, Plan, measure
from benchmarks.scan.plot import plot
from benchmarks.scan.report import as_json, as_page, in_readme, sheets
from benchmarks.tables import print_sheet

__all__ = ["main"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scan", description="Measure guardc's scan and its peers."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher, writes no file")
    parser.add_argument("--only", action="append", choices=PARTS, help="time this part only, writes no file")
    parser.add_argument("--words", type=int, default=100_000, metavar="N", help="entries of the long word list")
    return parser.parse_args()


def _write(findings: Findings) -> None:
    (ROOT / "benchmarks" / "scan.json").write_text(as_json(findings), encoding="utf-8")
    (ROOT / "benchmarks" / "scan.md").write_text(as_page(findings), encoding="utf-8")
    (ROOT / "docs" / "benchmarks-scan.svg").write_text(plot(findings), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(in_readme(readme.read_text(encoding="utf-8"), findings), encoding="utf-8")


def main() -> None:
    arguments = _arguments()
    console = Console() if sys.stdout.isatty() else Console(width=180)
    effort = Effort(5, 0.03) if arguments.quick else Effort(21, 0.1)
    plan = Plan(effort, arguments.words, tuple(arguments.only or PARTS))
    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(step: str) -> None:
            progress.update(task, description=step)
            if not console.is_terminal:
                console.print(step, markup=False, highlight=False)

        try:
            findings = measure(plan, Path(folder), tell)
        except DisagreementError as difference:
            sys.exit(f"the sides disagree, nothing was timed: {difference}")
    for sheet in sheets(findings):
        print_sheet(sheet, console)
    if not (arguments.quick or arguments.only):
        _write(findings)


if __name__ == "__main__":
    main()
