"""Whether a text that is written in the policy is sure to fail a test.

Invariant: True is only said of tests that need nothing but the text: no detectors, no code of the service.

Example: `sure_to_fail(<one of "a", "b">, "c")` is True.
"""

from __future__ import annotations

from guardc.policy.model import FindTest, MeasureTest, PredicateTest, Test

__all__ = ["sure_to_fail"]


def sure_to_fail(test: Test, text: str) -> bool:
    """True if the text certainly fails the test."""
    if isinstance(test, FindTest):
        return False
    if isinstance(test, MeasureTest):
        return _measure(test, text)
    return _predicate(test, text)


def _measure(test: MeasureTest, text: str) -> bool:
    sizes = {
        "chars": len(text),
        "words": len(text.split()),
        "lines": len(text.splitlines()),
        "bytes": len(text.encode("utf-8")),
    }
    size = sizes.get(test.measure)
    if size is None:
        return False
    return (test.low is not None and size < test.low) or (test.high is not None and size > test.high)


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
        case "starts with":
            return not text.startswith(test.strings)
        case "ends with":
            return not text.endswith(test.strings)
    return False
