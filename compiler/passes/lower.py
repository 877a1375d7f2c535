"""lower: from the checked policy to the first module.

Assumes: a policy as `policy.check` leaves it. Leaves: one pattern per detector that is declared, in order of
declaration; rules in written order; nothing compiled.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from guardc.compiler.ir import GuardIR, Module, PatternIR, RegexSource, RuleIR, Term, TestIR, WordsSource
from guardc.policy.model import DetectorUse, FindTest, Location, MeasureTest, Policy, Rule, Test, Words

__all__ = ["lower", "policy_hash"]


def lower(policy: Policy) -> Module:
    """The module of `policy`."""
    patterns: list[PatternIR] = []
    numbers: dict[str, int] = {}
    for name, detector in policy.detectors.items():
        numbers[name] = len(patterns)
        if isinstance(detector, Words):
            source: RegexSource | WordsSource = WordsSource(detector.entries, detector.ignore_case, detector.anywhere)
            patterns.append(PatternIR((name,), source, (), detector.at))
        else:
            source = RegexSource(detector.regex, detector.flags)
            patterns.append(PatternIR((name,), source, detector.checks, detector.at))
    guards = tuple(
        GuardIR(
            guard.name,
            guard.direction,
            guard.limit,
            tuple(_rule(rule, numbers) for rule in guard.rules),
            tuple(range(len(guard.rules))),
        )
        for guard in policy.guards
    )
    return Module(policy.file, policy_hash(policy), policy.metadata, policy.customs, tuple(patterns), guards)


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


def _rule(rule: Rule, numbers: dict[str, int]) -> RuleIR:
    return RuleIR(rule.name, _test(rule.test, numbers), rule.when, rule.on_fail, rule.on_error, rule.at)


def _test(test: Test, numbers: dict[str, int]) -> TestIR:
    if isinstance(test, FindTest):
        return TestIR("find", test.quantifier, _terms(test.detectors, numbers), _terms(test.excepts, numbers))
    if isinstance(test, MeasureTest):
        return TestIR(
            "measure",
            test.measure,
            _terms(test.detectors, numbers),
            low=test.low,
            high=test.high,
            low_open=test.low_open,
            high_open=test.high_open,
            call=test.call,
        )
    return TestIR("predicate", test.predicate, strings=test.strings, ignore_case=test.ignore_case, call=test.call)


def _terms(uses: tuple[DetectorUse, ...], numbers: dict[str, int]) -> tuple[Term, ...]:
    return tuple(
        Term(use.name, use.name.rpartition(".")[2], None if use.call else numbers[use.name], use.call) for use in uses
    )
