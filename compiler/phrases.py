"""Tests and what the first stage looks for, in words for people.

Example: the first factor of `[a-z]+@[0-9]` reads `"@" [0-9] after 1 or more of [a-z]`.
"""

from __future__ import annotations

from itertools import groupby

from guardc.compiler.ir import Term, TestIR
from guardc.compiler.printer import show_value
from guardc.compiler.regex import CharSet, Factor
from guardc.compiler.regex.classes import digit_set, space_set, word_set
from guardc.policy.model import Call

__all__ = ["factor_words", "test_words"]

MOST_RANGES = 5
"""Ranges of a set of characters that are written out."""
_PLAIN = "_.:;,/@#=+*<>(){}|~!?%&$'`"

_NAMED = {
    named: escape
    for escape, found in ((r"\d", digit_set(0)), (r"\s", space_set(0)), (r"\w", word_set(0)))
    for named, escape in ((found, escape), (~found, escape.upper()))
}
"""The classes that a regex names. Those of ASCII read well as they are."""


def test_words(test: TestIR) -> str:
    """A test in the spelling of the language, whatever name its rule has."""
    words = "" if test.what == "custom" else test.reported or test.what
    if test.what == "overlap":
        words = f"overlap({', '.join(_term(term) for term in test.terms)})"
    elif test.what == "count":
        words = f"count({', '.join(_term(term) for term in test.terms)})"
    elif test.terms:
        words = f"{words} {', '.join(_term(term) for term in test.terms)}"
    if test.excepts:
        words += f" except {', '.join(_term(term) for term in test.excepts)}"
    if test.call is not None:
        words = _call(test.call)
    if test.dialect is not None:
        words += f" dialect {show_value(test.dialect)}"
    if test.what == "sql" and test.strings:
        words += " without"
    if test.strings:
        words += " " + ", ".join(show_value(text) for text in test.strings)
    if test.ignore_case:
        words += " ignore case"
    return words + _range(test)


def _range(test: TestIR) -> str:
    low, high = test.low, test.high
    if low is not None and high is not None and not test.low_open and not test.high_open:
        return f" in {show_value(low)}..{show_value(high)}"
    words = "" if low is None else f" {'>' if test.low_open else '>='} {show_value(low)}"
    return words + ("" if high is None else f" {'<' if test.high_open else '<='} {show_value(high)}")


def _term(term: Term) -> str:
    return term.name if term.call is None else _call(term.call)


def _call(call: Call) -> str:
    return f"{call.name}({', '.join(show_value(value) for value in call.arguments)})" if call.arguments else call.name


def factor_words(factor: Factor) -> str:
    """A factor as `"AKIA" at the start`, `"@" [0-9A-Za-z] after 1 to 64 characters`."""
    window = _window_words(factor.window)
    if factor.max_back is None:
        return f"{window} after {factor.min_back} or more of {_chars_words(factor.walk)}"
    if factor.max_back == 0:
        return f"{window} at the start"
    if factor.min_back == factor.max_back:
        return f"{window} after {factor.max_back} character{'' if factor.max_back == 1 else 's'}"
    if factor.min_back == 0:
        return f"{window} after up to {factor.max_back} character{'' if factor.max_back == 1 else 's'}"
    return f"{window} after {factor.min_back} to {factor.max_back} characters"


def _window_words(window: tuple[CharSet, ...]) -> str:
    """A window, neighbours that are one letter each as one string: `"ghp_"`, `"ign" in any case`."""
    parts: list[str] = []
    run, folded = "", False
    for chars in (*window, None):
        letter, folds = _letter(chars) if chars is not None else ("", False)
        # A character without case continues either kind of string.
        caseless = letter.lower() == letter.upper()
        if run and (not letter or (folds != folded and not caseless)):
            parts.append(_quoted(run, folded))
            run = ""
        if letter:
            folded = folds if not run or run.lower() == run.upper() else folded
            run += letter
        elif chars is not None:
            parts.append(_chars_words(chars))
    return " ".join(_counted(part, len(list(equal))) for part, equal in groupby(parts))


def _counted(part: str, count: int) -> str:
    return part if count == 1 else f"{part}{{{count}}}"


def _quoted(text: str, folded: bool) -> str:
    return show_value(text) + (" in any case" if folded and text.lower() != text.upper() else "")


def _letter(chars: CharSet) -> tuple[str, bool]:
    """The one character of a set, or the one letter whose cases it has; empty if it is more."""
    if len(chars) == 1:
        only = chr(chars.ranges[0][0])
        return (only, False) if " " <= only <= "~" else ("", False)
    if len(chars) > 4:
        return "", False
    members = [chr(point) for point in chars]
    lower = {"i" if member in "ıİ" else member.upper().lower() for member in members}
    first = min(lower)
    return (first, True) if len(lower) == 1 and first in members and first.upper() in members else ("", False)


def _chars_words(chars: CharSet) -> str:
    """A set of characters: `[0-9A-Z]`, `[^"]`, with dots where it has many more ranges."""
    if not chars:
        return "[]"
    rest = ~chars
    if not rest:
        return "any character"
    if chars in _NAMED:
        return _NAMED[chars]
    if len(rest) < len(chars) and len(rest.ranges) <= MOST_RANGES:
        return f"[^{_ranges(rest)}]"
    return f"[{_ranges(chars)}]"


def _ranges(chars: CharSet) -> str:
    shown = [
        _name(low) if low == high else f"{_name(low)}{'' if high == low + 1 else '-'}{_name(high)}"
        for low, high in chars.ranges[:MOST_RANGES]
    ]
    return "".join(shown) + ("…" if len(chars.ranges) > MOST_RANGES else "")


def _name(point: int) -> str:
    character = chr(point)
    if character.isascii() and (character.isalnum() or character in _PLAIN):
        return character
    if character in '\\-[]^"':
        return "\\" + character
    short = {0x20: " ", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}.get(point)
    return short or (
        f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
    )
