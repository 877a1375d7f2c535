"""select: choose how each detector is found.

Assumes: patterns not compiled. Leaves: every pattern compiled: its automaton, a DFA where one fits the budget, and the
factors that the first stage looks for. Patterns that cannot be compiled are reported, all of them in one run; so are
searches that run apart and need not.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import Module, PatternIR, RegexSource, SearchIR
from guardc.compiler.regex import (
    CompiledPattern,
    PatternTooLarge,
    UnsupportedPattern,
    compile_pattern,
    compile_words,
)
from guardc.compiler.report import Report

__all__ = ["LONGEST_CHECKED", "select"]

LONGEST_CHECKED = 256
"""Characters of a match that is given to a check. A check reads its span once per candidate: were the span unbounded,
the time per character would grow with the text."""

APART = "write `backtracking` after the regex: it then runs apart, under a time limit"


def select(module: Module, report: Report) -> Module:
    """
    Args:
        report: receives G060 to G065.
    """
    for search in module.searches:
        _look_at(search, report)
    patterns = tuple(
        replace(pattern, compiled=_compile(pattern, report)) if pattern.compiled is None else pattern
        for pattern in module.patterns
    )
    return replace(module, patterns=patterns)


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
        hint = f"{error.hint}\nor {APART}" if error.hint else APART
        report.pattern("G060", pattern, error.reason, hint, (error.start, error.end))
        return None
    longest = compiled.automaton.max_length
    if _too_long(pattern, compiled):
        how_long = "unbounded" if longest is None else f"up to {longest} characters long"
        report.pattern(
            "G063",
            pattern,
            f"a match of `{name}` is {how_long}, too long for a check",
            f"bound its repeats, as in `{{13,19}}` instead of `+`: at most {LONGEST_CHECKED} characters in all",
        )
    _look_at_matches(pattern, compiled, report)
    return compiled


def _too_long(pattern: PatternIR | SearchIR, compiled: CompiledPattern) -> bool:
    longest = compiled.automaton.max_length
    return bool(pattern.checks) and (longest is None or longest > LONGEST_CHECKED)


def _look_at_matches(pattern: PatternIR | SearchIR, compiled: CompiledPattern, report: Report) -> None:
    name = pattern.names[0]
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


def _look_at(search: SearchIR, report: Report) -> None:
    """Whether it need be one: what can be compiled is faster, and has no time limit to pass."""
    try:
        compiled = compile_pattern(search.source.regex, search.source.flags)
    except UnsupportedPattern:
        return
    if not _too_long(search, compiled):
        report.pattern(
            "G065",
            search,
            f"`{search.names[0]}` runs in linear time without `backtracking`",
            "delete `backtracking` and its time",
        )
        _look_at_matches(search, compiled, report)
