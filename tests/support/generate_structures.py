"""Random policies with shapes, and values that nearly have them, for comparing the fast path with the reference.

The texts, detectors and actions are those of `generate`.
"""

from __future__ import annotations

import random
from typing import Any

import generate

__all__ = ["random_value", "structure_source"]

KEYS = ["id", "name", "note", "tags", "items", "extra", "kind"]
LITERALS = ['"low"', '"high"', "1", "2.5", "true", '"a"']


class _Structures(generate._Source):
    def type(self, depth: int = 0) -> tuple[str, str]:
        """A type, and what its tests may be about."""
        rng = self.rng
        kind = rng.random()
        if depth > 2 or kind < 0.35:
            return "string", "string"
        if kind < 0.5:
            return rng.choice(["number", "integer", "number or null"]), "number"
        if kind < 0.58:
            return f"one of {', '.join(rng.sample(LITERALS, 3))}", "choice"
        if kind < 0.62:
            return "string or null", "string"
        if kind < 0.66:
            return rng.choice(["bool", "null or bool", "any"]), "other"
        if kind < 0.78:
            return f"list of {self.inner(depth)}", "list"
        if kind < 0.85:
            return f"map of {self.inner(depth)}", "list"
        if kind < 0.93:
            return rng.choice(["Item", "Item or null", "Item or string", "Open"]), "other"
        return rng.choice(["Card or Cash", "Card or Cash or null"]), "other"

    def inner(self, depth: int) -> str:
        inner = self.type(depth + 1)[0]
        return f"({inner})" if " or " in inner else inner

    def value_test(self, about: str) -> tuple[str, str]:
        """A test of a field or value, and what fix its action may be."""
        rng = self.rng
        low, high = rng.choice([(0, 5), (1, 3), (-2, 2.5)])
        if about == "number":
            test = rng.choice([f"in {low}..{high}", f">= {low}", f"< {high}", f"> {low}"])
            return test, "own" if test.startswith(("in", ">=")) else "none"
        if about == "list":
            return rng.choice([("count <= 2", "own"), ("count in 1..3", "own"), ("count >= 1", "none")])
        return self.test()

    def clause(self, suits: str, about: str) -> str:
        """The action of a field or rule."""
        if self.rng.random() < 0.15:
            return ""
        action = self.action(suits)
        if about != "string" and ("custom" in action or " to " in action):
            action = self.rng.choice(["filter", "reask", "noop", "refrain"])
        return f" on fail {action}"

    def field(self, key: str) -> str:
        rng = self.rng
        written, about = self.type()
        test, suits = "", "none"
        if about in ("string", "number", "list") and rng.random() < 0.6:
            test, suits = self.value_test(about)
        clause = self.clause(suits, "string" if about == "string" and "null" not in written else about)
        if about == "number" and rng.random() < 0.15:
            clause = " on fail fix to 2"
        default = ""
        if not test and rng.random() < 0.15:
            default = {
                "string": ' = "x"',
                "list of string": rng.choice([" = []", ' = ["a", "bc"]']),
                "map of string": ' = {k: "a"}',
                "any": ' = {a: [{b: "a"}, 1]}',
            }.get(written, "")
        return f"    {key}{rng.choice(['', '', '?'])} {written}{default} {test}{clause}"

    def path_rule(self, number: int) -> str:
        rng = self.rng
        path, about = rng.choice(self.paths)
        test, suits = self.value_test(about)
        if about == "number":
            test = f"number {test}"
        when = f"when {self.condition()}: " if rng.random() < 0.2 else ""
        if rng.random() < 0.2:
            when = f"when {rng.choice(self.conditions)}: "
        on_error = f" on error {rng.choice(['noop', 'refrain', 'filter'])}" if rng.random() < 0.3 else ""
        return f"    p{number}: {when}{path}: {test}{self.clause(suits, about)}{on_error}"

    def everywhere(self) -> str:
        if self.rng.random() < 0.7:
            return f"    no {self.detectors()}{self.clause('spans', 'string')}"
        return f"    has {self.detectors()}{self.clause('none', 'other')}"

    def structure(self) -> str:
        rng = self.rng
        self.paths = [
            ("$.id", "string"),
            ("$.open[*]", "string"),
            ("$.open[0]", "string"),
            ("$.item.name", "string"),
            ("$.items[*].name", "string"),
            ("$.items[1].name", "string"),
            ("$.items[0].qty", "number"),
            ("$.items[*].qty", "number"),
            ("$.items", "list"),
            ("$.scores[*]", "number"),
            ("$.scores.a", "number"),
            ("$.scores", "list"),
            ("$.free.a[*].b", "string"),
            ("$.free[*]", "number"),
            ("$.spread.unknown", "string"),
        ]
        self.conditions = ['$.id == "a"', "$.item.qty < 2", 'not ($.id != "b")', '$.spread.x in ["a", "x"]']
        lines = self.text().split("guard g on input")[0].splitlines()
        lines += ["shape Item {", self.field("name"), "    qty integer" + self.clause("none", "other"), "}"]
        lines[-3] = "    name string" + self.clause("none", "string")
        lines += ["shape Open open {", "    x? string", self.field("y"), "}"]
        lines += ["shape Card {", '    kind "card"', self.field("n"), "}"]
        lines += ["shape Cash {", '    kind one of "cash", 1', self.field("n"), "    more? list of Root", "}"]
        lines += ["shape Root {", f"    id string{self.clause('none', 'string')}"]
        lines += ["    open list of string" + self.clause("none", "other")]
        lines += [
            "    item? Item" + self.clause("none", "other"),
            "    items list of Item" + self.clause("none", "other"),
        ]
        lines += ["    scores map of number" + self.clause("none", "other"), "    free any", "    spread? Open"]
        lines += [self.field(key) for key in rng.sample(KEYS[1:4] + KEYS[5:], rng.randint(0, 3))]
        lines += ["}", "guard g on output as json " + rng.choice(["Root", "Root", "Root", "Root or null"]) + " {"]
        if rng.random() < 0.6:
            lines.append(f"    on fail {rng.choice(['noop', 'filter', 'reask', 'refrain', 'exception'])}")
        lines += [self.path_rule(number) for number in range(rng.choice([0, 1, 2, 4]))]
        lines += [self.everywhere() for _ in range(rng.choice([0, 1, 1, 2]))]
        return "\n".join([*lines, "}"]) + "\n"


def structure_source(rng: random.Random) -> str:
    """The source of a policy with one structured guard, `g`. Now and then the checker refuses one."""
    return _Structures(rng).structure()


def random_value(rng: random.Random, shapes: dict[str, Any], depth: int = 0) -> Any:
    """A value that has the shape `Root` of a policy, or nearly. `shapes` are those of the checked policy."""
    value = _value(rng, _ref("Root"), shapes, depth)
    return _junk(rng, 0) if rng.random() < 0.04 else value


def _ref(name: str) -> Any:
    from guardc.policy.model import ShapeRef  # noqa: PLC0415

    return ShapeRef(name=name)


def _value(rng: random.Random, type_: Any, shapes: dict[str, Any], depth: int) -> Any:
    if rng.random() < 0.06 and depth:
        return _junk(rng, depth)
    if type_.kind == "any of":
        return _value(rng, rng.choice(type_.options), shapes, depth)
    if type_.kind == "choice":
        return rng.choice(type_.values)
    if type_.kind == "list":
        count = 0 if depth > 5 else rng.choice([0, 1, 2, 2, 4])
        return [_value(rng, type_.element, shapes, depth + 1) for _ in range(count)]
    if type_.kind == "map":
        keys = rng.sample(["a", "b", "c", "odd key"], 0 if depth > 5 else rng.choice([0, 1, 3]))
        return {key: _value(rng, type_.element, shapes, depth + 1) for key in keys}
    if type_.kind == "shape":
        made = {
            field.key: _value(rng, field.type, shapes, depth + 1)
            for field in shapes[type_.name].fields
            if rng.random() < (0.93 if field.required else 0.5 if depth < 4 else 0)
        }
        if rng.random() < 0.08:
            made["unknown"] = _junk(rng, depth)
        return made
    if type_.name == "any":
        return _junk(rng, depth)
    return {
        "string": lambda: rng.choice(["a", "x", generate.random_text(rng)[:60]]),
        "number": lambda: rng.choice([0, 1, 2.5, -3, 7, 1e300, 3.0]),
        "integer": lambda: rng.choice([0, 1, 2, 5, -1, 3.0, 2.5, 10**30]),
        "bool": lambda: rng.random() < 0.5,
        "null": lambda: None,
    }[type_.name]()


def _junk(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if kind < 0.3 and depth < 5:
        return {key: _junk(rng, depth + 1) for key in rng.sample(["a", "b", "kind", "id"], 2)}
    if kind < 0.5 and depth < 5:
        return [_junk(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return rng.choice(["a", "card", generate.random_text(rng)[:40], 1, 2.5, True, None, -7, {"b": "a"}])
