"""Lines on a terminal or in a pipe, wrapped to a width that people read, without spaces at their ends.

Example: `Page().line("wrapped to the page, 4 in", indent=4)`.
"""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

__all__ = ["Page"]

WIDEST = 100
NARROWEST = 20


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the program how it ends."""
        raise BrokenPipeError


class Page:
    """Writes to standard output, with colours if it is a terminal.

    `width` is that of a pipe; a terminal has its own.
    """

    def __init__(self, width: int = 80) -> None:
        self._console = _Terminal(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self.width = min(self._console.width, WIDEST) if self._console.is_terminal else width

    def line(  # noqa: PLR0913 - a paragraph has that many sides
        self,
        content: str | Text,
        style: str = "",
        *,
        indent: int = 0,
        hanging: int = 0,
        label: str = "",
        label_style: str = "",
    ) -> None:
        """Print a paragraph. `content` must be harmless.

        Its lines begin at `indent`, all but the first one `hanging` further in; `label` stands before it.
        """
        text = Text(content, style) if isinstance(content, str) else content
        width = max(NARROWEST, self.width - indent - hanging)
        wrapped = text.wrap(self._console, width, overflow="fold")
        for number, part in enumerate(wrapped):
            part.rstrip()
            line = Text()  # with a style of its own it would lend that to what follows
            if number == 0:
                line.append(label.ljust(indent), label_style)
            else:
                line.append(" " * (indent + hanging))
            line.append_text(part)
            line.rstrip()
            self._console.print(line, soft_wrap=True)
        if not wrapped:
            self._console.print(Text(label, label_style), soft_wrap=True)
