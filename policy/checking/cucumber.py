"""Cucumber expressions: the small language of step definitions, translated into a regex.

Vocabulary, from the specification (github.com/cucumber/cucumber-expressions): a *parameter* is `{int}`, an *optional*
is `(s)`, an *alternation* is `cat/dog`: words without white space around the slash. A backslash takes the meaning from
`{ } ( ) / \\` and a space.

Invariant: the regex has no groups that capture, no anchors and nothing that cannot be run in linear time.

Example: `translate("I have {int} cucumber(s)")` is `I have (?:-?\\d+) cucumber(?:s)?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["PARAMETERS", "CucumberError", "translate"]

_WHOLE = r"-?\d+"
_FRACTION = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:E[+-]?\d+)?"
PARAMETERS = {
    "int": _WHOLE,
    "float": _FRACTION,
    "word": r"\S+",
    "string": r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""",
    "": ".*",
    "biginteger": _WHOLE,
    "bigdecimal": _FRACTION,
    "byte": _WHOLE,
    "short": _WHOLE,
    "long": _WHOLE,
    "double": _FRACTION,
}
"""The types of parameters with what they match; the nameless one matches anything within a line."""

_SPECIAL = "{}()/\\"
_ESCAPE = re.compile(r"[\^$\[\](){}\\.|?*+]")


class CucumberError(ValueError):
    """The expression has a mistake at its characters `start` to `end`. `help` says how to mend it."""

    def __init__(self, start: int, end: int, message: str, help: str) -> None:  # noqa: A002 - as in a diagnostic
        super().__init__(message)
        self.start = start
        self.end = end
        self.help = help


@dataclass(frozen=True)
class _Part:
    """A piece of the expression: `text` (as it is to be matched), `space`, `parameter`, `optional` (its regex), or the
    `slash` of an alternation."""

    kind: str
    regex: str
    start: int
    end: int


def translate(expression: str) -> str:
    """The regex of a cucumber expression; the whole text must match it for the step to be defined.

    Raises:
        CucumberError: the expression does not follow the specification.
    """
    regex = []
    word: list[_Part] = []
    # What white space, a parameter or an end stands around is one word: an alternation reaches no further.
    for part in _parts(expression):
        if part.kind in {"space", "parameter"}:
            regex += [_word(word, part.start), part.regex]
            word = []
        else:
            word.append(part)
    return "".join([*regex, _word(word, len(expression))])


def _word(parts: list[_Part], end: int) -> str:
    """Parts without white space between them, which are an alternation if there is a slash among them."""
    alternatives: list[list[_Part]] = [[]]
    for part in parts:
        if part.kind == "slash":
            alternatives.append([])
        else:
            alternatives[-1].append(part)
    if len(alternatives) == 1:
        return "".join(part.regex for part in parts)
    at = parts[0].start
    for alternative in alternatives:
        if not alternative:
            at = min(at, end - 1)
            raise CucumberError(
                at, at + 1, "an alternative is empty", "a slash that is meant as one is written `\\\\/`"
            )
        if all(part.kind == "optional" for part in alternative):
            raise CucumberError(
                alternative[0].start,
                alternative[-1].end,
                "an alternative has nothing but optional text",
                "a bracket that is meant as one is written `\\\\(`",
            )
        at = alternative[-1].end
    choices = ("".join(part.regex for part in alternative) for alternative in alternatives)
    return f"(?:{'|'.join(choices)})"


def _parts(expression: str) -> Iterator[_Part]:
    at = 0
    while at < len(expression):
        character = expression[at]
        if character == "{":
            part = _parameter(expression, at)
        elif character == "(":
            part = _optional(expression, at)
        elif character == "/":
            part = _Part("slash", "", at, at + 1)
        elif character.isspace():
            part = _Part("space", character, at, at + 1)
        else:
            literal, end = _literal(expression, at)
            part = _Part("text", _escaped(literal), at, end)
        yield part
        at = part.end


def _literal(expression: str, at: int) -> tuple[str, int]:
    """The character that stands at `at`, a backslash and what it escapes being one."""
    if expression[at] != "\\":
        return expression[at], at + 1
    following = expression[at + 1 : at + 2]
    if not following:
        raise CucumberError(
            at, at + 1, "nothing follows the backslash", "a backslash itself is written `\\\\\\\\` in a string"
        )
    if following not in _SPECIAL and not following.isspace():
        raise CucumberError(
            at,
            at + 2,
            f"`{following}` needs no backslash",
            "only `{`, `}`, `(`, `)`, `/`, a backslash and white space can be escaped",
        )
    return following, at + 2


def _escaped(literal: str) -> str:
    return _ESCAPE.sub(r"\\\g<0>", literal)


def _parameter(expression: str, at: int) -> _Part:
    end = at + 1
    while end < len(expression) and expression[end] != "}":
        if expression[end] in _SPECIAL:
            raise CucumberError(
                end,
                end + 1,
                f"`{expression[end]}` in the name of a parameter",
                "a brace that is meant as one is written `\\\\{`",
            )
        end += 1
    if end == len(expression):
        raise CucumberError(at, at + 1, "the `{` is never closed", "a brace that is meant as one is written `\\\\{`")
    name = expression[at + 1 : end]
    if name not in PARAMETERS:
        known = ", ".join(f"`{{{one}}}`" for one in PARAMETERS)
        raise CucumberError(at, end + 1, f"unknown parameter `{{{name}}}`", f"the parameters are {known}")
    return _Part("parameter", f"(?:{PARAMETERS[name]})", at, end + 1)


def _optional(expression: str, at: int) -> _Part:
    content = ""
    end = at + 1
    while end < len(expression) and expression[end] != ")":
        character = expression[end]
        what = {"{": "a parameter", "(": "another optional", "/": "an alternation"}.get(character)
        if what is not None:
            if ")" not in re.sub(r"\\.", "", expression[end:]):
                break
            raise CucumberError(
                end,
                end + 1,
                f"{what} inside of optional text",
                f"a `{character}` that is meant as one is `\\\\{character}`",
            )
        literal, end = _literal(expression, end)
        content += _escaped(literal)
    if end >= len(expression) or expression[end] != ")":
        raise CucumberError(at, at + 1, "the `(` is never closed", "a bracket that is meant as one is written `\\\\(`")
    if not content:
        raise CucumberError(
            at, end + 1, "optional text is empty", "brackets that are meant as ones are written `\\\\(`"
        )
    return _Part("optional", f"(?:{content})?", at, end + 1)
