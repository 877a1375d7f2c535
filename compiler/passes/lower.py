"""lower: from the checked policy to the first module.

Assumes: a policy as `policy.check` leaves it. Leaves: one pattern or search per detector that is declared, in order of
declaration; rules in written order; nothing compiled.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from guardc.compiler.grams import grams_of
from guardc.compiler.ir import (
    GuardIR,
    Module,
    PatternIR,
    RegexSource,
    RuleIR,
    SearchIR,
    Term,
    TestIR,
    TextIR,
    WordsSource,
)
from guardc.policy.model import DetectorUse, FindTest, Location, MeasureTest, Pattern, Policy, Rule, Test, Words

__all__ = ["lower", "policy_hash"]


def lower(policy: Policy) -> Module:
    """The module of `policy`."""
    patterns: list[PatternIR] = []
    searches: list[SearchIR] = []
    terms: dict[str, Term] = {}
    for name, detector in policy.detectors.items():
        if isinstance(detector, Pattern) and detector.backtracking is not None:
            terms[name] = Term(name, _kind(name), search=len(searches))
            searches.append(_search(name, detector, detector.backtracking))
        else:
            terms[name] = Term(name, _kind(name), pattern=len(patterns))
            patterns.append(_pattern(name, detector))
    texts = {name: number for number, name in enumerate(policy.texts)}
    guards = tuple(
        GuardIR(
            guard.name,
            guard.direction,
            guard.limit,
            tuple(_rule(rule, terms, texts) for rule in guard.rules),
            tuple(range(len(guard.rules))),
        )
        for guard in policy.guards
    )
    return Module(
        policy.file,
        policy_hash(policy),
        policy.metadata,
        policy.customs,
        tuple(patterns),
        tuple(searches),
        guards,
        tuple(TextIR((name,), *grams_of(text.content)) for name, text in policy.texts.items()),
    )


def _pattern(name: str, detector: Pattern | Words) -> PatternIR:
    if isinstance(detector, Words):
        words = WordsSource(detector.entries, detector.ignore_case, detector.anywhere)
        return PatternIR((name,), words, (), detector.at)
    return PatternIR((name,), RegexSource(detector.regex, detector.flags), detector.checks, detector.at)


def _search(name: str, pattern: Pattern, limit: int) -> SearchIR:
    return SearchIR((name,), RegexSource(pattern.regex, pattern.flags), pattern.checks, limit, pattern.at)


def _kind(name: str) -> str:
    """What `{kind}` gives."""
    return name.rpartition(".")[2]


def policy_hash(policy: Policy) -> str:
    """SHA-256, in hexadecimal, of what the policy means: its JSON form without the places where things were written."""

    def is_place(key: str, item: Any) -> bool:
        # Not by the key alone: a detector may be called `at`.
        return key == "at" and isinstance(item, dict) and item.keys() == Location.model_fields.keys()

    def without_places(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_places(item) for key, item in value.items() if not is_place(key, item)}
        return [without_places(item) for item in value] if isinstance(value, list) else value

    # Through model_dump, not model_dump_json: texts may hold lone surrogates, which JSON escapes keep.
    data = json.loads(json.dumps(policy.model_dump(mode="python")))
    return hashlib.sha256(json.dumps(without_places(data), sort_keys=True).encode()).hexdigest()


def _rule(rule: Rule, terms: dict[str, Term], texts: dict[str, int]) -> RuleIR:
    return RuleIR(rule.name, _test(rule.test, terms, texts), rule.when, rule.on_fail, rule.on_error, rule.at)


def _test(test: Test, terms: dict[str, Term], texts: dict[str, int]) -> TestIR:
    if isinstance(test, FindTest):
        return TestIR("find", test.quantifier, _terms(test.detectors, terms, texts), _terms(test.excepts, terms, texts))
    if isinstance(test, MeasureTest):
        return TestIR(
            "measure",
            test.measure,
            _terms(test.detectors, terms, texts),
            low=test.low,
            high=test.high,
            low_open=test.low_open,
            high_open=test.high_open,
            call=test.call,
        )
    return TestIR(
        "predicate",
        test.predicate,
        strings=test.strings,
        ignore_case=test.ignore_case,
        call=test.call,
        dialect=test.dialect,
    )


def _terms(uses: tuple[DetectorUse, ...], terms: dict[str, Term], texts: dict[str, int]) -> tuple[Term, ...]:
    return tuple(_term(use, terms, texts) for use in uses)


def _term(use: DetectorUse, terms: dict[str, Term], texts: dict[str, int]) -> Term:
    if use.finder is not None:
        text = None if use.text is None else texts[use.text]
        return Term(use.name, _kind(use.name), finder=use.finder, text=text)
    return Term(use.name, _kind(use.name), call=use.call) if use.call else terms[use.name]
