"""The picture of a run: horizontal bars on a logarithmic axis of time, as plain SVG text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.report import Findings, seconds_text

__all__ = ["Pair", "draw", "plot"]

_WIDTH = 800
_LEFT = 216  # where the axis begins; labels stand left of it
_RIGHT = 110  # room for the ratios
_TOP = 104
_BAR = 15
_GROUP = 52
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_INK, _SOFT, _GRID = "#1f2933", "#616e7c", "#e4e7eb"
_OURS, _THEIRS = "#0e7c66", "#b8c2cc"


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
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    if math.log10(min(times)) - low < 0.15:
        low -= 1  # no bar is too short to be seen
    height = _TOP + _GROUP * len(pairs) + 64
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">',
        "<title>Time per call of guardc and Guardrails, logarithmic</title>",
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(24, 36, "Time to judge one text", size=19, weight=600),
        _text(24, 58, "shorter is better; each line to the right is ten times longer", size=13, fill=_SOFT),
        *_legend(),
        *_axis(low, high, _TOP + _GROUP * len(pairs)),
    ]
    for number, pair in enumerate(pairs):
        parts += _bars(pair, _TOP + _GROUP * number, low, high)
    parts += [_text(24, height - 16, note, size=11, fill=_SOFT), "</svg>", ""]
    return "\n".join(parts)


def _x(seconds: float, low: int, high: int) -> float:
    return _LEFT + (math.log10(seconds) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)


def _text(  # noqa: PLR0913 - attributes of one element
    x: float, y: float, text: str, *, size: int, fill: str = _INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _legend() -> Iterator[str]:
    for x, colour, name in ((_LEFT, _OURS, "guardc"), (_LEFT + 84, _THEIRS, "Guardrails")):
        yield f'<rect x="{x}" y="74" width="12" height="12" rx="2" fill="{colour}"/>'
        yield _text(x + 18, 84.5, name, size=13)


def _axis(low: int, high: int, bottom: float) -> Iterator[str]:
    for power in range(low, high + 1):
        x = _x(10.0**power, low, high)
        yield f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{_GRID}"/>'
        yield _text(x, bottom + 18, _tick(power), size=11, fill=_SOFT, anchor="middle")


def _tick(power: int) -> str:
    """
    >>> [_tick(power) for power in (-7, -6, -2, 0)]
    ['100 ns', '1 µs', '10 ms', '1 s']
    """
    units = (("s", 0), ("ms", -3), ("µs", -6), ("ns", -9))
    unit, base = next((unit, base) for unit, base in units if power >= base)
    return f"{10 ** (power - base)} {unit}"


def _bars(pair: Pair, top: float, low: int, high: int) -> Iterator[str]:
    yield _text(_LEFT - 14, top + 15, pair.label, size=13, weight=600, anchor="end")
    yield _text(_LEFT - 14, top + 31, pair.detail, size=11, fill=_SOFT, anchor="end")
    for seconds, y, colour in ((pair.guardc, top + 3, _OURS), (pair.peer, top + 5 + _BAR, _THEIRS)):
        end = _x(seconds, low, high)
        yield f'<rect x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'
        number = _text(end + 6, y + 12, seconds_text(seconds), size=12)
        # A light edge keeps the number readable where a line of the axis runs through it. A text of its own,
        # since not every viewer knows `paint-order`.
        yield number.replace("<text ", '<text stroke="#ffffff" stroke-width="5" stroke-linejoin="round" ', 1)
        yield number
    yield _text(_WIDTH - 24, top + 25, f"{pair.ratio:,.0f}×", size=16, fill=_OURS, weight=700, anchor="end")
