"""Checks what a guard says about calls of models: `answers`, `reasks ... then ...`, `reask with`.

Invariant: what comes back can be done at run time: the guard that is answered judges the messages of a chat, and the
template has no placeholder that nothing is known for.

Example: `answers question` in a policy without a guard `question` is reported with the input guards that there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardc.policy.checking.actions import Actions
from guardc.policy.checking.names import did_you_mean
from guardc.policy.model import Reasks
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import AnswersNode, GuardNode, ReasksNode, ReaskWithNode, Text

__all__ = ["MOST_REASKS", "Asking"]

MOST_REASKS = 10
"""Each is a call of a model, with the whole conversation so far."""

PLACEHOLDERS = ("requirements", "paths", "schema")
_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|(?P<lone>[{}])")


class Asking:
    """What the guards of one policy say about calls."""

    def __init__(self, actions: Actions, guards: Iterable[GuardNode]) -> None:
        self.actions = actions
        self.reporter = actions.reporter
        self.guards = {guard.name.text: guard for guard in guards}

    def placed(self, node: GuardNode) -> bool:
        """Reports statements that say nothing in an input guard: nobody can be asked again there."""
        statements = (*node.answers, *node.reasks, *node.reask_withs)
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
        then = self.actions.restricted(node.then, "max", "after the last answer")
        count = node.count.value
        if isinstance(count, float) or not 0 <= count <= MOST_REASKS:
            self.reporter.add(
                "G032",
                node.count.span,
                f"an answer is asked again 0 to {MOST_REASKS} times",
                help=f"write a whole number from 0 to {MOST_REASKS}",
            )
            return None
        return None if then is None else Reasks(count=count, then=then)

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
