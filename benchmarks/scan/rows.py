"""What is compared with what, and what is aimed at. One row, one pair of sides on the same texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.pairs import Pairs, Ratio
from benchmarks.scan.engines import ENGINES
from benchmarks.scan.texts import MEGABYTE, SMALL
from benchmarks.tables import size_text

__all__ = ["Row", "Target", "engine_rows", "target_rows"]


@dataclass(frozen=True)
class Target:
    """A bound on the median ratio of a row.

    goal: `gain`, the peer's time in units of guardc's, is at least `value`; `share`, guardc's time in units of the
        peer's, is at most `value`.
    """

    goal: Literal["gain", "share"]
    value: float

    def measured(self, pairs: Pairs) -> Ratio:
        return pairs.gain if self.goal == "gain" else pairs.share

    def reached(self, ratio: float) -> bool:
        return ratio >= self.value if self.goal == "gain" else ratio <= self.value


@dataclass(frozen=True)
class Row:
    """A line of a table.

    ours, theirs: guards of the workers (`worker_guardc`; `worker_peers`, `worker_guardrails`, or guardc's again).
    peer: which worker `theirs` is for. texts: a name in `texts.Texts`.
    """

    title: str
    against: str
    ours: str
    peer: Literal["peers", "guardrails", "guardc"]
    theirs: str
    texts: str
    target: Target | None = None


_KINDS = (("words", "frequent words"), ("english", "English"))
_FOUND, _FIXED = "twenty/found/passed", "twenty/fixed/output"


def _rows_of_twenty(long: int) -> Iterator[Row]:
    """The 20 patterns against engines that take them all at once."""
    goals = (
        (long, "RE2 Set, which", Target("gain", 4)),
        (long, "Hyperscan, spans", Target("gain", 12)),
        (2_000, "RE2 Set, which", Target("share", 0.5)),
        (200, "RE2 Set, which", Target("share", 0.7)),
    )
    for size, engine, target in goals:
        for kind, title in _KINDS:
            texts = f"{kind} {size}"
            yield Row(f"{size_text(size)} clean, {title}", engine, _FOUND, "peers", f"{engine}/twenty", texts, target)
    for kind, what in _KINDS:
        title, texts = f"2 KB with six findings, fixed, {what}", f"found {kind} 2000"
        yield Row(title, "RE2 Set, which", _FIXED, "peers", "RE2 Set, which/twenty", texts, Target("share", 1.0))
    for texts in ("russian", "chinese"):
        title = f"{size_text(long)}, {texts.capitalize()}"
        ours = "twenty/found/spans"
        yield Row(title, "re one by one, spans", ours, "peers", "re, spans/twenty", texts, Target("gain", 100))


def target_rows(entries: int, long: int = MEGABYTE) -> Iterator[Row]:
    """The rows with a target.

    Args:
        entries: of the long word list.
        long: size of the long texts, in bytes.
    """
    yield from _rows_of_twenty(long)
    for size in (long, 2_000):
        for kind, what in _KINDS:
            title = f"200 patterns, {size_text(size)} clean, {what}"
            ours, texts = "two_hundred/found/passed", f"{kind} {size}"
            yield Row(title, "itself with 20", ours, "guardc", _FOUND, texts, Target("share", 2))
    title = f"{entries:,} words, {size_text(long)}"
    theirs = f"pyahocorasick/{entries}"
    yield Row(title, "pyahocorasick, spans", "listed/found/spans", "peers", theirs, "listed", Target("gain", 2))
    title = "20 patterns + length, 2 KB clean, frequent words"
    yield Row(title, "Guardrails AI", "full/full/passed", "guardrails", "full", "words 2000", Target("share", 1 / 1000))


def engine_rows(long: int = MEGABYTE) -> Iterator[Row]:
    """Every engine on clean English of each size, for orientation."""
    for size in (*SMALL, long):
        for engine in ENGINES:
            yield Row(size_text(size), engine, _FOUND, "peers", f"{engine}/twenty", f"english {size}")
