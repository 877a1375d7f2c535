"""The reference interpreter for structured values; docs/semantics.md, section 10.

Slow and obvious, like `reference`, whose judging of texts it uses. It walks types as the policy has them, carries the
paths of rules along, and builds the new value anew instead of changing it.

    result = judge_value(policy, "ticket", {"id": "ORD-1"}, metadata={}, handlers={})
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import reference
from reference import STRENGTH, Failed, Handlers, RuleError

from guardc.policy.model import (
    Action,
    Choice,
    FindTest,
    Guard,
    ListOf,
    MapOf,
    MeasureTest,
    Path,
    Plain,
    Policy,
    Rule,
    ShapeRef,
    ValueType,
)
from guardc.policy.types import kinds_tested, options_of, show_test, show_type, tag_of

ANY = Plain(name="any")
Steps = tuple[str | int, ...]


@dataclass
class Owner:
    """Who answers for the shape of a value."""

    name: str
    action: Action


@dataclass
class Fault:
    """What the value at a path failed: its shape (`validator`), or a rule."""

    path: Steps
    owner: Owner
    validator: str = ""
    failed: Failed | None = None
    text: bool = False

    @property
    def action(self) -> Action:
        return self.owner.action if self.failed is None else self.failed.action

    @property
    def strength(self) -> int:
        return STRENGTH.index(self.action.name)

    @property
    def shown(self) -> tuple[Any, ...]:
        path = show_path_of(self.path)
        if self.failed is None:
            return (path, self.owner.name, self.validator, self.action.name, (), None, False)
        failed = self.failed
        assert failed.rule is not None
        return (path, failed.rule.name, None, failed.action.name, tuple(failed.spans), failed.value, bool(failed.error))


@dataclass
class StructureResult:
    passed: bool
    output: Any
    action: str | None
    failures: list[Fault]
    unresolved: list[Fault] = field(default_factory=list)
    asked: list[str] | None = None
    partial: Any = None


def show_path_of(path: Steps) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def same(value: Any, choice: Any) -> bool:
    kinds = [bool if isinstance(x, bool) else str if isinstance(x, str) else float for x in (value, choice)]
    return kinds[0] is kinds[1] and bool(value == choice)


def kind_of(value: Any) -> str:
    names = {str: "string", bool: "bool", list: "list", dict: "object", type(None): "null"}
    return names.get(type(value), "number")


def fits(option: ValueType, value: Any) -> bool:
    match option:
        case Plain(name="any"):
            return True
        case Plain(name="integer"):
            return kind_of(value) == "number" and value == int(value)
        case Plain(name=name):
            return kind_of(value) == name
        case Choice(values=values):
            return kind_of(value) in ("string", "number", "bool") and any(same(value, choice) for choice in values)
        case ListOf():
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


class Examination:
    """One look at one value. `dropped` are the paths of members that their own `filter` dropped."""

    def __init__(
        self,
        policy: Policy,
        handlers: Handlers,
        guard: Guard,
        metadata: Mapping[str, Any],
        root: Any,
        dropped: set[Steps],
    ) -> None:
        self.policy, self.handlers, self.guard, self.metadata = policy, handlers, guard, metadata
        self.dropped = dropped
        self.faults: list[Fault] = []
        self.missed = [rule for rule in guard.rules if rule.path is None and quantifier(rule) == "has"]
        assert guard.structure is not None
        owner = Owner(f"json {show_type(guard.structure)}", guard.on_fail)
        ways = [(rule, rule.path) for rule in guard.rules if rule.path is not None]
        self.root = root
        self.value = self.look(guard.structure, owner, [], ways, root, ())
        for rule in self.missed:
            failed: Failed | None = Failed(rule, rule.on_fail, [])
            try:
                if rule.when is not None and not self.holds(rule):
                    continue
            except RuleError as error:
                failed = Failed(rule, rule.on_error, [], error=str(error))
            self.faults.append(Fault((), owner, failed=failed))

    def holds(self, rule: Rule) -> bool:
        assert rule.when is not None
        return bool(reference.evaluate(self.policy, rule.when, self.metadata, self.root))

    def look(
        self,
        type_: ValueType,
        owner: Owner,
        tests: list[Rule],
        ways: list[tuple[Rule, Path]],
        value: Any,
        path: Steps,
    ) -> Any:
        """Adds what is wrong with the value; returns it with defaults filled in."""
        option = next((option for option in options_of(type_) if fits(option, value)), None)
        shapes = [self.policy.shapes[one.name] for one in options_of(type_) if isinstance(one, ShapeRef)]
        if isinstance(value, dict) and len(shapes) > 1:
            tag = tag_of(shapes)
            shape = next((s for s in shapes for f in s.fields if f.key == tag and fits(f.type, value.get(tag))), None)
            option = None if shape is None or tag not in value else ShapeRef(name=shape.name)
        kinds = {kind_of(choice) for one in options_of(type_) if isinstance(one, Choice) for choice in one.values}
        if option is None:
            self.faults.append(Fault(path, owner, "one of" if kind_of(value) in kinds else "type"))
            if not (isinstance(value, str) and "string" in kinds):
                return self.stray(owner, value, path)
        rules = tests + [rule for rule, rest in ways if not rest] + self.everywhere()
        rules.sort(key=lambda rule: -1 if rule in tests else self.guard.rules.index(rule))
        if isinstance(value, str):
            self.text(rules, owner, value, path)
        elif not isinstance(option, ShapeRef):
            self.amount(rules, owner, value, path)
        if isinstance(value, list):
            return self.items(option, owner, ways, value, path)
        if isinstance(value, dict):
            return self.members(option, owner, ways, value, path)
        return value

    def stray(self, owner: Owner, value: Any, path: Steps) -> Any:
        """Rules on every text see the texts of what has the wrong type, too."""
        if any(rule.path is None for rule in self.guard.rules):
            self.look(ANY, owner, [], [], value, path)
        return value

    def everywhere(self) -> list[Rule]:
        return [rule for rule in self.guard.rules if rule.path is None and quantifier(rule) == "no"]

    def text(self, rules: list[Rule], owner: Owner, text: str, path: Steps) -> None:
        for rule in rules:
            if kinds_tested(rule.test) == {"string"}:
                failed = self.judge(rule, text)
                if failed is not None:
                    self.faults.append(Fault(path, owner, failed=failed, text=True))
        for rule in list(self.missed):
            failed = self.judge(rule, text)
            if failed is None or failed.error:
                self.missed.remove(rule)
            if failed is not None and failed.error:
                self.faults.append(Fault(path, owner, failed=failed, text=True))

    def judge(self, rule: Rule, text: str) -> Failed | None:
        try:
            return reference.judge_rule(
                self.policy, self.handlers, rule, text, self.metadata, self.guard.normalize, self.root
            )
        except RuleError as error:
            return Failed(rule, rule.on_error, [], error=str(error))

    def amount(self, rules: list[Rule], owner: Owner, value: Any, path: Steps) -> None:
        for rule in rules:
            test = rule.test
            if not isinstance(test, MeasureTest) or test.measure not in ("number", "items"):
                continue
            if kind_of(value) not in ({"number"} if test.measure == "number" else {"list", "object"}):
                continue
            number = value if test.measure == "number" else len(value)
            try:
                if (rule.when is not None and not self.holds(rule)) or reference.in_bounds(test, number):
                    continue
                failed = Failed(rule, rule.on_fail, [], number)
            except RuleError as error:
                failed = Failed(rule, rule.on_error, [], error=str(error))
            self.faults.append(Fault(path, owner, failed=failed))

    def items(
        self, option: ValueType | None, owner: Owner, ways: list[tuple[Rule, Path]], value: list[Any], path: Steps
    ) -> Any:
        element = option.element if isinstance(option, ListOf) else ANY
        made = []
        for index, item in enumerate(value):
            onward = [
                (rule, rest[1:])
                for rule, rest in ways
                if rest and (rest[0].kind == "all" or (rest[0].kind == "index" and rest[0].index == index))
            ]
            made.append(self.look(element, owner, [], onward, item, (*path, index)))
        return made

    def members(
        self, option: ValueType | None, owner: Owner, ways: list[tuple[Rule, Path]], value: dict[str, Any], path: Steps
    ) -> Any:
        shape = self.policy.shapes[option.name] if isinstance(option, ShapeRef) else None
        every = ("key",) if shape else ("key", "all")
        made = {}
        known = [f.key for f in shape.fields] if shape else []
        # The keys that paths name come first, in order, as the fields of a shape do.
        named = sorted({rest[0].key for _, rest in ways if rest and rest[0].kind == "key"} - set(known))
        if shape and not shape.open:
            named = []
        for key in [*known, *named, *(key for key in value if key not in known and key not in named)]:
            place = (*path, key)
            onward = [
                (rule, rest[1:])
                for rule, rest in ways
                if rest and rest[0].kind in every and (rest[0].kind == "all" or rest[0].key == key)
            ]
            spec = next((f for f in shape.fields if f.key == key), None) if shape else None
            if spec is not None:
                assert shape is not None
                own = Owner(f"{shape.name}.{key}", spec.on_fail)
                tests = [
                    Rule(
                        name=f"{shape.name}.{key}: {show_test(test)}",
                        test=test,
                        on_fail=spec.on_fail
                        if isinstance(test, FindTest) and test.quantifier == "no"
                        else spec.on_fail.model_copy(update={"template": None}),
                        on_error=spec.on_error,
                        at=spec.at,
                    )
                    for test in spec.tests
                ]
                if key in value:
                    made[key] = self.look(spec.type, own, tests, onward, value[key], place)
                elif spec.default is not None:
                    made[key] = copy.deepcopy(spec.default.value)
                elif spec.required and place not in self.dropped:
                    self.faults.append(Fault(place, own, "missing"))
            elif key in value:
                if shape is not None and not shape.open:
                    self.faults.append(Fault(place, owner, "unknown key"))
                    made[key] = self.stray(owner, value[key], place)
                else:
                    element = option.element if isinstance(option, MapOf) else ANY
                    made[key] = self.look(element, owner, [], onward, value[key], place)
        return made


def quantifier(rule: Rule) -> str:
    return rule.test.quantifier if isinstance(rule.test, FindTest) else ""


class StoppedError(Exception):
    """A handler failed, and its `on error` is about the whole value."""


class Change:
    """Builds the new value. `ask` has the paths that are asked again, in the old value."""

    def __init__(self, policy: Policy, handlers: Handlers, faults: list[Fault]) -> None:
        self.policy, self.handlers = policy, handlers
        self.faults = faults
        self.acted = 0
        self.ask: list[tuple[Steps, Steps]] = []  # where it was, where it will be
        self.dropped: set[Steps] = set()  # where it will be

    def at(self, path: Steps) -> list[Fault]:
        return [fault for fault in self.faults if fault.path == path]

    def decide(self, path: Steps, value: Any) -> str:
        """What the strongest failure at a value does with it."""
        group = self.at(path)
        action = STRENGTH[max((fault.strength for fault in group), default=0)]
        if action == "custom":
            action = self.custom(group, value)
        if action in ("exception", "refrain"):
            raise StoppedError(action)
        self.acted = max(self.acted, STRENGTH.index(action))
        return action

    def custom(self, group: list[Fault], value: Any) -> str:
        text = value
        for fault in group:
            failed = fault.failed
            if failed is None or not fault.text or failed.action.call is None:
                continue
            assert failed.rule is not None
            try:
                answer = reference.call(self.policy, self.handlers, failed.action.call, text, failed)
                if answer is not None and not isinstance(answer, str):
                    raise RuleError("must return a text or None")
            except RuleError as error:
                fault.failed = Failed(failed.rule, failed.rule.on_error, [], error=str(error))
                if failed.rule.on_error.name != "noop":
                    return failed.rule.on_error.name
                continue
            text = text if answer is None else str(answer)
        self.rewritten = text
        return "custom"

    def build(self, path: Steps, value: Any, new: Steps) -> tuple[bool, Any]:
        """Whether the value stays, and what it becomes."""
        action = self.decide(path, value)
        if action == "filter":
            return False, None
        if action == "reask":
            # Nobody can give an unknown key a better value: its object is asked for.
            unknown = any(fault.validator == "unknown key" for fault in self.at(path))
            self.ask.append((path[:-1], new[:-1]) if unknown else (path, new))
            return True, None
        if action == "custom" and isinstance(value, str):
            return True, self.rewritten
        if action in ("fix", "fix_reask"):
            if any(fault.validator == "unknown key" and fault.action.name.startswith("fix") for fault in self.at(path)):
                return False, None
            fixed = self.fix(path, value)
            if not isinstance(value, list | dict) or isinstance(fixed, str | int | float):
                return True, fixed
        most = self.most(path) if action in ("fix", "fix_reask") else None
        if isinstance(value, list):
            kept: list[Any] = []
            for index, item in enumerate(value):
                asked = len(self.ask)
                stays, made = self.build((*path, index), item, (*new, len(kept)))
                if stays:
                    kept.append(made)
                if most is not None and len(kept) > most:
                    del self.ask[asked:]
            return True, kept if most is None else kept[:most]
        if isinstance(value, dict):
            members = {}
            if most is not None:
                value = dict(list(value.items())[:most])
            for key in [*value, *self.missing(path, value)]:
                place = (*path, key)
                stays, made = self.build(place, value.get(key), (*new, key))
                if (path, new) in self.ask:
                    return True, None
                if not stays:
                    self.dropped.add((*new, key))
                elif key in value or made is not None:
                    members[key] = made
            for old, _ in self.ask:
                if old[:-1] == path and len(old) == len(path) + 1:
                    members.pop(old[-1], None)
            return True, members
        return True, value

    def missing(self, path: Steps, value: dict[str, Any]) -> list[str]:
        found = [f.path[-1] for f in self.faults if f.path[:-1] == path and f.path and f.validator == "missing"]
        return [str(key) for key in found if key not in value]

    def fix(self, path: Steps, value: Any) -> Any:
        group = self.at(path)
        fixing = [f for f in group if f.action.name in ("fix", "fix_reask")]
        to = next((f.action.to for f in fixing if f.failed is None and f.action.to is not None), None)
        failed = [f.failed for f in fixing if f.failed is not None]
        if isinstance(value, str):
            text: Any = value if to is not None else reference.fix_spans(value, failed)
            text = text if to is None else to
            for one in failed:
                if one.action.template is None and isinstance(text, str):
                    text = reference.fix_whole(one, text)
            return text
        for one in failed:
            assert one.rule is not None
            test = one.rule.test
            if one.action.to is not None:
                value = one.action.to
            elif isinstance(test, MeasureTest) and test.measure == "number":
                if test.low is not None and not test.low_open and value < test.low:
                    value = test.low
                elif test.high is not None and not test.high_open and value > test.high:
                    value = test.high
        return value if to is None else to

    def most(self, path: Steps) -> int | None:
        """How many items fixes of `count` leave."""
        ends = [
            int(f.failed.rule.test.high)
            for f in self.at(path)
            if f.failed is not None
            and f.action.name in ("fix", "fix_reask")
            and f.action.to is None
            and f.failed.rule is not None
            and isinstance(f.failed.rule.test, MeasureTest)
            and f.failed.rule.test.measure == "items"
            and f.failed.rule.test.high is not None
        ]
        return min(ends, default=None)


def judge_value(
    policy: Policy, guard_name: str, value: Any, metadata: Mapping[str, Any], handlers: Handlers
) -> StructureResult:
    guard = next(guard for guard in policy.guards if guard.name == guard_name)
    assert guard.structure is not None
    seen = Examination(policy, handlers, guard, metadata, copy.deepcopy(value), set())
    faults = seen.faults
    empty: Any = [] if all(isinstance(option, ListOf) for option in options_of(guard.structure)) else {}
    if not faults:
        return StructureResult(True, seen.value, None, [])
    action = STRENGTH[max(fault.strength for fault in faults)]
    if action == "exception":
        return StructureResult(False, None, action, faults)
    if action == "refrain":
        return StructureResult(False, empty, action, faults)
    if action == "noop":
        return StructureResult(True, seen.value, action, faults)
    change = Change(policy, handlers, faults)
    try:
        stays, output = change.build((), seen.value, ())
    except StoppedError as stop:
        return StructureResult(False, None if str(stop) == "exception" else empty, str(stop), faults)
    if not stays:
        return StructureResult(False, None, "filter", faults)
    if change.ask:
        asked, partial = without([new for _, new in change.ask], output)
        return StructureResult(False, None, "reask", faults, [], asked, partial)
    again = Examination(policy, handlers, guard, metadata, output, change.dropped)
    left = [fault for fault in again.faults if fault.action.name != "noop"]
    acted = STRENGTH[change.acted]
    if not left:
        return StructureResult(True, again.value, acted, faults)
    asks: list[Steps] = []
    for fault in left:
        strength = max(other.strength for other in left if other.path == fault.path)
        path = fault.path[:-1] if fault.validator == "unknown key" else fault.path
        if STRENGTH[strength] in ("reask", "fix_reask") and path not in asks:
            asks.append(path)
    result = StructureResult(False, None, acted, faults, left)
    if asks:
        result.asked, result.partial = without(asks, again.value)
    return result


def without(paths: list[Steps], value: Any) -> tuple[list[str], Any]:
    """The outermost of the paths, and the value without what is there."""
    outer = [path for path in paths if not any(path[: len(other)] == other for other in paths if other != path)]
    if () in outer:
        return ["$"], None
    value = copy.deepcopy(value)
    for path in outer:
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = None
    return [show_path_of(path) for path in dict.fromkeys(outer)], value


__all__ = ["Fault", "StructureResult", "judge_value"]
