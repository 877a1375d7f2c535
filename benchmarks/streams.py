"""What a stream costs: `python -m benchmarks.streams` (some minutes; writes its tables into both READMEs).

An answer of 16,000 characters goes through `feed` in pieces of equal length, then `close`. It is compared with
`validate` of the whole answer, and with what others do with each piece of an answer. All are processes of their own on
one core, in interleaved batches.
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
from benchmarks.workload import PATTERNS, clean_text, literal
from guardc.compiler import compile_text

SIZE = 16_000
TOKEN = 4
GUARDS = {"full": "20 patterns", "library": "`std.pii`, `std.secrets`"}
PIECES = (TOKEN, 16, 64, 256, 1_024)
PEERS = {"litellm": "LiteLLM's content filter", "re-scan": "all again after each piece, as with LLM Guard's `Regex`"}
PAGES = (ROOT / "benchmarks" / "README.md", ROOT / "README.md")


def policy() -> str:
    """The 20 patterns of the other benchmarks, and the catalogue of the standard library, as streams."""
    hold = "    hold at most 2_000 chars on fail exception"
    return "\n".join(
        [
            "edition 1",
            "import std.pii",
            "import std.secrets",
            *(f"pattern {name} = {literal(regex)}" for name, regex in PATTERNS.items()),
            "guard full on output stream {",
            hold,
            *(f"    no {name} on fail fix" for name in PATTERNS),
            "}",
            "guard library on output stream {",
            hold,
            "    no pii.any on fail fix",
            "    no secrets.any on fail exception",
            "}",
            "",
        ]
    )


def costs(guardc: Worker, text: str, effort: Effort) -> Iterator[tuple[str, ...]]:
    for guard, title in GUARDS.items():
        for size in PIECES:
            pairs = time_in_turn(Side(guardc, f"{guard} {size}", [text]), Side(guardc, f"{guard} 0", [text]), effort)
            pieces = -(-len(text) // size)
            above = [(stream - whole) / pieces for stream, whole in zip(pairs.ours, pairs.theirs, strict=True)]
            share = pairs.share
            yield (
                title,
                f"{size:,}",
                seconds_text(median(pairs.ours)),
                seconds_text(median(pairs.theirs)),
                f"{number_text(share.median)} [{number_text(share.low)}, {number_text(share.high)}]",
                seconds_text(max(0.0, median(above))),
            )


def against(guardc: Worker, peers: Worker, text: str, rounds: int) -> Iterator[tuple[str, ...]]:
    """Rows for each peer: both judge the same answer, in the same pieces, by the same 20 patterns."""
    ours = guardc.ask("judge", guard=f"full {TOKEN}", text=text)
    assert ours == {"passed": True, "left": text}
    for peer, title in PEERS.items():
        assert peers.ask("judge", guard=f"{peer} {TOKEN}", text=text)["left"] == text, title
        sides = Side(guardc, f"full {TOKEN}", [text]), Side(peers, f"{peer} {TOKEN}", [text])
        pairs = time_in_turn(*sides, Effort(rounds, 0.1))
        gain = pairs.gain
        yield (
            title,
            seconds_text(median(pairs.ours)),
            seconds_text(median(pairs.theirs)),
            f"{number_text(gain.median)} [{number_text(gain.low)}, {number_text(gain.high)}]",
        )


def measure(quick: bool) -> tuple[Sheet, Sheet, str]:
    text = clean_text(SIZE)
    plan = compile_text(policy()).plan
    assert plan is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streams.plan"
        path.write_bytes(plan)
        module = ["-m", "benchmarks.worker_streams"]
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
        with (
            Worker([sys.executable, *module, str(path)], os.environ) as guardc,
            Worker([peer_python("streams"), *module], environment) as peers,
        ):
            for worker in (guardc, peers):
                worker.ask("pin", cores=[max(os.sched_getaffinity(0))])
            named = ", ".join(f"{name} {number}" for name, number in peers.ask("facts").items())
            columns = ("rules", "characters a piece", "stream", "whole text", "ratio [middle half]", "more, a piece")
            effort = Effort(5, 0.03) if quick else Effort(21, 0.1)
            own = Sheet("A stream, and the whole text", columns, tuple(costs(guardc, text, effort)))
            columns = ("peer", "guardc", "peer's time", "ratio [middle half]")
            rows = tuple(against(guardc, peers, text, 3 if quick else 5))
            others = Sheet(f"An answer in pieces of {TOKEN} characters", columns, rows)
    return own, others, named


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description="Time streams.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher, writes no file")
    quick = parser.parse_args().quick
    own, others, named = measure(quick)
    console = Console()
    for sheet in (own, others):
        print_sheet(sheet, console)
    if quick:
        return
    facts = machine_facts()
    load = f"load average {os.getloadavg()[0]:.1f} on {facts['cores']} cores"
    end = f"{facts['processor']}, {facts['date']}, {load}. Peer: {named}."
    tables = (f"{as_markdown(own)}\n\n{as_markdown(others)}\n\n{end}", f"{as_markdown(others)}\n\n{end}")
    for page, content in zip(PAGES, tables, strict=True):
        page.write_text(between_markers(page.read_text(encoding="utf-8"), "streams", content), encoding="utf-8")


if __name__ == "__main__":
    main()
