"""The tables of docs/models.md, out of docs/models.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["filled", "tables"]


def tables(figures: dict[str, Any]) -> Iterator[str]:
    """The figures of one classifier as Markdown, line by line."""
    held = figures["held out"]
    trained, calibrated = figures["trained on"], figures["calibrated on"]
    yield f"Trained on {trained:,} texts, calibrated on {calibrated:,}, held out {held['texts']:,}."
    found = ", ".join(f"{_percent(share)} at {at}" for at, share in held["recall at false alarms"].items())
    yield f"AUC {held['AUC']:.4f}, average precision {held['average precision']:.4f}."
    yield f"Found, by the rate of false alarms: {found}."
    yield f"The length of a text alone would have an AUC of {figures['by length alone']:.2f}."
    yield from ("", "| `score <` | found | false alarms | precision |", "|---|---|---|---|")
    for threshold, recall, alarms, precision in held["thresholds"]:
        yield f"| {threshold:g} | {_percent(recall)} | {_percent(alarms)} | {_percent(precision)} |"
    pages = figures["whole pages"]
    yield ""
    count, fail, before = pages["pages"], pages["fail"], pages["fail without mined passages"]
    yield f"Of {count:,} whole pages of documentation {fail:,} fail `score < 0.8`: {_percent(fail / count)}."
    yield f"Trained without the passages that were mined, {before:,} would: {_percent(before / count)}."
    for title, key in (
        ("held out, by source", "held out by source"),
        ("never trained on", "never trained on, by source"),
        ("trained without the source", "trained without the source"),
    ):
        yield from ("", f"| {title} | found | false alarms | AUC |", "|---|---|---|---|")
        for source, entry in figures[key].items():
            rank = f"{entry['AUC']:.3f}" if "AUC" in entry else ""
            yield f"| {source} | {_part(entry.get('found'))} | {_part(entry.get('false alarms'))} | {rank} |"


def filled(document: str, figures: dict[str, Any]) -> str:
    """The document with the tables between `<!-- figures: NAME -->` and `<!-- end -->`."""
    for name, own in figures.items():
        before, mark, rest = document.partition(f"<!-- figures: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        document = f"{before}{mark}\n" + "\n".join(tables(own)) + f"\n\n{end}{after}"
    return document


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.1 or share == 0 else f"{100 * share:.2f} %"


def _part(pair: list[int] | None) -> str:
    return "" if pair is None else f"{pair[0]:,} of {pair[1]:,}"
