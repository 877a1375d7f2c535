"""Whether a text that is written in the policy is sure to fail a test.

Invariant: True is only said of tests that need nothing but the text: no detectors, no code of the service.

Example: `sure_to_fail(<one of "a", "b">, "c")` is True.
"""

from __future__ import annotations

import re

from guardc.policy.catalog import READING_RATE
from guardc.policy.model import FindTest, Json, MeasureTest, PredicateTest, Test

__all__ = ["sure_to_fail"]

_NUMBER = re.compile(r"[ \t\n\r]*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[ \t\n\r]*")


def sure_to_fail(test: Test, value: Json) -> bool:
    """True if the value certainly fails the test. A test says nothing of values that it is not about."""
    if isinstance(test, MeasureTest) and test.measure == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and not _within(test, value)
    if isinstance(test, MeasureTest) and test.measure == "items":
        return isinstance(value, list | dict) and not _within(test, len(value))
    if isinstance(test, FindTest) or not isinstance(value, str):
        return False
    return _text_fails(test, value)


def _within(test: MeasureTest, value: float) -> bool:
    if test.low is not None and (value < test.low or (test.low_open and value == test.low)):
        return False
    return test.high is None or value < test.high or (value == test.high and not test.high_open)


def _text_fails(test: MeasureTest | PredicateTest, text: str) -> bool:
    if isinstance(test, MeasureTest):
        return _measure(test, text)
    return _predicate(test, text)


def _measure(test: MeasureTest, text: str) -> bool:
    if test.measure == "number" and _NUMBER.fullmatch(text) is None:
        return True
    sizes: dict[str, float] = {
        "chars": len(text),
        "words": len(text.split()),
        "lines": len(text.splitlines()),
        "bytes": len(text.encode("utf-8")),
        "reading time": len(text.split()) * 60 / READING_RATE,
    }
    if test.measure == "number":
        sizes["number"] = float(text)
    size = sizes.get(test.measure)
    if size is None:
        return False
    too_low = test.low is not None and (size < test.low or (test.low_open and size == test.low))
    return too_low or (test.high is not None and (size > test.high or (test.high_open and size == test.high)))


def _predicate(test: PredicateTest, text: str) -> bool:
    match test.predicate:
        case "one of":
            if test.ignore_case:
                return text.casefold() not in {choice.casefold() for choice in test.strings}
            return text not in test.strings
        case "lower case":
            return text != text.lower()
        case "upper case":
            return text != text.upper()
        case "contains":
            if test.ignore_case:
                return test.strings[0].casefold() not in text.casefold()
            return test.strings[0] not in text
        case "starts with":
            return not text.startswith(test.strings)
        case "ends with":
            return not text.endswith(test.strings)
    return False
