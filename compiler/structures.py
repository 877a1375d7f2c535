"""Lowers a guard on structured values: from shapes and paths to nodes.

Vocabulary: a *node* says what a value at some places of the structure must be, and which rules it has; a path that is
*under way* at a node leads on from it, into the values inside. A node's *owner* is the field, or the guard, whose `on
fail` answers for the shape of the value.

A value at one place has the tests of its field, the rules whose path ends there, and the rules without a path. They
become one inner guard, so that all of them see the same text and their fixes are merged. Places that have the same
type, the same owner and the same paths under way share a node; that is how a shape that names itself becomes a finite
graph.

Invariant: every way from a node back to itself leads into a value inside.

Example: with `$.items[0].name: no rivals`, the list of `items` has one node for its first item and another for all
others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from guardc.compiler.ir import DefinitionIR, FieldIR, GuardIR, NodeIR, OwnerIR, RuleIR
from guardc.policy.model import (
    Choice,
    FindTest,
    Guard,
    Limit,
    ListOf,
    MapOf,
    PathStep,
    Plain,
    Policy,
    Rule,
    Shape,
    ShapeField,
    ShapeRef,
    Test,
    Value,
    ValueType,
)
from guardc.policy.schemas import part_of
from guardc.policy.types import kinds_of, kinds_tested, literals_of, options_of, show_test, show_type, tag_of

__all__ = ["Structures"]

ANY = Plain(name="any")
NO_LIMIT = 1 << 62
"""Of inner guards: the limit of the whole value bounds what is in it."""

UnderWay = frozenset[tuple[int, int]]
"""Of each path under way the number of its rule, and how many of its steps are behind."""
MakeRule = Callable[[Rule], RuleIR]


class Structures:
    """The nodes of all structured guards of one policy, with their owners and inner guards.

    `first` is the number that the first inner guard will have among all guards.
    """

    def __init__(self, policy: Policy, make_rule: MakeRule, first: int) -> None:
        self.policy = policy
        self.make_rule = make_rule
        self.first = first
        self.nodes: list[NodeIR | None] = []
        self.owners: list[OwnerIR] = []
        self.inner: list[GuardIR] = []
        self.definitions: list[DefinitionIR | None] = []
        self._definition_numbers: dict[str, int] = {}
        self._owner_numbers: dict[OwnerIR, int] = {}

    def lower(self, guard: Guard) -> GuardIR:
        """The guard as it is run: its rules are in inner guards, its root is a node."""
        assert guard.structure is not None
        return _Structure(self, guard, guard.structure).lower()

    def owner(self, owner: OwnerIR) -> int:
        if owner not in self._owner_numbers:
            self._owner_numbers[owner] = len(self.owners)
            self.owners.append(owner)
        return self._owner_numbers[owner]

    def definition(self, name: str) -> int:
        """The number of a shape's schema."""
        if name not in self._definition_numbers:
            number = self._definition_numbers[name] = len(self.definitions)
            self.definitions.append(None)
            schema, names = part_of(self.policy, ShapeRef(name=name))
            self.definitions[number] = DefinitionIR(name, _json(schema), tuple(map(self.definition, names)))
        return self._definition_numbers[name]


class _Structure:
    """One guard."""

    def __init__(self, all_: Structures, guard: Guard, type_: ValueType) -> None:
        self.all = all_
        self.guard = guard
        self.type = type_
        self.everywhere = tuple(
            number for number, rule in enumerate(guard.rules) if rule.path is None and _quantifier(rule) == "no"
        )
        self.searched = any(rule.path is None for rule in guard.rules)
        self._nodes: dict[tuple[str, int, bool, UnderWay], int] = {}
        self._guards: dict[tuple[str | int, ...], int] = {}
        self._rules = [all_.make_rule(rule) for rule in guard.rules]

    def lower(self) -> GuardIR:
        guard = self.guard
        root = self.all.owner(OwnerIR(f"json {show_type(self.type)}", guard.on_fail, guard.at))
        ways = frozenset((number, 0) for number, rule in enumerate(guard.rules) if rule.path is not None)
        number = self.node(self.type, root, None, ways)
        finders = [rule for rule, made in zip(guard.rules, self._rules, strict=True) if made and _finds(rule)]
        return GuardIR(
            guard.name,
            guard.direction,
            (),
            guard.limit,
            (),
            (),
            root=number,
            stream=guard.stream,
            finders=self.inner([self.all.make_rule(rule) for rule in finders], ("has",)) if finders else None,
        )

    def inner(self, rules: list[RuleIR], key: tuple[str | int, ...]) -> int:
        """The number of the guard that has these rules."""
        if key not in self._guards:
            self._guards[key] = self.all.first + len(self.all.inner)
            guard = self.guard
            limit = Limit(amount=NO_LIMIT, unit="chars", on_fail=guard.limit.on_fail, at=guard.limit.at)
            name = f"{guard.name}/{len(self._guards)}"
            order = tuple(range(len(rules)))
            made = GuardIR(name, guard.direction, (), limit, tuple(rules), order, normalize=guard.normalize, inner=True)
            self.all.inner.append(made)
        return self._guards[key]

    # --- nodes ---

    def node(self, type_: ValueType, owner: int, field: tuple[Shape, ShapeField] | None, ways: UnderWay) -> int:
        """The number of the node of a value. `field` is set where the value is that of a field, not something
        inside."""
        key = (show_type(type_), owner, field is not None, ways)
        if key in self._nodes:
            return self._nodes[key]
        number = self._nodes[key] = len(self.all.nodes)
        self.all.nodes.append(None)
        schema, needs = self.schema(type_, field, ways)
        node = NodeIR(
            kinds=(), owner=owner, type=show_type(type_), said=_said(type_, field), schema=schema, needs=needs
        )
        choices: list[Value] = []
        shapes: list[Shape] = []
        for option in options_of(type_):
            match option:
                case Plain(name="any"):
                    node = replace(self.listed(self.keyed(node, ANY, owner, ways), ANY, owner, ways), kinds=_ALL)
                case Plain(name=name):
                    node = replace(node, kinds=(*node.kinds, name))
                case Choice(values=values):
                    choices += values
                case ListOf(element=element):
                    node = self.listed(node, element, owner, ways)
                case MapOf(element=element):
                    node = self.keyed(node, element, owner, ways)
                case ShapeRef(name=name):
                    shapes.append(self.all.policy.shapes[name])
        if len(shapes) == 1:
            node = self.shaped(node, shapes[0], owner, ways)
        elif shapes:
            tag = tag_of(shapes)
            assert tag is not None
            variants = tuple(
                (value, self.node(ShapeRef(name=shape.name), owner, None, ways))
                for shape in shapes
                for value in literals_of(shape, tag)
            )
            node = replace(node, kinds=(*node.kinds, "object"), tag=tag, variants=variants)
        stray = self.node(ANY, owner, None, frozenset()) if self.searched else None
        rules = self.rules(type_, field, ways)
        self.all.nodes[number] = replace(node, choices=tuple(choices), stray=stray, rules=rules)
        return number

    def listed(self, node: NodeIR, element: ValueType, owner: int, ways: UnderWay) -> NodeIR:
        """The node with lists among its values."""
        every = self.onward(ways, _is_all)
        indexes = {step.index for step in self.steps(ways) if step.kind == "index"}
        items = tuple(
            (index, self.node(element, owner, None, every | self.onward(ways, _is_item(index))))
            for index in sorted(indexes)
        )
        return replace(node, kinds=(*node.kinds, "list"), element=self.node(element, owner, None, every), items=items)

    def keyed(self, node: NodeIR, element: ValueType, owner: int, ways: UnderWay) -> NodeIR:
        """The node with objects among its values whose keys are not given."""
        every = self.onward(ways, _is_all)
        keys = dict.fromkeys(step.key for step in self.steps(ways) if step.kind == "key")
        fields = tuple(
            FieldIR(
                key,
                self.node(element, owner, None, every | self.onward(ways, _is_key(key))),
                required=False,
            )
            for key in sorted(keys)
        )
        rest = self.node(element, owner, None, every)
        return replace(node, kinds=(*node.kinds, "object", "map"), fields=fields, rest=rest)

    def shaped(self, node: NodeIR, shape: Shape, owner: int, ways: UnderWay) -> NodeIR:
        """The node with the objects of one shape among its values."""
        fields = []
        for field in shape.fields:
            onward = self.onward(ways, _is_key(field.key))
            answers = self.all.owner(OwnerIR(f"{shape.name}.{field.key}", field.on_fail, field.at))
            number = self.node(field.type, answers, (shape, field), onward)
            fields.append(FieldIR(field.key, number, field.required, field.default))
        rest = None
        if shape.open:
            rest = self.node(ANY, owner, None, frozenset())
            known = {field.key for field in shape.fields}
            keys = sorted({step.key for step in self.steps(ways) if step.kind == "key"} - known)
            for key in keys:
                onward = self.onward(ways, _is_key(key))
                fields.append(FieldIR(key, self.node(ANY, owner, None, onward), required=False))
        return replace(node, kinds=(*node.kinds, "object"), fields=tuple(fields), rest=rest)

    def schema(
        self, type_: ValueType, field: tuple[Shape, ShapeField] | None, ways: UnderWay
    ) -> tuple[str, tuple[int, ...]]:
        """The JSON Schema of a value that is asked again, with the numbers of its definitions: the type, the tests of
        the field, and the rules for this place that are always judged and do more than report."""
        rules = [self.guard.rules[number] for number in self.ended(ways)]
        tests = [*(field[1].tests if field else ())]
        tests += [rule.test for rule in rules if rule.when is None and rule.on_fail.name != "noop"]
        schema, names = part_of(self.all.policy, type_, tests)
        return _json(schema), tuple(map(self.all.definition, names))

    def ended(self, ways: UnderWay) -> list[int]:
        """The rules whose path ends here, in written order."""
        return sorted(number for number, behind in ways if behind == len(self.path(number)))

    def steps(self, ways: UnderWay) -> list[PathStep]:
        """The next steps of the paths under way."""
        return [self.path(number)[behind] for number, behind in ways if behind < len(self.path(number))]

    def path(self, rule: int) -> tuple[PathStep, ...]:
        return self.guard.rules[rule].path or ()

    def onward(self, ways: UnderWay, taken: Callable[[PathStep], bool]) -> UnderWay:
        """The paths under way inside, after the steps that are taken."""
        return frozenset(
            (number, behind + 1)
            for number, behind in ways
            if behind < len(self.path(number)) and taken(self.path(number)[behind])
        )

    # --- rules ---

    def rules(self, type_: ValueType, field: tuple[Shape, ShapeField] | None, ways: UnderWay) -> int | None:
        """The number of the inner guard of a node, None if it has no rules."""
        made: list[RuleIR] = []
        key: list[str | int] = []
        for number, test in enumerate(field[1].tests if field else ()):
            assert field is not None
            if kinds_tested(test) & kinds_of(type_):
                key += [field[0].name, field[1].key, number]
                made.append(self.all.make_rule(_field_rule(*field, test)))
        for number in sorted((*self.ended(ways), *self.everywhere)):
            rule = self.guard.rules[number]
            if kinds_tested(rule.test) & kinds_of(type_):
                key.append(number)
                made.append(self._rules[number])
        return self.inner(made, tuple(key)) if made else None


_ALL = ("string", "number", "bool", "null", "list", "object", "map")


def _quantifier(rule: Rule) -> str:
    return rule.test.quantifier if isinstance(rule.test, FindTest) else ""


def _finds(rule: Rule) -> bool:
    return rule.path is None and _quantifier(rule) == "has"


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _is_all(step: PathStep) -> bool:
    return step.kind == "all"


def _is_key(key: str) -> Callable[[PathStep], bool]:
    return lambda step: step.kind == "key" and step.key == key


def _is_item(index: int) -> Callable[[PathStep], bool]:
    return lambda step: step.kind == "index" and step.index == index


def _field_rule(shape: Shape, field: ShapeField, test: Test) -> Rule:
    """A test of a field as a rule."""
    action = field.on_fail
    if action.template is not None and not (isinstance(test, FindTest) and test.quantifier == "no"):
        action = action.model_copy(update={"template": None})
    name = f"{shape.name}.{field.key}: {show_test(test)}"
    return Rule(name=name, test=test, on_fail=action, on_error=field.on_error, at=field.at)


def _said(type_: ValueType, field: tuple[Shape, ShapeField] | None) -> str:
    return f"{show_type(type_)} {_show_tests(field[1])}".rstrip() if field else show_type(type_)


def _show_tests(field: ShapeField) -> str:
    """The tests of a field as they are written in its line, where a number's bounds stand without a name."""
    return " and ".join(show_test(test).removeprefix("number ") for test in field.tests)
