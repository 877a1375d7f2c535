"""Numbers, strings and regexes as they are written, and the values they stand for.

Invariant: a literal always gives a value; if it has none, that was reported.

Example: `"a\\tb"` has the value of three characters, and `offsets` knows that the third was written two
further on.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import Boolean, Literal, Number, Regex, Text

if TYPE_CHECKING:
    from guardc.policy.diagnostics import Reporter

__all__ = ["MAX_NUMBER", "Literals", "show_number", "show_text"]

MAX_NUMBER = 2**53
"""The largest magnitude of a number: up to here every integer is a float, so no tool that reads one rounds
it."""

ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r"}
_ESCAPE = re.compile(r"\\(?:u\{([^}\"\\]*)\}|(.))", re.DOTALL)


class Literals:
    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter

    def literal(self, span: Span) -> Literal:
        """`true`, `false`, a string or a number."""
        written = span.text
        if written in {"true", "false"}:
            return Boolean(written == "true", span)
        return self.text(span) if written.startswith('"') else self.number(span)

    def number(self, span: Span) -> Number:
        written = span.text.replace("_", "")
        # Python refuses to read an integer of thousands of digits; so long a number is too large anyway.
        value: int | float = MAX_NUMBER + 1
        if len(written) <= 400:
            value = float(written) if "." in written else int(written)
        if abs(value) > MAX_NUMBER:
            self.reporter.add("G032", span, "the number is too large", help=f"numbers go up to {MAX_NUMBER:_}")
            return Number(-MAX_NUMBER if written.startswith("-") else MAX_NUMBER, span)
        return Number(value, span)

    def text(self, span: Span) -> Text:
        body = span.text[1:-1]
        first = span.start + 1
        if "\\" not in body:
            return Text(body, span, range(first, first + len(body) + 1))
        value: list[str] = []
        offsets: list[int] = []
        position = 0
        while position < len(body):
            offsets.append(first + position)
            match = _ESCAPE.match(body, position)
            if match is None:
                value.append(body[position])
                position += 1
            else:
                value.append(self.escape(match, span))
                position = match.end()
        return Text("".join(value), span, (*offsets, first + len(body)))

    def escape(self, match: re.Match[str], span: Span) -> str:
        code, character = match.groups()
        place = span.part(1 + match.start(), 1 + match.end())
        if code is None:
            if character in ESCAPES:
                return ESCAPES[character]
            self.reporter.add(
                "G003",
                place,
                f"unknown escape `{match.group()}`",
                help=r"a string knows \" \\ \n \t \r and \u{1F600}; a plain backslash is written \\",
            )
            return character
        if re.fullmatch("[0-9A-Fa-f]{1,6}", code):
            point = int(code, 16)
            if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF:
                return chr(point)
        self.reporter.add(
            "G003",
            place,
            f"`{match.group()}` is no character",
            help=r"write one to six hexadecimal digits in braces, as in \u{1F600}",
        )
        return "?"

    def regex(self, span: Span) -> Regex:
        end = span.text.rindex("/")
        return Regex(span.part(1, end), span.part(end + 1, len(span.text)), span)


def show_text(value: str) -> str:
    """A string as it would be written in a policy."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for character, code in (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        escaped = escaped.replace(character, code)
    return f'"{escaped}"'


def show_number(value: float) -> str:
    """A number as it would be written in a policy."""
    return str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")
