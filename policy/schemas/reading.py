"""A JSON Schema as the source of shapes.

Vocabulary: a *place* is a JSON Pointer into the schema, as in `#/properties/tags`. A *problem* is a keyword that no
shape can say. Annotations (`title`, `description`, `examples` and the like) are left out; everything else is said or
is a problem.

Invariant: nothing here raises for what a schema says. If there are no problems the shapes accept the values that the
schema accepts, but for two things: a default is filled in, and a key may not stand twice.

Example: `convert({"type": "object", "properties": {"a": {"type": "string"}}}, "Ticket").text` is a shape `Ticket` that
is `open`, with the field `a? string`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from guardc.policy.checking.names import IN_TYPES, KEYWORDS, LATER
from guardc.policy.schemas.spelling import Problem, Spelling

__all__ = ["Converted", "Problem", "convert"]

ANNOTATIONS = frozenset(
    {
        "title", "description", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment", "$schema",
        "$id", "$anchor", "$defs", "definitions", "default", "discriminator", "contentMediaType", "contentEncoding",
        "externalDocs",
    }
)  # fmt: skip
"""Keywords that say nothing about which values are right. `default` is, for JSON Schema, one of them."""

OF_KIND = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "list": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "maxProperties"}),
}
"""Keywords that are about one kind of values."""

TYPES = {
    "string": ("string", "string"),
    "number": ("number", "number"),
    "integer": ("integer", "number"),
    "boolean": ("bool", "bool"),
    "null": ("null", "null"),
    "array": ("", "list"),
    "object": ("", "object"),
}
"""`type` to the name that the language has for it, and to the kind."""


def _are_some(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping | bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


FORMS: Mapping[str, Callable[[Any], bool]] = {
    "$ref": _is_text,
    "additionalProperties": _is_schema,
    "allOf": _are_some,
    "anyOf": _are_some,
    "enum": _are_some,
    "format": _is_text,
    "items": _is_schema,
    "nullable": lambda value: isinstance(value, bool),
    "oneOf": _are_some,
    "pattern": _is_text,
    "properties": lambda value: isinstance(value, Mapping),
    "required": _are_words,
    "type": lambda value: isinstance(value, str) or (_are_words(value) and bool(value)),
}
"""What the values of keywords are."""

MAX_DEPTH = 64
"""Schemas within schemas. Without it a `$ref` that names itself would not end."""

MAX_SHAPES = 1000

_BARE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_KEPT = KEYWORDS | LATER | IN_TYPES


@dataclass
class Converted:
    """Shapes and patterns as source, the modules that they need imported, and what could not be said."""

    text: str = ""
    modules: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the shapes say all that the schema says."""
        return not self.problems


def convert(schema: Any, name: str, taken: Collection[str] = ()) -> Converted:
    """The shapes of a schema.

    Args:
        schema: the schema, as `json.loads` gives it.
        name: what the shape of the whole is to be called.
        taken: names that no other shape and no pattern may get.
    """
    return _Converter(schema, name, taken).convert()


@dataclass
class _Said:
    """A schema as the language says it: the types of which a value has one, and tests with the kind they are about."""

    options: list[str] = field(default_factory=list)
    tests: list[tuple[str, str]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def add(self, option: str, kind: str) -> None:
        if option not in self.options:
            self.options.append(option)
            self.kinds.append(kind)

    @property
    def text(self) -> str:
        return " or ".join(self.options)

    @property
    def grouped(self) -> str:
        return f"({self.text})" if len(self.options) > 1 else self.text


ANY = "any"


class _Converter:
    def __init__(self, schema: Any, name: str, taken: Collection[str]) -> None:
        self.root = schema
        self.names: dict[str, str] = {"#": name}
        self.spelling = Spelling({*taken, name, *_KEPT})
        self.problem = self.spelling.problem
        self.waiting = ["#"]
        self.depth = 0

    def convert(self) -> Converted:
        shapes = []
        place, schema = self.target("#", self.root)
        self.names[place] = self.names["#"]
        if not isinstance(schema, Mapping) or not self.is_shape(schema):
            self.problem(
                place, "the schema is not one of an object", "give a schema with `type: object` and `properties`"
            )
            return Converted(problems=self.spelling.problems)
        if schema.get("nullable") is True or schema["type"] not in ("object", ["object"]):
            self.problem(place, "the whole may be null", "let it be an object only")
        self.waiting = [place]
        for place in self.waiting:  # grows while it is read
            if len(self.waiting) > MAX_SHAPES:
                self.problem(place, f"more than {MAX_SHAPES:,} objects", "split the schema")
                break
            found = self.at(place)
            shapes.append(self.shape(self.names[place], place, found))
        text = "\n\n".join(["\n".join(self.spelling.patterns)] * bool(self.spelling.patterns) + shapes) + "\n"
        return Converted(text, tuple(sorted(self.spelling.modules)), self.spelling.problems)

    # --- where things are ---

    def at(self, place: str) -> Any:
        """What a JSON Pointer (RFC 6901, as a URI fragment) leads to; None if nowhere."""
        found = self.root
        for step in place.split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                return None
        return found

    def target(self, place: str, schema: Any) -> tuple[str, Any]:
        """What stands behind references, and where."""
        for _ in range(MAX_DEPTH):
            if not isinstance(schema, Mapping):
                break
            wrong = [keyword for keyword, fits in FORMS.items() if keyword in schema and not fits(schema[keyword])]
            if wrong:
                self.problem(f"{place}/{wrong[0]}", f"`{wrong[0]}` has a value that it cannot have", "mend the schema")
                return place, None
            ref = schema.get("$ref")
            if ref is None and len(schema.get("allOf", ())) == 1 and not set(schema) - ANNOTATIONS - {"allOf"}:
                place, schema = f"{place}/allOf/0", schema["allOf"][0]
                continue
            if ref is None:
                break
            beside = set(schema) - ANNOTATIONS - {"$ref"}
            if beside:
                self.problem(place, f"`{min(beside)}` beside `$ref`", "put it into the schema that `$ref` names")
            found = self.at(ref) if re.match("#(/|$)", ref) else None
            if found is None:
                self.problem(place, "`$ref` leads nowhere", "refer to a part of the same schema, as in `#/$defs/Item`")
                return place, None
            place, schema = ref, found
        else:
            self.problem(place, "`$ref` names itself", "let it lead to a schema")
            return place, None
        return place, schema

    def name(self, place: str) -> str:
        """The name of the shape that is made of the object at a place."""
        if place not in self.names:
            self.names[place] = self.spelling.free(_camel(_last_word(place)) or "Item")
            self.waiting.append(place)
        return self.names[place]

    # --- objects ---

    @staticmethod
    def is_shape(schema: Mapping[str, Any]) -> bool:
        """An object with keys of its own, rather than one with any keys."""
        return schema.get("type") in ("object", ["object"], ["object", "null"], ["null", "object"]) and (
            bool(schema.get("properties") or schema.get("required")) or schema.get("additionalProperties") is False
        )

    def shape(self, name: str, place: str, schema: Mapping[str, Any]) -> str:
        self.refuse_rest(place, schema, {"type", "properties", "required", "additionalProperties", "nullable"})
        more = schema.get("additionalProperties", True)
        if not isinstance(more, bool):
            if set(more) - ANNOTATIONS:
                self.problem(
                    f"{place}/additionalProperties",
                    "`additionalProperties` beside `properties`",
                    "let it be true or false",
                )
            more = True
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        fields = []
        for key, inner in properties.items():
            fields.append(self.field(key, inner, f"{place}/properties/{_pointer(key)}", key in required, name))
        fields += [[self.key(key, place), ANY, ""] for key in dict.fromkeys(required) if key not in properties]
        width = max((len(line[0]) for line in fields), default=0)
        kind = max((len(line[1]) for line in fields if line[2] and len(line[1]) <= 30), default=0)
        lines = [f"    {key.ljust(width)}  {type_.ljust(kind)}  {tests}".rstrip() for key, type_, tests in fields]
        return "\n".join([f"shape {name} {'open ' if more else ''}{{", *lines, "}"])

    def field(self, key: str, schema: Any, place: str, required: bool, shape: str) -> list[str]:
        said = self.say(schema, place, f"{shape}_{_identifier(key)}")
        tests = " and ".join(test for _, test in said.tests)
        type_ = said.text or ANY
        optional = "" if required else "?"
        if not required and isinstance(schema, Mapping) and "default" in schema:
            type_ += f" = {self.spelling.literal(schema['default'], f'{place}/default')}"
            optional = ""
        return [self.key(key, place) + optional, type_, tests]

    def key(self, key: str, place: str) -> str:
        return key if _BARE.fullmatch(key) and key not in _KEPT else self.spelling.quoted(key, place)

    # --- values ---

    def say(self, schema: Any, place: str, hint: str) -> _Said:
        """The schema as a type and tests. `hint` names patterns that are made."""
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                self.problem(
                    place,
                    "schemas within schemas without end",
                    "let the schema that names itself be an object with `properties`",
                )
                return _Said()
            return self.say_one(schema, place, hint)
        finally:
            self.depth -= 1

    def say_one(self, schema: Any, place: str, hint: str) -> _Said:
        place, schema = self.target(place, schema)
        if schema is True or (isinstance(schema, Mapping) and not set(schema) - ANNOTATIONS):
            return _Said([ANY], [], [ANY])
        said = _Said()
        if not isinstance(schema, Mapping):
            if schema is not None:
                self.problem(
                    place,
                    "no value is right" if schema is False else "this is no schema",
                    "give a schema with a `type`",
                )
            return said
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                self.refuse_rest(place, schema, {keyword, "nullable"})
                self.union(said, schema[keyword], f"{place}/{keyword}", keyword, hint)
                break
        else:
            if "enum" in schema or "const" in schema:
                self.refuse_rest(place, schema, {"enum", "const", "type", "nullable"})
                self.choice(said, schema, place)
            elif "type" in schema:
                self.typed(said, schema, place, hint)
            else:
                untyped = frozenset[str]().union(*OF_KIND.values()) & set(schema)
                self.refuse_rest(place, schema, {*untyped, "nullable"})
                if untyped:
                    self.problem(place, f"`{min(untyped)}` without `type`", "say the `type`")
        if schema.get("nullable") is True:
            said.add("null", "null")
        return said

    def union(self, said: _Said, options: Any, place: str, keyword: str, hint: str) -> None:
        plain: set[str] = set()  # kinds of which more than literals were named
        tested: set[str] = set()
        for number, option in enumerate(options):
            inner = self.say(option, f"{place}/{number}", hint)
            own = {kind for kind, _ in inner.tests}
            seen = {kind for kind in inner.kinds if kind in said.kinds and kind not in {"null", "object"}}
            named = {kind for text, kind in zip(inner.options, inner.kinds, strict=True) if not _is_literal(text)}
            again = (seen | ({"object"} & set(said.kinds) & set(inner.kinds))) & (own | tested)
            again |= seen & (named & plain if keyword == "anyOf" else named | plain)
            for kind in sorted(again - {ANY}):
                self.problem(
                    place, f"`{keyword}` of two kinds of {kind}s", "name each kind once, or give its values by `enum`"
                )
            plain |= named
            tested |= own
            for text, kind in zip(inner.options, inner.kinds, strict=True):
                said.add(text, kind)
            said.tests += [test for test in inner.tests if test not in said.tests]
        if ANY in said.kinds and len(said.kinds) > 1:
            if keyword == "oneOf":
                self.problem(place, "`oneOf` beside what allows any value", "use `anyOf`")
            said.options, said.kinds, said.tests = [ANY], [ANY], []

    def choice(self, said: _Said, schema: Mapping[str, Any], place: str) -> None:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if "enum" in schema and "const" in schema:
            values = [value for value in values if _same(value, schema["const"])]
        if "type" in schema:
            allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            values = [value for value in values if any(_is_of(value, type_) for type_ in allowed)]
        literals: list[Any] = []
        for value in values:
            if value is not None and not isinstance(value, str | bool | int | float):
                self.problem(place, "a list or object as a literal", "describe it by `type`")
            elif not any(_same(value, other) for other in literals):
                literals.append(value)
        if not literals:
            self.problem(place, "no value is right", "mend the schema")
        by_kind: dict[str, list[str]] = {}
        for value in literals:
            by_kind.setdefault(_kind(value), []).append(self.spelling.literal(value, place))
        for kind, texts in by_kind.items():
            if kind == "null":
                said.add("null", "null")
            else:
                said.add(texts[0] if len(texts) == 1 else "one of " + ", ".join(texts), kind)

    def typed(self, said: _Said, schema: Mapping[str, Any], place: str, hint: str) -> None:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        unknown = [type_ for type_ in types if type_ not in TYPES]
        if unknown:
            self.problem(
                f"{place}/type",
                "a type that JSON Schema does not have",
                f"the types are {', '.join(f'`{name}`' for name in TYPES)}",
            )
            return
        if "number" in types:
            types = [type_ for type_ in types if type_ != "integer"]
        kinds = {TYPES[type_][1] for type_ in types}
        # Keywords about kinds that cannot be say nothing.
        silent = frozenset[str]().union(*(OF_KIND[kind] for kind in OF_KIND if kind not in kinds))
        said_here = frozenset[str]().union(*(OF_KIND[kind] for kind in kinds if kind in OF_KIND))
        self.refuse_rest(place, schema, {"type", "nullable", *said_here, *silent})
        for type_ in types:
            name, kind = TYPES[type_]
            if type_ == "array":
                said.add(f"list of {self.element(schema.get('items', True), f'{place}/items', hint)}", kind)
            elif type_ == "object":
                said.add(self.object(schema, place, hint), kind)
            else:
                said.add(name, kind)
        said.tests += [
            (kind, test)
            for kind in ("string", "number", "list", "object")
            if kind in kinds and not (kind == "object" and self.is_shape(schema))
            for test in self.spelling.tests(kind, schema, place, hint)
        ]

    def object(self, schema: Mapping[str, Any], place: str, hint: str) -> str:
        if self.is_shape(schema):
            return self.name(place)
        if schema.get("properties") or schema.get("required"):
            self.problem(place, "an object with `properties` beside other types", "use `anyOf`")
        return f"map of {self.element(schema.get('additionalProperties', True), f'{place}/additionalProperties', hint)}"

    def element(self, schema: Any, place: str, hint: str) -> str:
        """The type of what stands in a list or map, of which a shape says no more than the type."""
        said = self.say(schema, place, hint)
        for kind, test in said.tests:
            rule = f"number {test}" if kind == "number" else test
            self.problem(place, "a test of each item", f"write it as a rule of the guard: `$.PATH[*]: {rule}`")
        return said.grouped or ANY

    def refuse_rest(self, place: str, schema: Mapping[str, Any], known: Collection[str]) -> None:
        """Report every keyword that is not among the known ones and is no annotation."""
        for keyword in schema:
            if keyword not in known and keyword not in ANNOTATIONS and not keyword.startswith("x-"):
                self.problem(
                    f"{place}/{_pointer(keyword)}",
                    f"`{keyword}` cannot be said in a shape",
                    HELP.get(keyword, "leave it out, and test it in your service"),
                )


HELP = {
    "allOf": "join the schemas into one",
    "not": "leave it out; `no DETECTOR` tests strings",
    "if": "use `anyOf` of objects that an `enum` tells apart",
    "uniqueItems": "leave it out, and test it in your service",
    "prefixItems": "use an object with a field for each place",
    "patternProperties": "use `additionalProperties` with one schema for all values",
    "multipleOf": "leave it out; `integer` is a number without a fraction",
}


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1").replace("%", "%25")


def _last_word(place: str) -> str:
    """The last step of a place that is a name rather than a keyword of JSON Schema."""
    steps = [step for step in place.split("/")[1:] if not step.isdecimal()]
    words = [step for step in steps if step not in {"items", "anyOf", "oneOf", "allOf", "additionalProperties"}]
    return unquote(words[-1]) if words else ""


def _camel(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall("[A-Za-z0-9]+", text)).lstrip("0123456789")


def _identifier(text: str) -> str:
    return re.sub("[^A-Za-z0-9_]", "_", text)


def _is_literal(text: str) -> bool:
    return text not in {"string", "number", "integer", "bool"}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_of(value: Any, type_: Any) -> bool:
    match type_:
        case "integer":
            return _kind(value) == "number" and not isinstance(value, list | dict) and float(value).is_integer()
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return not isinstance(value, list | dict) and TYPES.get(type_, ("", ""))[1] == _kind(value)
