"""From a file to a checked policy: the way in.

Vocabulary: *checking* reads a policy and all it imports, reports every mistake it can find, and gives a
`Policy` if there was no error.

Invariant: nothing here raises for what a policy says or what its files are; and there is a policy exactly
if there is no error.

Example: `check_text('edition 1\\nguard reply on output { json }').policy.guards[0].name` is `"reply"`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from guardc.policy.checking.guards import CheckedRule, Guards
from guardc.policy.checking.lints import lint_guard, lint_models, lint_policy, lint_shapes
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.modules import Modules
from guardc.policy.checking.names import Scope, Symbol, files
from guardc.policy.checking.shapes import Shapes
from guardc.policy.diagnostics import Diagnostic, Reporter, TooMany, in_order
from guardc.policy.model import (
    Classifier,
    CustomValidator,
    Detector,
    GivenText,
    Guard,
    Judge,
    Location,
    MeasureTest,
    Model,
    Parameter,
    Pattern,
    Policy,
    Service,
    Shape,
    Words,
)
from guardc.policy.reading.files import POLICY_LIMIT, Unreadable, read, unusable
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import DefaultsNode, GuardNode, ModelNode, Tree
from guardc.policy.types import shapes_in

__all__ = ["Checked", "check_file", "check_text"]


@dataclass(frozen=True)
class Checked:
    """What checking gives.

    `sources` holds every file that was read, by the name that `Location.file` has. `regex_spans` tells
    where the body of each pattern's regex is written, by the keys of `policy.detectors`, so that
    `regex_spans[name].part(a, b)` is the place of the characters `a` up to `b` of the regex.

    `spans` tells where the test of a rule, and a whole `hold`, is written, by the `at` of each.

    `sound` has, of a policy with errors, the patterns of its own file that are right for themselves and used, so
    that what the compiler has to say about them can be said in the same run.
    """

    policy: Policy | None
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, Source] = field(default_factory=dict)
    regex_spans: dict[str, Span] = field(default_factory=dict)
    sound: dict[str, Pattern] = field(default_factory=dict)
    spans: dict[Location, Span] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if there is no error. Warnings are allowed."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def check_file(path: str | Path) -> Checked:
    """Checks the policy in a file. A file that cannot be read is an error among the diagnostics."""
    path = Path(path)
    text = read(path, POLICY_LIMIT)
    name = path.name or str(path)
    if isinstance(text, Unreadable):
        return _unreadable(name, text)
    return _check(Source(name, text), path.parent, path)


def check_text(source: str, name: str = "policy.guard", folder: str | Path = ".") -> Checked:
    """Checks a policy that is given as text, as if it were the file `name` in `folder`."""
    reason = unusable(source)
    if reason is not None:
        return _unreadable(name, Unreadable(reason))
    return _check(Source(name, source.removeprefix("\N{BYTE ORDER MARK}")), Path(folder), Path(folder) / name)


def _unreadable(name: str, why: Unreadable) -> Checked:
    reporter = Reporter()
    name = name.encode("utf-8", "replace").decode("utf-8")
    source = Source(name, why.text)
    place = source.span(why.offset, min(why.offset + 1, len(why.text)))
    reporter.add("G001", place, f"`{name}` cannot be read: {why.reason}", help=why.help)
    return Checked(None, tuple(reporter.diagnostics), {name: source})


def _check(source: Source, folder: Path, path: Path) -> Checked:
    reporter = Reporter()
    modules = Modules(reporter, folder)
    policy = None
    regex_spans: dict[str, Span] = {}
    sound: dict[str, Pattern] = {}
    spans: dict[Location, Span] = {}
    try:
        tree, scope = modules.root(source, Path(os.path.realpath(path)))
        parts = _Parts([], {}, {}, {}) if tree is None else _guards(tree, scope, reporter)
        spans = {} if tree is None else _spans(tree)
        if tree is not None and not reporter.errors:
            policy, regex_spans = _policy(source, scope, parts)
        elif tree is not None:
            sound, regex_spans = _sound(scope)
    except TooMany:
        pass
    # The policy's own file is the first that was read.
    diagnostics = in_order(reporter.diagnostics, modules.sources)
    return Checked(policy, diagnostics, modules.sources, regex_spans, sound, spans)


class _Parts(NamedTuple):
    """What is checked of a policy behind its definitions."""

    guards: list[Guard]
    shapes: dict[str, Shape]
    models: dict[str, Model]
    judges: dict[str, Judge]


def _guards(tree: Tree, scope: Scope, reporter: Reporter) -> _Parts:
    checker = Guards(Lookup(reporter, scope), _imported(scope, reporter))
    defaults = checker.defaults(scope.defaults)
    nodes = [node for node in tree.statements if isinstance(node, GuardNode)]
    models = [node for node in tree.statements if isinstance(node, ModelNode)]
    checker.check_models(models, nodes)
    checker.check_shapes(nodes, defaults)
    made: list[Guard] = []
    checked: list[tuple[GuardNode, list[CheckedRule]]] = []
    for node in tree.statements:
        if isinstance(node, GuardNode):
            guard, rules = checker.guard(node, defaults)
            checked.append((node, rules))
            if guard is not None:
                made.append(guard)
    judges = checker.asking.judges(_defined(scope), scope)
    for judge in judges.values():
        checker.conditions.used.update(judge.fields)
    if scope.complete:
        for node, rules in checked:
            lint_guard(node, rules, reporter)
        lint_policy(tree, scope, checker.conditions.used, reporter)
        lint_shapes(checker.shapes, reporter)
        lint_models(models, checker.asking.called, reporter)
    known = {name: model for name, model in checker.asking.models.items() if model is not None}
    return _Parts(made, _reached(made, checker.shapes), known, judges)


def _imported(root: Scope, reporter: Reporter) -> dict[int, Shapes]:
    """The shapes of all files behind the policy, by the `id` of their scopes. Those that a file names are checked
    before it, which is possible because no file imports itself."""
    made: dict[int, Shapes] = {}
    names = {id(scope): name for name, scope in files(root)}

    def check(scope: Scope) -> None:
        for _, inner in scope.imports():
            if id(inner) not in made:
                check(inner)
        if scope is not root:
            checker = Guards(Lookup(reporter, scope, names), made)
            checker.check_shapes([], checker.defaults(scope.defaults if scope.shapes else []))
            made[id(scope)] = checker.shapes

    check(root)
    return made


def _reached(guards: list[Guard], shapes: Shapes) -> dict[str, Shape]:
    """The shapes of the policy's own file, and those of others that it needs, in the order in which they are named."""
    found = {name: shapes.made[name] for name in map(shapes.lookup.known_as, shapes.nodes) if name in shapes.made}
    types = [guard.structure for guard in guards if guard.structure is not None]
    types += [field.type for shape in found.values() for field in shape.fields]
    for type_ in types:  # grows while it is read
        for name in shapes_in(type_):
            if name not in found and name in shapes.made:
                found[name] = shapes.made[name]
                types += [field.type for field in found[name].fields]
    return found


def _policy(source: Source, scope: Scope, parts: _Parts) -> tuple[Policy, dict[str, Span]]:
    """The policy with every definition of the root file, and those of imports that a guard or shape uses."""
    detectors: dict[str, Detector] = {}
    customs: dict[str, CustomValidator] = {}
    classifiers: dict[str, Classifier] = {}
    texts: dict[str, GivenText] = {}
    regex_spans: dict[str, Span] = {}
    judges: dict[str, Judge] = {}
    services: dict[str, Service] = {}
    needed = _needed(parts.guards, parts.shapes)
    for name, symbol in _defined(scope):
        if name in parts.judges:
            for handler, kind in _ways(name, needed):
                judges[handler] = parts.judges[name]
                customs[handler] = CustomValidator(kind=kind, name=handler, parameters=(), at=parts.judges[name].at)
        if isinstance(symbol.value, Service) and f"{name}.score" in needed:
            service, score = symbol.value.model_copy(update={"name": name}), f"{name}.score"
            label = (Parameter(name="label", type="string"),) if service.labels else ()
            services[score] = service
            customs[score] = CustomValidator(kind="measure", name=score, parameters=label, at=service.at)
        if "." in name and name not in needed:
            continue
        value = symbol.value
        if isinstance(value, Pattern | Words):
            detectors[name] = value.model_copy(update={"name": name})
            if symbol.regex is not None:
                regex_spans[name] = symbol.regex
        elif isinstance(value, GivenText):
            texts[name] = value.model_copy(update={"name": name})
        elif isinstance(value, CustomValidator):
            customs[name] = value.model_copy(update={"name": name})
        elif isinstance(value, Classifier):
            classifiers[name] = value.model_copy(update={"name": name})
    policy = Policy(
        edition=1,
        file=Path(source.file).name,
        detectors=detectors,
        customs=customs,
        metadata=tuple(scope.fields.values()),
        guards=tuple(parts.guards),
        shapes=parts.shapes,
        classifiers=classifiers,
        texts=texts,
        models=parts.models,
        judges=judges,
        services=services,
    )
    return policy, regex_spans


def _ways(judge: str, needed: set[str]) -> Iterator[tuple[str, Literal["predicate", "measure"]]]:
    """The names by which rules use a judge."""
    if judge in needed:
        yield judge, "predicate"
    if f"{judge}.score" in needed:
        yield f"{judge}.score", "measure"


def _defined(root: Scope) -> Iterator[tuple[str, Symbol]]:
    """What the policy's file defines and imports, then what stands in files behind these."""
    yield from root.reachable()
    for name, scope in files(root):
        if "." in name:
            yield from (
                (f"{name}.{symbol.name}", symbol) for symbol in scope.symbols.values() if symbol.kind != "import"
            )


def _spans(tree: Tree) -> dict[Location, Span]:
    nodes = [node for node in tree.statements if isinstance(node, GuardNode | DefaultsNode)]
    holds = {hold.span.location: hold.span for node in nodes for hold in node.holds}
    guards = [node for node in nodes if isinstance(node, GuardNode)]
    return holds | {rule.span.location: rule.test.span for guard in guards for rule in guard.rules}


def _sound(scope: Scope) -> tuple[dict[str, Pattern], dict[str, Span]]:
    patterns: dict[str, Pattern] = {}
    regex_spans: dict[str, Span] = {}
    for name, symbol in scope.symbols.items():
        if symbol.used and symbol.regex is not None and isinstance(symbol.value, Pattern):
            patterns[name] = symbol.value
            regex_spans[name] = symbol.regex
    return patterns, regex_spans


def _needed(guards: list[Guard], shapes: dict[str, Shape]) -> set[str]:
    """Every name that a rule of the guards, or a field of the shapes, uses."""
    tested = [(rule.test, rule.on_fail) for guard in guards for rule in guard.rules]
    tested += [(test, field.on_fail) for shape in shapes.values() for field in shape.fields for test in field.tests]
    names: set[str] = set()
    for test, _ in tested:
        uses = (*getattr(test, "detectors", ()), *getattr(test, "excepts", ()))
        names.update(use.name for use in uses)
        names.update(use.text for use in uses if use.text is not None)
        if isinstance(test, MeasureTest) and test.classifier is not None:
            names.add(test.classifier)
        call = getattr(test, "call", None)
        names.update([] if call is None else [call.name])
    actions = [action for _, action in tested]
    actions += [action for guard in guards for action in (guard.limit.on_fail, guard.on_fail)]
    actions += [field.on_fail for shape in shapes.values() for field in shape.fields]
    names.update(action.call.name for action in actions if action.call is not None)
    return names
