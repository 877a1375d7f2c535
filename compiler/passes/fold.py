"""fold: compute what is known already.

Assumes: any module. Leaves: no condition whose value does not depend on metadata; a rule whose condition is always
false is gone, one whose condition is always true has none.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import GuardIR, Module, RuleIR
from guardc.policy.model import (
    BoolOp,
    Compare,
    Constant,
    Expression,
    FieldRef,
    InList,
    InRange,
    Not,
    PathRef,
    Value,
)

__all__ = ["fold", "fold_expression"]


def fold(module: Module) -> Module:
    return replace(module, guards=tuple(_fold_guard(guard) for guard in module.guards))


def _fold_guard(guard: GuardIR) -> GuardIR:
    rules = tuple(folded for rule in guard.rules if (folded := _fold_rule(rule)) is not None)
    return replace(guard, rules=rules, order=tuple(range(len(rules))))


def _fold_rule(rule: RuleIR) -> RuleIR | None:
    if rule.when is None:
        return rule
    when = fold_expression(rule.when)
    if isinstance(when, Constant):
        return replace(rule, when=None) if when.value else None
    return replace(rule, when=when)


def fold_expression(expression: Expression) -> Expression:
    """An equal expression, constant where no field takes part.

    `false and x` stays as it is: judging it asks for the field of `x`, and a missing field is an error whatever else
    the condition says.
    """
    match expression:
        case Constant() | FieldRef() | PathRef():
            return expression
        case Not():
            return _settle(Not(operand=fold_expression(expression.operand)))
        case BoolOp():
            operands = tuple(fold_expression(operand) for operand in expression.operands)
            return _settle(expression.model_copy(update={"operands": operands}))
        case Compare():
            sides = {
                "left": fold_expression(expression.left),
                "right": fold_expression(expression.right),
            }
            return _settle(expression.model_copy(update=sides))
        case InRange() | InList():
            return _settle(expression.model_copy(update={"operand": fold_expression(expression.operand)}))


def _settle(expression: Not | BoolOp | Compare | InRange | InList) -> Expression:
    """The value of an expression whose operands all are constants; otherwise the expression."""
    match expression:
        case Not(operand=Constant(value=value)):
            return Constant(value=not value)
        case BoolOp(op=op, operands=operands):
            values = [operand.value for operand in operands if isinstance(operand, Constant)]
            if len(values) < len(operands):
                return expression
            return Constant(value=all(values) if op == "and" else any(values))
        case Compare(op=op, left=Constant(value=left), right=Constant(value=right)):
            return Constant(value=_compare(op, left, right))
        case InRange(operand=Constant(value=value), low=low, high=high) if not isinstance(value, str):
            return Constant(value=low <= value <= high)
        case InList(operand=Constant(value=value), items=items):
            return Constant(value=value in items)
        case _:
            return expression


def _compare(op: str, left: Value, right: Value) -> bool:
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    # The checker lets only numbers come here.
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
