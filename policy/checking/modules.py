"""Files that import files.

Vocabulary: a *module* is a file with its scope. `std.NAME` is a file of the standard library, in policy/std.

Invariant: a file is read once per check, however many import it; a cycle is reported with its chain and
broken where it closes.

Example: `Modules(reporter, folder).root(source, path)` reads everything that the source imports.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from guardc.policy.checking.actions import Actions
from guardc.policy.checking.checks import resolve_checks
from guardc.policy.checking.declarations import Declarations
from guardc.policy.checking.library import STD, standard_modules
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import KEYWORDS, LATER, Scope, Symbol, did_you_mean
from guardc.policy.checking.services import Services
from guardc.policy.diagnostics import Reporter
from guardc.policy.reading.files import POLICY_LIMIT, Unreadable, read
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import (
    ClassifierNode,
    CustomNode,
    DefaultsNode,
    GuardNode,
    ImportNode,
    JudgeNode,
    MetadataNode,
    Name,
    PatternNode,
    ServiceNode,
    ShapeFromNode,
    ShapeNode,
    Statement,
    Text,
    TextNode,
    Tree,
    WordsNode,
)
from guardc.policy.recovery.recover import parse

__all__ = ["Modules"]

MAX_CHAIN = 32
"""Files on the way from the policy to an imported file at most."""


@dataclass(frozen=True)
class Step:
    """A file that is being read, and the import that asked for it."""

    path: Path
    span: Span | None
    file: str


class Modules:
    """Reads files into scopes. `folder` is the root policy's, to which names of files are relative."""

    def __init__(self, reporter: Reporter, folder: Path) -> None:
        self.reporter = reporter
        self.folder = folder
        self.sources: dict[str, Source] = {}
        self.scopes: dict[Path, Scope | None] = {}

    def root(self, source: Source, path: Path) -> tuple[Tree | None, Scope]:
        """The tree and the scope of the policy that is checked."""
        return self.module(source, [Step(path, None, source.file)], self.folder)

    def module(self, source: Source, chain: list[Step], folder: Path) -> tuple[Tree | None, Scope]:
        self.sources[source.file] = source
        std = folder == STD
        before = self.reporter.errors
        tree = parse(source, self.reporter, chain[-1].span)
        complete = self.reporter.errors == before
        declarations = Declarations(self.reporter, source, folder)
        declarations.scope.complete = complete
        if tree is None:
            return None, declarations.scope
        declarations.editions(tree, warn=not std and complete)
        tree = self.with_schemas(tree, source, folder)
        services: list[tuple[Symbol, ServiceNode]] = []
        for node in tree.statements:
            if isinstance(node, ImportNode):
                self.import_(node, declarations, chain, folder)
            elif isinstance(node, PatternNode):
                declarations.pattern(node)
            elif isinstance(node, WordsNode):
                declarations.words(node)
            elif isinstance(node, TextNode):
                declarations.text(node)
            elif isinstance(node, CustomNode):
                declarations.custom(node)
            elif isinstance(node, ClassifierNode):
                declarations.classifier(node)
            elif isinstance(node, JudgeNode):
                declarations.judge(node)
            elif isinstance(node, ServiceNode):
                services.append((Symbol(node.name.text, "service", node.name.span, None), node))
                declarations.declare(node.name, services[-1][0])
            elif isinstance(node, GuardNode):
                declarations.scope.has_guards = True
            elif isinstance(node, ShapeNode):
                declarations.scope.shapes.append(node)
            elif isinstance(node, DefaultsNode):
                declarations.scope.defaults.append(node)
        resolve_checks(declarations.unchecked, declarations.scope, self.reporter)
        for symbol, service in services:  # they may name classifiers that stand below
            symbol.value = Services(Actions(Lookup(self.reporter, declarations.scope))).check(service)
        declarations.metadata(node for node in tree.statements if isinstance(node, MetadataNode))
        return tree, declarations.scope

    def with_schemas(self, tree: Tree, source: Source, folder: Path) -> Tree:
        """The tree with what JSON Schemas say in place of the statements that name them."""
        if not any(isinstance(node, ShapeFromNode) for node in tree.statements):
            return tree
        from guardc.policy.checking.from_schema import statements_of, unknown_shape  # noqa: PLC0415 - it asks this module what is in std

        statements: list[Statement] = []
        for node in tree.statements:
            if isinstance(node, ShapeFromNode):
                schema = (
                    read(folder / node.file.value, POLICY_LIMIT)
                    if "\0" not in node.file.value
                    else Unreadable("it cannot be opened")
                )
                if isinstance(schema, Unreadable):
                    self.unreadable(node.file.span, node.file.value, schema.reason, schema.help)
                    statements.append(unknown_shape(node))
                    continue
                made, written = statements_of(node, schema, source, self.reporter)
                self.sources[written.file] = written
                statements += made
            else:
                statements.append(node)
        return Tree(tuple(statements))

    def import_(self, node: ImportNode, declarations: Declarations, chain: list[Step], folder: Path) -> None:
        name = self.namespace(node)
        if isinstance(node.target, Text):
            scope = self.file(node, node.target, chain, folder)
        else:
            scope = self.std(node.target, chain)
        if scope is not None and scope.has_guards:
            self.reporter.add(
                "G055",
                node.target.span,
                "the guards of an imported file have no effect",
                help="only its patterns, word lists, shapes and custom validators can be used here",
            )
        if name is None:
            return
        if scope is not None and not scope.complete and scope.source is declarations.scope.source:
            scope = None
        declarations.declare(name, Symbol(name.text, "import", name.span, scope))

    def namespace(self, node: ImportNode) -> Name | None:
        """The name under which the import is known."""
        if node.alias is not None:
            return node.alias
        if isinstance(node.target, Name):
            last = node.target.text.rpartition(".")[2]
            start = len(node.target.text) - len(last)
            return Name(last, node.target.span.part(start, start + len(last)))
        stem = Path(node.target.value).stem if "\0" not in node.target.value else ""
        if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", stem) and stem not in KEYWORDS | LATER:
            return Name(stem, node.target.span)
        self.reporter.add(
            "G021",
            node.target.span,
            "the name of the file cannot name the import",
            help=f"give it a name: `import {show_text(node.target.value)} as terms`",
        )
        return None

    def std(self, target: Name, chain: list[Step]) -> Scope | None:
        first, _, module = target.text.partition(".")
        known = standard_modules()
        if first != "std" or target.text not in known:
            helps = did_you_mean(target.text, known) or did_you_mean(f"std.{target.text}", known)
            listed = ", ".join(f"`{name}`" for name in known)
            self.reporter.add(
                "G019",
                target.span,
                f"unknown module `{target.text}`",
                help=helps or f"the modules are {listed}; a file of your own is imported by its path in quotes",
            )
            return None
        return self.load(STD / f"{module}.guard", target.text, target.span, target.text, chain)

    def file(self, node: ImportNode, target: Text, chain: list[Step], folder: Path) -> Scope | None:
        try:
            path = Path(os.path.realpath(folder / target.value))
            file = Path(os.path.relpath(path, os.path.realpath(self.folder))).as_posix()
        except (OSError, ValueError):
            path, file = Path(), ""
        if not file:
            self.unreadable(target.span, target.value, "it cannot be opened")
            return None
        return self.load(path, file, node.target.span, target.value, chain)

    def load(self, path: Path, file: str, span: Span, written: str, chain: list[Step]) -> Scope | None:
        if any(step.path == path for step in chain):
            self.cycle(path, span, chain)
            return None
        if path in self.scopes:
            return self.scopes[path]
        if len(chain) >= MAX_CHAIN:
            self.reporter.add("G008", span, f"files import files more than {MAX_CHAIN} deep")
            return None
        text = read(path, POLICY_LIMIT)
        if isinstance(text, Unreadable):
            self.unreadable(span, written, text.reason, text.help)
            self.scopes[path] = None
            return None
        step = Step(path, span, file)
        tree, scope = self.module(Source(file, text), [*chain, step], path.parent)
        # Of a file that could not be read to its end nobody knows what it declares.
        self.scopes[path] = None if tree is None else scope
        return self.scopes[path]

    def unreadable(self, span: Span, written: str, reason: str, mend: str | None = None) -> None:
        self.reporter.add(
            "G026",
            span,
            f"the file {show_text(written)} cannot be read",
            label=reason,
            help=mend or "the path is relative to the folder of this policy",
        )

    def cycle(self, path: Path, span: Span, chain: list[Step]) -> None:
        start = next(index for index, step in enumerate(chain) if step.path == path)
        loop = chain[start:]
        names = [step.file for step in [*loop, loop[0]]]
        self.reporter.add(
            "G027",
            span,
            "the file imports itself" if len(loop) == 1 else "the files import each other",
            label=f"`{loop[0].file}` is being read already",
            help="move what both need into a file of its own",
            notes=["the chain: " + " -> ".join(f"`{name}`" for name in names)],
            also=[(step.span, f"`{step.file}` is imported here") for step in loop[1:] if step.span is not None],
        )
