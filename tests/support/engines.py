"""Every engine that runs a pattern, side by side: what `re` finds, each of them must find.

Vocabulary: an *engine* is the automaton or the DFA in plain Python (`automaton_runner`), or the fast path with the
patterns compiled into a guard, written to a plan and loaded again, with DFAs or without. What one *found* is the spans
of `finditer` and whether the whole text matches.

Example: `Guarded([("a+", ""), ("b", "i")]).find("aaB")` is `[Found([(0, 2)], False), Found([(2, 3)], False)]`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import automaton_runner
import scanning
from patience import TooSlowError, at_most

from guardc.compiler import compile_policy
from guardc.compiler.regex import CompiledPattern, UnsupportedPattern
from guardc.compiler.regex.parse import parse
from guardc.policy.model import Detector, Pattern
from guardc.runtime import load

__all__ = ["Found", "Guarded", "by_automaton", "by_dfa", "by_re", "compare", "regex_for", "supported"]

Span = tuple[int, int]


class Found(NamedTuple):
    spans: list[Span]
    whole: bool


def regex_for(regex: str, flags: str = "") -> re.Pattern[str]:
    """The regex as `re` compiles it, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(regex, sum(getattr(re, flag.upper()) for flag in flags))


def by_re(expression: re.Pattern[str], text: str, seconds: float | None = None) -> Found | None:
    """What `re` finds; None if it takes longer than that."""
    try:
        with at_most(seconds) if seconds else nullcontext():
            return Found([match.span() for match in expression.finditer(text)], bool(expression.fullmatch(text)))
    except TooSlowError:
        return None


def supported(regex: str, flags: str = "") -> bool:
    """Whether the regex has nothing that is refused, by `re` or by the compiler. It can still be too large."""
    try:
        parse(regex, flags)
    except (re.error, UnsupportedPattern):
        return False
    return True


def by_automaton(compiled: CompiledPattern, text: str) -> Found:
    classes = automaton_runner.to_classes(compiled.automaton, text)
    return Found(
        list(automaton_runner.finditer(compiled.automaton, classes)),
        automaton_runner.fullmatch(compiled.automaton, classes),
    )


def by_dfa(compiled: CompiledPattern, text: str) -> list[Span] | None:
    """None if the pattern has no DFA."""
    if compiled.dfa is None:
        return None
    classes = automaton_runner.to_classes(compiled.automaton, text)
    return list(automaton_runner.dfa_finditer(compiled.automaton, compiled.dfa, classes))


class Guarded:
    """Patterns, as pairs of regex and flags, in one guard."""

    def __init__(self, patterns: Sequence[tuple[str, str]], *, dfas: bool = True) -> None:
        self._names = [f"p{number}" for number in range(len(patterns))]
        found: dict[str, Detector] = {
            name: Pattern(name=name, regex=regex, flags=flags, checks=(), at=scanning.AT)
            for name, (regex, flags) in zip(self._names, patterns, strict=True)
        }
        with nullcontext() if dfas else scanning.without_dfas():
            compilation = compile_policy(scanning.policy_of(found, whole=True))
        assert compilation.module is not None, compilation.diagnostics
        assert compilation.plan is not None
        by_name = {name: pattern.compiled for pattern in compilation.module.patterns for name in pattern.names}
        self.compiled = [by_name[name] for name in self._names]
        self._guard = load(compilation.plan).guard("g")

    def find(self, text: str) -> list[Found]:
        """What each pattern finds, in their order."""
        failures = {failure.rule: failure for failure in self._guard.validate(text).failures}
        found = []
        for name in self._names:
            failure = failures.get(name)
            # A guard reports the longer finding first; `re` has two at one place only if the first of them is empty.
            spans = sorted((span.start, span.end) for span in failure.spans) if failure else []
            found.append(Found(spans, f"{name} whole" not in failures))
        return found


def compare(
    patterns: Sequence[tuple[str, str]], texts: Iterable[str], *, python: int = 1_000, seconds: float | None = None
) -> int:
    """Run patterns that compile over texts by every engine, all patterns in one guard, and demand what `re` finds.

    The runners in plain Python, which take most of the time, see texts of at most `python` characters. Where `re` takes
    longer than `seconds` nothing is compared. Returns how many results were compared.
    """
    expressions = [regex_for(regex, flags) for regex, flags in patterns]
    guard = Guarded(patterns)
    guards = {"the fast path": guard}
    compiled = guard.compiled
    if any(pattern.dfa for pattern in compiled):
        guards["the fast path without DFAs"] = Guarded(patterns, dfas=False)
    compared = 0
    for text in texts:
        wanted = [by_re(expression, text, seconds) for expression in expressions]
        for engine, loaded in guards.items():
            compared += _agree(engine, patterns, text, loaded.find(text), wanted)
        if len(text) <= python:
            got = [by_automaton(pattern, text) for pattern in compiled]
            compared += _agree("the automaton", patterns, text, got, wanted)
            for pattern, names, expected in zip(compiled, patterns, wanted, strict=True):
                spans = by_dfa(pattern, text)
                if spans is not None and expected is not None:
                    compared += _agree("the DFA", [names], text, [Found(spans, expected.whole)], [expected])
    return compared


def _agree(
    engine: str, patterns: Sequence[tuple[str, str]], text: str, got: Sequence[Found], wanted: Sequence[Found | None]
) -> int:
    compared = 0
    for pattern, found, expected in zip(patterns, got, wanted, strict=True):
        if expected is not None:
            assert found == expected, f"{engine}: {pattern} on {text!r}: {found} instead of {expected}"
            compared += 1
    return compared
