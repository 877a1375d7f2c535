"""Checks defaults of fields that are lists or objects: a value that is filled in must be one of the field.

Invariant: a default without a report is a whole value of its type: every key is in it that need not be missing, for
nothing is filled into what was filled in. No test of a field is sure to fail of it.

Example: `tags list of string = ["a", 1]` is reported: the default has a number in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guardc.policy.checking.declarations import type_of
from guardc.policy.checking.names import did_you_mean
from guardc.policy.checking.static_fix import sure_to_fail
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import Json, ListOf, MapOf, Plain, Shape, ShapeRef, Test, ValueType
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import DefaultValue, ListValue, Name, Null, ObjectValue, Text
from guardc.policy.types import allows, literals_of, options_of, show_type, tag_of

__all__ = ["Defaults", "value_of"]


def value_of(node: DefaultValue) -> Json:
    """The value that is written."""
    if isinstance(node, ListValue):
        return [value_of(item) for item in node.items]
    if isinstance(node, ObjectValue):
        return {_text(key): value_of(value) for key, value in node.members}
    return None if isinstance(node, Null) else node.value


def _text(key: Name | Text) -> str:
    return key.value if isinstance(key, Text) else key.text


class Defaults:
    """Defaults of one file, whose shapes are all known. `key` is the field that has the default, for messages."""

    def __init__(self, reporter: Reporter, shapes: Mapping[str, Shape]) -> None:
        self.reporter = reporter
        self.shapes = shapes
        self.key = ""

    def check(self, key: str, node: DefaultValue, type_: ValueType, tests: tuple[Test, ...]) -> bool:
        """Reports what is wrong with the default of a field; True if nothing is."""
        self.key = key
        return self.value(node, type_, tests)

    def value(self, node: DefaultValue, type_: ValueType, tests: tuple[Test, ...] = ()) -> bool:
        if Plain(name="any") in options_of(type_):
            return True
        if isinstance(node, ListValue):
            fits = self.of_list(node, type_)
        elif isinstance(node, ObjectValue):
            fits = self.of_object(node, type_)
        else:
            fits = allows(type_, value_of(node)) or self.wrong(node, type_)
        value = value_of(node)
        if fits and value is not None and any(sure_to_fail(test, value) for test in tests):
            self.reporter.add(
                "G045",
                node.span,
                f"the default of `{self.key}` fails a test of its field",
                label="never holds",
                help="take a default that the field accepts",
            )
            return False
        return fits

    def wrong(self, node: DefaultValue, type_: ValueType) -> bool:
        """Reports a value of another type."""
        word = "list" if isinstance(node, ListValue) else "object" if isinstance(node, ObjectValue) else "null"
        if not isinstance(node, ListValue | ObjectValue | Null):
            word = type_of(node)
        article = "" if word == "null" else "an " if word == "object" else "a "
        return self.refuse(
            node.span, f"the default of `{self.key}` has {article}{word} where it must not", f"not {show_type(type_)}"
        )

    def refuse(self, span: Span, message: str, label: str, help_: str | None = None) -> bool:
        self.reporter.add("G031", span, message, label=label, help=help_)
        return False

    def of_list(self, node: ListValue, type_: ValueType) -> bool:
        element = next((option.element for option in options_of(type_) if isinstance(option, ListOf)), None)
        if element is None:
            return self.wrong(node, type_)
        return self.values(node.items, element)

    def values(self, nodes: Sequence[DefaultValue], element: ValueType) -> bool:
        good = True
        for node in nodes:
            good = self.value(node, element) and good
        return good

    def of_object(self, node: ObjectValue, type_: ValueType) -> bool:
        seen: dict[str, Span] = {}
        for key, _ in node.members:
            if _text(key) in seen:
                self.reporter.defined_twice(key.span, seen[_text(key)], "the key")
                return False
            seen[_text(key)] = key.span
        for option in options_of(type_):
            if isinstance(option, MapOf):
                return self.values([value for _, value in node.members], option.element)
        shapes = [self.shapes[option.name] for option in options_of(type_) if isinstance(option, ShapeRef)]
        if not shapes:
            return self.wrong(node, type_)
        shape = shapes[0] if len(shapes) == 1 else self.meant(node, shapes)
        if shape is None:
            tag = tag_of(shapes)
            return self.refuse(
                node.span,
                f"the default of `{self.key}` has an object of an unknown kind",
                f"`{tag}` does not say which of {show_type(type_)} it is",
            )
        return self.of_shape(node, shape)

    def meant(self, node: ObjectValue, shapes: list[Shape]) -> Shape | None:
        """The shape whose tag the object has."""
        tag = tag_of(shapes)
        values = [value_of(value) for key, value in node.members if _text(key) == tag]
        for shape in shapes if tag is not None and values else ():
            assert tag is not None
            if any(type(value) is type(values[0]) and value == values[0] for value in literals_of(shape, tag)):
                return shape
        return None

    def of_shape(self, node: ObjectValue, shape: Shape) -> bool:
        fields = {field.key: field for field in shape.fields}
        given = {_text(key) for key, _ in node.members}
        good = True
        for key, value in node.members:
            field = fields.get(_text(key))
            if field is not None:
                good = self.value(value, field.type, field.tests) and good
            elif not shape.open:
                good = self.refuse(
                    key.span,
                    f"`{shape.name}` has no field `{_text(key)}`",
                    "not in the shape",
                    did_you_mean(_text(key), fields),
                )
        for field in shape.fields:
            if field.key not in given and (field.required or field.default is not None):
                good = self.refuse(
                    node.span,
                    f"the default of `{self.key}` lacks `{field.key}`",
                    f"no whole `{shape.name}`",
                    "write it out: nothing is filled in here, and only keys with `?` may be left out",
                )
        return good
