"""Checks guards: their headers, limits, defaults and rules.

Invariant: a guard that comes back has everything in it that `defaults` gives.

Example: with `defaults { on fail refrain }`, the rule `json` of a guard comes back with the action refrain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from guardc.policy.catalog import NORMALIZATIONS, ROLES, UNITS
from guardc.policy.checking.actions import EXCEPTION, Actions, Chosen
from guardc.policy.checking.asking import Asking
from guardc.policy.checking.conditions import Conditions
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import KEYWORDS, LATER, did_you_mean
from guardc.policy.checking.paths import Paths
from guardc.policy.checking.shapes import FieldClauses, Shapes, suits
from guardc.policy.checking.streams import Streams
from guardc.policy.checking.tests import Tests, sentence
from guardc.policy.model import Action, FindTest, Guard, Hold, Limit, Normalization, Role, Rule, Test, ValueType
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import DefaultsNode, GuardNode, LimitNode, ModelNode, Name, NormalizeNode, RuleNode
from guardc.policy.types import show_path

__all__ = ["CheckedRule", "Guards"]

DEFAULT_LIMIT = 1_000_000
"""Characters of a text at most, in a guard that says nothing about it (docs/semantics.md, 1)."""


@dataclass(frozen=True)
class CheckedRule:
    """A rule with the tree it comes from, for the lints."""

    rule: Rule
    node: RuleNode


@dataclass(frozen=True)
class Inherited:
    """What a guard gets from outside: from `defaults`, then from its own clauses."""

    limit: Limit | None = None
    on_fail: Chosen | None = None
    on_error: Action = EXCEPTION
    normalize: tuple[Normalization, ...] = ()
    hold: Hold | None = None


class Guards:
    """Guards of one file. `imported` are the shapes of the files that it imports, by the `id` of their scopes."""

    def __init__(self, lookup: Lookup, imported: Mapping[int, Shapes]) -> None:
        self.lookup = lookup
        self.reporter = lookup.reporter
        self.actions = Actions(lookup)
        self.conditions = Conditions(lookup)
        self.tests = Tests(lookup)
        self.streams = Streams(self.actions, self.tests)
        self.shapes = Shapes(self.actions, self.tests, imported)
        self.asking = Asking(self.actions, [], [])
        self.structures: dict[Span, ValueType | None] = {}
        self.seen: dict[str, Span] = {}

    def defaults(self, nodes: list[DefaultsNode]) -> Inherited:
        """What `defaults` says, of which there is at most one."""
        for node in nodes[1:]:
            self.twice("defaults", node.span.part(0, 8), nodes[0].span.part(0, 8))
        if not nodes:
            return Inherited()
        node = nodes[0]
        return Inherited(
            self.limit(node.limits),
            self.actions.on_fail(node.on_fail),
            self.actions.on_error(node.on_error) or EXCEPTION,
            self.normalize(node.normalizes) or (),
            self.streams.hold(node.holds),
        )

    def twice(self, what: str, span: Span, first: Span) -> None:
        self.reporter.add(
            "G024",
            span,
            f"`{what}` is said twice",
            label="said again here",
            help="keep one of them",
            also=[(first, "first said here")],
        )

    # --- shapes ---

    def check_models(self, models: list[ModelNode], guards: list[GuardNode]) -> None:
        """Checks the models, before the guards that name them."""
        self.asking = Asking(self.actions, guards, models)

    def check_shapes(self, guards: list[GuardNode], defaults: Inherited) -> None:
        """Checks all shapes, and the types after `as json`."""
        for guard in guards:
            if guard.structure is not None:
                self.structures[guard.name.span] = self.shapes.types.check(guard.structure)
        self.shapes.check(FieldClauses(defaults.on_fail, defaults.on_error))

    # --- one guard ---

    def guard(self, node: GuardNode, defaults: Inherited) -> tuple[Guard | None, list[CheckedRule]]:
        """The guard, or None after a report; and those of its rules that are right."""
        good = self.header(node)
        inherited = Inherited(
            self.limit(node.limits) or defaults.limit,
            self.actions.on_fail(node.on_fail) or defaults.on_fail,
            self.actions.on_error(node.on_error) or defaults.on_error,
            self.normalize(node.normalizes) or defaults.normalize,
            self.streams.hold(node.holds) or defaults.hold,
        )
        good = self.asking.placed(node) and good
        answers, reasks = self.asking.answers(node.answers), self.asking.reasks(node.reasks)
        reask_with = self.asking.template(node.reask_withs)
        structure = self.structures.get(node.name.span)
        if node.structure is not None and (structure is None or not self.shapes.complete):
            # Its shape was reported; without it nothing can be said of paths.
            return None, []
        self.conditions.paths = Paths(self.reporter, self.shapes.made, structure)
        self.labels(node)
        taken = {rule.label.text: 1 for rule in node.rules if rule.label is not None}
        rules: list[CheckedRule] = []
        streamed = node.stream is not None and structure is None
        for rule in node.rules:
            made = self.rule(rule, inherited, taken, streamed)
            if made is not None:
                rules.append(CheckedRule(made, rule))
        if not good or len(rules) < len(node.rules):
            return None, rules
        limit = inherited.limit or Limit(
            amount=DEFAULT_LIMIT, unit="chars", on_fail=EXCEPTION, at=node.name.span.location
        )
        made_guard = Guard(
            name=node.name.text,
            direction=cast("Literal['input', 'output']", node.direction.text),
            roles=tuple(cast("Role", role.text) for role in node.roles),
            limit=limit,
            rules=tuple(item.rule for item in rules),
            structure=structure,
            on_fail=EXCEPTION if inherited.on_fail is None else inherited.on_fail.action,
            normalize=inherited.normalize,
            answers=answers,
            reasks=reasks,
            reask_with=reask_with,
            stream=node.stream is not None,
            hold=inherited.hold if streamed else None,
            at=node.name.span.location,
        )
        return made_guard, rules

    def header(self, node: GuardNode) -> bool:
        good = self.usable(node.name, "guard")
        first = self.seen.get(node.name.text)
        if first is not None:
            good = False
            self.reporter.defined_twice(node.name.span, first, "the guard")
        self.seen.setdefault(node.name.text, node.name.span)
        if node.direction.text not in {"input", "output"}:
            good = False
            self.reporter.add(
                "G025",
                node.direction.span,
                f"`{node.direction.text}` is no direction of a guard",
                help="a stream is `on output stream`"
                if node.direction.text == "stream"
                else did_you_mean(node.direction.text, ["input", "output"]) or "a guard is `on input` or `on output`",
            )
        good = self.roles(node) and good
        good = self.streams.guard(node) and good
        if node.later and node.later[0].text == "stream":
            good = False
            stands = "`stream` stands right behind the direction: `on output stream`"
            self.reporter.add(
                "G002",
                node.later[0].span,
                "unexpected `stream`",
                help="delete it" if node.stream is not None else stands,
            )
        elif node.later:
            good = False
            word, last = node.later[0], node.later[-1]
            known = word.text in LATER or word.text == "as"
            self.reporter.add(
                "G007" if known else "G002",
                word.span.to(last.span) if word.text == "as" else word.span,
                f"`{word.text}` is reserved for a later edition" if known else f"unexpected `{word.text}`",
                label="" if known else "`{` is expected here",
                help="delete it",
            )
        return good

    def roles(self, node: GuardNode) -> bool:
        """Is every role after `from` a role, and none there twice?"""
        good = True
        seen: dict[str, Span] = {}
        for role in node.roles:
            if role.text not in ROLES:
                good = False
                names = ", ".join(f"`{name}`" for name in ROLES)
                self.reporter.add(
                    "G025",
                    role.span,
                    f"`{role.text}` is no role of a chat message",
                    help=did_you_mean(role.text, ROLES) or f"the roles are {names}",
                )
            elif role.text in seen:
                good = False
                self.twice(role.text, role.span, seen[role.text])
            seen.setdefault(role.text, role.span)
        return good

    def usable(self, name: Name, what: str) -> bool:
        if "." not in name.text and name.text not in KEYWORDS | LATER:
            return True
        dotted = "." in name.text
        self.reporter.add(
            "G021",
            name.span,
            f"`{name.text}` cannot be the name of a {what}",
            label="a name has no dots" if dotted else "a word of the language",
            help=f"take `{name.text.replace('.', '_')}`" if dotted else f"take another name, such as `my_{name.text}`",
        )
        return False

    def labels(self, node: GuardNode) -> None:
        seen: dict[str, Span] = {}
        for rule in node.rules:
            if rule.label is None:
                continue
            self.usable(rule.label, "rule")
            if rule.label.text in seen:
                self.reporter.defined_twice(rule.label.span, seen[rule.label.text], "the rule")
            seen.setdefault(rule.label.text, rule.label.span)

    # --- what the detectors see ---

    def normalize(self, nodes: tuple[NormalizeNode, ...]) -> tuple[Normalization, ...] | None:
        """The steps of the only `normalize`, in their own order; None if there is none, or none that exists."""
        for node in nodes[1:]:
            self.twice("normalize", node.span, nodes[0].span)
        seen: dict[str, Span] = {}
        for step in nodes[0].steps if nodes else ():
            if step.text not in NORMALIZATIONS:
                self.reporter.add(
                    "G025",
                    step.span,
                    f"`{step.text}` is no step of `normalize`",
                    help=did_you_mean(step.text, NORMALIZATIONS)
                    or "the steps are " + ", ".join(f"`{name}`" for name in NORMALIZATIONS),
                )
            elif step.text in seen:
                self.twice(step.text, step.span, seen[step.text])
            seen.setdefault(step.text, step.span)
        return tuple(name for name in NORMALIZATIONS if name in seen) or None

    # --- limits ---

    def limit(self, nodes: tuple[LimitNode, ...]) -> Limit | None:
        for node in nodes[1:]:
            self.twice("max", node.span, nodes[0].span)
        if not nodes:
            return None
        node = nodes[0]
        if node.on_error:
            self.reporter.add(
                "G041", node.on_error[0].clause, "a limit cannot end in an error", help="delete `on error`"
            )
        on_fail = self.actions.on_limit(node.on_fail)
        if node.on_fail and on_fail is None:
            return None
        number, unit = node.amount.number, node.amount.unit
        if unit is None:
            self.reporter.add(
                "G033",
                number.span,
                "a limit needs a unit",
                help=f"write `{number.span.text} chars`, or `bytes`, `KB`, `MB`",
            )
            return None
        known = UNITS.get(unit.text)
        if known is None:
            self.tests.unknown_unit(node.amount)
            return None
        if known.measure not in {"chars", "bytes"}:
            self.reporter.add(
                "G033",
                unit.span,
                f"a limit is not measured in `{unit.text}`",
                help=(f"take chars or bytes here, and a rule for the rest: `{known.measure} <= {number.span.text}`"),
            )
            return None
        if isinstance(number.value, float):
            self.tests.whole(number.span, "max")
            return None
        if number.value < 1:
            self.reporter.add(
                "G032",
                number.span,
                "a limit is at least 1",
                label="no text could pass",
                help="take a larger number",
            )
            return None
        measure: Literal["chars", "bytes"] = "chars" if known.measure == "chars" else "bytes"
        return Limit(
            amount=number.value * known.factor,
            unit=measure,
            on_fail=on_fail or EXCEPTION,
            at=node.span.location,
        )

    # --- rules ---

    def rule(self, node: RuleNode, inherited: Inherited, taken: dict[str, int], streamed: bool) -> Rule | None:
        """The rule, or None after a report. Everything in it is looked at, whatever is wrong. `streamed`: its guard
        is a stream on texts."""
        paths = self.conditions.paths
        assert paths is not None
        when = None if node.when is None else self.conditions.check(node.when)
        target = None if node.path is None else paths.check(node.path)
        test = self.tests.check(node.test, of_values=node.path is not None)
        own_error = self.actions.on_error(node.on_error)
        if test is None or (node.path is not None and target is None):
            # What it is to do is still worth a look.
            self.actions.on_fail(node.on_fail)
            return None
        if target is not None:
            if not suits(test, target[1], node.test.span, self.reporter):
                return None
            on_fail = self.actions.of_field(node.on_fail, inherited.on_fail, target[1], (test,), node.test.span)
        else:
            on_fail = self.actions.of_rule(node.on_fail, inherited.on_fail, test, node.test.span)
            if paths.structure is not None and on_fail is not None and not self.everywhere(node, test, on_fail):
                return None
        if node.on_error and own_error is None:
            return None
        if on_fail is None or (node.when is not None and when is None):
            return None
        on_error = own_error or self.tests.lookup.on_error([test]) or inherited.on_error
        if streamed and not self.streams.rule(node, test, on_fail, on_error, inherited.on_fail):
            return None
        said = sentence(node.test) if target is None else f"{show_path(target[0])}: {sentence(node.test)}"
        name = node.label.text if node.label else self.free_name(said, taken)
        return Rule(
            name=name,
            test=test,
            on_fail=on_fail,
            on_error=on_error,
            when=when,
            path=None if target is None else target[0],
            at_end=node.at_end is not None,
            at=node.span.location,
        )

    def everywhere(self, node: RuleNode, test: Test, on_fail: Action) -> bool:
        """Reports a rule without a path that cannot be about every text of a structured value."""
        if not isinstance(test, FindTest) or test.quantifier == "is":
            self.reporter.add(
                "G085",
                node.test.span,
                f"`{sentence(node.test)}` needs a path",
                label="which value?",
                help=f"say which value it is about: `$.field: {sentence(node.test)}`",
            )
            return False
        if test.quantifier == "has" and on_fail.name in {"fix", "fix_reask", "custom"}:
            self.reporter.add(
                "G085",
                node.test.span,
                f"`{on_fail.name}` needs a path here",
                label="which value is to be changed?",
                help=f"say which: `$.field: {sentence(node.test)}`, or take another action",
            )
            return False
        return True

    def free_name(self, name: str, taken: dict[str, int]) -> str:
        """The name, with a number if another rule of the guard has it: reports tell rules apart by name."""
        number = taken.get(name, 0) + 1
        taken[name] = number
        if number == 1:
            return name
        free = f"{name} ({number})"
        taken[free] = taken.get(free, 0) + 1
        return free
