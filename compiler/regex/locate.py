"""Where in a regex the constructs stand that this compiler may have to refuse.

`re`'s syntax tree has no positions, so the source is scanned once more, lightly: escapes, classes and comments are
skipped, groups are matched with their ends, and what could be refused is noted.

Vocabulary: a *construct* is one of the names below, with the half-open span of its source.

Invariant: the source is one that `re` accepts; the scan is not asked about any other.

Example: in `(a)(?=bc)\\1` the scan notes `look-around` at 3..9 and `back-reference` at 9..11.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["ATOMIC", "BACK_REFERENCE", "CONDITIONAL", "LOOK_AROUND", "POSSESSIVE", "Construct", "constructs"]

BACK_REFERENCE: Final = "back-reference"
CONDITIONAL: Final = "conditional"
LOOK_AROUND: Final = "look-around"
ATOMIC: Final = "atomic group"
POSSESSIVE: Final = "possessive repeat"


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
    """All constructs in the order in which they begin; `verbose` is whether the whole regex is under VERBOSE."""
    found: list[Construct] = []
    groups: list[tuple[int, str | None, bool]] = []  # where it begins, what it is, VERBOSE outside it
    repeatable = False  # whether a `+` here would make what stands before it possessive
    at = 0
    while at < len(regex):
        character = regex[at]
        was_repeat, repeatable = repeatable, False
        if character == "\\":
            escape = _ESCAPE.match(regex, at)
            end = escape.end() if escape else at + 2
            if regex[at + 1 : at + 2] in tuple("123456789") and not _OCTAL.fullmatch(regex, at, end):
                found.append(Construct(BACK_REFERENCE, at, end))
            at = end
        elif character == "[":
            at = _end_of_class(regex, at)
        elif verbose and character == "#":
            at = _after(regex, "\n", at)
        elif verbose and character.isspace():
            repeatable = was_repeat
            at += 1
        elif regex.startswith("(?#", at):
            repeatable = was_repeat
            at = _after(regex, ")", at)
        elif character == "(":
            name = next((name for opener, name in _OPENERS if regex.startswith(opener, at)), None)
            groups.append((at, name, verbose))
            flags = _FLAGS.match(regex, at)
            if flags and flags[3] == ")":
                groups.pop()
            elif flags:
                verbose = ("x" in flags[1] or verbose) and "x" not in (flags[2] or "")
            at = flags.end() if flags else at + 1
            if name == CONDITIONAL or name == BACK_REFERENCE:
                at += 2
                at = regex.find(")", at) if name == BACK_REFERENCE else _after(regex, ")", at)
            elif not flags and regex.startswith("?", at):
                at += 1
        elif character == ")":
            at += 1
            if groups:
                start, name, verbose = groups.pop()
                if name:
                    found.append(Construct(name, start, at))
        elif character in "*+?" or _COUNT.match(regex, at):
            count = _COUNT.match(regex, at)
            end = count.end() if count else at + 1
            if was_repeat and character in "+?":
                if character == "+":
                    found.append(Construct(POSSESSIVE, at - 1, end))
            else:
                repeatable = True
            at = end
        else:
            at += 1
    return sorted(found, key=lambda construct: construct.start)


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
