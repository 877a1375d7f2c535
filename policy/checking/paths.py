"""Checks paths against the shape of a guard.

Invariant: a path that comes back leads to something that a value of the guard's type may have.

Example: `$.sumary` in a guard `as json Ticket` is reported with "did you mean `summary`?".
"""

from __future__ import annotations

from collections.abc import Mapping

from guardc.policy.checking.names import did_you_mean
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import AnyOf, Expression, Path, PathRef, PathStep, Shape, ShapeRef, TypeName, ValueType
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import PathNode, StepNode
from guardc.policy.types import inside, kinds_of, options_of, show_path, show_type

__all__ = ["Paths"]

SCALARS: dict[str, TypeName] = {"string": "string", "number": "number", "bool": "bool"}


class Paths:
    """Paths in one guard. `structure` is None in a guard on texts."""

    def __init__(self, reporter: Reporter, shapes: Mapping[str, Shape], structure: ValueType | None) -> None:
        self.reporter = reporter
        self.shapes = shapes
        self.structure = structure

    def check(self, node: PathNode) -> tuple[Path, ValueType] | None:
        """The path and the type of what it leads to, or None after a report."""
        if self.structure is None:
            self.reporter.add(
                "G084",
                node.span,
                "a path in a guard on texts",
                label="a text has no fields",
                help="say what the guard judges: `guard NAME on output as json SHAPE { ... }`",
            )
            return None
        type_ = self.structure
        steps: list[PathStep] = []
        for step in node.steps:
            made = _step(step)
            options = inside(type_, made, self.shapes)
            if not options:
                self.nowhere(step, made, steps, type_)
                return None
            steps.append(made)
            type_ = AnyOf(options=options) if len(options) > 1 else options[0]
        return tuple(steps), type_

    def nowhere(self, node: StepNode, step: PathStep, before: list[PathStep], type_: ValueType) -> None:
        """Reports a step that leads nowhere."""
        where = show_path(before)
        shapes = [self.shapes[option.name] for option in options_of(type_) if isinstance(option, ShapeRef)]
        keys = [field.key for shape in shapes for field in shape.fields]
        if step.kind == "key" and shapes:
            names = " or ".join(f"`{shape.name}`" for shape in shapes)
            self.reporter.add(
                "G083",
                node.span,
                f"{names} has no field `{step.key}`",
                label="leads nowhere",
                help=did_you_mean(step.key, keys) or f"the fields are {', '.join(f'`{key}`' for key in keys)}",
            )
            return
        kinds = kinds_of(type_)
        help_ = "delete the rest of the path"
        if "list" in kinds:
            help_ = f"write `{where}[*]` for every item, or `{where}[0]` for the first"
        elif shapes and keys:
            help_ = f"name a field, as in `{show_path([*before, PathStep(kind='key', key=keys[0])])}`"
        elif "object" in kinds:
            help_ = f'write `{where}[*]` for every value, or `{where}["key"]` for one'
        self.reporter.add("G083", node.span, f"`{where}` is {show_type(type_)}", label="leads nowhere", help=help_)

    def scalar(self, node: PathNode) -> tuple[Expression, TypeName] | None:
        """The path as a value in a condition, with its type."""
        found = self.check(node)
        if found is None:
            return None
        path, type_ = found
        if any(step.kind == "all" for step in path):
            self.refuse(node.span, "a condition is about one value", "write the index of one item, as in `[0]`")
            return None
        kinds = kinds_of(type_) - {"null"}
        name = SCALARS.get(next(iter(kinds))) if len(kinds) == 1 else None
        if name is None:
            self.refuse(
                node.span,
                f"`{show_path(path)}` is {show_type(type_)}",
                "a condition compares one string, number or bool",
            )
            return None
        return PathRef(path=path, type=name), name

    def refuse(self, span: Span, message: str, help_: str) -> None:
        self.reporter.add("G086", span, message, help=help_)


def _step(node: StepNode) -> PathStep:
    if node.what is None:
        return PathStep(kind="all")
    if isinstance(node.what, int):
        return PathStep(kind="index", index=node.what)
    return PathStep(kind="key", key=node.what)
