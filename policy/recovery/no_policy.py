"""Texts that are no policies at all: a list of users, a log, a letter, or lines that nobody ended.

Invariant: of such a text one thing is said, and of one that a policy imports no line is shown, for it may be
a file that the reader of the message is not meant to read.

Example: `import "/etc/passwd"` gives one message, at the import.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from guardc.policy.checking.names import LATER
from guardc.policy.recovery.outline import TOP, Outline

if TYPE_CHECKING:
    from guardc.policy.diagnostics import Reporter
    from guardc.policy.reading.source import Source, Span

__all__ = ["ends_with_cr", "looks_like_a_policy", "no_policy"]

FEW = 3
"""Fewer lines are too few to tell, but in an imported file, which is not shown in doubt."""

LINES = 10
"""Lines that are looked at."""

_STATEMENTS = [*TOP, *LATER]
_RULES = frozenset({"no", "has", "is", "when", "max", "on", "one", "json", "chars", "bytes", "lines"})


def looks_like_a_policy(outline: Outline, imported: bool) -> bool:
    """False if no statement begins in the text, and hardly a line begins like a statement or rule."""
    if any(outline.tops(index) for index, word in enumerate(outline.words) if word.first_of_line):
        return True
    first = [word for word in outline.words if word.first_of_line][:LINES]
    if len(first) < (1 if imported else FEW):
        return True
    like = sum(
        word.text in _RULES or bool(difflib.get_close_matches(word.text.lower(), _STATEMENTS, 1, 0.8)) for word in first
    )
    return 2 * like >= len(first)


def no_policy(source: Source, imported: Span | None, reporter: Reporter) -> None:
    """Reports a text that is no policy: where it begins, or where it is imported."""
    what = "this" if imported is None else "the imported file"
    reporter.add(
        "G002",
        source.span(0, 0) if imported is None else imported,
        f"{what} does not look like a policy",
        help="a policy begins with `edition 1`; its statements begin with words such as `import`, `pattern`, `guard`",
    )


def ends_with_cr(source: Source, imported: Span | None, reporter: Reporter) -> bool:
    """Reports a text whose lines end with CR alone, which would be one line, and most of it a comment."""
    text = source.text.strip()
    if "\r" not in text or "\n" in text:
        return False
    at = source.text.index("\r", source.text.index(text))
    reporter.add(
        "G005",
        source.span(at, at + 1) if imported is None else imported,
        "the lines end with CR alone" if imported is None else "the lines of the imported file end with CR alone",
        label="the first line break" if imported is None else "",
        help="save the file with lines that end with LF or CR LF",
    )
    return True
