"""The picture of a run: horizontal bars on a logarithmic axis of time, as plain SVG text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.report import Findings
from benchmarks.svg import OURS, SOFT, THEIRS, Axis, number_on_bar, opening, text_element
from benchmarks.tables import seconds_text

__all__ = ["Pair", "draw", "plot"]

_WIDTH = 800
_LEFT = 216  # where the axis begins; labels stand left of it
_RIGHT = 110  # room for the ratios
_TOP = 104
_BAR = 15
_GROUP = 52


@dataclass(frozen=True)
class Pair:
    """Two bars: a label of two lines, seconds of both sides, and how many times the second is longer."""

    label: str
    detail: str
    guardc: float
    peer: float
    ratio: float


def plot(findings: Findings) -> str:
    """The SVG of the comparisons that say most, and of the start of a process."""
    named = {one.case.name: one for one in findings.comparisons}
    chosen = (
        ("clean_200", "200 B, clean", "20 patterns + length"),
        ("clean_2000", "2 KB, clean", "20 patterns + length"),
        ("clean_20000", "20 KB, clean", "20 patterns + length"),
        ("lean_2000", "2 KB, clean", "lean validators"),
        ("fixed_2000", "2 KB, six findings", "found and replaced"),
    )
    pairs = [
        Pair(label, detail, named[name].guardc, named[name].peer, named[name].ratio) for name, label, detail in chosen
    ]
    start, peer = findings.starts["guardc"].seconds, findings.starts["peer"].seconds
    pairs.append(Pair("Start of a process", "interpreter, import, load", start, peer, peer / start))
    machine = findings.machine
    versions = f"guardc {machine['guardc']}, Guardrails {machine['Guardrails']}, Python {machine['Python']}"
    return draw(pairs, f"{versions}, one core of {machine['processor']}")


def draw(pairs: list[Pair], note: str) -> str:
    """The SVG of some pairs of bars."""
    times = [time for pair in pairs for time in (pair.guardc, pair.peer)]
    axis = Axis.around(times, _LEFT, _WIDTH - _RIGHT)
    height = _TOP + _GROUP * len(pairs) + 64
    parts = [
        opening(_WIDTH, height, "Time per call of guardc and Guardrails, logarithmic"),
        text_element(24, 36, "Time to judge one text", size=19, weight=600),
        text_element(24, 58, "shorter is better; each line to the right is ten times longer", size=13, fill=SOFT),
        *_legend(),
        *axis.lines(_TOP - 8, _TOP + _GROUP * len(pairs)),
    ]
    for number, pair in enumerate(pairs):
        parts += _bars(pair, _TOP + _GROUP * number, axis)
    parts += [text_element(24, height - 16, note, size=11, fill=SOFT), "</svg>", ""]
    return "\n".join(parts)


def _legend() -> Iterator[str]:
    for x, colour, name in ((_LEFT, OURS, "guardc"), (_LEFT + 84, THEIRS, "Guardrails")):
        yield f'<rect x="{x}" y="74" width="12" height="12" rx="2" fill="{colour}"/>'
        yield text_element(x + 18, 84.5, name, size=13)


def _bars(pair: Pair, top: float, axis: Axis) -> Iterator[str]:
    yield text_element(_LEFT - 14, top + 15, pair.label, size=13, weight=600, anchor="end")
    yield text_element(_LEFT - 14, top + 31, pair.detail, size=11, fill=SOFT, anchor="end")
    for seconds, y, colour in ((pair.guardc, top + 3, OURS), (pair.peer, top + 5 + _BAR, THEIRS)):
        end = axis.x(seconds)
        yield f'<rect x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'
        yield from number_on_bar(end + 6, y + 12, seconds_text(seconds))
    yield text_element(_WIDTH - 24, top + 25, f"{pair.ratio:,.0f}×", size=16, fill=OURS, weight=700, anchor="end")
