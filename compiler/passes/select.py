"""select: choose how each detector is found.

Assumes: patterns not compiled. Leaves: every pattern compiled: its automaton, a DFA where one fits the budget, and the
factors that the first stage looks for. Patterns that cannot be compiled are reported, all of them in one run; so are
searches that run apart and need not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guardc.compiler.advice import advise
from guardc.compiler.ir import Module, PatternIR, RegexSource, SearchIR
from guardc.compiler.passes.lower import lower_pattern
from guardc.compiler.regex import (
    CompiledPattern,
    PatternTooLarge,
    UnsupportedPattern,
    compile_pattern,
    compile_words,
)
from guardc.compiler.report import Report
from guardc.compiler.room import MOST_CLASSES, find_overflow
from guardc.fastpath.layout import LONGEST_CHECKED
from guardc.policy.model import Pattern

__all__ = ["check_patterns", "select"]

APART = "write `backtracking` after the regex: it then runs apart, under a time limit"


def select(module: Module, report: Report) -> Module:
    """
    Args:
        report: receives G060 to G066.
    """
    for search in module.searches:
        _look_at(search, report)
    patterns = tuple(
        replace(pattern, compiled=_compile(pattern, report)) if pattern.compiled is None else pattern
        for pattern in module.patterns
    )
    module = replace(module, patterns=patterns)
    _look_at_contexts(module, report)
    _fit(module, report)
    advise(module, report)
    return module


def check_patterns(patterns: Iterable[Pattern], report: Report) -> None:
    """Report G060 to G064 at patterns of a policy that has errors elsewhere."""
    for pattern in patterns:
        if pattern.backtracking is None:
            _compile(lower_pattern(pattern), report)


def _look_at_contexts(module: Module, report: Report) -> None:
    """What stands `near` or around a match is tried at many places, from each to the end of what it matches. Entries of
    word lists, whose spaces stand for any white space, read no stretch more often than they have spaces."""
    checks = [check for pattern in module.patterns for check in pattern.checks]
    contexts = {check.pattern for check in checks if check.kind in ("near", "not before", "not in")}
    for number, pattern in enumerate(module.patterns):
        if number in contexts and pattern.compiled is not None and isinstance(pattern.source, RegexSource):
            longest = pattern.compiled.automaton.max_length
            if longest is None or longest > LONGEST_CHECKED:
                _report_too_long(pattern, longest, "to be looked for around a match", report)


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
    try:
        if not isinstance(source, RegexSource):
            return compile_words(
                source.entries,
                ignore_case=source.ignore_case,
                anywhere=source.anywhere,
                leet=source.leet,
                edits=source.edits,
            )
        compiled = compile_pattern(source.regex, source.flags)
    except PatternTooLarge as error:
        report.pattern(
            "G061", pattern, error.reason, _or_apart(error.hint) if isinstance(source, RegexSource) else error.hint
        )
        return None
    except UnsupportedPattern as error:
        report.pattern("G060", pattern, error.reason, _or_apart(error.hint), (error.start, error.end))
        return None
    longest = compiled.automaton.max_length
    if _too_long(pattern, compiled):
        _report_too_long(pattern, longest, "for a check", report)
    _look_at_matches(pattern, compiled, report)
    return compiled


def _report_too_long(pattern: PatternIR, longest: int | None, what_for: str, report: Report) -> None:
    how_long = "unbounded" if longest is None else f"up to {longest} characters long"
    report.pattern(
        "G063",
        pattern,
        f"a match of `{pattern.names[0]}` is {how_long}, too long {what_for}",
        f"bound its repeats, as in `{{13,19}}` instead of `+`: at most {LONGEST_CHECKED} characters in all",
    )


def _or_apart(hint: str) -> str:
    return f"{hint}\nor {APART}" if hint else APART


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
            "G066",
            search,
            f"`{search.names[0]}` runs in linear time without `backtracking`",
            "delete `backtracking` and its time",
        )
        _look_at_matches(search, compiled, report)
