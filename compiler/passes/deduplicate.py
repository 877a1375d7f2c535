"""deduplicate: scan for equal detectors once, and for unused ones not at all.

Assumes: terms and checks refer to patterns and searches by number. Leaves: no two patterns with equal source and
checks, none that no rule and no check uses; every pattern keeps all names it went by. The same for searches; equal ones
have equal limits. The same for classifiers and given texts.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from guardc.compiler.ir import ClassifierIR, GuardIR, Module, PatternIR, RuleIR, SearchIR, Term, TextIR

__all__ = ["deduplicate"]

Detector = TypeVar("Detector", PatternIR, SearchIR, ClassifierIR, TextIR)


def deduplicate(module: Module) -> Module:
    terms = [term for guard in module.guards for rule in guard.rules for term in rule.test.terms + rule.test.excepts]
    patterns, new_pattern = _merged_patterns(module.patterns, {term.pattern for term in terms})
    searches, new_search = _merged_searches(module.searches, {term.search for term in terms})
    scored = {rule.test.classifier for guard in module.guards for rule in guard.rules}
    classifiers, new_classifier = _merged_classifiers(module.classifiers, scored)
    texts, new_text = _merged_texts(module.texts, {term.text for term in terms})

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
        scored = rule.test.classifier
        test = replace(
            rule.test,
            terms=move(rule.test.terms),
            excepts=move(rule.test.excepts),
            classifier=None if scored is None else new_classifier[scored],
        )
        return replace(rule, test=test)

    def move_guard(guard: GuardIR) -> GuardIR:
        return replace(guard, rules=tuple(move_rule(rule) for rule in guard.rules))

    return replace(
        module,
        patterns=patterns,
        searches=searches,
        texts=texts,
        guards=tuple(move_guard(guard) for guard in module.guards),
        classifiers=classifiers,
    )


def _merged_patterns(
    patterns: tuple[PatternIR, ...], used: Collection[int | None]
) -> tuple[tuple[PatternIR, ...], dict[int, int]]:
    """Those that are used, by rules or by checks, equal ones merged; and the new number of each."""
    needed = set(used)
    for number, pattern in reversed(list(enumerate(patterns))):
        if number in needed:
            needed.update(check.pattern for check in pattern.checks)
    merging: Merging[PatternIR] = Merging()
    for number, pattern in enumerate(patterns):
        if number in needed:
            checks = tuple(
                check if check.pattern is None else replace(check, pattern=merging.moved[check.pattern])
                for check in pattern.checks
            )
            # Whatever a detector is called, it judges the same.
            key = frozenset(replace(check, text="") for check in checks)
            merging.add(number, replace(pattern, checks=checks), (pattern.source, key))
    return tuple(merging.kept), merging.moved


def _merged_searches(
    searches: tuple[SearchIR, ...], used: Collection[int | None]
) -> tuple[tuple[SearchIR, ...], dict[int, int]]:
    merging: Merging[SearchIR] = Merging()
    for number, search in enumerate(searches):
        if number in used:
            merging.add(number, search, (search.source, frozenset(search.checks), search.limit))
    return tuple(merging.kept), merging.moved


def _merged_classifiers(
    classifiers: tuple[ClassifierIR, ...], used: Collection[int | None]
) -> tuple[tuple[ClassifierIR, ...], dict[int, int]]:
    merging: Merging[ClassifierIR] = Merging()
    for number, classifier in enumerate(classifiers):
        if number in used:
            merging.add(number, classifier, classifier.digest)
    return tuple(merging.kept), merging.moved


def _merged_texts(texts: tuple[TextIR, ...], used: Collection[int | None]) -> tuple[tuple[TextIR, ...], dict[int, int]]:
    merging: Merging[TextIR] = Merging()
    for number, text in enumerate(texts):
        if number in used:
            merging.add(number, text, (text.words, text.grams))
    return tuple(merging.kept), merging.moved


class Merging(Generic[Detector]):
    """`kept` are the first of each key, with the names of all; `moved` the new number of each that was added."""

    def __init__(self) -> None:
        self.kept: list[Detector] = []
        self.moved: dict[int, int] = {}
        self._first: dict[Hashable, int] = {}

    def add(self, number: int, detector: Detector, key: Hashable) -> None:
        place = self._first.setdefault(key, len(self.kept))
        if place == len(self.kept):
            self.kept.append(detector)
        else:
            names = dict.fromkeys(self.kept[place].names + detector.names)
            self.kept[place] = replace(self.kept[place], names=tuple(names))
        self.moved[number] = place
