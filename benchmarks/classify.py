"""What a score costs: `python -m benchmarks.classify` (a minute; writes the table of README.md and docs/models.md).

A guard with the one rule `models.injection.score < 0.8` is called through `guard.validate(text)` and `passed` is read.
The peers are called the way their documentation calls them, with one text. All are processes of their own on one core,
in interleaved batches, and take twenty texts of each size by turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.machine import machine_facts
from benchmarks.pairs import Effort, Side, time_in_turn
from benchmarks.peer import peer_python
from benchmarks.protocol import ROOT, Worker
from benchmarks.tables import Sheet, as_markdown, between_markers, number_text, print_sheet, seconds_text
from benchmarks.workload import clean_text
from guardc.compiler import compile_text

SIZES = (60, 200, 2_000)
PEERS = {"HashingVectorizer, LogisticRegression": "scikit-learn", "alt-profanity-check": "alt-profanity-check"}
POLICY = "edition 1\nimport std.models\nguard g on input {\n    models.injection.score < 0.8 on fail noop\n}\n"
PAGES = (ROOT / "benchmarks" / "README.md", ROOT / "docs" / "models.md")


def rows(guardc: Worker, peers: Worker, effort: Effort) -> Iterator[tuple[str, ...]]:
    for size in SIZES:
        texts = [clean_text(size, seed) for seed in range(20)]
        for title, peer in PEERS.items():
            pairs = time_in_turn(Side(guardc, "g", texts), Side(peers, peer, texts), effort)
            gain = pairs.gain
            yield (
                f"{size:,}",
                title,
                seconds_text(median(pairs.ours)),
                seconds_text(median(pairs.theirs)),
                f"{number_text(gain.median)} [{number_text(gain.low)}, {number_text(gain.high)}]",
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.classify", description="Time the scores of classifiers."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher, writes no file")
    effort = Effort(5, 0.03) if (quick := parser.parse_args().quick) else Effort(21, 0.1)
    plan = compile_text(POLICY).plan
    assert plan is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classify.plan"
        path.write_bytes(plan)
        command = [sys.executable, "-m", "benchmarks.worker_guardc", str(path)]
        with (
            Worker(command, os.environ) as guardc,
            Worker([peer_python("classify"), "-m", "benchmarks.worker_classify"], os.environ) as peers,
        ):
            for worker in (guardc, peers):
                worker.ask("pin", cores=[max(os.sched_getaffinity(0))])
            versions = peers.ask("facts")
            columns = ("characters", "peer", "guardc", "peer's time", "ratio [middle half]")
            sheet = Sheet("A score", columns, tuple(rows(guardc, peers, effort)))
    print_sheet(sheet, Console())
    if quick:
        return
    facts = machine_facts()
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    load = f"load average {os.getloadavg()[0]:.1f} on {facts['cores']} cores"
    content = f"{as_markdown(sheet)}\n\n{facts['processor']}, {facts['date']}, {load}. Peers: {named}."
    for page in PAGES:
        page.write_text(between_markers(page.read_text(encoding="utf-8"), "scores", content), encoding="utf-8")


if __name__ == "__main__":
    main()
