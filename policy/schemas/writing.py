"""A shape, or a value of some type, as a JSON Schema (draft 2020-12), for the response format of a model.

What JSON Schema cannot say of a field (a detector with a checksum, `no rivals`) stands in its `description`, where a
model reads it; the guard judges it either way.

Example: the field `a? integer in 0..5` becomes the property `{"type": "integer", "minimum": 0, "maximum": 5}`, which is
not `required`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from guardc.policy.model import (
    AnyOf,
    Choice,
    FindTest,
    ListOf,
    MapOf,
    MeasureTest,
    Pattern,
    Plain,
    Policy,
    PredicateTest,
    ShapeField,
    ShapeRef,
    Test,
    Value,
    ValueType,
)
from guardc.policy.schemas.formats import detector_format
from guardc.policy.types import kinds_tested, show_test

__all__ = ["part_of", "schema_of"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "bool": {"type": "boolean"},
    "null": {"type": "null"},
    "any": {},
}
_ONLY_PYTHON = re.compile(r"\\[AZ]|\(\?(?![:=!])|\(\?P")
"""What regexes of Python have and those of ECMA 262 have not."""


def schema_of(policy: Policy, name: str) -> dict[str, Any]:
    """The schema of the shape `name` of the policy; a KeyError if it has none."""
    return _Writer(policy, name).schema()


def part_of(policy: Policy, type_: ValueType, tests: Sequence[Test] = ()) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The schema of a value of this type that meets these tests, and the shapes that it refers to as `#/$defs/NAME`."""
    writer = _Writer(policy)
    schema = writer.shape(type_.name) if isinstance(type_, ShapeRef) else writer.value(type_, tests)
    return schema, tuple(writer.waiting)


class _Writer:
    """`root` is the shape that the whole schema is of, if it is of one; `waiting` are the others that it refers to."""

    def __init__(self, policy: Policy, root: str | None = None) -> None:
        self.policy = policy
        self.root = root
        self.waiting: list[str] = []

    def schema(self) -> dict[str, Any]:
        assert self.root is not None
        schema = {"$schema": DRAFT, **self.shape(self.root)}
        definitions: dict[str, Any] = {}
        for name in self.waiting:  # grows while it is read
            definitions[name] = self.shape(name)
        return {**schema, "$defs": definitions} if definitions else schema

    def shape(self, name: str) -> dict[str, Any]:
        shape = self.policy.shapes[name]
        return {
            "title": name.rpartition(".")[2],
            "type": "object",
            "properties": {field.key: self.field(field) for field in shape.fields},
            "required": [field.key for field in shape.fields if field.required],
            "additionalProperties": shape.open,
        }

    def field(self, field: ShapeField) -> dict[str, Any]:
        schema = self.value(field.type, field.tests)
        if field.default is not None:
            schema["default"] = field.default.value
        return schema

    def value(self, type_: ValueType, tests: Sequence[Test]) -> dict[str, Any]:
        schema = self.type(type_)
        left = [show_test(test) for test in tests if not self.said(test, schema)]
        if left:
            schema["description"] = "Must hold: " + "; ".join(left) + "."
        return schema

    # --- types ---

    def type(self, type_: ValueType) -> dict[str, Any]:
        match type_:
            case Plain(name=name):
                return dict(_PLAIN[name])
            case Choice(values=values):
                return {"type": _type_name(values), "enum": list(values)}
            case ListOf(element=element):
                return {"type": "array", "items": self.type(element)}
            case MapOf(element=element):
                return {"type": "object", "additionalProperties": self.type(element)}
            case ShapeRef(name=name):
                if name not in self.waiting and name != self.root:
                    self.waiting.append(name)
                return {"$ref": "#" if name == self.root else f"#/$defs/{name}"}
            case AnyOf(options=options):
                return {"anyOf": [self.type(option) for option in options]}

    @staticmethod
    def parts(schema: dict[str, Any], test: Test) -> list[dict[str, Any]]:
        """The parts of a field's schema that a test is about."""
        kinds = {{"list": "array", "map": "object"}.get(kind, kind) for kind in kinds_tested(test)}
        kinds |= {"integer"} if "number" in kinds else set()
        return [part for part in schema.get("anyOf", [schema]) if part.get("type") in kinds]

    # --- tests ---

    def said(self, test: Test, schema: dict[str, Any]) -> bool:
        """Put the test into the field's schema as keywords. False if it has to be described: there are none for it, a
        keyword is taken, or several parts of the schema are meant."""
        parts = self.parts(schema, test)
        said = self.keywords(test, parts[0]) if len(parts) == 1 else None
        if said is None or said.keys() & parts[0].keys():
            return False
        parts[0].update(said)
        return True

    def keywords(self, test: Test, part: dict[str, Any]) -> dict[str, Any] | None:
        if isinstance(test, MeasureTest):
            return self.bounds(test, part)
        if isinstance(test, FindTest):
            return self.detector(test)
        assert isinstance(test, PredicateTest)
        if test.predicate == "one of" and not test.ignore_case:
            return {"enum": list(test.strings)}
        if test.predicate in ("starts with", "ends with"):
            text = re.escape(test.strings[0])
            return {"pattern": f"^{text}" if test.predicate == "starts with" else f"{text}$"}
        return None

    @staticmethod
    def bounds(test: MeasureTest, part: dict[str, Any]) -> dict[str, Any] | None:
        if test.measure == "number":
            low = "exclusiveMinimum" if test.low_open else "minimum"
            high = "exclusiveMaximum" if test.high_open else "maximum"
        elif test.measure == "chars":
            low, high = "minLength", "maxLength"
        elif test.measure == "items":
            low, high = ("minItems", "maxItems") if part.get("type") == "array" else ("minProperties", "maxProperties")
        else:
            return None
        ends = ((low, test.low), (high, test.high))
        return {keyword: bound for keyword, bound in ends if bound is not None}

    def detector(self, test: FindTest) -> dict[str, Any] | None:
        """`is` and `has` of one pattern that is nothing but its regex."""
        if test.quantifier == "no" or len(test.detectors) != 1 or test.excepts:
            return None
        name = test.detectors[0].name
        format_ = detector_format(name) if test.quantifier == "is" else None
        if format_ is not None:
            return {"format": format_}
        found = self.policy.detectors.get(name)
        if not isinstance(found, Pattern) or found.flags or found.checks or _ONLY_PYTHON.search(found.regex):
            return None
        return {"pattern": found.regex if test.quantifier == "has" else f"^(?:{found.regex})$"}


def _type_name(values: tuple[Value, ...]) -> str | list[str]:
    names = {bool: "boolean", str: "string", int: "number", float: "number"}
    found = list(dict.fromkeys(names[type(value)] for value in values))
    return found[0] if len(found) == 1 else found
