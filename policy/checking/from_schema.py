"""What a JSON Schema says, as statements of the policy that names it.

The schema is turned into the source of shapes, which is read like any other: its messages show that source, under
the name of the schema's file.

Example: `shape Ticket from "ticket.json"` becomes `shape Ticket { ... }` and the shapes within it.
"""

from __future__ import annotations

import dataclasses
import json
import re

from guardc.policy.diagnostics import Reporter
from guardc.policy.reading.source import Source
from guardc.policy.reading.syntax import ShapeFromNode, ShapeNode, Statement
from guardc.policy.recovery.recover import parse
from guardc.policy.schemas.reading import convert

__all__ = ["statements_of", "unknown_shape"]

_WORD = re.compile("[A-Za-z_][A-Za-z0-9_]*")


def unknown_shape(node: ShapeFromNode) -> ShapeNode:
    """A shape whose name is known and no more, so that nothing else is said about it."""
    return ShapeNode(node.name, True, (), node.span)


def statements_of(
    node: ShapeFromNode, schema: str, source: Source, reporter: Reporter
) -> tuple[list[Statement], Source]:
    """The statements that stand for `node`, and the source that they were read from. `source` is the policy's own: no
    name in it is given to anything else."""
    empty = Source(f"{node.file.value} as shapes", "")
    try:
        value = json.loads(schema)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reporter.add("G096", node.file.span, f"this is no JSON{where}", help="give a file with a JSON Schema")
        return [unknown_shape(node)], empty
    made = convert(value, node.name.text, set(_WORD.findall(source.text)))
    for problem in made.problems:
        reporter.add("G095", node.file.span, f"{problem.message}, at `{problem.place}`", help=problem.help)
    if not made.complete:
        return [unknown_shape(node)], empty
    known = {
        module
        for module in made.modules
        if re.search(rf"^\s*import\s+{re.escape(module)}\s*(#.*)?$", source.text, re.MULTILINE)
    }
    imports = "".join(f"import {module}\n" for module in made.modules if module not in known)
    written = Source(empty.file, imports + made.text)
    tree = parse(written, reporter, node.file.span)
    statements = list(tree.statements) if tree is not None else []
    for k, statement in enumerate(statements):
        if isinstance(statement, ShapeNode) and statement.name.text == node.name.text:
            statements[k] = dataclasses.replace(statement, name=node.name)
    return statements, written
