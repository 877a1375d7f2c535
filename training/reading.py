"""Reading labelled lines: JSON objects, one a line, with `text` and `label`.

A label is true or false, 1 or 0, or one of two strings; the positive one is the one that was asked for, else the one
that reads like a yes, else the second in the alphabet, which is a guess. `group` and `source` are strings that may be
there: lines of one group (else of one source, if there are at least ten) are never split up.

Invariant: every mistake of a file is reported, with its line; no message holds more of a line than its names of fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from guardc.training.examples import Example

__all__ = ["Mistake", "Read", "read_lines"]

LONGEST = 1_000_000
"""Characters of a text at most."""
SOURCES = 10
"""Sources from which on they are kept whole: of fewer, one side of the split might miss a label."""
POSITIVE = frozenset(
    "1 true yes positive pos bad toxic injection malicious attack unsafe spam hate jailbreak".split()  # noqa: SIM905
)
"""Labels that read like a yes."""


class Mistake(NamedTuple):
    """What is wrong with a line."""

    line: int
    what: str


class Read(NamedTuple):
    """The examples of a file, the labels that it has (as they were written), and what is wrong.

    positive: the label that counts as positive; empty if there is none. guessed: nothing says that it is the one.
    """

    examples: list[Example]
    labels: tuple[str, ...]
    positive: str
    guessed: bool
    mistakes: list[Mistake]


class _Row(NamedTuple):
    line: int
    text: str
    label: str
    source: str
    group: str


def read_lines(lines: Iterable[bytes], wanted: str | None = None) -> Read:
    """The examples in the lines of a file. Empty lines are skipped, of equal texts the first is taken.

    Args:
        lines: of the file.
        wanted: the label that counts as positive, if it is known.
    """
    rows: list[_Row] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(number, line))
        except ValueError as error:
            mistakes.append(Mistake(number, str(error)))
    labels = sorted({row.label for row in rows})
    positive, guessed = (wanted, False) if wanted is not None else _positive(labels)
    if len(labels) > 2:
        first: dict[str, int] = {}
        for row in rows:
            first.setdefault(row.label, row.line)
        third = sorted(first.values())[2:]
        mistakes += [Mistake(line, "a third label; a classifier tells two apart") for line in third]
    seen: dict[str, _Row] = {}
    for row in rows:
        before = seen.setdefault(row.text, row)
        if before.label != row.label:
            mistakes.append(Mistake(row.line, f"the text of line {before.line} with the other label"))
    keep_sources = len({row.source for row in rows if row.source}) >= SOURCES
    examples = [
        Example(row.text, row.label == positive, row.source, row.group or (row.source if keep_sources else ""))
        for row in seen.values()
    ]
    return Read(examples, tuple(labels), positive, guessed, sorted(mistakes))


def _row(number: int, line: bytes) -> _Row:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    try:
        value = json.loads(text)
    except ValueError:
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    given = value.get("text")
    if not isinstance(given, str):
        raise ValueError("`text` is missing" if "text" not in value else "`text` is not a string")
    if not given.strip():
        raise ValueError("`text` is empty")
    if len(given) > LONGEST:
        raise ValueError(f"`text` has more than {LONGEST:,} characters")
    return _Row(number, given, _label(value), _name(value, "source"), _name(value, "group"))


def _label(value: dict[str, Any]) -> str:
    label = value.get("label")
    if isinstance(label, str) and label.strip():
        return label.strip()
    if isinstance(label, bool) or label in (0, 1):
        return "1" if label else "0"
    if "label" not in value:
        raise ValueError("`label` is missing")
    raise ValueError("`label` is neither 0 or 1, true or false, nor a string")


def _name(value: dict[str, Any], key: str) -> str:
    name = value.get(key, "")
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    if not isinstance(name, str):
        raise ValueError(f"`{key}` is not a string")
    return name


def _positive(labels: list[str]) -> tuple[str, bool]:
    """The positive label, and whether it is a guess."""
    yes = [label for label in labels if label.lower() in POSITIVE]
    if len(yes) == 1:
        return yes[0], False
    return (labels[-1], True) if labels else ("", False)
