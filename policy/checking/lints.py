"""What is allowed but hardly meant: names that nobody uses, guards without rules, rules said twice or
against each other.

Invariant: lints look only at what was checked without error; after a syntax error none of them runs, for
what did not parse may be what they miss.

Example: `words <= 10` and `words >= 20` in one guard are reported: every text fails one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from guardc.policy.checking.guards import CheckedRule
from guardc.policy.checking.names import Scope
from guardc.policy.checking.shapes import Shapes
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import MeasureTest
from guardc.policy.reading.syntax import GuardNode, ModelNode, Tree

__all__ = ["lint_guard", "lint_models", "lint_policy", "lint_shapes"]

NAMES = frozenset({"G012", "G013", "G014", "G015", "G019", "G020", "G026", "G027", "G080", "G094", "G111"})
"""Codes of names that were not found: what seems unused may be what one of them meant."""


def lint_policy(tree: Tree, scope: Scope, used_fields: set[str], reporter: Reporter) -> None:
    """Guards that are missing, and names that no guard uses."""
    if not any(isinstance(node, GuardNode) for node in tree.statements):
        reporter.add(
            "G054",
            scope.source.span(0, 0),
            "the policy has no guards",
            help="add a guard: `guard reply on output { ... }`",
        )
        return
    if any(found.code in NAMES for found in reporter.diagnostics):
        return
    for symbol in scope.symbols.values():
        if not symbol.used:
            what = "the import" if symbol.kind == "import" else f"the {symbol.kind}"
            reporter.add(
                "G050",
                symbol.span,
                f"{what} `{symbol.name}` is not used",
                help="use it in a guard, or delete it",
            )
    for name, span in scope.field_spans.items():
        if name not in used_fields:
            reporter.add(
                "G050",
                span,
                f"the metadata field `{name}` is not used",
                help="use it in a condition, or delete it",
            )


def lint_shapes(shapes: Shapes, reporter: Reporter) -> None:
    """Shapes that no guard and no other shape names."""
    if any(found.code in NAMES for found in reporter.diagnostics):
        return
    for name, node in shapes.nodes.items():
        if name not in shapes.types.used:
            reporter.add(
                "G050",
                node.name.span,
                f"the shape `{name}` is not used",
                help=f"use it in a guard: `guard NAME on output as json {name} {{ ... }}`, or delete it",
            )


def lint_models(models: list[ModelNode], called: set[str], reporter: Reporter) -> None:
    """Models that nobody calls."""
    if any(found.code in NAMES for found in reporter.diagnostics):
        return
    for node in models:
        if node.name.text not in called:
            reporter.add(
                "G050",
                node.name.span,
                f"the model `{node.name.text}` is not used",
                help=f"ask it: `reasks 2 via {node.name.text} then exception`, or delete it",
            )


def lint_guard(node: GuardNode, rules: list[CheckedRule], reporter: Reporter) -> None:
    """Rules of one guard that are missing, doubled or contradict each other."""
    if not node.rules and not node.limits and node.structure is None:
        reporter.add(
            "G051",
            node.name.span,
            f"the guard `{node.name.text}` has no rules",
            label="lets every text pass",
            help="add a rule, such as `chars in 1..1000`",
        )
    for same in _grouped(rules, _what_is_said):
        for item in same[1:]:
            reporter.add(
                "G052",
                item.node.span,
                "the rule is written twice",
                label="adds nothing",
                help="delete it",
                also=[(same[0].node.span, "first written here")],
            )
    measured = [
        item
        for item in rules
        if isinstance(item.rule.test, MeasureTest) and item.rule.when is None and item.rule.on_fail.name != "noop"
    ]
    for group in _grouped(measured, _what_is_measured):
        _contradictions(group, reporter)


def _grouped(rules: list[CheckedRule], key: Callable[[CheckedRule], object]) -> list[list[CheckedRule]]:
    groups: dict[object, list[CheckedRule]] = {}
    for item in rules:
        groups.setdefault(key(item), []).append(item)
    return [group for group in groups.values() if len(group) > 1]


def _what_is_said(item: CheckedRule) -> object:
    rule = item.rule
    return repr((rule.path, rule.test, rule.when, rule.at_end, rule.on_fail, rule.on_error))


def _what_is_measured(item: CheckedRule) -> object:
    test = _measured(item)
    return repr((item.rule.path, test.measure, test.detectors, test.call, test.classifier))


def _contradictions(group: list[CheckedRule], reporter: Reporter) -> None:
    """Reports every rule that has no number in common with an earlier one, once.

    It is enough to compare with the earlier rule that ends lowest and with the one that begins highest.
    """
    lowest = highest = group[0]
    for item in group[1:]:
        if _below(_measured(lowest), _measured(item)):
            _contradiction(lowest, item, reporter)
        elif _below(_measured(item), _measured(highest)):
            _contradiction(highest, item, reporter)
        if _end(item) < _end(lowest):
            lowest = item
        if _begin(item) > _begin(highest):
            highest = item


def _contradiction(first: CheckedRule, second: CheckedRule, reporter: Reporter) -> None:
    reporter.add(
        "G035",
        second.node.test.span,
        "two rules contradict each other",
        label="no number satisfies both",
        help="mend one of the ranges, or give the rules conditions with `when`",
        also=[(first.node.test.span, "the other rule")],
    )


def _measured(item: CheckedRule) -> MeasureTest:
    assert isinstance(item.rule.test, MeasureTest)
    return item.rule.test


def _end(item: CheckedRule) -> tuple[float, bool]:
    """Sorts rules by their upper end; an end that is excluded is lower."""
    test = _measured(item)
    return (math.inf if test.high is None else test.high, not test.high_open)


def _begin(item: CheckedRule) -> tuple[float, bool]:
    """Sorts rules by their lower end; an end that is excluded is higher."""
    test = _measured(item)
    return (-math.inf if test.low is None else test.low, test.low_open)


def _below(one: MeasureTest, other: MeasureTest) -> bool:
    """True if every number of `one` is less than every number of `other`."""
    if one.high is None or other.low is None:
        return False
    return one.high < other.low or (one.high == other.low and (one.high_open or other.low_open))
