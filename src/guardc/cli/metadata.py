"""`--metadata NAME=VALUE`: values with the types that the policy declares.

Example: with `metadata { tier string = "free" }`, `--metadata tier=pro` gives `{"tier": "pro"}`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import click

__all__ = ["read_metadata"]


def read_metadata(given: Iterable[str], fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values by name. `fields` are the names and types that the policy declares."""
    types = dict(fields)
    values: dict[str, Any] = {}
    for item in given:
        name, equals, text = item.partition("=")
        if not equals:
            raise click.UsageError(f"--metadata {item}: write it as NAME=VALUE")
        if name not in types:
            known = ", ".join(f"{field} ({kind})" for field, kind in types.items()) or "none"
            raise click.UsageError(f"--metadata {name}: the policy declares no such field; it declares {known}")
        value = _typed(types[name], text)
        if value is None:
            wanted = "true or false" if types[name] == "bool" else f"a {types[name]}"
            raise click.UsageError(f"--metadata {name}: the value must be {wanted}")
        values[name] = value
    return values


def _typed(kind: str, text: str) -> str | bool | int | float | None:
    """The value, None if the text is none of that type."""
    if kind == "string":
        return text
    if kind == "bool":
        return {"true": True, "false": False}.get(text)
    try:
        number = float(text)
        return int(text) if text.lstrip("+-").isdigit() else number if math.isfinite(number) else None
    except ValueError:
        return None
