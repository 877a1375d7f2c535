"""Types of values in structured texts: how they are written, what they allow, what they have inside.

Vocabulary: the *options* of a type are the types of a union, or the type alone. The *kind* of a value is what JSON
calls its type: `string`, `number`, `bool`, `null`, `list` or `object`; an object whose keys are not given is also a
`map`.

Invariant: nothing here reports anything; a question that has no answer gets None or an empty tuple.

Example: `show_type(AnyOf(options=(Plain(name="string"), Plain(name="null"))))` is `"string or null"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guardc.policy.model import (
    AnyOf,
    Choice,
    FindTest,
    Json,
    ListOf,
    MapOf,
    MeasureTest,
    PathStep,
    Plain,
    Shape,
    ShapeRef,
    Test,
    Value,
    ValueType,
)
from guardc.policy.reading.literals import show_number, show_text

__all__ = [
    "allows",
    "inside",
    "kinds_of",
    "kinds_tested",
    "literals_of",
    "options_of",
    "shapes_in",
    "show_literal",
    "show_path",
    "show_test",
    "show_type",
    "tag_of",
]

Shapes = Mapping[str, Shape]
ALL_KINDS = frozenset({"string", "number", "bool", "null", "list", "object", "map"})
_PLAIN_KINDS = {
    "string": frozenset({"string"}),
    "number": frozenset({"number"}),
    "integer": frozenset({"number"}),
    "bool": frozenset({"bool"}),
    "null": frozenset({"null"}),
    "any": ALL_KINDS,
}
ANY = Plain(name="any")


def options_of(type_: ValueType) -> tuple[ValueType, ...]:
    """The types of which a value has one."""
    return type_.options if isinstance(type_, AnyOf) else (type_,)


def kinds_of(type_: ValueType) -> frozenset[str]:
    """The kinds of values that the type allows."""
    match type_:
        case AnyOf(options=options):
            return frozenset[str]().union(*(kinds_of(option) for option in options))
        case Plain(name=name):
            return _PLAIN_KINDS[name]
        case Choice(values=values):
            return frozenset(_kind(value) for value in values)
        case ListOf():
            return frozenset({"list"})
        case MapOf():
            return frozenset({"object", "map"})
        case ShapeRef():
            return frozenset({"object"})


def kinds_tested(test: Test) -> frozenset[str]:
    """The kinds of values that the test says something about."""
    if isinstance(test, MeasureTest) and test.measure == "number":
        return frozenset({"number"})
    if isinstance(test, MeasureTest) and test.measure == "items":
        return frozenset({"list", "map"})
    return frozenset({"string"})


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def allows(type_: ValueType, value: Json) -> bool:
    """Whether a literal or null is a value of the type. Lists and objects are none here."""
    for option in options_of(type_):
        match option:
            case Plain(name="integer"):
                fits = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
            case Plain():
                fits = _kind(value) in kinds_of(option)
            case Choice(values=values):
                fits = any(_kind(value) == _kind(choice) and value == choice for choice in values)
            case _:
                fits = False
        if fits:
            return True
    return False


def shapes_in(type_: ValueType) -> list[str]:
    """The shapes that a type names."""
    match type_:
        case ShapeRef(name=name):
            return [name]
        case ListOf(element=element) | MapOf(element=element):
            return shapes_in(element)
        case AnyOf(options=options):
            return [name for option in options for name in shapes_in(option)]
        case _:
            return []


def inside(type_: ValueType, step: PathStep, shapes: Shapes) -> tuple[ValueType, ...]:
    """The types, each once, that the value at a step into a value of the type may have; none if no such value exists.

    A field that may be missing has the types that it has if it is there.
    """
    # By how they are written: to Python `1` and `true` are equal.
    found = {show_type(found): found for option in options_of(type_) for found in _inside(option, step, shapes)}
    return tuple(found.values())


def _inside(option: ValueType, step: PathStep, shapes: Shapes) -> tuple[ValueType, ...]:
    match option:
        case Plain(name="any"):
            return (ANY,)
        case ListOf(element=element) if step.kind != "key":
            return options_of(element)
        case MapOf(element=element) if step.kind != "index":
            return options_of(element)
        case ShapeRef(name=name) if step.kind == "key":
            shape = shapes[name]
            for field in shape.fields:
                if field.key == step.key:
                    return options_of(field.type)
            return (ANY,) if shape.open else ()
    return ()


def tag_of(shapes: Sequence[Shape]) -> str | None:
    """The key of the first field that tells the shapes apart: required in each, with literals of which no two shapes
    have an equal one. None if there is none."""
    for field in shapes[0].fields:
        if all(literals_of(shape, field.key) for shape in shapes):
            values = [(_kind(value), value) for shape in shapes for value in literals_of(shape, field.key)]
            if len(set(values)) == len(values):
                return field.key
    return None


def literals_of(shape: Shape, key: str) -> tuple[Value, ...]:
    """The literals of a required field that has nothing else; none if the key is not one."""
    for field in shape.fields:
        if field.key == key and field.required and isinstance(field.type, Choice):
            return field.type.values
    return ()


# --- in the spelling of the language ----------------------------------------------------------------------------------


def show_literal(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(show_literal, value))}]"
    if isinstance(value, dict):
        members = ", ".join(f"{show_text(key)}: {show_literal(inner)}" for key, inner in value.items())
        return f"{{{members}}}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return show_text(value) if isinstance(value, str) else show_number(value)


def show_type(type_: ValueType) -> str:
    match type_:
        case Plain(name=name) | ShapeRef(name=name):
            return name
        case Choice(values=(value,)):
            return show_literal(value)
        case Choice(values=values):
            return "one of " + ", ".join(show_literal(value) for value in values)
        case ListOf(element=element):
            return f"list of {_grouped(element)}"
        case MapOf(element=element):
            return f"map of {_grouped(element)}"
        case AnyOf(options=options):
            return " or ".join(show_type(option) for option in options)


def _grouped(type_: ValueType) -> str:
    return f"({show_type(type_)})" if isinstance(type_, AnyOf) else show_type(type_)


def show_path(path: Sequence[PathStep]) -> str:
    """`$.items[*].name`"""
    text = "$"
    for step in path:
        if step.kind == "all":
            text += "[*]"
        elif step.kind == "index":
            text += f"[{step.index}]"
        elif step.key.isidentifier() and step.key.isascii():
            text += f".{step.key}"
        else:
            text += f"[{show_text(step.key)}]"
    return text


def show_test(test: Test) -> str:
    """A test as it is written in a field. Arguments of custom validators are left out."""
    if isinstance(test, FindTest):
        text = f"{test.quantifier} {', '.join(use.name for use in test.detectors)}"
        return text + (f" except {', '.join(use.name for use in test.excepts)}" if test.excepts else "")
    if isinstance(test, MeasureTest):
        names = {
            "count": f"count({', '.join(use.name for use in test.detectors)})",
            "items": "count",
            "number": "number",
        }
        name = test.call.name if test.call else names.get(test.measure, test.measure)
        return f"{name} {_bounds(test)}"
    if test.call is not None:
        return test.call.name
    return " ".join([test.predicate, ", ".join(map(show_text, test.strings))]).strip()


def _bounds(test: MeasureTest) -> str:
    if test.low is not None and test.high is not None:
        return f"in {show_number(test.low)}..{show_number(test.high)}"
    if test.low is not None:
        return f"{'>' if test.low_open else '>='} {show_number(test.low)}"
    assert test.high is not None
    return f"{'<' if test.high_open else '<='} {show_number(test.high)}"
