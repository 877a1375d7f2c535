"""The picture of a run: what every engine takes for clean texts of each size, as SVG text.

A peer's bar is guardc's median time, multiplied by the median ratio: what disturbed one pair of sides more than
another changes times, not ratios.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.scan.findings import Findings, Measured
from benchmarks.svg import OURS, SOFT, THEIRS, Axis, number_on_bar, opening, text_element
from benchmarks.tables import number_text, seconds_text

__all__ = ["Bar", "Group", "draw", "plot"]

_WIDTH = 800
_LEFT = 200  # where the axis begins; labels stand left of it
_RIGHT = 100  # room for the numbers after the longest bar
_TOP = 100
_HEAD = 30  # above the bars of a group
_LINE = 22  # from bar to bar
_BAR = 14


@dataclass(frozen=True)
class Bar:
    """One engine: seconds, and what stands after the bar."""

    label: str
    seconds: float
    note: str


@dataclass(frozen=True)
class Group:
    """Bars under a title; the first is guardc's."""

    title: str
    bars: tuple[Bar, ...]


def plot(findings: Findings) -> str:
    """The SVG of the engines, a group for each size of text, the longest first."""
    sizes = sorted({one.size for one in findings.engines}, reverse=True)
    groups = [_group([one for one in findings.engines if one.size == size and one.pairs]) for size in sizes]
    machine = findings.machine
    return draw(groups, f"guardc {machine['guardc']}, Python {machine['Python']}, one core of {machine['processor']}")


def _group(measured: Sequence[Measured]) -> Group:
    size = measured[0].size
    own = median(one.guardc for one in measured)
    bars = []
    for one in measured:
        assert one.pairs is not None
        bars.append(Bar(one.row.against, own * one.pairs.gain.median, f"{number_text(one.pairs.gain.median)}×"))
    bars.sort(key=lambda bar: bar.seconds)
    first = Bar("guardc, spans", own, f"{seconds_text(own)}, {number_text(size / own / 1e6)} MB/s")
    return Group(f"{measured[0].row.title} of clean English", (first, *bars))


def draw(groups: Sequence[Group], note: str) -> str:
    """The SVG of some groups of bars on one axis."""
    axis = Axis.around([bar.seconds for group in groups for bar in group.bars], _LEFT, _WIDTH - _RIGHT)
    height = _TOP + sum(_HEAD + _LINE * len(group.bars) for group in groups)
    parts = [
        opening(_WIDTH, height + 64, "Time to search a text for 20 patterns, guardc and its peers, logarithmic"),
        text_element(24, 36, "Time to search a text for 20 patterns", size=19, weight=600),
        text_element(24, 58, _READING, size=13, fill=SOFT),
        *axis.lines(_TOP - 22, height),
    ]
    top = _TOP
    for group in groups:
        parts += _bars(group, top, axis)
        top += _HEAD + _LINE * len(group.bars)
    parts += [text_element(24, height + 48, note, size=11, fill=SOFT), "</svg>", ""]
    return "\n".join(parts)


_READING = "shorter is better; each line to the right is ten times longer; × is the ratio to guardc's time"


def _bars(group: Group, top: float, axis: Axis) -> Iterator[str]:
    yield text_element(24, top + 8, group.title, size=13, weight=600)
    for number, bar in enumerate(group.bars):
        y = top + _HEAD - 12 + _LINE * number
        first = number == 0
        weight = 600 if first else 400
        yield text_element(_LEFT - 12, y + 11, bar.label, size=12, weight=weight, anchor="end")
        end = axis.x(bar.seconds)
        colour = OURS if first else THEIRS
        yield f'<rect x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'
        yield from number_on_bar(end + 6, y + 11, bar.note)
