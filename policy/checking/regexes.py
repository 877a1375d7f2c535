"""Checks a regex by what Python's `re` says about it.

Invariant: a regex that passes here is accepted by `re.compile` with its flags. Whether it can be compiled
to run in linear time is another question, and the compiler's.

Example: `/ORD-[0-9/` is reported as "the set is never closed" with the caret under the `[`.
"""

from __future__ import annotations

import re
import warnings

from guardc.policy.checking.regex_words import in_plain_words, warning_in_plain_words
from guardc.policy.diagnostics import Reporter
from guardc.policy.reading.syntax import Regex

__all__ = ["FLAGS", "check_regex"]

FLAGS: dict[str, re.RegexFlag] = {
    "a": re.ASCII,
    "i": re.IGNORECASE,
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "x": re.VERBOSE,
}

_POSITION = re.compile(r" (?:at|near) position (\d+)")


def check_regex(regex: Regex, reporter: Reporter) -> str | None:
    """The sorted flags of a regex, or None if it cannot be used."""
    flags = _flags(regex, reporter)
    body = regex.body.text
    combined = re.RegexFlag(0)
    for flag in flags or "":
        combined |= FLAGS[flag]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            # `re.compile` itself says nothing about a regex that it has seen before.
            re._compiler.compile(body, combined)  # type: ignore[attr-defined]
        except re.error as error:
            _report(regex, reporter, error.msg, error.pos)
            return None
        except RecursionError:
            _report(regex, reporter, "nested too deeply", None)
            return None
        except (OverflowError, ValueError) as error:
            _report(regex, reporter, str(error), None)
            return None
    for warning in {str(entry.message): entry for entry in caught}.values():
        _warn(regex, reporter, str(warning.message))
    return flags


def _flags(regex: Regex, reporter: Reporter) -> str | None:
    seen: set[str] = set()
    good = True
    for index, flag in enumerate(regex.flags.text):
        place = regex.flags.part(index, index + 1)
        if flag not in FLAGS:
            good = False
            reporter.add(
                "G038",
                place,
                f"unknown regex flag `{flag}`",
                help="the flags are `a`, `i`, `m`, `s` and `x`",
                notes=["a pattern always finds all its matches"] if flag == "g" else [],
            )
        elif flag in seen:
            reporter.add("G024", place, f"the flag `{flag}` is given twice", help="keep one of them")
        seen.add(flag)
    return "".join(sorted(seen)) if good else None


def _report(regex: Regex, reporter: Reporter, reason: str, position: int | None) -> None:
    size = regex.body.end - regex.body.start
    place = regex.body
    if position is not None:
        start = min(position, size)
        # A regex that ends too early is shown at its last character.
        place = regex.body.part(min(start, max(0, size - 1)), min(start + 1, size))
    words, mend = in_plain_words(reason)
    reporter.add("G036", place, "invalid regex", label=words, help=mend)


def _warn(regex: Regex, reporter: Reporter, message: str) -> None:
    found = _POSITION.search(message)
    place = regex.body
    if found is not None:
        position = min(int(found.group(1)), max(0, place.end - place.start - 1))
        place = place.part(position, position + 1)
    words, mend = warning_in_plain_words(_POSITION.sub("", message))
    reporter.add("G037", place, "the regex may not mean what it looks like", label=words, help=mend)
