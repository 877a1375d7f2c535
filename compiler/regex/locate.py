"""Where in a regex the constructs stand that this compiler may have to refuse, and its alternatives.

`re`'s syntax tree has no positions, so the source is scanned once more, lightly: escapes, classes and
comments are skipped, groups are matched with their ends, and what could be refused is noted.

Vocabulary: a *construct* is one of the names below, with the half-open span of its source; an *alternation*
is a group, or the whole regex, with a `|` of its own, and an *option* is what stands between two of them.

Invariant: the source is one that `re` accepts; the scan is not asked about any other.

Example: in `(a)(?=bc)\\1` the scan notes `look-around` at 3..9 and `back-reference` at 9..11; in `x(?:a||b)`
the options stand at 4..5, 6..6 and 7..8.
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
    "Alternation",
    "Construct",
    "alternations",
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


class Alternation(NamedTuple):
    """The spans of its options, in order, two or more; `depth` groups stand around it."""

    depth: int
    options: tuple[tuple[int, int], ...]


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
_HEAD = re.compile(r"\((?:\?(?:P<[^>]*>|<?[=!]|>))?")


def constructs(regex: str, *, verbose: bool) -> list[Construct]:
    """All constructs by where they begin. `verbose`: whether the whole regex is under VERBOSE."""
    return sorted(_scanned(regex, verbose).found, key=lambda construct: construct.start)


def alternations(regex: str, *, verbose: bool) -> list[Alternation]:
    """All alternations that stand in no construct, by where they begin.

    Flags for the whole regex belong to no option: those of `(?i)a|b` stand at 4..5 and 6..7.
    """
    scan = _scanned(regex, verbose)
    found: list[tuple[int, Alternation]] = []
    for group in scan.closed:
        inside = any(c.start <= group.begin and group.end <= c.end for c in scan.found)
        possessive = any(c.name == POSSESSIVE and c.start == group.end + 1 for c in scan.found)
        if group.pipes and not inside and not possessive:
            starts = (group.begin, *(pipe + 1 for pipe in group.pipes))
            options = tuple(zip(starts, (*group.pipes, group.end), strict=True))
            found.append((group.begin, Alternation(group.depth, options)))
    return [alternation for _, alternation in sorted(found)]


def _scanned(regex: str, verbose: bool) -> _Scan:
    scan = _Scan(regex, verbose)
    scan.run()
    return scan


class _Group:
    """A group, or the whole regex: its content stands at `begin..end`, the `|` that belong to it at `pipes`."""

    def __init__(self, start: int, begin: int, depth: int, name: str | None, verbose: bool) -> None:
        self.start = start
        self.begin = begin
        self.end = begin
        self.depth = depth
        self.name = name
        self.verbose = verbose  # outside it
        self.pipes: list[int] = []


class _Scan:
    """One scan: `_at` is the next character, `_repeat` where the repeat began that a `+` makes possessive."""

    def __init__(self, regex: str, verbose: bool) -> None:
        self._regex = regex
        self._verbose = verbose
        self._at = 0
        self._repeat: int | None = None
        self._whole = _Group(0, 0, 0, None, verbose)
        self._groups: list[_Group] = []
        self.found: list[Construct] = []
        self.closed: list[_Group] = []

    def run(self) -> None:
        while self._at < len(self._regex):
            last_repeat, self._repeat = self._repeat, None
            if not self._nothing(last_repeat) and not self._repetition(last_repeat):
                self._something()
        self._whole.end = len(self._regex)
        self.closed.append(self._whole)

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
            self.found.append(Construct(POSSESSIVE, last_repeat, self._at))
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
            if character == "|":
                (self._groups[-1] if self._groups else self._whole).pipes.append(self._at - 1)
            elif character == ")" and self._groups:
                self._close(self._groups.pop())

    def _escape(self) -> None:
        start = self._at
        escape = _ESCAPE.match(self._regex, start)
        self._at = escape.end() if escape else start + 2
        if self._regex[start + 1] in "123456789" and not _OCTAL.fullmatch(self._regex, start, self._at):
            self.found.append(Construct(BACK_REFERENCE, start, self._at))

    def _close(self, group: _Group) -> None:
        group.end = self._at - 1
        self._verbose = group.verbose
        self.closed.append(group)
        if group.name:
            self.found.append(Construct(group.name, group.start, self._at))

    def _group(self) -> None:
        regex, start = self._regex, self._at
        name = next((name for opener, name in _OPENERS if regex.startswith(opener, start)), None)
        flags = _FLAGS.match(regex, start)
        verbose = self._verbose
        if flags and set("au") & set(flags[1]):
            name = SCOPED_FLAG
        if flags:
            self._at = flags.end()
            if flags[3] == ")":
                self._whole.begin = self._at
                return
            self._verbose = ("x" in flags[1] or verbose) and "x" not in (flags[2] or "")
        elif name == CONDITIONAL:
            self._at = _after(regex, ")", start)
        elif name == BACK_REFERENCE:
            self._at = regex.find(")", start)
        else:
            head = _HEAD.match(regex, start)
            assert head is not None
            self._at = head.end()
        self._groups.append(_Group(start, self._at, len(self._groups) + 1, name, verbose))


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
