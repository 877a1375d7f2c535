"""A stream holds no character that nothing could change any more, and no more than the compiler says.

All texts over a small alphabet, one after the other: what is held back after each is compared with what happens to it
in the longer ones.
"""

from __future__ import annotations

import itertools

import pytest

from guardc.compiler import compile_text
from guardc.compiler.streaming import streamed
from guardc.runtime import Guard, load

LONGEST = 7

PATTERNS = [
    "ab",
    "abb?",
    "ab{1,3}",
    "a|ab",
    "ab|a",
    "a?b",
    "(?:ab)+",
    "(?:a|ba)b",
    "a.b",
    "aa|ab-|bbb",
    "a{2,4}?b",
    "a{2,4}",
    "a+?b",
    r"\bab\b",
    r"\bab",
    r"b\b",
    r"a\B",
    r"\Ba",
    "a(?=b)",
    "a(?!b)",
    "(?<=a)b",
    "(?<!a)b+",
    "^ab",
    "ab$",
    "(?m:^ab$)",
    r"ab\Z",
    "a[^a]{0,2}b",
    "(?>a|ab)b",
    "a++b",
    "(?:a|b)*-",
    "(?:ab|a)(?:b-|-)",
    "-(?:ab|ba)-",
]
LISTS = ['["ab", "abba"]', '["ab", "abba"] anywhere', '["a", "ab", "b-b"]', '["abba"] within 1 edit, anywhere']
CHECKED = [  # what else is looked for, and what must be true of a match
    ("pattern", "/b/", "pattern d = /a/ where not before _other"),
    ("pattern", "/ba/", "pattern d = /a{1,3}/ where not before _other"),
    ("pattern", "/b-?/", "pattern d = /a/ where not before _other"),
    ("words", '["ab", "-a"]', "pattern d = /b|a/ where not before _other"),
    ("pattern", "/-/", "pattern d = /ab/ where near _other within 2 chars"),
    ("pattern", "/aa/", "pattern d = /ab?/ where near _other within 1 chars"),
    ("words", '["ab", "-a"]', "pattern d = /a/ where near _other within 2 chars"),
    ("pattern", "/aab/", "pattern d = /a/ where not in _other"),
    ("pattern", "/a(?:-a){1,2}/", "pattern d = /a|a-a/ where not in _other"),
    ("words", '["ab", "-a"]', "pattern d = /a/ where not in _other"),
]


def made(detector: str, action: str) -> tuple[Guard, int | None]:
    source = (
        f"edition 1\n{detector}\nguard g on output stream {{\n    hold at most 1000 chars on fail exception\n"
        f"    no d on fail {action}\n}}\n"
    )
    compilation = compile_text(source)
    assert compilation.plan is not None, compilation.diagnostics
    assert compilation.module is not None
    return load(compilation.plan).guard("g"), streamed(compilation.module.guards[0], compilation.module).most


def detectors() -> list[str]:
    alone = [f"pattern d = /{pattern}/" for pattern in PATTERNS] + [f"words d = {entries}" for entries in LISTS]
    return alone + [f"{kind} _other = {other}\n{detector}" for kind, other, detector in CHECKED]


@pytest.mark.parametrize("detector", detectors())
def test_what_is_held_back_could_still_be_found_and_what_left_could_not(detector):
    guard, most = made(detector, "exception")
    alphabet = "ab-\n" if "$" in detector or "." in detector else "ab-"
    texts = ["".join(text) for n in range(LONGEST + 1) for text in itertools.product(alphabet, repeat=n)]
    # Where the first finding of a text begins, which stops the stream, and for each prefix the places where it may.
    begins = {text: guard.validate(text).failures for text in texts}
    places: dict[str, set[int]] = {text: set() for text in texts}
    for text, failures in begins.items():
        place = failures[0].spans[0].start if failures else len(text)
        for n in range(len(text) + 1):
            places[text[:n]].add(min(place, n))
    for text in texts:
        if len(text) > LONGEST - 3:
            continue
        stream = guard.stream()
        stream.feed(text)
        left = len(stream.released)
        # What has left leaves whatever comes: no continuation has a finding that begins there. And at the first
        # character that is held one begins in some continuation.
        assert left == min(places[text]), f"{text!r}: {left} have left, {min(places[text])} could"
        assert stream.held <= (LONGEST if most is None else most)
