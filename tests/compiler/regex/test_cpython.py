"""CPython's own table of regexes, run by every engine.

Some distributions leave CPython's tests out; the corpus of `test_corpus.py` is there always.
"""

from __future__ import annotations

import re
from collections import Counter

import engines
import pytest

from guardc.compiler.regex import UnsupportedPattern, compile_pattern

re_tests = pytest.importorskip("test.re_tests", reason="this interpreter comes without CPython's tests (test.re_tests)")

# What may be refused, and by which words of the reason it is known.
REASONS = {
    "back-reference": "a back-reference",
    "conditional": "a conditional group",
    "look-around": "a look-around is supported if",
    "atomic group": "an atomic group",
    "possessive repeat": "a possessive repeat",
}


def cases() -> dict[str, list[str]]:
    """The texts of each regex."""
    found: dict[str, list[str]] = {}
    for regex, text, *_ in re_tests.tests:
        if isinstance(regex, str):
            found.setdefault(regex, []).append(text)
    return found


def refusal(regex: str) -> str | None:
    """The construct for which a regex is refused; None if it is not."""
    if engines.supported(regex):
        return None
    with pytest.raises(UnsupportedPattern) as caught:
        compile_pattern(regex, "")
    error = caught.value
    assert error.start is not None
    assert regex[error.start : error.end]
    assert error.hint
    (construct,) = (name for name, words in REASONS.items() if error.reason.startswith(words))
    return construct


def is_error(regex: str) -> bool:
    try:
        engines.regex_for(regex)
    except re.error:
        return True
    return False


def test_what_re_refuses_is_refused_as_re_does() -> None:
    wrong = [regex for regex in cases() if is_error(regex)]
    assert wrong
    for regex in wrong:
        with pytest.raises(re.error):
            compile_pattern(regex, "")


def test_only_documented_constructs_are_refused() -> None:
    refused = Counter(refusal(regex) for regex in cases() if not is_error(regex))
    accepted = refused.pop(None)
    # In Python 3.11: 264 accepted; 21 back-references and one look-around refused.
    assert accepted > 250
    assert refused.total() < 30, refused


def test_cpythons_regexes_find_what_re_finds() -> None:
    accepted = {regex: texts for regex, texts in cases().items() if not is_error(regex) and refusal(regex) is None}
    for regex, texts in accepted.items():
        engines.compare([(regex, "")], texts)
    # And all of them in one guard, each over the texts of all.
    everything = list(dict.fromkeys(text for texts in cases().values() for text in texts if len(text) < 200))
    assert engines.compare([(regex, "") for regex in accepted], everything, seconds=1.0, python=0) > 50_000
