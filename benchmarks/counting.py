"""What counting costs a call: one plan loaded twice, with and without, in turns.

    python benchmarks/counting.py

Prints the time of a call without and with counting, their difference and their ratio: of each the fastest of many
short rounds, for what else runs on a machine only adds to a time.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import guardc
from guardc.runtime import Guard

POLICY = """edition 1
import std.pii

guard empty on output {
    max 8_000 chars on fail exception
}

guard reply on output {
    max 8_000 chars on fail exception
    no pii.email, pii.phone on fail fix with "[{kind}]"
}
"""
TEXTS = {
    ("empty", "passes"): "Your order is on its way.",
    ("reply", "passes"): "Your order is on its way.",
    ("reply", "two findings"): "Write to ann@example.com or bob@example.com.",
}
CALLS = 2_000
ROUNDS = 400


def seconds(guard: Guard, text: str) -> float:
    validate, turns = guard.validate, range(CALLS)
    began = time.perf_counter()
    for _ in turns:
        validate(text)
    return (time.perf_counter() - began) / CALLS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sample.guard"
        source.write_text(POLICY, encoding="utf-8")
        without, counted = guardc.compile(source), guardc.compile(source)
    counted.measure()
    print("guard  text          without  counted  difference  ratio")
    for (name, what), text in TEXTS.items():
        plain = more = float("inf")
        for _ in range(ROUNDS):
            plain = min(plain, seconds(without.guard(name), text) * 1e9)
            more = min(more, seconds(counted.guard(name), text) * 1e9)
        print(f"{name:6} {what:12} {plain:6.0f} ns {more:5.0f} ns {more - plain:8.0f} ns {more / plain:6.2f}")


if __name__ == "__main__":
    main()
