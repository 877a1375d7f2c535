"""`guardc shape` and `guardc schema`: from a model to a policy and back."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

Guardc = Callable[..., Result]

DATA = Path(__file__).parent / "data" / "shapes"

SHAPES = """\
import std.pii

shape Ticket {
    email     string  is pii.email
    priority  one of "low", "high" = "low"
    items     list of Item
    note      string or null = null
}

shape Item {
    name  string   chars in 1..20
    qty   integer  >= 1
}
"""


@pytest.fixture(autouse=True)
def in_the_folder_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA)
    monkeypatch.setattr("sys.path", __import__("sys").path[:])


def test_a_model_is_printed_as_shapes(guardc: Guardc) -> None:
    done = guardc("shape", "shop_models:Ticket")
    assert (done.exit_code, done.stdout, done.stderr) == (0, SHAPES, "")


def test_the_output_is_a_policy_whose_schema_says_the_same(guardc: Guardc, tmp_path: Path) -> None:
    policy = tmp_path / "p.guard"
    policy.write_text(f"edition 1\n{SHAPES}guard g on output as json Ticket {{\n}}\n", encoding="utf-8")
    assert guardc("check", policy).exit_code == 0
    done = guardc("schema", policy)
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["email"] == {"type": "string", "format": "email"}
    assert schema["properties"]["items"] == {"type": "array", "items": {"$ref": "#/$defs/Item"}}
    assert schema["required"] == ["email", "items"]
    assert json.loads(guardc("schema", policy, "Item").stdout)["title"] == "Item"


def test_what_cannot_be_said_is_an_error_with_its_place(guardc: Guardc) -> None:
    done = guardc("shape", "shop_models:Tags")
    assert done.exit_code == 1
    assert "`uniqueItems` cannot be said in a shape, at `#/properties/tags/uniqueItems`" in done.stderr
    assert "tags  list of string" in done.stdout


def test_a_file_is_named_by_its_title(guardc: Guardc, tmp_path: Path) -> None:
    schema = tmp_path / "order.schema.json"
    schema.write_text('{"type": "object", "properties": {"a": {"type": "string"}}}', encoding="utf-8")
    assert guardc("shape", schema).stdout.startswith("shape Order open {")
    assert guardc("shape", schema, "--name", "Bill").stdout.startswith("shape Bill open {")
    schema.write_text('{"title": "my ticket", "type": "object", "properties": {"a": {}}}', encoding="utf-8")
    assert guardc("shape", schema).stdout.startswith("shape MyTicket open {")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["shape", "Ticket"], 2, "give a model as MODULE:MODEL"),
        (["shape", "no_such_module:Ticket"], 1, "no_such_module cannot be imported"),
        (["shape", "shop_models:Ticke"], 1, "shop_models has no pydantic model `Ticke`"),
        (["shape", "shop_models:Literal"], 1, "shop_models has no pydantic model `Literal`"),
        (["shape", "missing.json"], 1, "missing.json: there is no such file"),
        (["schema", "missing.guard"], 1, "missing.guard: there is no such file"),
    ],
)
def test_mistakes_are_one_line(guardc: Guardc, arguments: list[str], code: int, message: str) -> None:
    done = guardc(*arguments)
    assert done.exit_code == code
    assert done.stderr.startswith("guardc: error: ")
    assert message in done.stderr


def test_a_shape_that_is_not_clear_is_asked_for(guardc: Guardc, tmp_path: Path) -> None:
    policy = tmp_path / "p.guard"
    policy.write_text("edition 1\nguard g on output {\n    json\n}\n", encoding="utf-8")
    assert f"{policy} has no shapes; " in guardc("schema", policy).stderr
    assert "has no shape `Ticket`; it has none" in guardc("schema", policy, "Ticket").stderr
