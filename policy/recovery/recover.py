"""Reads a text of which some lines do not follow the grammar.

A text is read; where it does not follow the grammar, that is reported, the statement it is in is blanked
out (a whole
block, if it is the head of one) and the text is read again. Blanks keep their places, so offsets stay right.

Invariant: one line that is wrong gives one message. Names in what was blanked out are remembered, so that
nothing is said about names that may have been declared there.

Example: `patern id = /A/` and, five lines on, `guard on input {` give two messages.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from guardc.policy.reading.parser import build, shape_of
from guardc.policy.recovery.no_policy import ends_with_cr, looks_like_a_policy, no_policy
from guardc.policy.recovery.outline import TOP, Outline
from guardc.policy.recovery.situation import Situation
from guardc.policy.recovery.syntax_errors import explain

if TYPE_CHECKING:
    from lark import UnexpectedInput

    from guardc.policy.diagnostics import Reporter
    from guardc.policy.reading.source import Source, Span
    from guardc.policy.reading.syntax import Tree

__all__ = ["MAX_ERRORS", "parse"]

MAX_ERRORS = 20
"""Lines that are reported at most before the text is given up."""

MAX_READ = 2_000_000
"""Characters that are read in all, again and again, before a text is given up."""

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


def parse(source: Source, reporter: Reporter, imported: Span | None = None) -> Tree | None:
    """The tree of what can be read. None if there are too many errors to go on. `imported` is the import that
    asked for the text, if one did."""
    from lark import UnexpectedInput  # noqa: PLC0415 - a plan is loaded without it

    if ends_with_cr(source, imported, reporter):
        return None
    text = source.text
    most = max(3, min(MAX_ERRORS, MAX_READ // (len(text) + 1)))
    for number in itertools.count():
        try:
            return build(shape_of(text), source, reporter)
        except UnexpectedInput as error:
            if number == most:
                reporter.no_more()
                return None
            outline = Outline(text)
            if number == 0 and not looks_like_a_policy(outline, imported is not None):
                no_policy(source, imported, reporter)
                return None
            situation = _situation(error, source, outline)
            explain(situation, reporter)
            mended = _mend(text, outline, situation)
            if mended == text:
                return None
            reporter.broken.update(_lost(text, mended))
            text = mended
    return None


def _situation(error: UnexpectedInput, source: Source, outline: Outline) -> Situation:
    from lark import UnexpectedToken  # noqa: PLC0415

    size = len(outline.text)
    if isinstance(error, UnexpectedToken):
        token = error.token
        offset = size if token.type == "$END" or token.start_pos is None else min(token.start_pos, size)
    else:
        offset = min(error.pos_in_stream or 0, size)
    machine = error.interactive_parser
    accepted: set[str] = set() if machine is None else machine.accepts()  # type: ignore[no-untyped-call]
    index = outline.at(offset)
    inside = index < len(outline.words) and outline.words[index].start < offset
    return Situation(source, outline, index, offset, frozenset(accepted), inside)


def _mend(text: str, outline: Outline, s: Situation) -> str:
    """The text without the statement that does not follow the grammar, or with the `}` that it lacks."""
    words = outline.words
    first = s.first
    if first is None:
        return text
    start_index = outline.at(first.start)
    if s.block is not None and (s.found is None or outline.tops(start_index)):
        closed = _close_block(text, first.start if s.found is not None else len(text))
        if closed is not None:
            return closed
        return _blank(text, s.block.start, first.start if s.found is not None else len(text))
    forgotten = outline.forgotten.get(start_index, -1)
    if forgotten >= 0:
        return _blank(text, words[words[forgotten].statement].start, first.start)
    if s.found is not None and s.found.bracket < 0 and s.before is not None and first is s.found:
        # The word begins a statement, and yet something before it is not finished: an open bracket.
        opened = s.before.bracket if s.before.text not in {")", "]"} else -1
        if s.before.text in {"(", "["}:
            opened = outline.at(s.before.start)
        if opened >= 0:
            return _blank(text, words[words[opened].statement].start, first.start)
    if first.text in {"}", ")", "]"}:
        return _blank(text, first.start, first.end)
    return _blank(text, first.start, max(_end(outline, s, start_index), s.offset if s.no_word else 0))


def _end(outline: Outline, s: Situation, start: int) -> int:
    """Where the statement that begins at the word `start` ends, or the block that it heads."""
    words = outline.words
    index = max(start, min(s.index, len(words) - 1))
    opened = words[index].bracket
    if words[index].text in {"(", "["}:
        opened = index
    if opened >= 0 and opened >= start:
        closing = outline.closing(opened)
        if closing < 0:
            # Never closed: the lines that follow are statements of their own.
            return outline.line_end(words[max(start, s.index - 1)].start)
        index = max(index, closing)
    while index < len(words):
        word = words[index]
        if word.text == "{":
            return _block_end(outline, index)
        if word.text == "}" and index > start:
            return word.start
        if word.ends_statement or (index > start and outline.tops(index)):
            headless = _headless(outline, start, index)
            return word.start if headless is None else headless
        index += 1
    return len(outline.text)


def _block_end(outline: Outline, brace: int) -> int:
    closing = outline.closing(brace)
    if closing >= 0:
        return outline.words[closing].end
    following = (w.start for i, w in enumerate(outline.words) if i > brace and outline.tops(i))
    return next(following, len(outline.text))


def _headless(outline: Outline, start: int, end: int) -> int | None:
    """The end of a block whose `{` is missing, if the statement heads one."""
    words = outline.words
    if words[start].text not in {"guard", "metadata", "defaults", "shape", "model", "service"} or any(
        w.text == "{" for w in words[start:end]
    ):
        return None
    for index in range(end, len(words)):
        if words[index].text == "}":
            return words[index].end
        if words[index].text == "{" or outline.tops(index):
            # The next statement that has a block, or stands outside every block.
            rest = words[words[index].statement : index + 1]
            return next(word.start for word in rest if word.text != "\n")
    return None


def _close_block(text: str, before: int) -> str | None:
    """The text with a `}` put into the blank lines before an offset, or at the end. None if there is no
    room."""
    if before >= len(text):
        return text + "\n}"
    gap = re.search(r"\n[ \t\r\n]*\n[ \t]*\Z", text[:before])
    if gap is None:
        return None
    return text[: gap.start()] + "}" + text[gap.start() + 1 :]


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _lost(text: str, mended: str) -> set[str]:
    """The names in what was blanked out."""
    start = next((i for i, (a, b) in enumerate(zip(text, mended, strict=False)) if a != b), len(text))
    size = min(len(text), len(mended))
    end = next((i for i in range(size, start, -1) if text[i - 1] != mended[i - 1]), start)
    return set(_NAME.findall(text[start:end])) - TOP
