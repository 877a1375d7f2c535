"""Checks the conditions of rules: their fields, their types, and whether they say anything.

Vocabulary: a condition is *constant* if it has the same value whatever the metadata are.

Invariant: what comes back is well-typed as a whole, and a bool.

Example: with `metadata { tier string }`, `tier < 3` is reported, `tier == "free"` is a `Compare`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from typing import Literal, cast

from guardc.policy.checking.declarations import type_of
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import did_you_mean
from guardc.policy.checking.paths import Paths
from guardc.policy.model import (
    BoolOp,
    Compare,
    Constant,
    Expression,
    FieldRef,
    InList,
    InRange,
    Not,
    TypeName,
    Value,
)
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    Boolean,
    BoolNode,
    CompareNode,
    ConditionNode,
    FieldNode,
    InListNode,
    InRangeNode,
    NotNode,
    Number,
    PathNode,
    Text,
)

__all__ = ["Conditions"]

OPERATORS: dict[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": cast("Callable[[Value, Value], bool]", operator.lt),
    "<=": cast("Callable[[Value, Value], bool]", operator.le),
    ">": cast("Callable[[Value, Value], bool]", operator.gt),
    ">=": cast("Callable[[Value, Value], bool]", operator.ge),
}

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Typed = tuple[Expression, TypeName]


class Conditions:
    """Conditions of one policy. `used` collects the fields that they name."""

    def __init__(self, lookup: Lookup) -> None:
        self.reporter = lookup.reporter
        self.scope = lookup.scope
        self.lookup = lookup
        self.used: set[str] = set()
        self.paths: Paths | None = None  # of the guard whose conditions are checked

    def check(self, node: ConditionNode) -> Expression | None:
        """The condition, or None after a report."""
        typed = self.boolean(node)
        if typed is not None and (value := fold(typed)) is not None:
            self.constant(node.span, bool(value))
        return typed

    def constant(self, span: Span, value: bool) -> None:
        effect = "the rule always applies" if value else "the rule never applies"
        self.reporter.add(
            "G053",
            span,
            f"the condition is always {'true' if value else 'false'}",
            label=effect,
            help="delete the condition" if value else "delete the rule, or mend its condition",
        )

    def boolean(self, node: ConditionNode) -> Expression | None:
        typed = self.typed(node)
        if typed is None:
            return None
        expression, type_ = typed
        if type_ != "bool":
            help_ = f'compare it, as in `{node.span.text} == "..."`' if type_ == "string" else None
            self.reporter.add(
                "G040",
                node.span,
                f"`{node.span.text}` is a {type_}, not a condition",
                label="neither true nor false",
                help=help_ or f"compare it, as in `{node.span.text} > 0`",
            )
            return None
        return expression

    def typed(self, node: ConditionNode) -> Typed | None:
        if isinstance(node, Text | Number | Boolean):
            return Constant(value=node.value), type_of(node)
        if isinstance(node, FieldNode):
            return self.field(node)
        if isinstance(node, PathNode):
            return None if self.paths is None else self.paths.scalar(node)
        if isinstance(node, NotNode):
            operand = self.boolean(node.operand)
            return None if operand is None else (Not(operand=operand), "bool")
        if isinstance(node, BoolNode):
            parts = [self.boolean(part) for part in node.operands]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            return BoolOp(op="and" if node.op == "and" else "or", operands=tuple(known)), "bool"
        if isinstance(node, CompareNode):
            return self.compare(node)
        if isinstance(node, InRangeNode):
            return self.in_range(node)
        return self.in_list(node)

    def field(self, node: FieldNode) -> Typed | None:
        name = node.name.text
        declared = self.scope.fields.get(name)
        if declared is not None:
            self.used.add(name)
            return FieldRef(name=name), declared.type
        if name and name not in self.reporter.broken and not self.lookup.later(node.name):
            self.reporter.add(
                "G015",
                node.span,
                f"unknown metadata field `{name}`",
                label="not declared",
                help=did_you_mean(name, self.scope.fields)
                or f"declare it: `metadata {{ {name} string }}`; strings are written in quotes",
            )
        return None

    def compare(self, node: CompareNode) -> Typed | None:
        left, right = self.typed(node.left), self.typed(node.right)
        if left is None or right is None:
            return None
        op = node.op.text
        if left[1] != right[1]:
            self.reporter.add(
                "G040",
                node.span,
                f"a {left[1]} is compared with a {right[1]}",
                label="never equal",
                help="compare values of one type",
                also=[(node.left.span, f"a {left[1]}"), (node.right.span, f"a {right[1]}")],
            )
            return None
        if op not in {"==", "!="} and left[1] != "number":
            self.reporter.add(
                "G040",
                node.op.span,
                f"`{op}` compares numbers, not {left[1]}s",
                help="take `==` or `!=`",
            )
            return None
        return Compare(op=cast("Operator", op), left=left[0], right=right[0]), "bool"

    def in_range(self, node: InRangeNode) -> Typed | None:
        operand = self.typed(node.operand)
        if node.low.value > node.high.value:
            self.reporter.add(
                "G034",
                node.low.span.to(node.high.span),
                "the range has no number in it",
                help=f"did you mean `{node.high.span.text}..{node.low.span.text}`?",
            )
            return None
        if operand is None:
            return None
        if operand[1] != "number":
            self.reporter.add(
                "G040",
                node.operand.span,
                f"a range is for numbers, not {operand[1]}s",
                label=f"a {operand[1]}",
                help='take a list, as in `in ["a", "b"]`' if operand[1] == "string" else None,
            )
            return None
        return InRange(operand=operand[0], low=node.low.value, high=node.high.value), "bool"

    def in_list(self, node: InListNode) -> Typed | None:
        operand = self.typed(node.operand)
        if operand is None:
            return None
        good = True
        for item in node.items:
            if type_of(item) != operand[1]:
                good = False
                self.reporter.add(
                    "G040",
                    item.span,
                    f"a {operand[1]} is looked for among {type_of(item)}s",
                    label=f"a {type_of(item)}",
                    also=[(node.operand.span, f"a {operand[1]}")],
                )
        if not good:
            return None
        return InList(operand=operand[0], items=tuple(item.value for item in node.items)), "bool"


def fold(expression: Expression) -> Value | None:
    """The value of a constant expression, None if it depends on the metadata."""
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Not):
        value = fold(expression.operand)
        return None if value is None else not value
    if isinstance(expression, BoolOp):
        # `and` is false as soon as one part is, `or` true.
        decisive = expression.op == "or"
        values = [fold(part) for part in expression.operands]
        if any(value is decisive for value in values):
            return decisive
        return not decisive if all(value is not None for value in values) else None
    if isinstance(expression, Compare):
        if expression.left == expression.right and not isinstance(expression.left, Constant):
            return expression.op in {"==", "<=", ">="}
        left, right = fold(expression.left), fold(expression.right)
        if left is None or right is None:
            return None
        return OPERATORS[expression.op](left, right)
    if isinstance(expression, InRange):
        value = fold(expression.operand)
        return None if value is None else expression.low <= cast("float", value) <= expression.high
    if isinstance(expression, InList):
        value = fold(expression.operand)
        if not expression.items:
            return False
        return None if value is None else value in cast("Collection[Value]", expression.items)
    return None
