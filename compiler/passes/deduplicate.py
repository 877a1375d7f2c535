"""deduplicate: scan for equal detectors once, and for unused ones not at all.

Assumes: terms refer to patterns by number. Leaves: no two patterns with equal source and checks, none that no rule
uses; every pattern keeps all names it went by.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import GuardIR, Module, PatternIR, RegexSource, RuleIR, Term, WordsSource
from guardc.policy.model import Check

__all__ = ["deduplicate"]

Key = tuple[RegexSource | WordsSource, tuple[Check, ...]]


def deduplicate(module: Module) -> Module:
    used = {
        term.pattern for guard in module.guards for rule in guard.rules for term in rule.test.terms + rule.test.excepts
    }
    first: dict[Key, int] = {}
    moved: dict[int, int] = {}
    kept: list[PatternIR] = []
    for number, pattern in enumerate(module.patterns):
        if number not in used:
            continue
        key = (pattern.source, tuple(sorted(set(pattern.checks))))
        if key in first:
            twin = kept[first[key]]
            kept[first[key]] = replace(twin, names=twin.names + pattern.names)
        else:
            first[key] = len(kept)
            kept.append(pattern)
        moved[number] = first[key]

    def move(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(term if term.pattern is None else replace(term, pattern=moved[term.pattern]) for term in terms)

    def move_rule(rule: RuleIR) -> RuleIR:
        test = replace(rule.test, terms=move(rule.test.terms), excepts=move(rule.test.excepts))
        return replace(rule, test=test)

    def move_guard(guard: GuardIR) -> GuardIR:
        return replace(guard, rules=tuple(move_rule(rule) for rule in guard.rules))

    return replace(module, patterns=tuple(kept), guards=tuple(move_guard(guard) for guard in module.guards))
