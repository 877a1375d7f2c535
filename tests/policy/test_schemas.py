"""Shapes from JSON Schema: how they are written, and that no schema breaks the conversion."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.policy import check_text
from guardc.policy.schemas import convert, schema_of

S = {"type": "string"}

LINES: dict[str, tuple[Any, str]] = {
    "lengths": ({**S, "minLength": 1, "maxLength": 9}, "a  string  chars in 1..9"),
    "one length": ({**S, "maxLength": 9}, "a  string  chars <= 9"),
    "format": ({**S, "format": "email"}, "a  string  is pii.email"),
    "range": ({"type": "integer", "minimum": 0, "maximum": 2.5}, "a  integer  in 0..2.5"),
    "open range": ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "a  number  <= 1 and > 0"),
    "literals": ({"enum": ["x", 1, None, True]}, 'a  "x" or 1 or null or true'),
    "several literals": ({"enum": ["x", 'y"\n', "x"]}, 'a  one of "x", "y\\"\\n"'),
    "literal": ({"const": "\u0000é"}, 'a  "\\u{0}é"'),
    "nullable": ({**S, "nullable": True}, "a  string or null"),
    "several types": ({"type": ["string", "null"], "maxLength": 3}, "a  string or null  chars <= 3"),
    "list": (
        {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 1},
        "a  list of (string or null)  count >= 1",
    ),
    "list of anything": ({"type": "array"}, "a  list of any"),
    "map": ({"type": "object", "additionalProperties": {"type": "number"}}, "a  map of number"),
    "any": ({"title": "A", "description": "whatever"}, "a  any"),
    "one of allOf": ({"allOf": [S], "title": "A"}, "a  string"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_property_becomes_a_line(case: str) -> None:
    schema, line = LINES[case]
    made = convert({"type": "object", "properties": {"a": schema}, "required": ["a"]}, "T")
    assert made.problems == []
    assert made.text == f"shape T open {{\n    {line}\n}}\n"


def test_names_keys_and_defaults() -> None:
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "list": {"$ref": "#/$defs/node"},
                    "two words": {"type": "boolean", "default": False},
                    "x": {
                        "type": "object",
                        "properties": {"y": {**S, "pattern": "a/b\\/c"}},
                        "additionalProperties": False,
                    },
                    "z": {**S, "pattern": "q", "default": "q"},
                },
                "additionalProperties": False,
            }
        },
    }
    made = convert(schema, "Node", taken={"X", "X_y"})
    assert made.problems == []
    assert made.text == (
        "pattern Node_z = /q/\n"
        "pattern X2_y = /a\\/b\\/c/\n"
        "\n"
        "shape Node {\n"
        '    "list"?      Node\n'
        '    "two words"  bool = false\n'
        "    x?           X2\n"
        '    z            string = "q"  has Node_z\n'
        "}\n"
        "\n"
        "shape X2 {\n"
        "    y?  string  has X2_y\n"
        "}\n"
    )


def test_what_has_no_keyword_is_described() -> None:
    policy = check_text(
        "edition 1\n"
        "pattern code = /[A-Z]{3}/\n"
        "pattern card = /[0-9]{16}/ where luhn\n"
        "shape Ticket {\n"
        "    a string is code and chars <= 9\n"
        "    b string is card and words <= 2\n"
        '    c string starts with "x."\n'
        "    d any chars <= 3\n"
        "    e? map of Ticket count <= 2\n"
        "}\n"
        "guard g on output as json Ticket {\n}\n"
    ).policy
    assert policy is not None
    assert schema_of(policy, "Ticket") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ticket",
        "type": "object",
        "properties": {
            "a": {"type": "string", "pattern": "^(?:[A-Z]{3})$", "maxLength": 9},
            "b": {"type": "string", "description": "Must hold: is card; words <= 2."},
            "c": {"type": "string", "pattern": "^x\\."},
            "d": {"description": "Must hold: chars <= 3."},
            "e": {"type": "object", "additionalProperties": {"$ref": "#"}, "maxProperties": 2},
        },
        "required": ["a", "b", "c", "d"],
        "additionalProperties": False,
    }


# fmt: off
words = st.sampled_from([
    "type", "properties", "required", "items", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "$defs", "pattern",
    "format", "minLength", "minimum", "exclusiveMinimum", "maxItems", "default", "additionalProperties", "nullable",
    "not", "x-y", "a",
])
# fmt: on
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
leaves |= st.sampled_from(
    ["string", "object", "array", "number", "integer", "null", "#", "#/$defs/a", "#/properties/a", "email", "("]
)
junk = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5), max_leaves=12
)


@settings(max_examples=1500)
@given(junk, junk)
def test_no_schema_breaks_the_conversion(schema: Any, inner: Any) -> None:
    for given_ in (
        schema,
        {"type": "object", "properties": {"a": schema, "b": {"type": "object", "properties": {"a": inner}}}},
    ):
        made = convert(given_, "T")
        assert made.problems or made.text
        if made.complete:
            imports = "".join(f"import {module}\n" for module in made.modules)
            found = check_text(f"edition 1\n{imports}{made.text}guard g on output as json T {{\n}}\n").diagnostics
            assert not {"G002", "G003", "G022", "G080"} & {diagnostic.code for diagnostic in found}, made.text


def test_circles_end() -> None:
    for schema in (
        {"$ref": "#"},
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/l"}},
            "$defs": {"l": {"type": "array", "items": {"$ref": "#/$defs/l"}}},
        },
        {"type": "object", "properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}, {"type": "null"}]}}},
    ):
        assert not convert(schema, "T").complete
    deep: Any = {"type": "string"}
    for _ in range(300):
        deep = {"type": "array", "items": deep}
    assert not convert({"type": "object", "properties": {"a": json.loads(json.dumps(deep))}}, "T").complete
