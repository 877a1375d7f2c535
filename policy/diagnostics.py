"""Messages about a policy, as data.

Vocabulary: a *diagnostic* is one message with a stable code; its first *label* says where, the others show
what else takes part; its *help* offers the mend; its *notes* add facts.

Invariant: a diagnostic carries the source lines it shows, so it can be rendered or sent elsewhere without
the files.

Example: `make("G012", span, "unknown detector `emial`", help="did you mean `email`?")`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from guardc.policy.codes import CODES
from guardc.policy.reading.source import Span

__all__ = ["MAX_DIAGNOSTICS", "Diagnostic", "Label", "Reporter", "TooMany", "in_order", "make"]

EXCERPT = 400
"""Characters of a source line that a label keeps at most."""


MAX_DIAGNOSTICS = 500
"""Errors that are reported at most, and diagnostics in all beyond which warnings are dropped."""


class Label(BaseModel):
    """A place in a source with a few words about it.

    `start` and `end` are offsets in characters, lines and columns count from 1, the end is exclusive.
    `excerpt` is the text of line `line`, or of a very long line the part around the place, which begins at
    `excerpt_column`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    excerpt: str
    excerpt_column: int = 1


class Diagnostic(BaseModel):
    """One message. `labels[0]` is where it is about; a file that cannot be read has a label of its own,
    empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Literal["error", "warning"]
    title: str
    message: str
    labels: tuple[Label, ...]
    help: str | None = None
    notes: tuple[str, ...] = ()


def make(  # noqa: PLR0913 - each is a part of what is printed
    code: str,
    span: Span,
    message: str,
    *,
    label: str = "",
    help: str | None = None,  # noqa: A002 - the word that is printed before it
    notes: Iterable[str] = (),
    also: Iterable[tuple[Span, str]] = (),
) -> Diagnostic:
    """A diagnostic of the registered `code` at `span`; `also` gives further places with their words."""
    entry = CODES[code]
    return Diagnostic(
        code=code,
        severity=entry.severity,
        title=entry.title,
        message=message,
        labels=(_label(span, label), *(_label(place, text) for place, text in also)),
        help=help,
        notes=tuple(notes),
    )


def in_order(diagnostics: Iterable[Diagnostic], files: Iterable[str]) -> tuple[Diagnostic, ...]:
    """By file in the order of `files`, files that are not among them last; within a file from top to bottom."""
    places = {name: index for index, name in enumerate(files)}
    return tuple(
        sorted(
            diagnostics,
            key=lambda found: (
                places.get(found.labels[0].file, len(places)),
                found.labels[0].start,
                found.severity,
            ),
        )
    )


def _label(span: Span, text: str) -> Label:
    source = span.source
    line, column = source.line_column(span.start)
    end_line, end_column = source.line_column(span.end)
    excerpt, first = source.line_text(line), 1
    if len(excerpt) > EXCERPT:
        begin = max(0, min(column - 1 - EXCERPT // 4, len(excerpt) - EXCERPT))
        excerpt, first = excerpt[begin : begin + EXCERPT], begin + 1
    return Label(
        file=source.file,
        start=span.start,
        end=span.end,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        text=text,
        # A file may hold anything; a lone surrogate could not be printed or written as JSON.
        excerpt=excerpt.encode("utf-8", "replace").decode("utf-8"),
        excerpt_column=first,
    )


class TooMany(Exception):  # noqa: N818 - a signal between the parts of the checker, caught by it
    """So many errors were found that nobody reads more."""


class Reporter:
    """Collects diagnostics. `broken` are words of statements that did not parse: names among them are not
    reported as unknown, for their declaration may be what did not parse."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.broken: set[str] = set()
        self.errors = 0
        self._seen: set[tuple[str, str, int, int, str]] = set()

    def no_more(self) -> None:
        """Says at the last diagnostic that there are more like it."""
        last = self.diagnostics[-1]
        notes = (*last.notes, "more errors are not shown")
        self.diagnostics[-1] = last.model_copy(update={"notes": notes})

    def add(  # noqa: PLR0913
        self,
        code: str,
        span: Span,
        message: str,
        *,
        label: str = "",
        help: str | None = None,  # noqa: A002
        notes: Iterable[str] = (),
        also: Iterable[tuple[Span, str]] = (),
    ) -> None:
        """Makes a diagnostic and keeps it; the same one twice is kept once.

        Raises `TooMany` at the last error that is kept.
        """
        key = (code, span.source.file, span.start, span.end, message)
        error = CODES[code].severity == "error"
        if key in self._seen or (len(self._seen) >= MAX_DIAGNOSTICS and not error):
            return
        self._seen.add(key)
        self.errors += error
        last = self.errors >= MAX_DIAGNOSTICS
        notes = (*notes, "this is the last one that is shown") if last else notes
        self.diagnostics.append(make(code, span, message, label=label, help=help, notes=notes, also=also))
        if last:
            raise TooMany

    def defined_twice(self, name: Span, first: Span, what: str) -> None:
        """Reports that a name is taken; `what` says of what kind of thing it is."""
        self.add(
            "G022",
            name,
            f"{what} `{name.text}` is defined twice",
            label="defined again here",
            help="give one of them another name, or delete it",
            also=[(first, "first defined here")],
        )
