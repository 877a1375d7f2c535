"""What the language brings along: its tests, actions, units and checks, with what they take and what they
can fix.

Vocabulary: a test's *own fix* is what `on fail fix` does without `with` and `to`.

Invariant: the checker knows built-in tests and actions only through this table, and people read the same
table.

Example: `TESTS["json"].own_fix` is None, so `json on fail fix` does not compile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "ACTIONS",
    "BACKTRACKING",
    "CHECKS",
    "MEASURES",
    "TESTS",
    "TIMES",
    "UNITS",
    "ActionEntry",
    "PatternOption",
    "TestEntry",
    "Unit",
]


@dataclass(frozen=True)
class TestEntry:
    """A built-in test. `form` is how it is written, `holds` says when it holds, `own_fix` what a plain fix
    does."""

    name: str
    kind: Literal["detector", "measure", "predicate"]
    form: str
    holds: str
    own_fix: str | None
    example: str


TESTS: dict[str, TestEntry] = {
    entry.name: entry
    for entry in (
        TestEntry(
            "no",
            "detector",
            "no DETECTOR, ... except DETECTOR, ...",
            "nothing that the detectors find is left, apart from what the exceptions cover",
            "replaces each finding by its kind in square brackets, or by the template after `with`",
            "no pii.any except order_id on fail fix",
        ),
        TestEntry(
            "has",
            "detector",
            "has DETECTOR, ... except DETECTOR, ...",
            "at least one of the detectors finds something",
            None,
            'has contact on fail reask "Please give a contact."',
        ),
        TestEntry(
            "is",
            "detector",
            "is DETECTOR, ... except DETECTOR, ...",
            "the whole text is what one of the detectors finds",
            None,
            "is order_id on fail refrain",
        ),
        TestEntry(
            "chars",
            "measure",
            "chars COMPARISON",
            "the number of characters lies in the range",
            "cuts the text after the last character that fits",
            "chars in 1..280 on fail fix",
        ),
        TestEntry(
            "words",
            "measure",
            "words COMPARISON",
            "the number of words (runs without white space) lies in the range",
            "cuts the text after the last word that fits",
            "words <= 300 on fail fix",
        ),
        TestEntry(
            "lines",
            "measure",
            "lines COMPARISON",
            "the number of lines lies in the range",
            "cuts the text after the last line that fits",
            "lines <= 10 on fail fix",
        ),
        TestEntry(
            "bytes",
            "measure",
            "bytes COMPARISON",
            "the number of bytes of the text in UTF-8 lies in the range",
            "cuts the text after the last whole character that fits",
            "bytes <= 64 KB on fail fix",
        ),
        TestEntry(
            "count",
            "measure",
            "count(DETECTOR, ...) COMPARISON",
            "the number of findings of all the detectors together lies in the range",
            None,
            "count(pii.email, pii.phone) <= 3 on fail refrain",
        ),
        TestEntry(
            "one of",
            "predicate",
            'one of "A", "B", ... [ignore case]',
            "the text is one of the choices",
            None,
            'one of "low", "normal", "high" on fail fix to "normal"',
        ),
        TestEntry(
            "json",
            "predicate",
            "json",
            "the text is one JSON value (RFC 8259)",
            None,
            'json on fail reask "Answer in JSON."',
        ),
        TestEntry(
            "lower case",
            "predicate",
            "lower case",
            "the text has no upper-case letters",
            "makes the text lower case",
            "lower case on fail fix",
        ),
        TestEntry(
            "upper case",
            "predicate",
            "upper case",
            "the text has no lower-case letters",
            "makes the text upper case",
            "upper case on fail fix",
        ),
        TestEntry(
            "starts with",
            "predicate",
            'starts with "TEXT"',
            "the text begins with the given one",
            "puts the given text before the text",
            'starts with "Dear " on fail fix',
        ),
        TestEntry(
            "ends with",
            "predicate",
            'ends with "TEXT"',
            "the text ends with the given one",
            "puts the given text after the text",
            'ends with "." on fail fix',
        ),
    )
}

MEASURES = tuple(name for name, entry in TESTS.items() if entry.kind == "measure")


@dataclass(frozen=True)
class ActionEntry:
    """An on-fail action. `does` says what comes out; the flags say where it may stand."""

    name: str
    form: str
    does: str
    on_limit: bool
    on_error: bool
    example: str


ACTIONS: dict[str, ActionEntry] = {
    entry.name: entry
    for entry in (
        ActionEntry(
            "exception",
            "exception",
            "stops: the outcome carries an error",
            True,
            True,
            'on fail exception "Please do not paste credentials."',
        ),
        ActionEntry("refrain", "refrain", "the output is the empty text", True, True, "on fail refrain"),
        ActionEntry("filter", "filter", "there is no output", True, True, "on fail filter"),
        ActionEntry(
            "reask",
            "reask",
            "the model is asked again, with the message",
            False,
            False,
            'on fail reask "Give a contact."',
        ),
        ActionEntry(
            "fix_reask",
            'fix_reask [with "TEMPLATE" | to "TEXT"]',
            "as fix; if the fixed text still fails, the model is asked again",
            False,
            False,
            "on fail fix_reask",
        ),
        ActionEntry(
            "fix",
            'fix [with "TEMPLATE" | to "TEXT"]',
            "the text is mended and judged once more",
            False,
            False,
            'on fail fix with "[{kind}]"',
        ),
        ActionEntry(
            "custom",
            "custom ACTION(ARGUMENTS)",
            "a function of the service mends the text",
            False,
            False,
            'on fail custom notify("team")',
        ),
        ActionEntry("noop", "noop", "the failure is only reported", False, True, "on fail noop"),
    )
}
"""All actions, strongest first."""


@dataclass(frozen=True)
class Unit:
    """A unit of a number: what it counts, and how many of them it stands for."""

    measure: str
    factor: int


UNITS: dict[str, Unit] = {
    "chars": Unit("chars", 1),
    "char": Unit("chars", 1),
    "words": Unit("words", 1),
    "word": Unit("words", 1),
    "lines": Unit("lines", 1),
    "line": Unit("lines", 1),
    "bytes": Unit("bytes", 1),
    "byte": Unit("bytes", 1),
    "KB": Unit("bytes", 1024),
    "MB": Unit("bytes", 1024 * 1024),
}

TIMES: dict[str, int] = {"ms": 1, "s": 1000}
"""Units of time, in milliseconds."""

CHECKS: dict[str, str] = {
    "luhn": "the digits pass the Luhn formula (card numbers)",
    "mod97": "the characters leave 1 when divided by 97 (IBAN)",
    "no placeholder": "it does not look like a stand-in: `xxxx`, `example`, `your-key`, `12345678`, `<key>`, `${KEY}`",
    "entropy >= BITS": "its characters differ: Shannon entropy in bits per character",
    "is NAME": "another detector takes all of the match",
    "has NAME": "another detector finds something in the match",
    "no NAME": "another detector finds nothing in the match",
    "near NAME within N chars": "something that another detector finds begins so near before or after the match; "
    'words may be written in place: `near ["card", "visa"] within 50 chars`',
}
"""What may stand after `where` of a pattern, with its meaning. The match is judged as a text of its own."""


@dataclass(frozen=True)
class PatternOption:
    """What may stand after the regex of a pattern."""

    form: str
    does: str
    example: str


BACKTRACKING = PatternOption(
    "backtracking [within TIME]",
    "for back-references and the like: Python's `re` searches in a process apart, for 100 ms or TIME at most; "
    "if that is too short, the rule's `on error` decides",
    r"pattern doubled = /\b(\w+) \1\b/ backtracking within 50 ms",
)
