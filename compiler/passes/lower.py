"""lower: from the checked policy to the first module.

Assumes: a policy as `policy.check` leaves it. Leaves: one pattern or search per detector that is declared, in order of
declaration, and before it one for each detector that its checks name; rules in written order; nothing compiled. The
inner guards of structured ones stand behind all guards.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from guardc.compiler.grams import grams_of
from guardc.compiler.ir import (
    AskingIR,
    CheckIR,
    ClassifierIR,
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
from guardc.compiler.structures import Structures
from guardc.policy.model import (
    BeforeCheck,
    Check,
    Classifier,
    DetectorCheck,
    DetectorUse,
    EntropyCheck,
    FindTest,
    Guard,
    InsideCheck,
    Location,
    MeasureTest,
    NearCheck,
    Pattern,
    Policy,
    Rule,
    Test,
    Words,
)
from guardc.policy.reading.literals import show_number

__all__ = ["lower", "lower_pattern", "policy_hash"]


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
            terms[name] = Term(name, _kind(name), pattern=_add_pattern(name, detector, patterns))
    known = _Known(
        terms,
        {name: number for number, name in enumerate(policy.classifiers)},
        {name: number for number, name in enumerate(policy.texts)},
    )
    structures = Structures(policy, lambda rule: _rule(rule, known), len(policy.guards))
    guards = [
        structures.lower(guard) if guard.structure is not None else _guard(guard, known) for guard in policy.guards
    ]
    return Module(
        policy.file,
        policy_hash(policy),
        policy.metadata,
        policy.customs,
        tuple(patterns),
        tuple(searches),
        (*guards, *structures.inner),
        tuple(_classifier(name, classifier) for name, classifier in policy.classifiers.items()),
        tuple(node for node in structures.nodes if node is not None),
        tuple(structures.owners),
        tuple(TextIR((name,), *grams_of(text.content)) for name, text in policy.texts.items()),
        askings=_askings(policy.guards),
        definitions=tuple(definition for definition in structures.definitions if definition is not None),
        models=tuple(policy.models.values()),
        judges=policy.judges,
        services=policy.services,
    )


def _askings(guards: tuple[Guard, ...]) -> tuple[AskingIR, ...]:
    """Of the guards that say something about calls. Numbers are those in the policy: inner guards stand behind."""
    numbers = {guard.name: number for number, guard in enumerate(guards)}
    return tuple(
        AskingIR(
            numbers[guard.name],
            None if guard.answers is None else numbers[guard.answers],
            guard.reasks,
            guard.reask_with,
        )
        for guard in guards
        if (guard.answers, guard.reasks, guard.reask_with) != (None, None, None)
    )


def _guard(guard: Guard, known: _Known) -> GuardIR:
    rules = tuple(_rule(rule, known) for rule in guard.rules)
    order = tuple(range(len(rules)))
    return GuardIR(
        guard.name,
        guard.direction,
        guard.roles,
        guard.limit,
        rules,
        order,
        normalize=guard.normalize,
        stream=guard.stream,
        hold=guard.hold,
    )


def lower_pattern(pattern: Pattern) -> PatternIR:
    """A pattern for itself; its checks refer to patterns that are not given."""
    patterns: list[PatternIR] = []
    return patterns[_add_pattern(pattern.name, pattern, patterns)]


def _add_pattern(name: str, detector: Pattern | Words, patterns: list[PatternIR]) -> int:
    """Adds a pattern, behind those that its checks need; returns its number."""
    if isinstance(detector, Words):
        words = WordsSource(detector.entries, detector.ignore_case, detector.anywhere, detector.leet, detector.edits)
        patterns.append(PatternIR((name,), words, (), detector.at))
    else:
        checks = tuple(_check(check, patterns) for check in detector.checks)
        patterns.append(PatternIR((name,), RegexSource(detector.regex, detector.flags), checks, detector.at))
    return len(patterns) - 1


def _check(check: Check, patterns: list[PatternIR]) -> CheckIR:
    match check:
        case EntropyCheck(least=least):
            return CheckIR("entropy", f"entropy >= {show_number(least)}", least=least)
        case DetectorCheck(quantifier=quantifier, detector=detector):
            judge = _add_pattern(detector.name, detector, patterns)
            return CheckIR(quantifier, f"{quantifier} {detector.name}", pattern=judge)
        case NearCheck(detector=detector, within=within):
            context = _add_pattern(detector.name, detector, patterns)
            return CheckIR("near", f"near {detector.name} within {within} chars", pattern=context, within=within)
        case BeforeCheck(detector=detector):
            behind = _add_pattern(detector.name, detector, patterns)
            return CheckIR("not before", f"not before {detector.name}", pattern=behind)
        case InsideCheck(detector=detector):
            wider = _add_pattern(detector.name, detector, patterns)
            return CheckIR("not in", f"not in {detector.name}", pattern=wider)
        case name:
            return CheckIR("named", name, what=name)


def _search(name: str, pattern: Pattern, limit: int) -> SearchIR:
    # The checker lets only those checks stand here that take nothing.
    checks = tuple(check for check in pattern.checks if isinstance(check, str))
    return SearchIR((name,), RegexSource(pattern.regex, pattern.flags), checks, limit, pattern.at)


def _classifier(name: str, model: Classifier) -> ClassifierIR:
    return ClassifierIR((name,), model.bits, model.scale, model.bias, model.weights, model.digest, model.at)


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What rules refer to by name: the terms of detectors, the numbers of classifiers and of given texts."""

    terms: dict[str, Term]
    classifiers: dict[str, int]
    texts: dict[str, int]


def _rule(rule: Rule, known: _Known) -> RuleIR:
    return RuleIR(rule.name, _test(rule.test, known), rule.when, rule.on_fail, rule.on_error, rule.at, rule.at_end)


def _test(test: Test, known: _Known) -> TestIR:
    if isinstance(test, FindTest):
        return TestIR("find", test.quantifier, _terms(test.detectors, known), _terms(test.excepts, known))
    if isinstance(test, MeasureTest):
        return TestIR(
            "measure",
            test.measure,
            _terms(test.detectors, known),
            low=test.low,
            high=test.high,
            low_open=test.low_open,
            high_open=test.high_open,
            call=test.call,
            classifier=None if test.classifier is None else known.classifiers[test.classifier],
            reported="" if test.classifier is None else f"{test.classifier}.score",
        )
    return TestIR(
        "predicate",
        test.predicate,
        strings=test.strings,
        ignore_case=test.ignore_case,
        call=test.call,
        dialect=test.dialect,
    )


def _terms(uses: tuple[DetectorUse, ...], known: _Known) -> tuple[Term, ...]:
    return tuple(_term(use, known) for use in uses)


def _term(use: DetectorUse, known: _Known) -> Term:
    if use.finder is not None:
        text = None if use.text is None else known.texts[use.text]
        return Term(use.name, _kind(use.name), finder=use.finder, text=text)
    return Term(use.name, _kind(use.name), call=use.call) if use.call else known.terms[use.name]
