"""What each rule means for a structured value that comes in pieces: whether values wait for the end because of it, and
whether it ends the stream. For people; `fastpath/pace.pxi` decides the same when a plan is loaded.

A value is judged, and handed out, when it has ended. It waits if what becomes of it is not known then: a rule about it
asks for other values, or runs code that is run once; its list may still be dropped for its `count`.
"""

from __future__ import annotations

from typing import NamedTuple

from guardc.compiler.ir import GuardIR, Module, RuleIR
from guardc.policy.model import BoolOp, Compare, Expression, InList, InRange, Not, PathRef

__all__ = ["ValueRule", "value_rules"]

STOPS = frozenset({"exception", "refrain"})
LONG = 256
"""Characters of a long string from one look at it to the next."""
_WHILE_IT_COMES = frozenset({"chars", "words", "lines", "bytes", "reading time", "count"})
_FROM_THE_BEGIN = frozenset({"lower case", "upper case", "starts with"})


class ValueRule(NamedTuple):
    """`waits`: values wait for the end because of the rule. `said`: what it means, in words."""

    waits: bool
    said: str


def value_rules(guard: GuardIR, module: Module) -> dict[int, tuple[ValueRule, ...]]:
    """What the rules of each inner guard mean, by its number; nothing if the guard is no stream of values."""
    if not guard.stream or guard.root is None:
        return {}
    found = {number: tuple(map(_rule, module.guards[number].rules)) for number in _inner(guard.root, module)}
    if guard.finders is not None:
        found[guard.finders] = tuple(map(_finder, module.guards[guard.finders].rules))
    return found


def _inner(root: int, module: Module) -> set[int]:
    """The guards that judge the values under a node."""
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        number = ahead.pop()
        if number in seen:
            continue
        seen.add(number)
        node = module.nodes[number]
        inside = [node.rest, node.element, node.stray]
        ahead += [field.node for field in node.fields] + [item for _, item in (*node.items, *node.variants)]
        ahead += [number for number in inside if number is not None]
    return {rules for number in seen if (rules := module.nodes[number].rules) is not None}


def _rule(rule: RuleIR) -> ValueRule:
    action, test = rule.on_fail.name, rule.test
    if action == "noop" and (rule.on_error.name == "noop" or not (_asks(rule) or rule.when is not None)):
        return ValueRule(False, "only reports, lets no value wait")
    if test.kind == "measure" and test.what == "items":
        return _count(rule)
    if _names_a_path(rule.when):
        return ValueRule(True, "the value waits for the end: the condition asks for another one")
    if _asks(rule):
        return ValueRule(True, "the value waits for the end: what judges it is asked once, and may fail")
    if action not in STOPS:
        return ValueRule(False, "judged when the value has ended")
    within = test.kind == "find" and test.what == "no"
    within |= test.kind == "measure" and test.what in _WHILE_IT_COMES
    within |= test.kind == "predicate" and test.what in _FROM_THE_BEGIN
    if not within:
        return ValueRule(False, "ends the stream when the value has ended")
    return ValueRule(False, f"ends the stream when the value has ended, or {LONG} characters of it have come")


def _count(rule: RuleIR) -> ValueRule:
    action = rule.on_fail
    if action.name == "filter" or action.to is not None or (rule.when is not None and rule.on_error.name == "filter"):
        return ValueRule(True, "all that is counted waits for the end: it may be dropped or replaced")
    if action.name in ("fix", "fix_reask") and rule.test.high is not None:
        return ValueRule(True, f"what stands behind the first {rule.test.high} waits for the end")
    stops = action.name in STOPS
    return ValueRule(False, "ends the stream when what is counted has ended" if stops else "lets no value wait")


def _finder(rule: RuleIR) -> ValueRule:
    if rule.on_error.name == "filter" and (_asks(rule) or rule.when is not None):
        return ValueRule(True, "all values wait for the end: if this cannot be judged, it may drop any")
    return ValueRule(False, "judged at the end, lets no value wait")


def _asks(rule: RuleIR) -> bool:
    """Does the test run what may fail, or take long?"""
    return bool(rule.test.calls or rule.test.searches or rule.test.parsed)


def _names_a_path(condition: Expression | None) -> bool:
    match condition:
        case PathRef():
            return True
        case Not(operand=operand) | InRange(operand=operand) | InList(operand=operand):
            return _names_a_path(operand)
        case Compare(left=left, right=right):
            return _names_a_path(left) or _names_a_path(right)
        case BoolOp(operands=operands):
            return any(map(_names_a_path, operands))
    return False
