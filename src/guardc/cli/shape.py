"""`guardc shape`: a pydantic model, or a JSON Schema, as shapes of a policy."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from guardc.cli.errors import Failed, unreadable

__all__ = ["command"]


@click.command(epilog="Example: guardc shape app.models:Ticket >> support.guard")
@click.argument("source")
@click.option("--name", help="What to call the shape.  [default: the model's name, or the schema's title]")
def command(source: str, name: str | None) -> int:
    """Print the shapes of SOURCE: MODULE:MODEL for a pydantic model, or a file with a JSON Schema.

    The module is imported, from the current folder or wherever Python finds it. Parts that no shape can say are
    reported on stderr, and the exit code is 1.
    """
    from guardc.policy.schemas import convert  # noqa: PLC0415 - slow to import

    schema, default = _of_model(source) if not source.endswith(".json") else _of_file(Path(source))
    made = convert(schema, name or default)
    for problem in made.problems:
        click.echo(f"guardc: error: {problem.message}, at `{problem.place}`; {problem.help}", err=True)
    imports = "".join(f"import {module}\n" for module in made.modules)
    click.echo("\n".join(filter(None, (imports, made.text))), nl=False)
    return 0 if made.complete else 1


def _of_file(path: Path) -> tuple[Any, str]:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, RecursionError):
        raise Failed(f"{path}: this is no JSON; give a file with a JSON Schema") from None
    title = schema.get("title") if isinstance(schema, dict) else None
    return schema, _name(title if isinstance(title, str) else path.name.partition(".")[0])


def _of_model(source: str) -> tuple[Any, str]:
    module_name, colon, model_name = source.partition(":")
    if not colon or not model_name:
        raise click.UsageError("give a model as MODULE:MODEL, as in `app.models:Ticket`, or a file that ends in .json")
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a string, as every entry of the path
    try:
        found: Any = importlib.import_module(module_name)
    except Exception as error:
        raise Failed(f"{module_name} cannot be imported: {type(error).__name__}: {error}") from None
    for part in model_name.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type) or not hasattr(found, "model_json_schema"):
        raise Failed(f"{module_name} has no pydantic model `{model_name}`")
    try:
        return found.model_json_schema(), _name(found.__name__)
    except Exception as error:
        raise Failed(f"{source} has no JSON Schema: {type(error).__name__}: {error}") from None


def _name(text: str) -> str:
    """The words of a text as the name of a shape."""
    name = "".join(word[:1].upper() + word[1:] for word in "".join(c if c.isalnum() else " " for c in text).split())
    return name if name.isascii() and name.isidentifier() else "Shape"
