"""Where in a regex the constructs stand that this compiler may have to refuse.

`re`'s syntax tree has no positions, so the source is scanned once more, lightly: escapes, classes and
comments are skipped, groups are matched with their ends, and what could be refused is noted.

Vocabulary: a *construct* is one of the names below, with the half-open span of its source.

Invariant: the source is one that `re` accepts; the scan is not asked about any other.

Example: in `(a)(?=bc)\\1` the scan notes `look-around` at 3..9 and `back-reference` at 9..11.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = [
    "ATOMIC",
    "BACK_REFERENCE",
    "CONDITIONAL",
    "LOOK_AROUND",
    "POSSESSIVE",
    "SCOPED_FLAG",
    "Construct",
    "constructs",
]

BACK_REFERENCE: Final = "back-reference"
CONDITIONAL: Final = "conditional"
LOOK_AROUND: Final = "look-around"
ATOMIC: Final = "atomic group"
POSSESSIVE: Final = "possessive repeat"
SCOPED_FLAG: Final = "scoped `a` or `u`"


class Construct(NamedTuple):
    name: str
    start: int
    end: int


_OPENERS = (
    ("(?=", LOOK_AROUND),
    ("(?!", LOOK_AROUND),
    ("(?<=", LOOK_AROUND),
    ("(?<!", LOOK_AROUND),
    ("(?>", ATOMIC),
    ("(?(", CONDITIONAL),
    ("(?P=", BACK_REFERENCE),
)
_ESCAPE = re.compile(r"\\(?:N\{[^}]*\}|0[0-7]{0,2}|[1-3][0-7]{2}|[1-9][0-9]?|.)", re.DOTALL)
_OCTAL = re.compile(r"\\(?:0[0-7]{0,2}|[1-3][0-7]{2})")
_COUNT = re.compile(r"\{(?:\d+(?:,\d*)?|,\d*)\}", re.ASCII)
_FLAGS = re.compile(r"\(\?([aiLmsux]*)(?:-([imsx]+))?([:)])")


def constructs(regex: str, *, verbose: bool) -> list[Construct]:
    """All constructs by where they begin. `verbose`: whether the whole regex is under VERBOSE."""
    return _Scan(regex, verbose).run()


class _Scan:
    """One scan: `_at` is the next character, `_repeat` where the repeat began that a `+` makes possessive."""

    def __init__(self, regex: str, verbose: bool) -> None:
        self._regex = regex
        self._verbose = verbose
        self._at = 0
        self._repeat: int | None = None
        self._found: list[Construct] = []
        self._groups: list[tuple[int, str | None, bool]] = []  # where it begins, what it is, VERBOSE outside it

    def run(self) -> list[Construct]:
        while self._at < len(self._regex):
            last_repeat, self._repeat = self._repeat, None
            if not self._nothing(last_repeat) and not self._repetition(last_repeat):
                self._something()
        return sorted(self._found, key=lambda construct: construct.start)

    def _nothing(self, last_repeat: int | None) -> bool:
        """Skip a comment, or white space under VERBOSE; a repeat before it can still be made possessive."""
        regex, at = self._regex, self._at
        if regex.startswith("(?#", at):
            self._at = _after(regex, ")", at)
        elif self._verbose and regex[at] == "#":
            self._at = _after(regex, "\n", at)
        elif self._verbose and regex[at].isspace():
            self._at += 1
        else:
            return False
        self._repeat = last_repeat
        return True

    def _repetition(self, last_repeat: int | None) -> bool:
        at = self._at
        count = _COUNT.match(self._regex, at)
        if count is None and self._regex[at] not in "*+?":
            return False
        self._at = count.end() if count else at + 1
        if last_repeat is None:
            self._repeat = at
        elif self._regex[at] == "+":
            self._found.append(Construct(POSSESSIVE, last_repeat, self._at))
        return True

    def _something(self) -> None:
        character = self._regex[self._at]
        if character == "\\":
            self._escape()
        elif character == "[":
            self._at = _end_of_class(self._regex, self._at)
        elif character == "(":
            self._group()
        else:
            self._at += 1
            if character == ")" and self._groups:
                start, name, self._verbose = self._groups.pop()
                if name:
                    self._found.append(Construct(name, start, self._at))

    def _escape(self) -> None:
        start = self._at
        escape = _ESCAPE.match(self._regex, start)
        self._at = escape.end() if escape else start + 2
        if self._regex[start + 1] in "123456789" and not _OCTAL.fullmatch(self._regex, start, self._at):
            self._found.append(Construct(BACK_REFERENCE, start, self._at))

    def _group(self) -> None:
        regex, start = self._regex, self._at
        name = next((name for opener, name in _OPENERS if regex.startswith(opener, start)), None)
        flags = _FLAGS.match(regex, start)
        if flags and set("au") & set(flags[1]):
            name = SCOPED_FLAG
        if flags is None or flags[3] == ":":
            self._groups.append((start, name, self._verbose))
        if flags:
            self._at = flags.end()
            if flags[3] == ":":
                self._verbose = ("x" in flags[1] or self._verbose) and "x" not in (flags[2] or "")
        elif name == CONDITIONAL:
            self._at = _after(regex, ")", start)
        elif name == BACK_REFERENCE:
            self._at = regex.find(")", start)
        else:
            self._at += 2 if regex.startswith("?", start + 1) else 1


def _after(regex: str, end: str, at: int) -> int:
    found = regex.find(end, at)
    return len(regex) if found < 0 else found + 1


def _end_of_class(regex: str, at: int) -> int:
    at += 1
    if regex.startswith("^", at):
        at += 1
    first = at
    while at < len(regex) and (regex[at] != "]" or at == first):
        at += 2 if regex[at] == "\\" else 1
    return at + 1
