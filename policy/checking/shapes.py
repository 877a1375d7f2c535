"""Checks shapes: their names, their fields, and what is done about a field that is not as it should be.

Invariant: the shapes that come back are those that are right for themselves; a shape that is named by a type exists if
all shapes came back.

Example: in `shape Item { qty integer chars < 3 }` it is reported that `chars` is for strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guardc.policy.checking.actions import EXCEPTION, Actions, Chosen
from guardc.policy.checking.declarations import type_of
from guardc.policy.checking.defaults import Defaults, value_of
from guardc.policy.checking.names import IN_TYPES, KEYWORDS, LATER
from guardc.policy.checking.static_fix import sure_to_fail
from guardc.policy.checking.tests import Tests
from guardc.policy.checking.types import PLAIN, Types
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import (
    Action,
    FieldDefault,
    Shape,
    ShapeField,
    ShapeRef,
    Test,
    ValueType,
)
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import ListValue, Name, Null, ObjectValue, ShapeFieldNode, ShapeNode, Text
from guardc.policy.types import allows, kinds_of, kinds_tested, options_of, show_test, show_type, tag_of

__all__ = ["FieldClauses", "Shapes", "suits"]


@dataclass(frozen=True)
class FieldClauses:
    """What fields get from `defaults`."""

    on_fail: Chosen | None = None
    on_error: Action = EXCEPTION


class Shapes:
    """The shapes of one file. `made` has those that are right, with those of the files that it imports, by the names
    that the policy has for them; `complete` is True if all are right.

    `others` are the shapes of imported files, by the `id` of their scopes.
    """

    def __init__(self, actions: Actions, tests: Tests, others: Mapping[int, Shapes]) -> None:
        self.lookup = actions.lookup
        self.reporter = actions.reporter
        self.actions = actions
        self.tests = tests
        self.nodes: dict[str, ShapeNode] = {}
        self.made: dict[str, Shape] = {}
        self.complete = True
        for node in self.lookup.scope.shapes:
            self.declare(node)
        known = {name: self.lookup.known_as(name) for name in self.nodes}
        for namespace, scope in self.lookup.scope.imports():
            imported = others[id(scope)]
            known |= {f"{namespace}.{name}": imported.lookup.known_as(name) for name in imported.nodes}
            self.made |= imported.made
            self.complete = self.complete and imported.complete
        self.types = Types(self.lookup, known)

    def declare(self, node: ShapeNode) -> None:
        name = node.name.text
        first = self.nodes.get(name)
        if first is not None:
            self.complete = False
            self.reporter.defined_twice(node.name.span, first.name.span, "the shape")
            return
        if "." in name or name in KEYWORDS | LATER | IN_TYPES or name in PLAIN:
            self.complete = False
            dotted = "." in name
            self.reporter.add(
                "G021",
                node.name.span,
                f"`{name}` cannot be the name of a shape",
                label="a name has no dots" if dotted else "a word of the language",
                help=f"take `{name.replace('.', '_')}`" if dotted else f"take another name, such as `My{name.title()}`",
            )
        self.nodes[name] = node

    def check(self, inherited: FieldClauses) -> None:
        """Checks every shape."""
        for node in self.nodes.values():
            self.shape(node, inherited)
        if self.complete:
            self.tags()
            self.endless()
        if self.complete:
            self.defaults()

    def shape(self, node: ShapeNode, inherited: FieldClauses) -> None:
        keys: dict[str, Span] = {}
        fields = []
        for field in node.fields:
            key = field.key.value if isinstance(field.key, Text) else field.key.text
            if key in keys:
                self.complete = False
                self.reporter.defined_twice(field.key.span, keys[key], "the field")
            keys.setdefault(key, field.key.span)
            made = self.field(field, key, inherited)
            if made is not None:
                fields.append(made)
        if len(fields) < len(node.fields):
            self.complete = False
            return
        name = self.lookup.known_as(node.name.text)
        self.made[name] = Shape(name=name, open=node.open, fields=tuple(fields), at=node.name.span.location)

    # --- fields ---

    def field(self, node: ShapeFieldNode, key: str, inherited: FieldClauses) -> ShapeField | None:
        good = self.key(node.key)
        type_ = self.types.check(node.type)
        checked = [(written, self.tests.check(written, of_values=True)) for written in node.tests]
        on_error = self.actions.on_error(node.on_error)
        tests = tuple(test for _, test in checked if test is not None)
        good = good and len(tests) == len(checked) and not (node.on_error and on_error is None)
        if type_ is None:
            self.actions.on_fail(node.on_fail)
            return None
        suited = [suits(test, type_, written.span, self.reporter) for written, test in checked if test is not None]
        good = good and all(suited)
        default = self.default(node, key, type_, tests)
        if not good or (node.default is not None and default is None):
            self.actions.on_fail(node.on_fail)
            return None
        on_fail = self.actions.of_field(node.on_fail, inherited.on_fail, type_, tests, node.type.span)
        if on_fail is None:
            return None
        return ShapeField(
            key=key,
            type=type_,
            required=not node.optional and default is None,
            default=default,
            tests=tests,
            on_fail=on_fail,
            on_error=on_error or self.lookup.on_error(tests) or inherited.on_error,
            at=node.key.span.location,
        )

    def key(self, key: Name | Text) -> bool:
        if isinstance(key, Name) and "." in key.text:
            self.reporter.add(
                "G021",
                key.span,
                f"`{key.text}` cannot be a key without quotes",
                label="a name has no dots",
                help=f"write {show_text(key.text)}",
            )
            return False
        return True

    def default(self, node: ShapeFieldNode, key: str, type_: ValueType, tests: tuple[Test, ...]) -> FieldDefault | None:
        """The default, None if there is none or after a report."""
        if node.default is None:
            return None
        value = value_of(node.default)
        if isinstance(node.default, ListValue | ObjectValue):
            return FieldDefault(value=value)  # it may speak of shapes that are not known yet
        if not allows(type_, value):
            found = "null" if isinstance(node.default, Null) else type_of(node.default)
            self.reporter.add(
                "G031",
                node.default.span,
                f"the default of `{key}` is a {found}" if value is not None else f"the default of `{key}` is null",
                label=f"not {show_type(type_)}",
                also=[(node.type.span, f"`{key}` is {show_type(type_)}")],
            )
            return None
        if value is not None and any(sure_to_fail(test, value) for test in tests):
            self.reporter.add(
                "G045",
                node.default.span,
                f"the default of `{key}` fails the field's own test",
                label="never holds",
                help="take a default that the field accepts",
            )
            return None
        return FieldDefault(value=value)

    # --- all shapes together ---

    def tags(self) -> None:
        """Reports shapes in one type that nothing tells apart."""
        for names, span in self.types.several:
            if tag_of([self.made[name] for name in names]) is None:
                self.complete = False
                listed = " and ".join(f"`{name}`" for name in names)
                self.reporter.add(
                    "G082",
                    span,
                    f"{listed} cannot be told apart",
                    label="no required field has literals that differ",
                    help='give each a field with a literal of its own, such as `kind "card"` and `kind "cash"`',
                )

    def endless(self) -> None:
        """Reports shapes that no value of finite size has."""
        finite: set[str] = set()
        while True:
            more = {name for name, shape in self.made.items() if name not in finite and _ends(shape, finite)}
            if not more:
                break
            finite |= more
        for name, node in self.nodes.items():
            known = self.lookup.known_as(name)
            if known not in finite:
                self.complete = False
                shape = self.made[known]
                field = next(field for field in shape.fields if field.required and not _ends_type(field.type, finite))
                index = shape.fields.index(field)
                self.reporter.add(
                    "G087",
                    node.fields[index].span,
                    f"a `{name}` would never end",
                    label=f"every `{name}` has another value of this type in it",
                    help=f"let the field be missing, `{field.key}? ...`, or be null, `... or null`",
                )

    def defaults(self) -> None:
        """Reports defaults that are lists or objects and no values of their fields."""
        checked = Defaults(self.reporter, self.made)
        for name, node in self.nodes.items():
            for field, made in zip(node.fields, self.made[self.lookup.known_as(name)].fields, strict=True):
                if isinstance(field.default, ListValue | ObjectValue):
                    good = checked.check(made.key, field.default, made.type, made.tests)
                    self.complete = self.complete and good


def suits(test: Test, type_: ValueType, span: Span, reporter: Reporter) -> bool:
    """Reports a test that is about no value of the type."""
    if kinds_tested(test) & kinds_of(type_):
        return True
    kinds = kinds_of(type_)
    word = show_test(test)
    what = {"number": "numbers", "list": "lists and maps", "string": "strings"}
    tested = next(what[kind] for kind in what if kind in kinds_tested(test))
    help_ = None
    if "list" in kinds:
        help_ = (
            "the items are counted with `count in 1..50`; a rule on each item is written `$.field[*]: ...` in a guard"
        )
    elif "number" in kinds:
        help_ = "a number is compared as in `in 0..500` or `>= 0`, in a guard `$.field: number >= 0`"
    elif "object" in kinds:
        help_ = "write the test at the field that it is about"
    reporter.add("G081", span, f"`{word}` is about {tested}", label=f"the value is {show_type(type_)}", help=help_)
    return False


def _ends(shape: Shape, finite: set[str]) -> bool:
    return all(_ends_type(field.type, finite) for field in shape.fields if field.required)


def _ends_type(type_: ValueType, finite: set[str]) -> bool:
    """Whether some value of the type has no more of the shapes in it than those known to end."""
    return any(not isinstance(option, ShapeRef) or option.name in finite for option in options_of(type_))
