"""What a run found as tables, for the terminal, Markdown and the README, and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from statistics import median

from benchmarks.pairs import Ratio
from benchmarks.scan.building import Built
from benchmarks.scan.findings import Findings, Measured
from benchmarks.scan.growth import GROWTH_TARGET, SIZES, Growth
from benchmarks.scan.rows import Target
from benchmarks.tables import Sheet, as_markdown, between_markers, number_text, seconds_text, size_text

__all__ = ["as_json", "as_page", "in_readme", "sheets"]

_NOT_MEASURED = "not measured"


def _goal(target: Target) -> str:
    """
    >>> _goal(Target("gain", 4)), _goal(Target("share", 0.5)), _goal(Target("share", 0.001))
    ('at least 4×', 'at most 0.5 of its time', 'at most 1/1,000 of its time')
    """
    if target.goal == "gain":
        return f"at least {target.value:g}×"
    if target.value < 0.1:
        return f"at most 1/{1 / target.value:,.0f} of its time"
    return f"at most {target.value:g} of its time"


def _amount(target: Target, ratio: Ratio) -> str:
    """The median, and in brackets between what half of the ratios lie."""
    if target.goal == "share" and target.value < 0.1:
        middle, low, high = (f"1/{number_text(1 / one)}" for one in (ratio.median, ratio.high, ratio.low))
        return f"{middle} ({low} to {high})"
    sign = "×" if target.goal == "gain" else ""
    return f"{number_text(ratio.median)}{sign} ({number_text(ratio.low)} to {number_text(ratio.high)})"


def _verdict(reached: bool | None) -> str:
    return _NOT_MEASURED if reached is None else "reached" if reached else "not reached"


def _row(one: Measured) -> tuple[str, ...]:
    target = one.row.target
    assert target is not None
    if one.pairs is None:
        return one.row.title, one.row.against, "", "", one.why_not, _goal(target), _NOT_MEASURED
    return (
        one.row.title,
        one.row.against,
        seconds_text(one.guardc),
        seconds_text(one.peer),
        _amount(target, target.measured(one.pairs)),
        _goal(target),
        _verdict(one.reached),
    )


def _targets(findings: Findings) -> Sheet:
    columns = ("text", "against", "guardc", "peer", "median ratio (middle half)", "target", "")
    rows = [_row(one) for one in findings.rows]
    if findings.growth:
        rows.append(_worst_growth(findings.growth))
    return Sheet("The scan against its peers", columns, tuple(rows))


def _worst_growth(growth: tuple[Growth, ...]) -> tuple[str, ...]:
    ratios = [one.ratio.median for one in growth if one.ratio]
    worst = number_text(max(ratios)) if ratios else "none measured"
    short = sum(one.times is not None and one.times.per_megabyte(SIZES[-1]) is None for one in growth)
    if short:
        worst += f"; {short} too long at {size_text(SIZES[-1])}"
    what = f"cost of a MB, 10 MB against 10 KB, worst of {len(growth)} adversarial texts"
    reached = None if any(one.times is None for one in growth) else all(one.linear for one in growth)
    return what, "itself", "", "", worst, f"at most {GROWTH_TARGET:g} (linear)", _verdict(reached)


def _engines(findings: Findings) -> Sheet:
    """One line an engine, one column a size: its time, and how many times guardc's that is."""
    sizes = sorted({one.size for one in findings.engines})
    by_place = {(one.row.against, one.size): one for one in findings.engines}
    rows = []
    names = dict.fromkeys(one.row.against for one in findings.engines)
    if names:
        rows.append(("guardc, spans", *(_own_cell(findings, size) for size in sizes)))
    rows += [(name, *(_engine_cell(by_place.get((name, size))) for size in sizes)) for name in names]
    title = "20 patterns on clean English, every engine; in brackets its time in units of guardc's"
    return Sheet(title, ("engine", *(size_text(size) for size in sizes)), tuple(rows))


def _own_cell(findings: Findings, size: int) -> str:
    """guardc's time: the median of its medians beside each engine."""
    times = [one.guardc for one in findings.engines if one.size == size and one.pairs]
    return f"{seconds_text(median(times))}, {_speed(size, median(times))}" if times else ""


def _engine_cell(one: Measured | None) -> str:
    if one is None or one.pairs is None:
        return one.why_not if one else ""
    return f"{seconds_text(one.peer)}, {_speed(one.size, one.peer)} ({number_text(one.pairs.gain.median)}×)"


def _speed(size: int, seconds: float) -> str:
    return f"{number_text(size / seconds / 1e6)} MB/s"


def _growth(findings: Findings) -> Sheet:
    rows = []
    for one in findings.growth:
        if one.times is None or one.ratio is None:
            rows.append((one.title, *("" for _ in SIZES), one.why_not, _NOT_MEASURED))
            continue
        costs = [one.times.per_megabyte(size) for size in SIZES]
        cells = ("too long" if cost is None else seconds_text(cost) for cost in costs)
        rows.append((one.title, *cells, number_text(one.ratio.median), _verdict(one.linear)))
    title = f"Seconds a MB on adversarial texts; target: at most {GROWTH_TARGET:g} times as much at 10 MB as at 10 KB"
    return Sheet(title, ("pattern and text", *(size_text(size) for size in SIZES), "growth", ""), tuple(rows))


def _scaling(findings: Findings) -> Sheet:
    rows = [
        (one.title, f"{number_text(one.gain.median)}× ({number_text(one.gain.low)} to {number_text(one.gain.high)})")
        for one in findings.scaling
    ]
    return Sheet("Two threads against one, 20 patterns, all cores", ("text", "throughput"), tuple(rows))


def _compiled(findings: Findings) -> Sheet:
    rows = [
        (one.title, seconds_text(one.seconds) if one.seconds else "", _bytes(one), _megabytes(one), _end(one))
        for one in findings.compiled
    ]
    return Sheet("Compiling", ("policy", "time", "plan", "peak memory", "end"), tuple(rows))


def _bytes(one: Built) -> str:
    return f"{one.plan_bytes / 1000:,.0f} KB" if one.plan_bytes else ""


def _megabytes(one: Built) -> str:
    return f"{one.megabytes:,.0f} MB" if one.megabytes else ""


def _end(one: Built) -> str:
    return f"{one.status}: {one.detail}" if one.detail else one.status


def _agreed(findings: Findings) -> Sheet:
    rows = [(name, "not installed" if number is None else f"{number:,}") for name, number in findings.verdicts.items()]
    return Sheet(
        "Texts on which guardc and the peer found the same, before anything was timed", ("peer", "texts"), tuple(rows)
    )


def sheets(findings: Findings) -> Iterator[Sheet]:
    """All tables that have rows, the targets first."""
    for make in (_targets, _engines, _growth, _scaling, _compiled, _agreed):
        sheet = make(findings)
        if sheet.rows:
            yield sheet


def as_page(findings: Findings) -> str:
    """All tables as a page of Markdown, with the machine and the texts."""
    parts = ["# The scan: results", ""]
    parts += ["Made by `python -m benchmarks.scan`; [README.md](README.md) says how.", ""]
    parts += [", ".join(f"{name} {value}" for name, value in findings.machine.items()) + ".", ""]
    for sheet in sheets(findings):
        parts += [f"## {sheet.title}", "", as_markdown(sheet), ""]
    parts += ["## Texts", "", *(f"- {name}: {what}" for name, what in findings.sources.items()), ""]
    return "\n".join(parts)


def in_readme(readme: str, findings: Findings) -> str:
    """The README with the table of the targets between its markers."""
    return between_markers(readme, "scan table", as_markdown(_targets(findings)))


def as_json(findings: Findings) -> str:
    """All figures unrounded, for tools. Times in seconds, memory in MB; every pair of every row."""
    rows = [
        {
            **dataclasses.asdict(one.row),
            "bytes": one.size,
            "why_not": one.why_not,
            "guardc_seconds": one.pairs.ours if one.pairs else (),
            "peer_seconds": one.pairs.theirs if one.pairs else (),
            "reached": one.reached,
        }
        for one in (*findings.rows, *findings.engines)
    ]
    growth = [
        {
            "title": one.title,
            "why_not": one.why_not,
            "seconds_per_megabyte": {size: one.times.per_megabyte(size) for size in SIZES} if one.times else {},
            "growth": one.ratio.median if one.ratio else None,
            "linear": one.linear,
        }
        for one in findings.growth
    ]
    whole = {
        "machine": findings.machine,
        "texts": findings.sources,
        "agreed": findings.verdicts,
        "rows": rows,
        "growth": growth,
        "threads": [dataclasses.asdict(one) for one in findings.scaling],
        "compiled": [dataclasses.asdict(one) for one in findings.compiled],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
