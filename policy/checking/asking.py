"""Checks what a policy says about calls of models: `model`, `answers`, `reasks ... then ...`, `reask with`.

Invariant: what comes back can be done at run time: the guard that is answered judges the messages of a chat, and the
template has no placeholder that nothing is known for.

Example: `answers question` in a policy without a guard `question` is reported with the input guards that there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from guardc.policy.checking.actions import Actions
from guardc.policy.checking.names import KEYWORDS, LATER, Scope, Symbol, did_you_mean
from guardc.policy.checking.times import milliseconds
from guardc.policy.model import Judge, Model, Reasks
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    AnswersNode,
    GuardNode,
    ModelNode,
    Quantity,
    ReasksNode,
    ReaskWithNode,
    SettingNode,
    Text,
)

__all__ = ["MOST_REASKS", "Asking"]

MOST_REASKS = 10
"""Each is a call of a model, with the whole conversation so far."""

SETTINGS = {
    "model": 'is the model\'s name as LiteLLM has it: `model "ollama/phi3"`',
    "temperature": "is a number from 0 to 2",
    "timeout": "is a time: `timeout 5 s`",
    "max_tokens": "is a whole number from 1 on",
}
MOST_TOKENS = 1_000_000
AT_THE_END = ("exception", "refrain", "filter")
PLACEHOLDERS = ("requirements", "paths", "schema")
_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|(?P<lone>[{}])")


class Asking:
    """What the guards of one policy say about calls."""

    def __init__(self, actions: Actions, guards: Iterable[GuardNode], models: Iterable[ModelNode]) -> None:
        self.actions = actions
        self.models: dict[str, Model | None] = {}
        self.called: set[str] = set()
        self.reporter = actions.reporter
        self.guards = {guard.name.text: guard for guard in guards}

        for node in models:
            self.declare(node)

    # --- models ---

    def declare(self, node: ModelNode) -> None:
        """Adds a model under its name; None in its place after a report."""
        name = node.name.text
        if "." in name or name in KEYWORDS | LATER:
            self.reporter.add(
                "G021",
                node.name.span,
                f"`{name}` cannot be the name of a model",
                help="take another name, without dots",
            )
            return
        if name in self.models:
            self.reporter.add("G022", node.name.span, f"the model `{name}` is defined twice", help="keep one of them")
            return
        self.models[name] = None
        seen: dict[str, Span] = {}
        values: dict[str, Any] = {}
        good = True
        for setting in node.settings:
            key = setting.name.text
            if key in seen:
                self.once(key, [seen[key], setting.span])
                continue
            seen[key] = setting.span
            value = self.setting(setting)
            good = good and value is not None
            values[key] = value
        if "model" not in seen:
            good = False
            self.reporter.add(
                "G111",
                node.name.span,
                f"the model `{name}` has no name of a service",
                help=f"`model` {SETTINGS['model']}",
            )
        if good:
            self.models[name] = Model(name=name, at=node.span.location, **values)

    def setting(self, node: SettingNode) -> str | int | float | None:
        key, value = node.name.text, node.value
        if key not in SETTINGS:
            listed = ", ".join(f"`{known}`" for known in SETTINGS)
            self.reporter.add(
                "G111",
                node.name.span,
                f"`{key}` is no setting of a model",
                help=did_you_mean(key, SETTINGS)
                or f"the settings are {listed}; keys and addresses are in the environment of the service",
            )
            return None
        if isinstance(value, Text):
            if key == "model" and value.value.strip():
                return value.value
        elif key == "timeout":
            return milliseconds(value, self.reporter)
        elif key != "model" and value.unit is None and _in_range(key, value):
            return value.number.value
        self.reporter.add("G111", value.span, f"`{key}` {SETTINGS[key]}", label="something else stands here")
        return None

    def via(self, node: ReasksNode) -> bool:
        """Is the model that is asked one of the policy?"""
        if node.via is None:
            return True
        name = node.via.text
        self.called.add(name)
        if name in self.models:
            return self.models[name] is not None
        if name not in self.reporter.broken:
            self.reporter.add(
                "G111",
                node.via.span,
                f"unknown model `{name}`",
                label="not defined in this policy",
                help=did_you_mean(name, self.models) or f"define it: `model {name} {{ ... }}`",
            )
        return False

    def judges(self, defined: Iterable[tuple[str, Symbol]], scope: Scope) -> dict[str, Judge]:
        """The judges that rules use, by name, with the fields that their prompts name. Models and fields are those of
        the policy's own file."""
        found: dict[str, Judge] = {}
        for name, symbol in defined:
            judge = symbol.value
            if not isinstance(judge, Judge) or not symbol.used:
                continue
            self.called.add(judge.model)
            if judge.model not in self.models and judge.model not in self.reporter.broken:
                self.reporter.add(
                    "G111",
                    symbol.span,
                    f"the judge `{name}` asks an unknown model `{judge.model}`",
                    help=did_you_mean(judge.model, self.models) or f"define it: `model {judge.model} {{ ... }}`",
                )
            fields: dict[str, None] = {}
            for match in _PIECE.finditer(judge.prompt):
                field = match["name"]
                if match["lone"] is not None:
                    said, help_ = f"`{match['lone']}` stands alone in the prompt", "write it twice: `{{` or `}}`"
                elif field is None or field in scope.fields:
                    fields.update({} if field is None else {field: None})
                    continue
                else:
                    said = f"the prompt names an unknown metadata field `{field}`"
                    help_ = did_you_mean(field, scope.fields) or f"declare it: `metadata {{ {field} string }}`"
                self.reporter.add("G018", symbol.span, said, help=help_)
            found[name] = judge.model_copy(update={"name": name, "fields": tuple(fields)})
        return found

    # --- guards ---

    def placed(self, node: GuardNode) -> bool:
        """Reports statements that say nothing in an input guard: nobody can be asked again there."""
        statements: tuple[AnswersNode | ReasksNode | ReaskWithNode, ...] = (
            *node.answers,
            *node.reasks,
            *node.reask_withs,
        )
        if node.direction.text != "input" or not statements:
            return True
        for item in statements:
            word = item.span.text.split()[0]
            self.reporter.add(
                "G110",
                item.span.part(0, len(word)),
                f"`{word}` stands in a guard on output",
                label="this guard is on input",
                help="move it to the guard that judges the answer",
            )
        return False

    def answers(self, nodes: tuple[AnswersNode, ...]) -> str | None:
        """The name of the guard that judges what is asked; None without one, or after a report."""
        self.once("answers", [node.span for node in nodes])
        if not nodes:
            return None
        name = nodes[0].guard
        guard = self.guards.get(name.text)
        inputs = [known for known, node in self.guards.items() if node.direction.text == "input"]
        if guard is None:
            if name.text not in self.reporter.broken:
                listed = ", ".join(f"`{known}`" for known in inputs)
                self.reporter.add(
                    "G110",
                    name.span,
                    f"unknown guard `{name.text}`",
                    label="not defined in this policy",
                    help=did_you_mean(name.text, inputs)
                    or (f"the guards on input are {listed}" if inputs else f"define it: `guard {name.text} on input`"),
                )
            return None
        if guard.direction.text != "input" or guard.structure is not None:
            wrong = "`as json`" if guard.direction.text == "input" else f"on {guard.direction.text}"
            self.reporter.add(
                "G110",
                name.span,
                f"`{name.text}` cannot be answered: it is {wrong}",
                label="a guard on input, for messages",
                help="name the guard that judges what is asked",
                also=[(guard.name.span, "defined here")],
            )
            return None
        return name.text

    def reasks(self, nodes: tuple[ReasksNode, ...]) -> Reasks | None:
        self.once("reasks", [node.span for node in nodes])
        if not nodes:
            return None
        node = nodes[0]
        then = self.actions.restricted(node.then, AT_THE_END, "after the last answer")
        count = node.count.value
        if isinstance(count, float) or not 0 <= count <= MOST_REASKS:
            self.reporter.add(
                "G032",
                node.count.span,
                f"an answer is asked again 0 to {MOST_REASKS} times",
                help=f"write a whole number from 0 to {MOST_REASKS}",
            )
            return None
        known = self.via(node)
        if then is None or not known:
            return None
        return Reasks(count=count, via=None if node.via is None else node.via.text, then=then)

    def template(self, nodes: tuple[ReaskWithNode, ...]) -> str | None:
        """What `reask with` says, of which the placeholders are known."""
        self.once("reask with", [node.span for node in nodes])
        if not nodes:
            return None
        text = nodes[0].template
        good = [self.piece(text, match) for match in _PIECE.finditer(text.value)]
        return text.value if all(good) else None

    def piece(self, text: Text, match: re.Match[str]) -> bool:
        if match["lone"] is not None:
            self.reporter.add(
                "G018",
                text.span,
                f"`{match['lone']}` stands alone in the template",
                help="a brace that is meant as one is written twice: `{{` or `}}`",
            )
            return False
        name = match["name"]
        if name is None or name in PLACEHOLDERS:
            return True
        listed = ", ".join(f"`{{{known}}}`" for known in PLACEHOLDERS)
        self.reporter.add(
            "G018",
            text.span,
            f"unknown placeholder `{{{name}}}`",
            help=did_you_mean(name, PLACEHOLDERS) or f"a reask has {listed}",
        )
        return False

    def once(self, what: str, spans: list[Span]) -> None:
        for span in spans[1:]:
            self.reporter.add(
                "G024",
                span,
                f"`{what}` is said twice",
                label="said again here",
                help="keep one of them",
                also=[(spans[0], "first said here")],
            )


def _in_range(key: str, written: Quantity) -> bool:
    value = written.number.value
    if key == "temperature":
        return 0 <= value <= 2
    return isinstance(value, int) and 1 <= value <= MOST_TOKENS
