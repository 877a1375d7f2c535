"""The peers, each behind `scan`, which is timed, and `found`, which says what `scan` gave in a common form.

Every engine gets a `str`, as guardc does, and hands out Python objects through its usual binding. What a peer tells
differs: `spans` are those of `re.finditer`, pattern by pattern; `which` are only the patterns that occur; `ends` are
all the places at which a match ends, each with the leftmost start, as Hyperscan reports them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

__all__ = ["ASCII_ONLY", "ENGINES", "Engine", "Found"]

# Name of a pattern -> spans. An engine that tells no spans gives empty lists.
Found = dict[str, list[list[int]]]


class Engine(Protocol):
    @property
    def kind(self) -> str: ...

    def scan(self, text: str) -> Any: ...

    def found(self, raw: Any) -> Found: ...


class OneByOne:
    """`finditer` of each pattern, for modules that look like `re`."""

    kind = "spans"

    def __init__(self, module: str, patterns: Mapping[str, str]) -> None:
        compile_pattern = import_module(module).compile
        self._names = list(patterns)
        self._patterns = [compile_pattern(regex) for regex in patterns.values()]

    def scan(self, text: str) -> list[list[re.Match[str]]]:
        return [list(pattern.finditer(text)) for pattern in self._patterns]

    def found(self, raw: list[list[re.Match[str]]]) -> Found:
        spans = ([list(match.span()) for match in matches] for matches in raw)
        return {name: some for name, some in zip(self._names, spans, strict=True) if some}


class Re2Set:
    """All patterns in one `re2.Set`."""

    kind = "which"

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._names = list(patterns)
        self._set = import_module("re2").Set.SearchSet()
        for regex in patterns.values():
            self._set.Add(regex)
        self._set.Compile()

    def scan(self, text: str) -> list[int] | None:
        return self._set.Match(text)

    def found(self, raw: list[int] | None) -> Found:
        return {self._names[number]: [] for number in raw or ()}


class Hyperscan:
    """All patterns in one database; with `spans`, it also reports where matches start.

    Patterns and texts are bytes and classes ASCII: the faster mode, and the same findings on ASCII texts.
    """

    def __init__(self, patterns: Mapping[str, str], spans: bool) -> None:
        hyperscan = import_module("hyperscan")
        self.kind = "ends" if spans else "which"
        self._names = list(patterns)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[regex.removeprefix("(?i)").encode() for regex in patterns.values()],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[
                (hyperscan.HS_FLAG_CASELESS if regex.startswith("(?i)") else 0)
                | (hyperscan.HS_FLAG_SOM_LEFTMOST if spans else 0)
                for regex in patterns.values()
            ],
        )

    def scan(self, text: str) -> list[tuple[int, int, int]]:
        reports: list[tuple[int, int, int]] = []
        self._database.scan(text.encode(), match_event_handler=_report, context=reports)
        return reports

    def found(self, raw: list[tuple[int, int, int]]) -> Found:
        found: Found = {}
        for number, start, end in raw:
            spans = found.setdefault(self._names[number], [])
            if self.kind == "ends":
                spans.append([start, end])
        return found


def _report(number: int, start: int, end: int, _flags: int, reports: list[tuple[int, int, int]]) -> None:
    reports.append((number, start, end))


class AhoCorasick:
    """A list of words without regard to case: `iter` over the lower-cased text, then whole words only, in Python."""

    kind = "spans"

    def __init__(self, words: Sequence[str]) -> None:
        self._automaton = import_module("ahocorasick").Automaton()
        for word in words:
            self._automaton.add_word(word, len(word))
        self._automaton.make_automaton()

    def scan(self, text: str) -> list[tuple[int, int]]:
        lowered = text.lower()
        size = len(lowered)
        found = []
        for last, length in self._automaton.iter(lowered):
            start, end = last + 1 - length, last + 1
            if not (start and _in_word(lowered[start - 1])) and not (end < size and _in_word(lowered[end])):
                found.append((start, end))
        return found

    def found(self, raw: list[tuple[int, int]]) -> Found:
        return {"listed": [list(span) for span in raw]} if raw else {}


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


# Their classes know ASCII only, or would be slower if they knew more: they judge ASCII texts.
ASCII_ONLY = ("RE2 Set, which", "RE2 one by one, spans", "Hyperscan, which", "Hyperscan, spans")

# Engines that take regular expressions, by the name that tables show.
ENGINES: dict[str, Callable[[Mapping[str, str]], Engine]] = {
    "RE2 Set, which": Re2Set,
    "RE2 one by one, spans": lambda patterns: OneByOne("re2", patterns),
    "Hyperscan, which": lambda patterns: Hyperscan(patterns, spans=False),
    "Hyperscan, spans": lambda patterns: Hyperscan(patterns, spans=True),
    "regex, spans": lambda patterns: OneByOne("regex", patterns),
    "re, spans": lambda patterns: OneByOne("re", patterns),
}
