"""Tables for the terminal, for Markdown and between the markers of a README; numbers with three digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Sheet", "as_markdown", "between_markers", "number_text", "print_sheet", "seconds_text", "size_text"]


@dataclass(frozen=True)
class Sheet:
    """One table. The last column may say whether a target was reached."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def seconds_text(seconds: float) -> str:
    """A time with a unit that suits it, three digits.

    >>> seconds_text(7.04e-06), seconds_text(0.0318), seconds_text(3.9e-07)
    ('7.04 µs', '31.8 ms', '390 ns')
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 0.9995:
            return f"{_three_digits(seconds * factor)} {unit}"
    return f"{_three_digits(seconds * 1e9)} ns"


def _three_digits(number: float) -> str:
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f}"


def number_text(number: float) -> str:
    """A ratio or a rate.

    >>> number_text(0.4512), number_text(12.34), number_text(33970.2)
    ('0.45', '12.3', '33,970')
    """
    return f"{number:,.0f}" if number >= 99.95 else _three_digits(number)


def size_text(size: int) -> str:
    """The size of a text, decimal.

    >>> size_text(200), size_text(2_000), size_text(10_000_000)
    ('200 B', '2 KB', '10 MB')
    """
    for unit, factor in (("MB", 1_000_000), ("KB", 1_000)):
        if size >= factor:
            return f"{size // factor} {unit}"
    return f"{size} B"


def print_sheet(sheet: Sheet, console: Console) -> None:
    """The table on the terminal; rows that reached their target are green, others that have one red."""
    table = Table(title=escape(sheet.title), title_justify="left", title_style="bold")
    for number, column in enumerate(sheet.columns):
        table.add_column(column, justify="right" if number else "left")
    for row in sheet.rows:
        style = {"reached": "green", "not reached": "red"}.get(row[-1], "")
        table.add_row(*map(escape, row), style=style)
    console.print(table)


def as_markdown(sheet: Sheet) -> str:
    """The table without its title."""
    rows: Sequence[tuple[str, ...]] = [sheet.columns, ("---", *["---:"] * (len(sheet.columns) - 1)), *sheet.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def between_markers(document: str, name: str, content: str) -> str:
    """The document with the content between `<!-- NAME -->` and `<!-- end of NAME -->`.

    Raises:
        ValueError: the document does not have each marker once.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = document.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"
