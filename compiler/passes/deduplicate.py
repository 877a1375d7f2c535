"""deduplicate: scan for equal detectors once, and for unused ones not at all.

Assumes: terms refer to patterns and searches by number. Leaves: no two patterns with equal source and checks, none that
no rule uses; every pattern keeps all names it went by. The same for searches and given texts; equal
searches have equal limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import replace
from typing import TypeVar

from guardc.compiler.ir import GuardIR, Module, PatternIR, RuleIR, SearchIR, Term, TextIR

__all__ = ["deduplicate"]

Detector = TypeVar("Detector", PatternIR, SearchIR, TextIR)


def deduplicate(module: Module) -> Module:
    terms = [term for guard in module.guards for rule in guard.rules for term in rule.test.terms + rule.test.excepts]
    patterns, new_pattern = _merged(
        module.patterns, {term.pattern for term in terms}, lambda pattern: (pattern.source, _checks(pattern))
    )
    searches, new_search = _merged(
        module.searches, {term.search for term in terms}, lambda search: (search.source, _checks(search), search.limit)
    )
    texts, new_text = _merged(module.texts, {term.text for term in terms}, lambda text: (text.words, text.grams))

    def move(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(
            replace(
                term,
                pattern=None if term.pattern is None else new_pattern[term.pattern],
                search=None if term.search is None else new_search[term.search],
                text=None if term.text is None else new_text[term.text],
            )
            for term in terms
        )

    def move_rule(rule: RuleIR) -> RuleIR:
        test = replace(rule.test, terms=move(rule.test.terms), excepts=move(rule.test.excepts))
        return replace(rule, test=test)

    def move_guard(guard: GuardIR) -> GuardIR:
        return replace(guard, rules=tuple(move_rule(rule) for rule in guard.rules))

    return replace(
        module,
        patterns=patterns,
        searches=searches,
        texts=texts,
        guards=tuple(move_guard(guard) for guard in module.guards),
    )


def _checks(detector: PatternIR | SearchIR) -> tuple[str, ...]:
    return tuple(sorted(set(detector.checks)))


def _merged(
    detectors: tuple[Detector, ...], used: Collection[int | None], key: Callable[[Detector], Hashable]
) -> tuple[tuple[Detector, ...], dict[int, int]]:
    """Those that are used, equal ones merged; and the new number of each."""
    first: dict[Hashable, int] = {}
    moved: dict[int, int] = {}
    kept: list[Detector] = []
    for number, detector in enumerate(detectors):
        if number not in used:
            continue
        place = first.setdefault(key(detector), len(kept))
        if place == len(kept):
            kept.append(detector)
        else:
            kept[place] = replace(kept[place], names=kept[place].names + detector.names)
        moved[number] = place
    return tuple(kept), moved
