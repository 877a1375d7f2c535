"""What the pictures of the benchmarks share: colours, text elements, a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

__all__ = ["GRID", "INK", "OURS", "SOFT", "THEIRS", "Axis", "number_on_bar", "opening", "text_element"]

FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
INK, SOFT, GRID = "#1f2933", "#616e7c", "#e4e7eb"
OURS, THEIRS = "#0e7c66", "#b8c2cc"


def opening(width: int, height: int, title: str) -> str:
    """The start tag, the title for screen readers, and a white ground. `</svg>` is the caller's."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="{FONT}">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>'
    )


def text_element(  # noqa: PLR0913 - attributes of one element
    x: float, y: float, text: str, *, size: int, fill: str = INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def number_on_bar(x: float, y: float, text: str) -> Iterator[str]:
    """A text with a light edge, readable where a line of the axis runs through it.

    The edge is a text of its own, since not every viewer knows `paint-order`.
    """
    number = text_element(x, y, text, size=12)
    yield number.replace("<text ", '<text stroke="#ffffff" stroke-width="5" stroke-linejoin="round" ', 1)
    yield number


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis of times from `left` to `right`, whole powers of ten at its ends."""

    low: int
    high: int
    left: float
    right: float

    @classmethod
    def around(cls, times: Sequence[float], left: float, right: float) -> Axis:
        """An axis on which no time has so short a bar that it is not seen."""
        least = math.log10(min(times))
        low = math.floor(least)
        return cls(low - (least - low < 0.15), math.ceil(math.log10(max(times))), left, right)

    def x(self, seconds: float) -> float:
        part = (math.log10(seconds) - self.low) / (self.high - self.low)
        return self.left + part * (self.right - self.left)

    def lines(self, top: float, bottom: float) -> Iterator[str]:
        for power in range(self.low, self.high + 1):
            x = self.x(10.0**power)
            yield f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{GRID}"/>'
            yield text_element(x, bottom + 18, _tick(power), size=11, fill=SOFT, anchor="middle")


def _tick(power: int) -> str:
    """
    >>> [_tick(power) for power in (-7, -6, -2, 0)]
    ['100 ns', '1 µs', '10 ms', '1 s']
    """
    units = (("s", 0), ("ms", -3), ("µs", -6), ("ns", -9))
    unit, base = next((unit, base) for unit, base in units if power >= base)
    return f"{10 ** (power - base)} {unit}"
