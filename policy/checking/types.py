"""Checks the types of fields and of structured guards.

Vocabulary: see policy/types.py.

Invariant: a type that comes back says of every value by its kind, its literals and its tag which option it is to have,
so that a value is looked at once however often options nest.

Example: `list of strin` is reported with "did you mean `string`?".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from guardc.policy.checking.declarations import type_of
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import Scope, did_you_mean
from guardc.policy.model import AnyOf, Choice, ListOf, MapOf, Plain, PlainName, ShapeRef, Value, ValueType
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    ChoiceNode,
    ContainerNode,
    Literal,
    Name,
    TypeNameNode,
    TypeNode,
    UnionNode,
)
from guardc.policy.types import show_type

__all__ = ["PLAIN", "Types"]

PLAIN: tuple[str, ...] = get_args(PlainName)

_USUAL = {
    "str": "string", "text": "string", "int": "integer", "float": "number", "double": "number", "decimal": "number",
    "boolean": "bool", "none": "null", "nil": "null", "dict": "map of string", "object": "map of any",
    "map": "map of string", "list": "list of string", "array": "list of string",
}  # fmt: skip
"""Names of other languages."""


class Types:
    """Types of one file. `shapes` gives for each name that a type can write the name that the policy has for the shape;
    `used` collects those that are written; `several` has every union of shapes with its place, for whoever knows the
    fields of shapes."""

    def __init__(self, lookup: Lookup, shapes: Mapping[str, str]) -> None:
        self.lookup = lookup
        self.reporter = lookup.reporter
        self.shapes = shapes
        self.used: set[str] = set()
        self.several: list[tuple[tuple[str, ...], Span]] = []

    def check(self, node: TypeNode) -> ValueType | None:
        """The type, or None after a report."""
        if isinstance(node, TypeNameNode):
            return self.named(node.name)
        if isinstance(node, ChoiceNode):
            return Choice(values=tuple(value for _, value in self.literals(node.values)))
        if isinstance(node, ContainerNode):
            element = self.check(node.element)
            if element is None:
                return None
            return ListOf(element=element) if node.container == "list" else MapOf(element=element)
        return self.union(node)

    def named(self, name: Name) -> ValueType | None:
        if name.text in PLAIN:
            return Plain(name=cast("PlainName", name.text))
        symbol = self.lookup.scope.symbols.get(name.text.partition(".")[0])
        if name.text in self.shapes:
            self.used.add(name.text)
            if "." in name.text and symbol is not None:
                symbol.used = True
            return ShapeRef(name=self.shapes[name.text])
        if not self.lookup.excused(name.text):
            self.unknown(name)
        return None

    def unknown(self, name: Name) -> None:
        """Reports a name that is neither a type nor a shape."""
        first, dot, rest = name.text.partition(".")
        scope = self.lookup.scope
        symbol = scope.symbols.get(first)
        label = "neither a type nor a shape of this policy"
        if dot and symbol is None:
            label = f"nothing is imported as `{first}`"
        elif dot and symbol is not None and isinstance(symbol.value, Scope):
            label = f"no shape of `{symbol.value.source.file}`"
        found = scope.find(name.text)
        usual = _USUAL.get(name.text.lower())
        imported = [other for other, inner in scope.imports() if inner.shapes]
        near = did_you_mean(first, imported) if dot and symbol is None else None
        if usual:
            help_: str | None = f"did you mean `{usual}`?"
        elif found is not None and found.is_detector:
            help_ = f"`{name.text}` is a detector: write `string is {name.text}`"
        elif near is not None:
            help_ = near.replace("`?", f".{rest}`?")
        else:
            help_ = did_you_mean(name.text, [*PLAIN, *self.shapes])
        if help_ is None and dot:
            help_ = "look at what the file defines" if symbol else f'a file is imported with `import "{first}.guard"`'
        self.reporter.add(
            "G080",
            name.span,
            f"unknown type `{name.text}`",
            label=label,
            help=help_ or f"define it: `shape {name.text} {{ ... }}`",
        )

    def literals(self, nodes: tuple[Literal, ...]) -> list[tuple[str, Value]]:
        """Each literal once, with its type: `1` and `true` are equal in Python, and not the same here."""
        found: dict[tuple[str, Value], Literal] = {}
        for node in nodes:
            key = (type_of(node), node.value)
            if key in found:
                self.adds_nothing(node.span, found[key].span)
            found.setdefault(key, node)
        return list(found)

    def adds_nothing(self, span: Span, other: Span) -> None:
        self.reporter.add(
            "G052",
            span,
            f"`{span.text}` allows nothing that is not allowed already",
            label="adds nothing",
            help="delete it",
            also=[(other, "allowed by this")],
        )

    # --- unions ---

    def union(self, node: UnionNode) -> ValueType | None:
        checked = [(option, self.check(option)) for option in node.options]
        known = [
            (place, type_)
            for place, option in checked
            if option is not None
            for type_ in (option.options if isinstance(option, AnyOf) else (option,))
        ]
        if any(option is None for _, option in checked):
            return None
        wide = [
            (place, type_)
            for place, type_ in known
            if isinstance(type_, Plain) and type_.name not in {"integer", "null"}
        ]
        # By how they are written: to Python `1` and `true` are equal.
        kept: dict[str, tuple[ValueType, TypeNode]] = {}
        literals: dict[tuple[str, Value], TypeNode] = {}
        for place, type_ in known:
            same = kept.get(show_type(type_))
            covers = [p for p, w in wide if w is not type_ and _covers(w, type_)]
            cover = covers[0] if covers else None if same is None else same[1]
            if cover is not None and cover is not place:
                self.adds_nothing(place.span, cover.span)
                continue
            if isinstance(type_, Choice):
                for value in type_.values:
                    key = ("bool" if isinstance(value, bool) else type(value).__name__.replace("float", "int"), value)
                    if key in literals:
                        self.adds_nothing(place.span, literals[key].span)
                    literals.setdefault(key, place)
            kept.setdefault(show_type(type_), (type_, place))
        if not self.tellable(list(kept.values())):
            return None
        options: list[ValueType] = [type_ for type_, _ in kept.values() if not isinstance(type_, Choice)]
        if literals:
            options.append(Choice(values=tuple(value for _, value in literals)))
        names = tuple(option.name for option in options if isinstance(option, ShapeRef))
        if len(names) > 1:
            self.several.append((names, node.span))
        return AnyOf(options=tuple(options)) if len(options) > 1 else options[0]

    def tellable(self, kept: list[tuple[ValueType, TypeNode]]) -> bool:
        """Reports two lists, and objects of which one is a map."""
        lists = [place for type_, place in kept if isinstance(type_, ListOf)]
        maps = [place for type_, place in kept if isinstance(type_, MapOf)]
        objects = [place for type_, place in kept if isinstance(type_, MapOf | ShapeRef)]
        for group, bad, what, mend in (
            (lists, len(lists) > 1, "lists", "write one list of both: `list of (A or B)`"),
            (objects, bool(maps) and len(objects) > 1, "objects", "keep one of them, or take `any`"),
        ):
            if bad:
                self.reporter.add(
                    "G082",
                    group[1].span,
                    f"two kinds of {what} in one type cannot be told apart",
                    help=mend,
                    also=[(group[0].span, "the other one")],
                )
                return False
        return True


def _covers(wide: Plain, type_: ValueType) -> bool:
    """Whether every value of the type is one of the wide type."""
    if wide.name == "any":
        return True
    if isinstance(type_, Plain):
        return wide.name == "number" and type_.name == "integer"
    names = {bool: "bool", str: "string", int: "number", float: "number"}
    return isinstance(type_, Choice) and all(names[type(value)] == wide.name for value in type_.values)
