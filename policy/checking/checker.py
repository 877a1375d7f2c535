"""From a file to a checked policy: the way in.

Vocabulary: *checking* reads a policy and all it imports, reports every mistake it can find, and gives a
`Policy` if there was no error.

Invariant: nothing here raises for what a policy says or what its files are; and there is a policy exactly
if there is no error.

Example: `check_text('edition 1\\nguard reply on output { json }').policy.guards[0].name` is `"reply"`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from guardc.policy.checking.guards import CheckedRule, Guards
from guardc.policy.checking.lints import lint_guard, lint_policy, lint_shapes
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.modules import Modules
from guardc.policy.checking.names import Scope
from guardc.policy.diagnostics import Diagnostic, Reporter, TooMany, in_order
from guardc.policy.model import (
    Classifier,
    CustomValidator,
    Detector,
    GivenText,
    Guard,
    Location,
    MeasureTest,
    Pattern,
    Policy,
    Shape,
    Words,
)
from guardc.policy.reading.files import POLICY_LIMIT, Unreadable, read, unusable
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import DefaultsNode, GuardNode, ShapeNode, Tree

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
        guards, shapes = ([], {}) if tree is None else _guards(tree, scope, reporter)
        spans = {} if tree is None else _spans(tree)
        if tree is not None and not reporter.errors:
            policy, regex_spans = _policy(source, scope, guards, shapes)
        elif tree is not None:
            sound, regex_spans = _sound(scope)
    except TooMany:
        pass
    # The policy's own file is the first that was read.
    diagnostics = in_order(reporter.diagnostics, modules.sources)
    return Checked(policy, diagnostics, modules.sources, regex_spans, sound, spans)


def _guards(tree: Tree, scope: Scope, reporter: Reporter) -> tuple[list[Guard], dict[str, Shape]]:
    checker = Guards(Lookup(reporter, scope))
    defaults = checker.defaults([node for node in tree.statements if isinstance(node, DefaultsNode)])
    shapes = [node for node in tree.statements if isinstance(node, ShapeNode)]
    checker.check_shapes(shapes, [node for node in tree.statements if isinstance(node, GuardNode)], defaults)
    made: list[Guard] = []
    checked: list[tuple[GuardNode, list[CheckedRule]]] = []
    for node in tree.statements:
        if isinstance(node, GuardNode):
            guard, rules = checker.guard(node, defaults)
            checked.append((node, rules))
            if guard is not None:
                made.append(guard)
    if scope.complete:
        for node, rules in checked:
            lint_guard(node, rules, reporter)
        lint_policy(tree, scope, checker.conditions.used, reporter)
        lint_shapes(checker.shapes, reporter)
    return made, checker.shapes.made


def _policy(
    source: Source, scope: Scope, guards: list[Guard], shapes: dict[str, Shape]
) -> tuple[Policy, dict[str, Span]]:
    """The policy with every definition of the root file, and those of imports that a guard or shape uses."""
    detectors: dict[str, Detector] = {}
    customs: dict[str, CustomValidator] = {}
    classifiers: dict[str, Classifier] = {}
    texts: dict[str, GivenText] = {}
    regex_spans: dict[str, Span] = {}
    needed = _needed(guards, shapes)
    for name, symbol in scope.reachable():
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
        guards=tuple(guards),
        shapes=shapes,
        classifiers=classifiers,
        texts=texts,
    )
    return policy, regex_spans


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
