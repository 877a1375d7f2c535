"""The report's plot: the ROC curve and how scores are spread, as an SVG."""

from __future__ import annotations

import numpy as np

from guardc.training.fit import Fitted
from guardc.training.measures import auc, curve

__all__ = ["plot"]

SIZE, MARGIN, BARS = 300, 48, 20
FONT = 'font-family="sans-serif" font-size="12" fill="#222"'
RED, BLUE = "#c0392b", "#2c6fbb"


def plot(fitted: Fitted, title: str) -> str:
    """The SVG. Left: found against false alarms, their share on a root scale so that the low end is seen. Right: of
    each kind of text the share in each twentieth of the scores."""
    alarms, found = curve(fitted.given, fitted.labels)
    points = " ".join(
        f"{MARGIN + SIZE * x**0.5:.1f},{MARGIN + SIZE * (1 - y):.1f}" for x, y in zip(alarms, found, strict=True)
    )
    width, height = 2 * SIZE + 3 * MARGIN, SIZE + 2 * MARGIN
    area = auc(fitted.given, fitted.labels)
    headline = f"{_escaped(title)}: AUC {area:.4f} on {len(fitted.given):,} held-out texts"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {FONT}>',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">{headline}</text>',
        *_frame(
            MARGIN, "false alarms", "found", [(x**0.5, f"{100 * x:g} %") for x in (0.001, 0.01, 0.05, 0.2, 0.5, 1)]
        ),
        f'<polyline points="{points}" fill="none" stroke="{RED}" stroke-width="2"/>',
        *_frame(SIZE + 2 * MARGIN, "score", "share of texts", [(x / 5, f"{x / 5:g}") for x in range(6)]),
    ]
    bar = SIZE / BARS / 2
    for color, kind, shift in ((BLUE, ~fitted.labels, 0), (RED, fitted.labels, 1)):
        counts = np.bincount(np.minimum(fitted.given[kind] * BARS, BARS - 1).astype(np.int64), minlength=BARS)
        for number, count in enumerate(counts.tolist()):
            tall = SIZE * count / max(1, int(kind.sum()))
            x, y = SIZE + 2 * MARGIN + bar * (2 * number + shift), MARGIN + SIZE - tall
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{tall:.1f}" fill="{color}"/>')
    for number, (color, name) in enumerate(((BLUE, "negative"), (RED, "positive"))):
        parts.append(f'<text x="{2 * SIZE}" y="{MARGIN + 18 + 16 * number}" fill="{color}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _frame(left: int, below: str, beside: str, marks: list[tuple[float, str]]) -> list[str]:
    parts = [f'<rect x="{left}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888"/>']
    for place, name in marks:
        x = left + SIZE * place
        parts.append(f'<text x="{x:.1f}" y="{MARGIN + SIZE + 16}" text-anchor="middle" font-size="10">{name}</text>')
    for step in range(0, 101, 20):
        y = MARGIN + SIZE * (1 - step / 100)
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="10">{step} %</text>')
    parts.append(f'<text x="{left + SIZE / 2:.0f}" y="{MARGIN + SIZE + 34}" text-anchor="middle">{below}</text>')
    parts.append(f'<text x="{left}" y="{MARGIN - 6}">{beside}</text>')
    return parts


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
