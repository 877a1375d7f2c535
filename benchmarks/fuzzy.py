"""Word lists within edits, against rapidfuzz: `python -m benchmarks.fuzzy` (needs rapidfuzz; only prints).

The peer splits the text into words and compares each with each entry by `rapidfuzz.process.cdist` with the same
distance (optimal string alignment) and a cut-off: its fastest way, with vector instructions, in one thread. Both
look at the same 2 KB of text; one has no misspelt entry put in, the other has one every hundred words. Figures are
medians of interleaved rounds.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import time
from collections.abc import Callable

import guardc
from benchmarks import workload
from benchmarks.scan.lists import entries
from guardc.compiler import compile_text

COUNTS = (20, 1_000, 10_000)
SIZE = 2_048
ROUNDS = 7


def text_of(chosen: list[str], edits: int, *, clean: bool) -> str:
    """2 KB of frequent words, with a misspelt entry every hundred words unless it is to be clean."""
    choose = random.Random(5)
    words = workload.clean_text(SIZE).split(" ")
    for at in range(50, len(words), 100) if not clean else ():
        letters = list(choose.choice(chosen))
        for _ in range(edits):
            letters[choose.randrange(len(letters))] = "x"
        words[at] = "".join(letters)
    return " ".join(words)[:SIZE]


def guard_of(chosen: list[str], edits: int) -> guardc.Guard:
    listed = ", ".join(f'"{entry}"' for entry in chosen)
    unit = "edit" if edits == 1 else "edits"
    source = f"edition 1\nwords w = [{listed}] ignore case, within {edits} {unit}\n"
    plan = compile_text(f"{source}guard g on input {{\n no w on fail noop\n}}\n").plan
    assert plan is not None
    return guardc.load(plan).guard("g")


def seconds(run: Callable[[], object]) -> float:
    """Of one call, the best of several batches."""
    begun = time.perf_counter()
    run()
    once = time.perf_counter() - begun
    batch = max(1, int(0.02 / once))
    begun = time.perf_counter()
    for _ in range(batch):
        run()
    return (time.perf_counter() - begun) / batch


def main() -> None:
    import numpy as np  # noqa: PLC0415 - only the peer needs both
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    for edits in (1, 2):
        long_enough = [entry for entry in entries(60_000) if len(entry) >= 4 * edits]
        for count in COUNTS:
            chosen = long_enough[:count]
            guard = guard_of(chosen, edits)
            for clean in (True, False):
                text = text_of(chosen, edits, clean=clean)

                def peer(text: str = text, chosen: list[str] = chosen, edits: int = edits) -> list[str]:
                    words = re.findall(r"\w+", text.lower())
                    table = process.cdist(words, chosen, scorer=OSA.distance, score_cutoff=edits, dtype=np.int8)
                    return [words[row] for row in np.unique(np.nonzero(table <= edits)[0])]

                def ours(text: str = text, guard: guardc.Guard = guard) -> list[str]:
                    spans = [span for failure in guard.validate(text).failures for span in failure.spans]
                    return [text[start:end].lower() for start, end, _ in spans]

                assert peer() == ours()
                times = [(seconds(ours), seconds(peer)) for _ in range(ROUNDS)]
                a, b = (statistics.median(column) for column in zip(*times, strict=True))
                sys.stdout.write(
                    f"{count:>6} entries, within {edits}, {'clean' if clean else f'{len(ours())} found'}: "
                    f"guardc {a * 1e6:8.1f} us, rapidfuzz {b * 1e6:10.1f} us, ratio {b / a:7.0f}\n"
                )


if __name__ == "__main__":
    main()
