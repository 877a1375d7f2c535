"""Seconds a megabyte on texts that grow, and on more threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.pairs import Effort, Ratio, Side, calls_for, spread
from benchmarks.protocol import Worker

__all__ = ["GROWTH_TARGET", "SIZES", "Growth", "Times", "next_takes", "time_growth"]

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
GROWTH_TARGET = 2.0  # linear: the longest text costs at most twice as much a megabyte as the shortest
_PATIENCE = 30.0  # seconds that one call on the next longer text may be expected to take


@dataclass(frozen=True)
class Times:
    """Seconds a megabyte by size of the text, one for each round."""

    by_size: dict[int, tuple[float, ...]]

    def per_megabyte(self, size: int) -> float | None:
        """The median, or None if a text so long was not tried."""
        return median(self.by_size[size]) if size in self.by_size else None


@dataclass(frozen=True)
class Growth:
    """What a pattern costs on longer and longer texts, or why that is not known."""

    title: str
    times: Times | None
    why_not: str = ""

    @property
    def ratio(self) -> Ratio | None:
        """Cost of a megabyte of the longest text that was tried, in units of that of the shortest."""
        if self.times is None:
            return None
        sizes = sorted(self.times.by_size)
        pairs = zip(self.times.by_size[sizes[-1]], self.times.by_size[sizes[0]], strict=True)
        return spread([long / short for long, short in pairs])

    @property
    def linear(self) -> bool:
        """Every size was tried, and the longest costs no more than the target says."""
        ratio = self.ratio
        return (
            self.times is not None
            and ratio is not None
            and set(self.times.by_size) == set(SIZES)
            and ratio.median <= GROWTH_TARGET
        )


def next_takes(seconds: Sequence[float]) -> float:
    """What a call on the next text, ten times longer, may take: it grows at least tenfold, and as before.

    >>> next_takes([0.01]), next_takes([0.01, 1.0])
    (0.1, 100.0)
    """
    factor = 10.0 if len(seconds) < 2 else max(10.0, seconds[-1] / seconds[-2])
    return seconds[-1] * factor


def time_growth(worker: Worker, guard: str, texts: dict[int, str], effort: Effort) -> Times:
    """Time a guard on texts of growing size, by turns. Stops before a size that would take too long.

    Args:
        texts: by size, shortest first.
    """
    calls: dict[int, int] = {}
    sides = {size: Side(worker, guard, [text]) for size, text in texts.items()}
    taken: list[float] = []
    for size, side in sides.items():
        if taken and next_takes(taken) > _PATIENCE:
            break
        side.prepare(str(size))
        calls[size] = calls_for(side, str(size), effort.seconds)
        taken.append(side.seconds(str(size), calls[size]))
    rounds = effort.rounds if taken[-1] < 1 else 3
    times: dict[int, list[float]] = {size: [] for size in calls}
    for _ in range(rounds):
        for size, number in calls.items():
            times[size].append(sides[size].seconds(str(size), number) / size * 1_000_000)
    return Times({size: tuple(some) for size, some in times.items()})
