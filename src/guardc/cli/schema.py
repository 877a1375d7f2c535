"""`guardc schema`: a shape of a policy as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.compiling import count_words, refuse_what_is_no_policy, show_diagnostics
from guardc.cli.errors import Failed

if TYPE_CHECKING:
    from guardc.policy.model import Policy

__all__ = ["command"]


@click.command(epilog="Example: guardc schema support.guard Ticket")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("shape", required=False)
def command(file: Path, shape: str | None) -> None:
    """Print the JSON Schema of SHAPE in the policy FILE, for the response format of a model.

    SHAPE may be left out if only one is judged by a guard, or if there is but one.
    """
    from guardc.policy import check_file  # noqa: PLC0415 - slow to import
    from guardc.policy.schemas import schema_of  # noqa: PLC0415

    refuse_what_is_no_policy(file)
    checked = check_file(file)
    show_diagnostics(checked.diagnostics)
    if checked.policy is None:
        raise Failed(f"{file} has no schema: it has {count_words(checked.diagnostics)}")
    name = shape or _only(checked.policy, file)
    if name not in checked.policy.shapes:
        raise Failed(f"{file} has no shape `{name}`; it has {_listed(checked.policy)}")
    click.echo(json.dumps(schema_of(checked.policy, name), indent=2))


def _only(policy: Policy, file: Path) -> str:
    """The shape that is meant if none is named."""
    from guardc.policy.model import ShapeRef  # noqa: PLC0415 - slow to import

    judged = {guard.structure.name for guard in policy.guards if isinstance(guard.structure, ShapeRef)}
    names = judged or set(policy.shapes)
    if not names:
        raise Failed(f"{file} has no shapes; a schema is printed of a `shape NAME {{ ... }}`")
    if len(names) != 1:
        raise Failed(f"say which shape of {file}: it has {_listed(policy)}")
    return names.pop()


def _listed(policy: Policy) -> str:
    return ", ".join(f"`{name}`" for name in policy.shapes) or "none"
