"""Tests, names and literals of a JSON Schema in the spelling of the language, and what cannot be spelt.

Vocabulary: a *problem* is a part of a schema that no shape can say; a *place* is a JSON Pointer into the schema.

Invariant: what comes back parses. Patterns are collected as statements, and so are the modules of std that the
tests name.

Example: of `{"minLength": 1, "maxLength": 5}` a string has the test `chars in 1..5`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guardc.policy.reading.literals import MAX_NUMBER, show_number
from guardc.policy.schemas.formats import format_detector

__all__ = ["Problem", "Spelling"]


@dataclass(frozen=True)
class Problem:
    """A part of a schema that no shape can say."""

    place: str
    message: str
    help: str


class Spelling:
    """`taken` are names that nothing else may get."""

    def __init__(self, taken: Collection[str]) -> None:
        self.taken = set(taken)
        self.patterns: list[str] = []
        self.modules: set[str] = set()
        self.problems: list[Problem] = []

    def problem(self, place: str, message: str, help_: str) -> None:
        self.problems.append(Problem(place, message, help_))

    def free(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.taken:
            name = f"{wanted}{number}"
            number += 1
        self.taken.add(name)
        return name

    # --- tests ---

    def tests(self, kind: str, schema: Mapping[str, Any], place: str, hint: str) -> Iterator[str]:
        if kind == "string":
            yield from self.whole("chars", schema, "minLength", "maxLength", place)
            if "pattern" in schema:
                yield from self.pattern(schema["pattern"], f"{place}/pattern", hint)
            if "format" in schema:
                yield from self.format(schema["format"], f"{place}/format")
        elif kind == "number":
            yield from self.range(schema, place)
        elif kind == "list":
            yield from self.whole("count", schema, "minItems", "maxItems", place)
        else:
            yield from self.whole("count", schema, "minProperties", "maxProperties", place)

    def whole(self, measure: str, schema: Mapping[str, Any], least: str, most: str, place: str) -> Iterator[str]:
        low, high = (self.number(schema, keyword, place) for keyword in (least, most))
        low = None if low is None or low <= 0 else math.ceil(low)
        high = None if high is None else math.floor(high)
        if low is not None and high is not None:
            yield f"{measure} in {low}..{high}" if low <= high else self.nothing(place)
        elif low is not None:
            yield f"{measure} >= {low}"
        elif high is not None:
            yield f"{measure} <= {high}"

    def range(self, schema: Mapping[str, Any], place: str) -> Iterator[str]:
        low, high = self.number(schema, "minimum", place), self.number(schema, "maximum", place)
        above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if isinstance(above, bool) or isinstance(below, bool):
            self.problem(
                place, "`exclusiveMinimum` is a number", "say the number itself, as JSON Schema does since draft 6"
            )
            return
        above, below = self.number(schema, "exclusiveMinimum", place), self.number(schema, "exclusiveMaximum", place)
        if low is not None and high is not None and above is None and below is None:
            yield f"in {show_number(low)}..{show_number(high)}"
            return
        for sign, bound in ((">=", low), ("<=", high), (">", above), ("<", below)):
            if bound is not None:
                yield f"{sign} {show_number(bound)}"

    def nothing(self, place: str) -> str:
        self.problem(place, "no value is right", "mend the bounds")
        return "chars >= 0"

    def number(self, schema: Mapping[str, Any], keyword: str, place: str) -> float | int | None:
        value = schema.get(keyword)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
            self.problem(f"{place}/{keyword}", f"`{keyword}` is no number up to {MAX_NUMBER:_}", "mend the schema")
            return None
        return int(value) if float(value).is_integer() else value

    def pattern(self, regex: str, place: str, hint: str) -> Iterator[str]:
        if re.search(r"[\n\r\x00\ud800-\udfff]", regex):
            self.problem(
                place, "a `pattern` that cannot be written on one line", "write its control characters as escapes"
            )
            return
        if not regex:
            return  # every string has it
        try:
            re.compile(regex)
        except (re.error, OverflowError, RecursionError):
            self.problem(place, "a `pattern` that is no regex of Python", "mend the regex")
            return
        name = self.free(hint)
        escaped = re.sub(
            r"\\.|/", lambda match: "\\/" if match.group() == "/" else match.group(), regex, flags=re.DOTALL
        )
        self.patterns.append(f"pattern {name} = /{escaped}/")
        yield f"has {name}"

    def format(self, format_: str, place: str) -> Iterator[str]:
        found = format_detector(format_)
        if found is None:
            self.problem(
                place, "a `format` that the standard library does not have", "leave it out, or say it as a `pattern`"
            )
            return
        self.modules.add(found[0])
        yield f"is {found[1]}"

    # --- literals ---

    def literal(self, value: Any, place: str) -> str:
        if value is None:
            return "null"
        if isinstance(value, list):
            return f"[{', '.join(self.literal(item, place) for item in value)}]"
        if isinstance(value, dict):
            members = (f"{self.quoted(key, place)}: {self.literal(item, place)}" for key, item in value.items())
            return f"{{{', '.join(members)}}}"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return self.quoted(value, place)
        if not abs(value) <= MAX_NUMBER:
            self.problem(place, f"a number beyond {MAX_NUMBER:_}", "take a smaller one")
            return "0"
        return show_number(int(value) if float(value).is_integer() else value)

    def quoted(self, text: str, place: str) -> str:
        if re.search("[\ud800-\udfff]", text):
            self.problem(place, "half a surrogate pair", "mend the string")
            return '""'
        special = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        return '"' + "".join(special.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):X}}}") for c in text) + '"'
