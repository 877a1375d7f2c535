"""Diagnostics as the text that people read.

Invariant: a caret stands under the character it means, whatever is before it on the line: tabs, characters
two columns wide, marks without width, or ten thousand other characters.

Example:

    error[G012]: unknown detector `pii.emial`
      --> support.guard:14:8
       |
    14 |     no pii.emial on fail fix
       |        ^^^^^^^^^ not defined in `std.pii`
       |
       = help: did you mean `pii.email`?
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from guardc.policy.diagnostics import Diagnostic, Label

__all__ = ["render"]

TAB = 4
WIDTH = 100
"""Columns of source text shown of one line; longer lines are clipped around the caret."""

COLORS = {"error": "1;31", "warning": "1;33", "frame": "1;34", "bold": "1", "help": "1;36"}


def render(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """All diagnostics, each as a block of lines, with a closing line that counts them. Empty if there are
    none."""
    found = list(diagnostics)
    if not found:
        return ""
    paint = _paint if color else _plain
    blocks = [_block(diagnostic, paint) for diagnostic in found]
    return "\n".join([*blocks, _summary(found)]) + "\n"


def _summary(found: list[Diagnostic]) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (len(found) - errors, "warning"))
        if count
    ]
    return ", ".join(parts)


def _plain(text: str, _style: str) -> str:
    return text


def _paint(text: str, style: str) -> str:
    return f"\033[{COLORS[style]}m{text}\033[0m" if text else ""


def _block(diagnostic: Diagnostic, paint: Callable[[str, str], str]) -> str:
    head = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    lines = [head + paint(f": {_visible(diagnostic.message)}", "bold")]
    gutter = max((len(str(label.line)) for label in diagnostic.labels), default=1)
    bar = " " * gutter + " " + paint("|", "frame")
    last: tuple[str, int] | None = None
    for index, label in enumerate(_ordered(diagnostic.labels)):
        if last is None or last[0] != label.file:
            # The arrow names the primary place, which need not be the first line that is shown.
            place = diagnostic.labels[0] if index == 0 else label
            arrow = "-->" if index == 0 else ":::"
            lines.append(" " * gutter + paint(arrow, "frame") + f" {place.file}:{place.line}:{place.column}")
            lines.append(bar)
            last = None
        primary = label is diagnostic.labels[0]
        text, caret, width = _excerpt(label)
        if last is None or last[1] != label.line:
            if last is not None and label.line > last[1] + 1:
                lines.append(paint("...", "frame"))
            lines.append(f"{paint(str(label.line).rjust(gutter) + ' |', 'frame')} {text}".rstrip())
        marks = ("^" if primary else "-") * width
        style = diagnostic.severity if primary else "frame"
        under = " " * caret + paint((marks + " " + _visible(label.text)).rstrip(), style)
        lines.append(f"{bar} {under}")
        last = (label.file, label.line)
    extra = [("help", diagnostic.help)] if diagnostic.help else []
    extra += [("note", note) for note in diagnostic.notes]
    if extra:
        lines.append(bar)
    for kind, text in extra:
        first, *rest = text.split("\n")
        lines.append(" " * gutter + f" {paint('=', 'frame')} {paint(kind, 'help')}: {_visible(first)}")
        lines += [" " * gutter + "         " + _visible(line) for line in rest]
    return "\n".join(lines) + "\n"


def _ordered(labels: tuple[Label, ...]) -> list[Label]:
    """The primary label's file first, lines from top to bottom, the primary label before others of its
    line."""
    files = list(dict.fromkeys(label.file for label in labels))
    return sorted(labels, key=lambda label: (files.index(label.file), label.line, label is not labels[0]))


def _excerpt(label: Label) -> tuple[str, int, int]:
    """The line as shown, the columns before the caret, and how many carets."""
    text = label.excerpt
    start = label.column - label.excerpt_column
    end = len(text) if label.end_line > label.line else label.end_column - label.excerpt_column
    start, end = min(start, len(text)), min(max(end, start), len(text))
    left, right = label.excerpt_column > 1, False
    shown = [_cell(character) for character in text]
    if sum(width for _, width in shown) > WIDTH:
        begin = max(0, min(start - WIDTH // 3, len(shown) - WIDTH // 2))
        if begin:
            left = True
        stop, columns = begin, 0
        while stop < len(shown) and columns + shown[stop][1] <= WIDTH:
            columns += shown[stop][1]
            stop += 1
        right = stop < len(shown)
        shown, start, end = shown[begin:stop], start - begin, min(end, stop) - begin
    body = "".join(piece for piece, _ in shown)
    before = sum(width for _, width in shown[:start])
    under = sum(width for _, width in shown[start:end])
    prefix, suffix = ("... " if left else ""), (" ..." if right else "")
    return prefix + body + suffix, len(prefix) + before, max(1, under)


def _cell(character: str) -> tuple[str, int]:
    """What is printed for a character, and how many columns that takes."""
    if character == "\t":
        return " " * TAB, TAB
    category = unicodedata.category(character)
    if category in {"Mn", "Me"}:
        return character, 0
    if category in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return "\N{REPLACEMENT CHARACTER}", 1
    return character, 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _visible(text: str) -> str:
    """The text with nothing in it that could steer a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _cell(c)[0] == "\N{REPLACEMENT CHARACTER}" else c for c in text)
