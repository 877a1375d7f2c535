"""What is shown of a text: clipped around what matters, found parts masked or marked, nothing that steers
a terminal.

Vocabulary: a *mark* is a range of a text to bring out; a *piece* is a string that is safe to print, with
True if it belongs to a mark.

Invariant: without `clear`, of a marked part only the first character is shown.

Example: `excerpt("Mail ann@example.com now", [(5, 20)])` is `[("Mail ", False), ("a•••", True), (" now",
False)]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guardc.cli.harmless import harmless

__all__ = ["MASK", "Range", "excerpt", "masked", "merged", "replaced"]

Range = tuple[int, int]
Piece = tuple[str, bool]

MASK = "•••"
MOST = 320
"""Characters shown of one text, about four lines; and a little more, so that a mark is never cut off."""
AROUND = 40
"""Characters shown on either side of a mark of a long text."""
LONGEST_MARK = 60
MOST_MARKS = 8
NEWLINE = "⏎"


def masked(found: str) -> str:
    """The first character and dots; an empty finding stays empty."""
    return harmless(found[:1], NEWLINE) + MASK if found else ""


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The ranges from left to right, those that touch or overlap as one; empty ones are left out."""
    result: list[Range] = []
    for start, end in sorted(ranges):
        if start == end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def excerpt(text: str, marks: Iterable[Range], *, clear: bool = False, mask: bool = True) -> list[Piece]:
    """The text as pieces. `mask` is False for marks that are not secret (what a fix put in)."""
    places = merged(marks)
    pieces: list[Piece] = []
    at = 0
    for number, (start, end) in enumerate(_windows(len(text), places)):
        if start > at or (number == 0 and start > 0):
            pieces.append(("… ", False))
        at = start
        for first, last in places:
            if first < start or last > end:
                continue
            pieces.append((harmless(text[at:first], NEWLINE), False))
            pieces.append((_mark(text[first:last], show=clear or not mask), True))
            at = last
        pieces.append((harmless(text[at:end], NEWLINE), False))
        at = end
        if end < len(text):
            pieces.append((" ", False))
    if at < len(text):
        pieces.append(("…", False))
    if len(text) > MOST:
        pieces.append((f" ({len(text):,} characters)", False))
    return [piece for piece in pieces if piece[0]]


def _mark(found: str, *, show: bool) -> str:
    if not show:
        return masked(found)
    if len(found) <= LONGEST_MARK:
        return harmless(found, NEWLINE)
    return harmless(found[: LONGEST_MARK // 2], NEWLINE) + "…" + harmless(found[-LONGEST_MARK // 4 :], NEWLINE)


def _windows(length: int, places: Sequence[Range]) -> list[Range]:
    """The parts of a text that are shown. No part begins or ends inside a mark."""
    if length <= MOST:
        return [(0, length)]
    if not places:
        return [(0, MOST - 2 * AROUND), (length - AROUND, length)]  # the end shows what a fix has cut
    shown = places[:MOST_MARKS]
    windows = [(max(0, start - AROUND), min(length, stop + AROUND)) for start, stop in shown]
    windows.insert(0, (0, AROUND))
    # A window may reach into a mark that is not shown, or into the next one: it ends before that, or
    # takes it along.
    whole = []
    for start, stop in windows:
        for first, last in places:
            if first < start < last:
                start = last  # noqa: PLW2901
            if first < stop < last:
                stop = last if (first, last) in shown else first  # noqa: PLW2901
        whole.append((start, stop))
    return merged(whole)


def replaced(text: str, output: str, spans: Iterable[Range]) -> list[Range]:
    """Which parts of an output a fix of `spans` put in; empty if that cannot be told.

    What stands between the spans is in the output in its order; what is between that was put in.
    """
    places = merged(spans)
    if not places:
        return []
    gaps = [
        text[end:start]
        for (_, end), (start, _) in zip([(0, 0), *places], [*places, (len(text), len(text))], strict=True)
    ]
    if not output.startswith(gaps[0]):
        return []
    marks = []
    at = len(gaps[0])
    for gap in gaps[1:-1]:
        found = output.find(gap, at)
        if found < 0:
            return []
        marks.append((at, found))
        at = found + len(gap)
    if not output.endswith(gaps[-1]) or len(output) - len(gaps[-1]) < at:
        return []
    marks.append((at, len(output) - len(gaps[-1])))
    return marks
