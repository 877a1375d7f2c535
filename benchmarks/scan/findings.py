"""What a run found, before it is made into tables."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from benchmarks.pairs import Pairs, Ratio
from benchmarks.scan.building import Built
from benchmarks.scan.growth import Growth
from benchmarks.scan.rows import Row

__all__ = ["Findings", "Measured", "Scaling"]


@dataclass(frozen=True)
class Measured:
    """A row with its pairs of times, or with the reason why there are none. `size`: bytes of a text."""

    row: Row
    size: int
    pairs: Pairs | None = None
    why_not: str = ""

    @property
    def guardc(self) -> float:
        """Median seconds a call."""
        assert self.pairs is not None
        return median(self.pairs.ours)

    @property
    def peer(self) -> float:
        assert self.pairs is not None
        return median(self.pairs.theirs)

    @property
    def reached(self) -> bool | None:
        """None if there is no target, or nothing was measured."""
        if self.row.target is None or self.pairs is None:
            return None
        return self.row.target.reached(self.row.target.measured(self.pairs).median)


@dataclass(frozen=True)
class Scaling:
    """Throughput of two threads in units of one thread's, on texts of `size` bytes."""

    title: str
    gain: Ratio


@dataclass(frozen=True)
class Findings:
    """Everything. `machine`: facts and versions by name; `sources`: what the texts are made of.

    verdicts: how many were compared, by engine; None for one that is not installed.
    """

    machine: dict[str, str | int]
    sources: dict[str, str]
    verdicts: dict[str, int | None]
    rows: tuple[Measured, ...]
    engines: tuple[Measured, ...]
    growth: tuple[Growth, ...]
    scaling: tuple[Scaling, ...]
    compiled: tuple[Built, ...]
