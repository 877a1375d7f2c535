"""Texts that policies are read from, and places in them.

Vocabulary: a *source* is one file with its text; *offsets* count characters of that text from 0; a *span*
is a half-open range of offsets in one source; *lines* and *columns* count from 1, columns in characters.

Invariant: a source's text is exactly what was read (after its byte order mark), so offsets mean the same
to every tool that opens the file.

Example: in `Source("a.guard", "edition 1\\nno")`, offset 10 is line 2, column 1.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from guardc.policy.model import Location

__all__ = ["Source", "Span"]


@dataclass(frozen=True, eq=False)
class Source:
    """One text. `file` is its name as `Location.file` has it."""

    file: str
    text: str = field(repr=False)
    line_starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        object.__setattr__(self, "line_starts", starts)

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of the character at `offset`."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line without its line break."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] - 1 if line < len(self.line_starts) else len(self.text)
        return self.text[start:end].removesuffix("\r")

    def span(self, start: int, end: int) -> Span:
        return Span(self, start, end)


@dataclass(frozen=True)
class Span:
    """The characters `start` up to `end` of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def location(self) -> Location:
        line, column = self.source.line_column(self.start)
        return Location(file=self.source.file, line=line, column=column)

    def part(self, start: int, end: int) -> Span:
        """The part from `start` to `end`, counted from the beginning of this span."""
        return Span(self.source, self.start + start, self.start + end)

    def to(self, other: Span) -> Span:
        """From the beginning of this span to the end of `other`."""
        return Span(self.source, self.start, other.end)
