"""select: choose how each detector is found.

Assumes: patterns not compiled. Leaves: every pattern compiled: its automaton, a DFA where one fits the budget, and the
factors that the first stage looks for. Patterns that cannot be compiled are reported, all of them in one run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guardc.compiler.advice import advise
from guardc.compiler.ir import Module, PatternIR, RegexSource
from guardc.compiler.regex import (
    CompiledPattern,
    PatternTooLarge,
    UnsupportedPattern,
    compile_pattern,
    compile_words,
)
from guardc.compiler.report import Report
from guardc.compiler.room import MOST_CLASSES, find_overflow
from guardc.policy.model import Pattern

__all__ = ["LONGEST_CHECKED", "check_patterns", "select"]

LONGEST_CHECKED = 256
"""Characters of a match that is given to a check. A check reads its span once per candidate: were the span unbounded,
the time per character would grow with the text."""


def select(module: Module, report: Report) -> Module:
    """
    Args:
        report: receives G060 to G065.
    """
    patterns = tuple(
        replace(pattern, compiled=_compile(pattern, report)) if pattern.compiled is None else pattern
        for pattern in module.patterns
    )
    module = replace(module, patterns=patterns)
    _fit(module, report)
    advise(module, report)
    return module


def check_patterns(patterns: Iterable[Pattern], report: Report) -> None:
    """Report G060 to G064 at patterns of a policy that has errors elsewhere."""
    for pattern in patterns:
        source = RegexSource(pattern.regex, pattern.flags)
        _compile(PatternIR((pattern.name,), source, pattern.checks, pattern.at), report)


def _fit(module: Module, report: Report) -> None:
    compiled = [pattern for pattern in module.patterns if pattern.compiled is not None]
    at = find_overflow([pattern.compiled.automaton for pattern in compiled if pattern.compiled is not None])
    if at is not None:
        report.pattern(
            "G061",
            compiled[at],
            f"the patterns up to `{compiled[at].names[0]}` tell more than {MOST_CLASSES:_} groups of characters apart",
            "split the policy in two, or write classes such as `\\w` in the place of many single characters",
        )


def _compile(pattern: PatternIR, report: Report) -> CompiledPattern | None:
    source = pattern.source
    name = pattern.names[0]
    try:
        if not isinstance(source, RegexSource):
            return compile_words(source.entries, ignore_case=source.ignore_case, anywhere=source.anywhere)
        compiled = compile_pattern(source.regex, source.flags)
    except PatternTooLarge as error:
        report.pattern("G061", pattern, error.reason, error.hint)
        return None
    except UnsupportedPattern as error:
        report.pattern("G060", pattern, error.reason, error.hint, (error.start, error.end))
        return None
    longest = compiled.automaton.max_length
    if pattern.checks and (longest is None or longest > LONGEST_CHECKED):
        how_long = "unbounded" if longest is None else f"up to {longest} characters long"
        report.pattern(
            "G063",
            pattern,
            f"a match of `{name}` is {how_long}, too long for a check",
            f"bound its repeats, as in `{{13,19}}` instead of `+`: at most {LONGEST_CHECKED} characters in all",
        )
    if not compiled.automaton.start:
        report.pattern(
            "G064",
            pattern,
            f"`{name}` can never match",
            "no text has what it asks for; look at what it puts side by side",
        )
    elif compiled.automaton.min_length == 0:
        report.pattern(
            "G062",
            pattern,
            f"`{name}` matches the empty string",
            "it is found at every place of every text; use `+` instead of `*`, or make a part of it required",
        )
    return compiled
