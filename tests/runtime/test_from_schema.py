"""A shape made of a JSON Schema or a pydantic model accepts what they accept, and so does the schema made of it."""

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import guardc
from guardc.policy import check_text
from guardc.policy.schemas import convert, schema_of

Guard = Any


def guard_and_schema(schema: Any, folder: Path) -> tuple[Guard, dict[str, Any]] | None:
    """A guard on the schema's shape, and the schema that is made of that shape. None if the schema cannot be said."""
    made = convert(schema, "Root")
    if not made.complete:
        return None
    imports = "".join(f"import {module}\n" for module in made.modules)
    source = f"edition 1\n{imports}\n{made.text}\nguard g on output as json Root {{\n}}\n"
    policy = check_text(source).policy
    if policy is None:
        return None
    (folder / "p.guard").write_text(source, encoding="utf-8")
    return guardc.compile(folder / "p.guard").guard("g"), schema_of(policy, "Root")


def accepts(schema: Any, value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


# --- generated schemas -----------------------------------------------------------------------------------------------

bounds = st.integers(-3, 6)
sizes = st.integers(0, 4)
letters = st.text("ab1é", max_size=5)


def some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


strings = some(minLength=sizes, maxLength=sizes, pattern=st.sampled_from(["^a", "b$", "a|1", "/", r"\d"])).map(
    lambda more: {"type": "string", **more}
)
numbers = st.tuples(
    st.sampled_from(["number", "integer"]),
    some(minimum=bounds, maximum=bounds, exclusiveMinimum=bounds, exclusiveMaximum=bounds | st.just(2.5)),
).map(lambda pair: {"type": pair[0], **pair[1]})
literals = st.lists(
    letters | st.integers(-2, 2) | st.booleans() | st.none() | st.just(1.5), min_size=1, max_size=3
).map(lambda values: {"enum": values})
plain = st.sampled_from(
    [{"type": "boolean"}, {"type": "null"}, {}, True, {"type": "string"}, {"type": ["integer", "null"]}]
)
scalars = strings | numbers | literals | plain | letters.map(lambda text: {"const": text})
keys = st.sampled_from(["a", "b", "list", "any key", "é"])


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.tuples(inner, some(minItems=sizes, maxItems=sizes)).map(
        lambda pair: {"type": "array", "items": pair[0], **pair[1]}
    )
    maps = st.tuples(inner, some(minProperties=sizes)).map(
        lambda pair: {"type": "object", "additionalProperties": pair[0], **pair[1]}
    )
    unions = inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]})
    return arrays | maps | unions | objects(inner)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(keys, inner, min_size=1, max_size=4)},
        optional={"required": st.lists(keys, max_size=2, unique=True), "additionalProperties": st.booleans()},
    )


schemas = objects(st.recursive(scalars, compound, max_leaves=5))
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-4, 7) | st.sampled_from([0.5, 2.5, 1.0]) | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=4,
)


def values_of(schema: Any) -> st.SearchStrategy[Any]:
    """Values that the schema may well accept."""
    if not isinstance(schema, dict) or not schema:
        return anything
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of(*map(values_of, schema["anyOf"]))
    match schema["type"]:
        case "array":
            return st.lists(nearly(schema["items"]), max_size=5)
        case "object" if "properties" in schema:
            members = {key: nearly(member) for key, member in schema["properties"].items()}
            needed = {key: members.pop(key) for key in schema.get("required", ()) if key in members}
            return st.fixed_dictionaries(needed, optional={**members, "more": anything})
        case "object":
            return st.dictionaries(keys, nearly(schema["additionalProperties"]), max_size=4)
        case "string":
            return st.text("ab1/", max_size=5)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return st.integers(-4, 7) | st.sampled_from([0.5, 2.5, 1.0])


def nearly(schema: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 15).flatmap(lambda chance: anything if chance == 0 else values_of(schema))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_shapes_of_schemas_accept_what_the_schemas_accept(tmp_path: Path, data: st.DataObject) -> None:
    schema = data.draw(schemas)
    made = guard_and_schema(schema, tmp_path)
    assume(made is not None)
    assert made is not None
    guard, back = made
    jsonschema.Draft202012Validator.check_schema(back)
    for _ in range(12):
        value = data.draw(nearly(schema))
        expected = accepts(schema, value)
        assert guard.validate(value).passed == expected, value
        assert accepts(back, value) == expected, value


# --- pydantic models -------------------------------------------------------------------------------------------------


class Size(Enum):
    small = "small"
    big = "big"


class Card(BaseModel):
    kind: Literal["card"]
    number: str = Field(pattern=r"^[0-9]{4}/[0-9]{2}$")


class Cash(BaseModel):
    kind: Literal["cash", "coins"]
    till: int


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=5)]
    qty: int = Field(ge=1, lt=100)
    size: Size
    parts: list["Item"] = []


class Ticket(BaseModel):
    """A ticket with something of everything."""

    id: str = Field(description="As printed.", examples=["A1"])
    priority: Literal["low", "high"] = "low"
    refund: float | None = Field(default=None, ge=0, le=500)
    items: list[Item] = Field(min_length=1, max_length=3)
    scores: dict[str, float] = {}
    pay: Card | Cash = Field(discriminator="kind")
    tag: str | int | None
    extra: Any = None
    flag: bool = False


ITEM = {"name": "a", "qty": 1, "size": "big"}
TICKET: dict[str, Any] = {
    "id": "x",
    "items": [ITEM, {**ITEM, "parts": [ITEM]}],
    "scores": {"a": 1, "b": 0.5},
    "pay": {"kind": "card", "number": "1234/56"},
    "tag": None,
}
ODD = [None, True, 0, 1, 99, 100, 500.5, -1, "", "a", "low", "big", "1234/56", "sixsix", "cash", [], {}, [ITEM], ITEM]
ODD += [{"kind": "cash", "till": 1}, {"kind": "coins"}, {"kind": "other"}, [ITEM] * 4, {"a": None}, {"a": 2}]


def changed(value: Any, data: st.DataObject) -> Any:
    """The value with one thing changed, dropped or added somewhere in it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        what = data.draw(st.sampled_from(["change", "change", "change", "drop", "add"]))
        if what == "change":
            return {**value, key: changed(value[key], data)}
        rest = {name: member for name, member in value.items() if name != key or what == "add"}
        added = data.draw(st.sampled_from(["refund", "priority", "flag", "parts", "other"]))
        return rest if what == "drop" else {**rest, added: data.draw(st.sampled_from(ODD))}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        k = data.draw(st.integers(0, len(value) - 1))
        return [*value[:k], changed(value[k], data), *value[k + 1 :]]
    return data.draw(st.sampled_from(ODD))


@pytest.fixture(scope="module")
def ticket(tmp_path_factory: pytest.TempPathFactory) -> tuple[Guard, dict[str, Any]]:
    made = guard_and_schema(Ticket.model_json_schema(), tmp_path_factory.mktemp("ticket"))
    assert made is not None
    return made


@settings(max_examples=800, deadline=None)
@given(data=st.data())
def test_a_model_is_round_trip(ticket: tuple[Guard, dict[str, Any]], data: st.DataObject) -> None:
    guard, back = ticket
    value: Any = TICKET
    for _ in range(data.draw(st.sampled_from([0, 1, 1, 1, 2]))):
        value = changed(value, data)
    try:
        Ticket.model_validate_json(json.dumps(value), strict=True)
        expected = True
    except ValidationError:
        expected = False
    assert accepts(Ticket.model_json_schema(), value) == expected
    assert guard.validate(value).passed == expected
    assert guard.validate(json.dumps(value)).passed == expected
    assert accepts(back, value) == expected


def test_a_default_is_filled_in_as_by_the_model(ticket: tuple[Guard, dict[str, Any]]) -> None:
    outcome = ticket[0].validate(TICKET)
    assert outcome.output["priority"] == "low"
    assert outcome.output["refund"] is None
    assert Ticket.model_validate(outcome.output).priority == "low"


def test_a_schema_named_in_a_policy(tmp_path: Path) -> None:
    (tmp_path / "ticket.json").write_text(json.dumps(Ticket.model_json_schema()), encoding="utf-8")
    (tmp_path / "p.guard").write_text(
        'edition 1\nshape Ticket from "ticket.json"\n'
        "guard g on output as json Ticket {\n    $.items[*].name: no shout on fail fix\n}\npattern shout = /[A-Z]+/\n",
        encoding="utf-8",
    )
    guard = guardc.compile(tmp_path / "p.guard").guard("g")
    outcome = guard.validate({**TICKET, "items": [{**ITEM, "name": "aB"}]})
    assert outcome.failures[0].path == "$.items[0].name"
    assert not guard.validate({**TICKET, "items": []}).passed
