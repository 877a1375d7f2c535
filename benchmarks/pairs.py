"""Two sides in turn: a batch of one, a batch of the other, and the ratio of each pair.

Other work on the machine slows both halves of a pair alike, so the median of the ratios holds still where the
times do not. The side that begins changes from pair to pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.protocol import Worker

__all__ = ["Effort", "Pairs", "Ratio", "Side", "calls_for", "spread", "time_in_turn"]


@dataclass(frozen=True)
class Effort:
    """How long to measure: batches of about `seconds` each, `rounds` of them on each side."""

    rounds: int
    seconds: float


@dataclass(frozen=True)
class Side:
    """What one side runs: a guard of a worker on some texts, by turns, on one or more threads."""

    worker: Worker
    guard: str
    texts: Sequence[str]
    threads: int = 1

    def prepare(self, slot: str) -> None:
        self.worker.ask("prepare", slot=slot, guard=self.guard, texts=list(self.texts))

    def seconds(self, slot: str, calls: int) -> float:
        """Seconds a call, over a batch of `calls` calls."""
        return self.worker.time(calls, self.threads, slot) / calls


@dataclass(frozen=True)
class Ratio:
    """The median of some ratios; half of them lie between `low` and `high`."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Pairs:
    """Seconds a call of both sides, pair by pair."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def gain(self) -> Ratio:
        """Their time in units of ours: how many times our throughput is theirs."""
        return spread([other / mine for mine, other in zip(self.ours, self.theirs, strict=True)])

    @property
    def share(self) -> Ratio:
        """Our time in units of theirs."""
        return spread([mine / other for mine, other in zip(self.ours, self.theirs, strict=True)])


def spread(ratios: Sequence[float]) -> Ratio:
    """Median and quartiles.

    >>> spread([4.0, 1.0, 3.0, 2.0, 5.0])
    Ratio(median=3.0, low=2.0, high=4.0)
    """
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    return Ratio(median(ratios), low, high)


def calls_for(side: Side, slot: str, seconds: float) -> int:
    """How many calls fill about `seconds`; a multiple of the threads. Caches are warm afterwards."""
    calls = side.threads
    while True:
        taken = side.worker.time(calls, side.threads, slot)
        if taken > seconds / 4:
            rounds = max(1, round(seconds / taken * calls / side.threads))
            return rounds * side.threads
        calls *= 4


def time_in_turn(ours: Side, theirs: Side, effort: Effort) -> Pairs:
    """Time two sides in pairs of batches."""
    sides = {"ours": ours, "theirs": theirs}
    for slot, side in sides.items():
        side.prepare(slot)
    calls = {slot: calls_for(side, slot, effort.seconds) for slot, side in sides.items()}
    times: dict[str, list[float]] = {slot: [] for slot in sides}
    for number in range(effort.rounds):
        for slot in sides if number % 2 == 0 else reversed(sides):
            times[slot].append(sides[slot].seconds(slot, calls[slot]))
    return Pairs(tuple(times["ours"]), tuple(times["theirs"]))
