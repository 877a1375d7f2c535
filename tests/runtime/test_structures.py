"""Structured values: every action at every level, what is taken as a value, and what is asked again."""

import copy
import dataclasses
import enum
import functools
import json
from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType

import jsonschema
import pydantic
import pytest
import reference_structures

import guardc
from guardc.compiler import compile_text
from guardc.policy import check_text
from guardc.runtime import Guard, ValidationError, load

SHAPES = """
edition 1
pattern curse = /bad/
custom action rewrite(new string)
shape Inner {
    name   string no curse on fail ACTION
    other? string
}
shape Root {
    id      string no curse on fail ACTION
    inner   Inner on fail exception
    items   list of Inner on fail exception
    tags    list of string on fail exception
    scores  map of string on fail exception
    either? string or number or null no curse on fail ACTION
    size    integer in 1..5 on fail NUMBER
}
guard g on output as json Root {
    $.tags[*]: no curse on fail ACTION
    $.scores[*]: no curse on fail ACTION
}
"""
GOOD = {
    "id": "x",
    "inner": {"name": "x"},
    "items": [{"name": "a"}, {"name": "b"}],
    "tags": ["x", "y"],
    "scores": {"m": "x"},
    "either": None,
    "size": 3,
}
LEVELS = {
    "key": ("id",),
    "nested key": ("inner", "name"),
    "key in a list": ("items", 1, "name"),
    "list item": ("tags", 0),
    "map value": ("scores", "m"),
    "union": ("either",),
}
ACTIONS = [
    "exception",
    "refrain",
    "filter",
    "reask",
    "fix_reask",
    "fix",
    'fix to "good"',
    'custom rewrite("good")',
    "noop",
]


@functools.cache
def guard_of(source: str) -> Guard:
    compilation = compile_text(source)
    assert compilation.plan is not None, compilation.diagnostics
    handlers = {"rewrite": lambda text, failure, new: new} if "custom action" in source else {}
    return load(compilation.plan, handlers=handlers).guard("g")


def put(path, new, value=GOOD):
    made = copy.deepcopy(value)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    if new is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return made


def source_of(action: str) -> str:
    number = action if action in {"exception", "refrain", "filter", "reask", "fix_reask", "fix", "noop"} else "noop"
    return SHAPES.replace("ACTION", action).replace("NUMBER", number)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("as_text", [False, True])
def test_every_action_at_every_level(action: str, level: str, as_text: bool) -> None:
    path = LEVELS[level]
    value = put(path, "so bad")
    outcome = guard_of(source_of(action)).validate(json.dumps(value) if as_text else value)
    name = action.split(maxsplit=1)[0]
    passed, output = {
        "exception": (False, None),
        "refrain": (False, {}),
        "filter": (True, put(path, None)),
        "reask": (False, None),
        "fix_reask": (True, put(path, "so [curse]")),
        "fix": (True, put(path, "good" if "to" in action else "so [curse]")),
        "custom": (True, put(path, "good")),
        "noop": (True, value),
    }[name]
    assert (outcome.passed, outcome.output, outcome.action) == (passed, output, name)
    assert [failure.path for failure in outcome.failures] == [show(path)]
    assert (outcome.error is not None) == (name == "exception")
    assert (outcome.reask is not None) == (name == "reask")


def show(path) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("value", [put(path, new) for path in LEVELS.values() for new in ("bad", 7, None, [])])
def test_the_reference_says_the_same(action: str, value) -> None:
    source = source_of(action)
    policy = check_text(source).policy
    assert policy is not None
    handlers = {"rewrite": lambda text, failure, new: new}
    expected = reference_structures.judge_value(policy, "g", value, {}, handlers)
    outcome = guard_of(source).validate(value)
    assert (outcome.passed, outcome.output, outcome.action) == (expected.passed, expected.output, expected.action)
    assert (None if outcome.reask is None else list(outcome.reask.paths)) == expected.asked


@pytest.mark.parametrize(
    ("action", "given", "output", "passed"),
    [
        ("exception", [1], None, False),
        ("refrain", [1], {}, False),
        ("filter", [1], None, False),
        ("reask", [1], None, False),
        ("noop", [1], [1], True),
        ("filter", {"id": "x", "more": 1}, {"id": "x"}, True),
        ("fix", {"id": "x", "more": 1}, {"id": "x"}, True),
        ("noop", {"id": "x", "more": 1}, {"id": "x", "more": 1}, True),
    ],
)
def test_actions_at_the_root(action: str, given, output, passed: bool) -> None:
    shape = "shape Root {\n    id string on fail noop\n}\n"
    source = f"edition 1\n{shape}guard g on output as json Root {{\n    on fail {action}\n}}"
    outcome = guard_of(source).validate(given)
    assert (outcome.passed, outcome.output) == (passed, output)


def test_numbers_and_counts_are_cut() -> None:
    source = """
edition 1
shape Root {
    size  integer in 1..5 on fail fix
    tags  list of string count <= 2 on fail fix
    names map of string count <= 1 on fail fix
}
guard g on output as json Root {
    $.tags[*]: chars <= 3 on fail filter
}"""
    outcome = guard_of(source).validate({"size": 9, "tags": ["long one", "a", "b", "c"], "names": {"a": "x", "b": "y"}})
    assert outcome.output == {"size": 5, "tags": ["a", "b"], "names": {"a": "x"}}


def test_what_a_cut_took_from_a_map_is_not_fixed() -> None:
    source = """
edition 1
pattern digit = /[0-9]/
shape Root {
    names map of string count <= 1 on fail fix
}
guard g on output as json Root {
    $.names[*]: no digit on fail fix with "x"
}"""
    outcome = guard_of(source).validate({"names": {"a": "1", "b": "2"}})
    assert outcome.output == {"names": {"a": "x"}}


FOUND_NOWHERE = """
edition 1
pattern digit = /[0-9]/
custom detector odd
shape Root {
    name string no digit on fail fix with "x"
}
guard g on output as json Root {
    has odd on fail noop on error noop
}"""


def test_a_rule_that_only_reports_about_all_texts_changes_nothing() -> None:
    handlers = {"odd": lambda text: []}
    guard = load(compile_text(FOUND_NOWHERE).plan, handlers=handlers).guard("g")
    outcome = guard.validate('{"name": "a",}')
    assert (outcome.passed, outcome.output) == (True, {"name": "a"})
    assert [(one.validator, one.action) for one in outcome.failures] == [("json", "fix"), ("has", "noop")]


def test_what_it_could_not_be_asked_about_is_fixed_all_the_same() -> None:
    guard = load(compile_text(FOUND_NOWHERE).plan, handlers={"odd": lambda text: 1 / 0}).guard("g")
    outcome = guard.validate({"name": "a1"})
    assert (outcome.passed, outcome.output) == (True, {"name": "ax"})
    assert [failure.action for failure in outcome.failures] == ["fix", "noop"]


def test_a_list_root_is_emptied_to_a_list() -> None:
    source = 'edition 1\nguard g on output as json list of string {\n    $[*]: one of "a" on fail refrain\n}'
    assert guard_of(source).validate('["a", "b"]').output == []


def test_of_several_failures_at_one_value_the_strongest_decides() -> None:
    source = """
edition 1
pattern a = /a/
shape Root {
    id string no a on fail fix with "x"
}
guard g on output as json Root {
    $.id: chars <= 3 on fail filter
}"""
    guard = guard_of(source)
    assert guard.validate({"id": "aab"}).output == {"id": "xxb"}
    assert guard.validate({"id": "aaaa"}).output == {}


def test_conditions_on_values_that_are_not_there_are_false() -> None:
    source = """
edition 1
shape Root {
    level? string or null
    n      number
}
guard g on output as json Root {
    a: when $.level == "high": $.n: number < 1 on fail noop
    b: when not ($.level == "high"): $.n: number < 1 on fail noop
    c: when $.level != "high": $.n: number < 1 on fail noop
}"""
    guard = guard_of(source)
    assert [f.rule for f in guard.validate({"n": 5}).failures] == ["b", "c"]
    assert [f.rule for f in guard.validate({"n": 5, "level": None}).failures] == ["b", "c"]
    assert [f.rule for f in guard.validate({"n": 5, "level": "high"}).failures] == ["a"]


# --- values -----------------------------------------------------------------------------------------------------------


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Point:
    x: object
    y: object = None


class Model(pydantic.BaseModel):
    x: int
    y: str | None = None


ANYTHING = "edition 1\nguard g on output as json any {\n}"


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ({"a": (1, 2.5, True, None)}, {"a": [1, 2.5, True, None]}),
        (OrderedDict(a=Colour.RED), {"a": "red"}),
        (MappingProxyType({"a": Level.LOW}), {"a": 1}),
        ({Colour.RED: 1}, {"red": 1}),
        (Point(1), {"x": 1, "y": None}),
        ([Model(x=1)], [{"x": 1, "y": None}]),
        ([10**400, -0.0], [10**400, -0.0]),
    ],
)
def test_values_become_plain(given, output) -> None:
    outcome = guard_of(ANYTHING).validate(given)
    assert outcome.passed
    assert outcome.output == output
    assert {type(one) for one in walk(outcome.output)} <= {dict, list, str, int, float, bool, type(None)}


def walk(value):
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from walk(item)
    if isinstance(value, list):
        for item in value:
            yield from walk(item)


class Hostile(dict):
    def __getitem__(self, key):
        raise RuntimeError("secret")


class Raising:
    def model_dump(self):
        raise RuntimeError("secret")


def circle():
    value: list = []
    value.append(value)
    return value


def deep(depth: int):
    value: list = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (object(), "a Python `object`"),
        ({1: 2}, "an object with a key that is not a string"),
        ([float("nan")], "a number that is not finite"),
        ([float("inf")], "a number that is not finite"),
        (circle(), "an object that is within itself"),
        (deep(201), "nested more than 200 deep"),
        ({"a": {1, 2}}, "a Python `set`"),
        ({"a": b"x"}, "a Python `bytes`"),
        (Raising(), "an object whose code raised RuntimeError"),
    ],
)
def test_what_json_has_not_fails_where_it_is(given, what: str) -> None:
    outcome = guard_of(ANYTHING).validate(given)
    assert not outcome.passed
    assert [failure.validator for failure in outcome.failures] == ["type"]
    assert what in outcome.failures[0].message
    assert "secret" not in outcome.failures[0].message


def test_two_hundred_levels_are_walked() -> None:
    assert guard_of(ANYTHING).validate(deep(200)).passed
    assert guard_of(ANYTHING).validate(Hostile(a=1)).output == {"a": 1}


def test_a_small_value_that_is_large_when_written_out_is_too_large() -> None:
    value: list = []
    for _ in range(60):
        value = [value, value]
    outcome = guard_of(ANYTHING).validate(value)
    assert [failure.rule for failure in outcome.failures] == ["max"]
    assert "must be at most" in outcome.failures[0].message


def test_the_given_value_is_never_changed() -> None:
    source = source_of('fix to "good"')
    given = put(("items", 0, "name"), "bad")
    before = copy.deepcopy(given)
    outcome = guard_of(source).validate(given)
    assert given == before
    outcome.output["items"].append(1)
    assert given == before


# --- texts ------------------------------------------------------------------------------------------------------------


def test_a_text_that_is_no_json_fails_once() -> None:
    outcome = guard_of(source_of("noop")).validate("no json at all")
    assert [(f.path, f.validator, f.action) for f in outcome.failures] == [("$", "json", "exception")]


def test_mended_json_is_reported() -> None:
    outcome = guard_of(ANYTHING).validate('Here: {"a": 1,}')
    assert outcome.output == {"a": 1}
    assert [(f.path, f.validator, f.action, f.message) for f in outcome.failures] == [
        ("$", "json", "fix", "JSON was mended: trailing comma removed")
    ]
    assert (outcome.passed, outcome.action) == (True, "fix")


def test_messages_do_not_quote_values() -> None:
    secret = "hunter2"
    given = dict.fromkeys(GOOD, secret) | {"size": secret, "inner": {"name": 5, "more": secret}}
    outcome = guard_of(source_of("noop")).validate(given)
    assert outcome.failures
    assert not any(secret in failure.message for failure in outcome.failures)


# --- asking again -----------------------------------------------------------------------------------------------------


def test_only_the_failing_paths_are_asked_again() -> None:
    source = """
edition 1
pattern bad = /bad/
shape Item {
    name string chars <= 5 on fail reask "Shorter."
    n    integer           on fail filter
}
shape Root {
    items list of Item on fail exception
    id    string       on fail reask
}
guard g on output as json Root {
    $.items[*].n: number >= 0 on fail filter
    $.items[*].name: no bad   on fail filter
}"""
    guard = guard_of(source)
    outcome = guard.validate({"items": [{"name": "x", "n": -1}, {"name": "much too long", "n": 2}]})
    reask = outcome.reask
    assert reask is not None
    assert reask.paths == ("$.items[1].name", "$.id")
    assert reask.value == {"items": [{"name": "x"}, {"n": 2}]}
    assert reask.messages == ("$.items[1].name: Shorter.", "$.id: is missing")
    assert reask.schema == {
        "type": "object",
        "properties": {
            "$.items[1].name": {"type": "string", "maxLength": 5, "description": "Must hold: no bad."},
            "$.id": {"type": "string"},
        },
        "required": ["$.items[1].name", "$.id"],
        "additionalProperties": False,
    }
    assert json.loads(reask.instructions.splitlines()[-1]) == reask.schema
    merged = reask.merge('{"$.items[1].name": "short", "$.id": "a", "$.other": 1}')
    assert merged == {"items": [{"name": "x"}, {"name": "short", "n": 2}], "id": "a"}
    assert guard.validate(merged).passed
    assert reask.merge("no json") == reask.value == {"items": [{"name": "x"}, {"n": 2}]}


def test_paths_are_those_of_the_value_that_is_left() -> None:
    source = """
edition 1
guard g on output as json list of string {
    $[*]: chars <= 3 on fail filter
    $[*]: no a       on fail reask
}"""
    outcome = guard_of("edition 1\npattern a = /a/\n" + source.split("edition 1")[1]).validate(["long one", "a", "b"])
    assert outcome.reask is not None
    assert outcome.reask.paths == ("$[0]",)
    assert outcome.reask.value == [None, "b"]
    assert outcome.reask.merge({"$[0]": "c"}) == ["c", "b"]


def test_the_whole_is_asked_again() -> None:
    outcome = guard_of("edition 1\nguard g on output as json list of string {\n    on fail reask\n}").validate({})
    assert outcome.reask is not None
    assert outcome.reask.paths == ("$",)
    assert outcome.reask.schema == {"type": "array", "items": {"type": "string"}}
    assert outcome.reask.merge('["a"]') == ["a"]


# --- reading the outcome ----------------------------------------------------------------------------------------------


def test_parse_gives_the_model() -> None:
    source = "edition 1\nshape Root {\n    x integer\n    y? string or null\n}\nguard g on output as json Root {\n}"
    guard = guard_of(source)
    assert guard.validate('{"x": 1}').parse(Model) == Model(x=1)
    with pytest.raises(ValidationError):
        guard.validate('{"x": "a"}').parse(Model)


def test_a_guard_on_texts_takes_no_values() -> None:
    with pytest.raises(TypeError, match="judges a text or a list of messages"):
        guard_of("edition 1\nguard g on output {\n    json\n}").validate({})


ASKED = """
edition 1
pattern bad = /bad/
shape Part {
    name  string chars <= 5 on fail reask
    parts list of Part = []
}
shape Box {
    part Part
}
shape Root {
    id    string        chars <= 9 on fail reask
    level one of 1, "a"  on fail reask
    part  Part           on fail reask
    boxes map of Box     on fail reask
    size  integer in 1..5 on fail reask
}
guard g on output as json Root {
    on fail reask
    $.id: starts with "A" on fail reask
    $.id: chars >= 2      on fail noop
    when $.size > 2: $.id: ends with "Z" on fail reask
    $.boxes: count <= 2   on fail reask
}
"""
PART = {
    "title": "Part",
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "default": []},
    },
    "required": ["name"],
    "additionalProperties": False,
}
BOX = {
    "title": "Box",
    "type": "object",
    "properties": {"part": {"$ref": "#/$defs/Part"}},
    "required": ["part"],
    "additionalProperties": False,
}


def test_the_schema_of_what_is_asked_has_what_is_always_tested_there() -> None:
    guard = guard_of(ASKED)
    outcome = guard.validate({"id": "x", "level": 2, "part": 1, "boxes": 1, "size": 9})
    assert outcome.reask is not None
    schema = outcome.reask.schema
    assert schema is not None
    assert schema["properties"] == {
        "$.id": {"type": "string", "maxLength": 9, "pattern": "^A"},
        "$.level": {"type": ["number", "string"], "enum": [1, "a"]},
        "$.part": PART,
        "$.boxes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Box"}, "maxProperties": 2},
        "$.size": {"type": "integer", "minimum": 1, "maximum": 5},
    }
    assert schema["required"] == list(outcome.reask.paths)
    assert schema["$defs"] == {"Part": PART, "Box": BOX}
    jsonschema.Draft202012Validator.check_schema(schema)
    answer = {
        "$.id": "A",
        "$.level": 1,
        "$.part": {"name": "a", "parts": [{"name": "b"}]},
        "$.boxes": {"x": {"part": {"name": "c"}}},
        "$.size": 1,
    }
    judge = jsonschema.Draft202012Validator(schema)
    assert judge.is_valid(answer)
    assert guard.validate(outcome.reask.merge(answer)).passed
    for path, wrong in [("$.id", "B"), ("$.level", True), ("$.part", {"name": "too long"}), ("$.size", 0)]:
        assert not judge.is_valid(answer | {path: wrong})
        again = guard.validate(outcome.reask.merge(answer | {path: wrong})).reask
        assert again is not None
        assert path.partition("[")[0] in again.paths[0]


def test_only_the_definitions_that_are_needed_are_in_the_schema() -> None:
    given = {"id": "AB", "level": 1, "part": {"name": "a"}, "boxes": {"x": {"part": {"name": "too long"}}}, "size": 1}
    outcome = guard_of(ASKED).validate(given)
    assert outcome.reask is not None
    assert outcome.reask.schema == {
        "type": "object",
        "properties": {"$.boxes.x.part.name": {"type": "string", "maxLength": 5}},
        "required": ["$.boxes.x.part.name"],
        "additionalProperties": False,
    }


def test_the_schema_of_the_whole_is_that_of_the_shape() -> None:
    outcome = guard_of(ASKED).validate("no json")
    assert outcome.reask is not None
    schema = outcome.reask.schema
    assert schema is not None
    assert outcome.reask.paths == ("$",)
    assert (schema["title"], schema["type"], list(schema["$defs"])) == ("Root", "object", ["Part", "Box"])


def test_nobody_shares_a_schema() -> None:
    guard = guard_of(ASKED)
    first, second = guard.validate("x").reask, guard.validate("x").reask
    assert first is not None
    assert second is not None
    assert first.schema is not None
    first.schema.clear()
    assert second.schema


# --- defaults ---------------------------------------------------------------------------------------------------------

DEFAULTS = """
edition 1
shape Item {
    name string chars <= 3
    more? bool
}
shape Root {
    tags   list of string = ["a",
        "b"] count <= 3 on fail fix
    meta   map of (number or null) = {"x y": 1.5, b: null}
    items  list of Item = [
        {
            name: "ab"
        },
        {name: "c", more: true},
    ]
    one    Item or null = {name: "x"}
    free   any = [[], {a: [1, {}]}]
    id     string on fail fix to "x"
}
guard g on output as json Root {
}
"""
FILLED = {
    "tags": ["a", "b"],
    "meta": {"x y": 1.5, "b": None},
    "items": [{"name": "ab"}, {"name": "c", "more": True}],
    "one": {"name": "x"},
    "free": [[], {"a": [1, {}]}],
    "id": "i",
}


def test_defaults_may_be_lists_and_objects() -> None:
    guard = guard_of(DEFAULTS)
    given = {"id": "i"}
    assert guard.validate(given).output == FILLED
    assert guard.validate(json.dumps(given)).output == FILLED
    assert guard.validate({"id": 1}).output == FILLED | {"id": "x"}
    assert given == {"id": "i"}


def test_each_outcome_has_a_default_of_its_own() -> None:
    guard = guard_of(DEFAULTS)
    first = guard.validate({"id": "i"}).output
    first["tags"].append("z")
    first["items"][0]["name"] = "z"
    first["free"][1]["a"].clear()
    assert guard.validate({"id": "i"}).output == FILLED


def test_shapes_of_imported_files_are_judged(tmp_path: Path) -> None:
    (tmp_path / "shapes.guard").write_text(
        "edition 1\npattern id = /T-\\d/\ncustom predicate known\n"
        "shape Ticket {\n    id    string is id\n    name  string known on fail filter\n}\n"
    )
    (tmp_path / "root.guard").write_text(
        'edition 1\nimport "shapes.guard"\nguard g on output as json list of shapes.Ticket {\n'
        "    $[*].name: chars <= 3 on fail fix\n}\n"
    )
    seen = []
    plan = guardc.compile(tmp_path / "root.guard", handlers={"shapes.known": lambda text: seen.append(text) or True})
    assert plan.guard("g").validate([{"id": "T-1", "name": "Annabel"}]).output == [{"id": "T-1", "name": "Ann"}]
    failure = plan.guard("g").validate([{"id": "no", "name": "A"}]).failures[0]
    assert (failure.rule, failure.path, failure.source) == (
        "shapes.Ticket.id: is shapes.id",
        "$[0].id",
        "shapes.guard:5",
    )
    assert seen == ["Annabel", "Ann", "A"]
