"""guardc and Guardrails on one guard and one text: the cases, and that both sides give the same verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks import workload
from benchmarks.pairs import Effort, Side, calls_for, time_in_turn
from benchmarks.protocol import Worker
from benchmarks.tables import size_text

__all__ = ["CASES", "Case", "Comparison", "check_verdicts", "compare", "time_alone"]


@dataclass(frozen=True)
class Case:
    """One line of the comparison. `peer_guard` is the name of the peer's guard where it differs."""

    name: str
    title: str
    guard: str
    text: str
    peer_guard: str = ""
    threads: int = 1


@dataclass(frozen=True)
class Comparison:
    """Medians over the pairs: seconds a call on each side, and the peer's time in units of guardc's."""

    case: Case
    guardc: float
    peer: float
    ratio: float
    pairs: int


def _cases() -> Iterator[Case]:
    for size in workload.CLEAN_SIZES:
        text = workload.clean_text(size)
        yield Case(f"clean_{size}", f"20 patterns + length, {size_text(size)} clean", "full", text)
    text = workload.clean_text(2_000)
    yield Case("lean_2000", "the same, 2 KB, lean validators", "full", text, peer_guard="lean")
    for size in workload.CLEAN_SIZES:
        text = workload.found_text(size)
        yield Case(f"fixed_{size}", f"six findings and fixes, {size_text(size)}", "fixing", text)
    text = workload.clean_text(2_000)
    yield Case("single_2000", "one pattern, 2 KB clean", "single", text)
    yield Case("nothing_2000", "no rules, 2 KB", "nothing", text)
    for size in (2_000, 20_000):
        text = workload.clean_text(size)
        for threads in (1, 8):
            title = f"{threads} thread{'s' if threads > 1 else ''}, {size_text(size)} clean, all cores"
            yield Case(f"threads_{threads}_{size}", title, "full", text, threads=threads)


CASES: tuple[Case, ...] = tuple(_cases())


def check_verdicts(guardc: Worker, peer: Worker) -> int:
    """Hold both sides to the same verdicts on every text of the benchmark; returns how many they were.

    Raises:
        AssertionError: they disagree on whether a text passes, which rules fail, or what a fixed text is.
    """
    texts = [workload.clean_text(size) for size in workload.CLEAN_SIZES]
    texts += [workload.found_text(size) for size in workload.CLEAN_SIZES]
    before, after = workload.clean_text(60), workload.clean_text(40)
    texts += [f"{before} {sample} {after}" for sample in workload.SAMPLES.values()]
    for ours, theirs in (("full", "full"), ("full", "lean"), ("fixing", "fixing")):
        for text in texts:
            mine = guardc.ask("judge", guard=ours, text=text)
            other = peer.ask("judge", guard=theirs, text=text)
            if theirs == "fixing":
                assert mine["output"] == other["output"], (ours, mine, other)
            assert mine["passed"] == other["passed"], (ours, mine, other)
            assert mine["failed"] == other["failed"], (ours, mine, other)
    for name, sample in workload.SAMPLES.items():
        failed = guardc.ask("judge", guard="full", text=f"It was {sample} then.")["failed"]
        assert failed == [name], (name, failed)
    return 3 * len(texts) + len(workload.SAMPLES)


def compare(case: Case, guardc: Worker, peer: Worker, effort: Effort) -> Comparison:
    """Time one case in pairs of batches."""
    pairs = time_in_turn(
        Side(guardc, case.guard, [case.text], case.threads),
        Side(peer, case.peer_guard or case.guard, [case.text], case.threads),
        effort,
    )
    return Comparison(case, median(pairs.ours), median(pairs.theirs), pairs.gain.median, effort.rounds)


def time_alone(guard: str, text: str, guardc: Worker, effort: Effort) -> float:
    """Median seconds a call of a guard of guardc that has no counterpart."""
    side = Side(guardc, guard, [text])
    side.prepare("alone")
    calls = calls_for(side, "alone", effort.seconds)
    return median(side.seconds("alone", calls) for _ in range(effort.rounds))
