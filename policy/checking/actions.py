"""Checks what happens when a rule fails.

Vocabulary: a rule's action is its own, or *inherited* from its guard or from `defaults`. An inherited
action was written without knowing the test, so whether it fits is said at the rule.

Invariant: an action that comes back fits the test, and its template is parsed.

Example: `json on fail fix` is reported: `json` has no fix of its own and needs `fix to`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from guardc.policy.catalog import ACTIONS, TESTS
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import did_you_mean
from guardc.policy.checking.static_fix import sure_to_fail
from guardc.policy.model import Action, ActionName, Call, FindTest, MeasureTest, Piece, Plain, Test, ValueType
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import ActionNode, Literal, Name, Text
from guardc.policy.types import allows, kinds_of, show_test, show_type

__all__ = ["EXCEPTION", "Actions", "Chosen"]

EXCEPTION = Action(name="exception")
"""What happens if nobody wrote anything."""

AFTER_ERROR = tuple(name for name, entry in ACTIONS.items() if entry.on_error)
OF_LIMIT = tuple(name for name, entry in ACTIONS.items() if entry.on_limit)
OF_HOLD = ("exception", "refrain")

TEXT = Plain(name="string")
PLACEHOLDERS = ("kind", "mask")
DEFAULT_TEMPLATE = (Piece(kind="literal", text="["), Piece(kind="kind"), Piece(kind="literal", text="]"))


@dataclass(frozen=True)
class Chosen:
    """A checked action with the clause it comes from."""

    action: Action
    node: ActionNode


class Actions:
    """Actions of one policy."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.reporter = lookup.reporter

    def one(self, nodes: tuple[ActionNode, ...], clause: str) -> ActionNode | None:
        """The clause, of which there is at most one."""
        for node in nodes[1:]:
            self.reporter.add(
                "G024",
                node.clause,
                f"`{clause}` is said twice",
                label="said again here",
                help="keep one of them",
                also=[(nodes[0].clause, "first said here")],
            )
        return nodes[0] if nodes else None

    # --- by place ---

    def on_error(self, nodes: tuple[ActionNode, ...]) -> Action | None:
        """The checked `on error`, None if there is none or it is wrong."""
        node = self.one(nodes, "on error")
        return None if node is None else self.restricted(node, AFTER_ERROR, "after an error")

    def on_limit(self, nodes: tuple[ActionNode, ...]) -> Action | None:
        node = self.one(nodes, "on fail")
        return None if node is None else self.restricted(node, OF_LIMIT, "of a limit")

    def on_hold(self, nodes: tuple[ActionNode, ...]) -> Action | None:
        node = self.one(nodes, "on fail")
        return None if node is None else self.restricted(node, OF_HOLD, "of a hold")

    def restricted(self, node: ActionNode, allowed: tuple[str, ...], words: str) -> Action | None:
        action = self.check(node)
        if action is None:
            return None
        if action.name not in allowed:
            self.reporter.add(
                "G041",
                node.name.span,
                f"`{action.name}` cannot be the action {words}",
                help="take " + ", ".join(f"`{name}`" for name in allowed[:-1]) + f" or `{allowed[-1]}`",
            )
            return None
        return action

    def on_fail(self, nodes: tuple[ActionNode, ...]) -> Chosen | None:
        node = self.one(nodes, "on fail")
        action = None if node is None else self.check(node)
        return None if node is None or action is None else Chosen(action, node)

    def of_rule(
        self, nodes: tuple[ActionNode, ...], inherited: Chosen | None, test: Test, place: Span
    ) -> Action | None:
        """The action of a rule, its own or inherited, that fits its test. None after a report."""
        node = self.one(nodes, "on fail")
        if node is not None:
            action = self.check(node)
            return None if action is None else self.fit(action, test, node, None, place)
        if inherited is not None:
            return self.fit(inherited.action, test, inherited.node, inherited.node, place)
        return EXCEPTION

    # --- the action itself ---

    def check(self, node: ActionNode) -> Action | None:
        """The action without regard to the test."""
        if self.lookup.later(node.name):
            return None
        if node.name.text not in ACTIONS:
            self.unknown(node.name)
            return None
        name = cast("ActionName", node.name.text)
        call = None
        if node.use is not None:
            call = self.lookup.custom(node.use, "action", "an action")
            if call is None:
                return None
        good = self.parts(node, name)
        template = self.template(node.withs[0]) if node.withs else None
        if not good or (node.withs and template is None):
            return None
        return Action(
            name=name,
            message=node.messages[0].value if node.messages else None,
            template=template,
            to=node.tos[0].value if node.tos else None,
            call=call,
        )

    def unknown(self, name: Name) -> None:
        symbol = self.lookup.scope.find(name.text)
        names = ", ".join(f"`{action}`" for action in ACTIONS)
        if symbol is not None and symbol.kind == "action":
            self.lookup.mark(name.text, symbol)
            self.reporter.add(
                "G014",
                name.span,
                f"`{name.text}` is a custom action",
                help=f"write `custom` before it: `on fail custom {name.text}`",
            )
            return
        usual = {
            "block": "exception",
            "raise": "exception",
            "reject": "exception",
            "redact": "fix",
            "mask": "fix",
        }
        usual |= {
            "retry": "reask",
            "ignore": "noop",
            "log": "noop",
            "fixreask": "fix_reask",
            "deny": "exception",
        }
        near = usual.get(name.text.lower())
        self.reporter.add(
            "G014",
            name.span,
            f"unknown action `{name.text}`",
            help=(f"did you mean `{near}`?" if near else did_you_mean(name.text, ACTIONS))
            or f"the actions are {names}",
        )

    def parts(self, node: ActionNode, name: ActionName) -> bool:
        """Checks that `with`, `to` and the message fit each other and the action."""
        good = True
        parts: tuple[tuple[tuple[Literal, ...], str], ...] = (
            (node.withs, "`with`"),
            (node.tos, "`to`"),
            (node.messages, "the message"),
        )
        for texts, what in parts:
            if len(texts) > 1:
                good = False
                self.reporter.add(
                    "G024",
                    texts[1].span,
                    f"{what} is given twice",
                    help="keep one of them",
                    also=[(texts[0].span, "first given here")],
                )
        if name not in {"fix", "fix_reask"}:
            for texts, what in parts[:2]:
                if texts:
                    good = False
                    self.reporter.add(
                        "G043",
                        texts[0].span,
                        f"{what} does not fit `{name}`",
                        label="only `fix` and `fix_reask` give a new text",
                        help=f"a message is written without {what}",
                    )
        elif node.withs and node.tos:
            good = False
            self.reporter.add(
                "G043",
                node.tos[0].span,
                "`with` and `to` cannot both be given",
                label="replaces the whole text",
                help="`with` replaces what was found, `to` the whole text: keep one of them",
                also=[(node.withs[0].span, "replaces each finding")],
            )
        return good

    # --- action and test ---

    def fit(
        self, action: Action, test: Test, node: ActionNode, inherited: ActionNode | None, place: Span
    ) -> Action | None:
        """The action with a plain fix of `no` made explicit. None if the test has nothing to fix with."""
        if action.name not in {"fix", "fix_reask"}:
            return action
        word = _word(test)
        at = place if inherited else node.span
        also = [(inherited.span, "this action is inherited")] if inherited else []
        is_no = isinstance(test, FindTest) and test.quantifier == "no"
        if action.template is not None and not is_no:
            self.reporter.add(
                "G043",
                at if inherited else node.withs[0].span,
                f"`with` does not fit `{word}`",
                label="there are no findings to replace",
                help="`with` belongs to `no`; the whole text is replaced with `to`",
                also=also,
            )
            return None
        if action.to is not None:
            return self.fit_to(action, (test,), at if inherited else node.tos[0].span, also)
        if is_no:
            # An empty template is one, too: it deletes what was found.
            return (
                action if action.template is not None else action.model_copy(update={"template": _own_template(test)})
            )
        reason = _no_fix(test, word)
        if reason is None:
            return action
        self.reporter.add(
            "G042",
            at,
            f"`{word}` cannot be fixed",
            label=reason,
            help=f'say what the text becomes: `{action.name} to "..."`, or take another action',
            also=also,
        )
        return None

    def fit_to(
        self,
        action: Action,
        tests: tuple[Test, ...],
        place: Span,
        also: list[tuple[Span, str]],
        type_: ValueType = TEXT,
    ) -> Action | None:
        """The action, if what it gives is a value of the type and not sure to fail the tests."""
        assert action.to is not None
        if not allows(type_, action.to):
            self.reporter.add(
                "G045",
                place,
                f"the value after `to` is not {show_type(type_)}",
                label="never holds",
                help="strings are written in quotes" if type_ is TEXT else "take a value of that type",
                also=also,
            )
            return None
        if any(sure_to_fail(test, action.to) for test in tests):
            what = "text" if isinstance(action.to, str) else "value"
            self.reporter.add(
                "G045",
                place,
                f"the {what} after `to` fails the same rule",
                label="never holds",
                help=f"take a {what} that the rule accepts",
                also=also,
            )
            return None
        return action

    def of_field(
        self,
        nodes: tuple[ActionNode, ...],
        inherited: Chosen | None,
        type_: ValueType,
        tests: tuple[Test, ...],
        place: Span,
    ) -> Action | None:
        """The action of a field, or of the value that a rule with a path is about: its own or the inherited one. None
        after a report."""
        own = self.one(nodes, "on fail")
        chosen = inherited
        if own is not None:
            action = self.check(own)
            if action is None:
                return None
            chosen = Chosen(action, own)
        if chosen is None:
            return EXCEPTION
        action, node = chosen.action, chosen.node
        at = node.span if own is not None else place
        also = [] if own is not None else [(node.span, "this action is inherited")]
        if action.name == "custom" and "string" not in kinds_of(type_):
            self.reporter.add(
                "G043",
                at,
                "custom actions are given texts",
                label=f"this is {show_type(type_)}",
                help="take another action",
                also=also,
            )
            return None
        if action.name not in {"fix", "fix_reask"}:
            return action
        if action.to is not None:
            return self.fit_to(action, tests, node.tos[0].span if own is not None else place, also, type_)
        is_no = any(isinstance(test, FindTest) and test.quantifier == "no" for test in tests)
        if action.template is not None and not is_no:
            self.reporter.add(
                "G043",
                node.withs[0].span if own is not None else place,
                "`with` fits only `no`",
                label="there are no findings to replace",
                help="the whole value is replaced with `to`",
                also=also,
            )
            return None
        if is_no:
            return action if action.template is not None else action.model_copy(update={"template": DEFAULT_TEMPLATE})
        if any(_no_fix(test, _word(test)) is None for test in tests):
            return action
        self.reporter.add(
            "G042",
            at,
            f"`{show_test(tests[0]) if tests else show_type(type_)}` cannot be fixed",
            label=_no_fix(tests[0], _word(tests[0])) or ""
            if tests
            else "a value of another type has no fix of its own",
            help=f"say what the value becomes: `{action.name} to ...`, or take another action",
            also=also,
        )
        return None

    # --- templates ---

    def template(self, text: Text) -> tuple[Piece, ...] | None:
        """The pieces of a template, None after a report."""
        pieces: list[Piece] = []
        literal = ""
        value = text.value
        position = 0
        good = True
        while position < len(value):
            character = value[position]
            if value.startswith(character * 2, position) and character in "{}":
                literal += character
                position += 2
            elif character == "{" and (end := value.find("}", position)) > 0:
                name = value[position + 1 : end]
                if name in PLACEHOLDERS:
                    pieces += [Piece(kind="literal", text=literal)] if literal else []
                    pieces.append(Piece(kind=name))  # type: ignore[arg-type]
                    literal = ""
                else:
                    good = False
                    self.placeholder(text.part(position, end + 1), name)
                position = end + 1
            elif character in "{}":
                good = False
                self.reporter.add(
                    "G018",
                    text.part(position, position + 1),
                    f"a single `{character}` in a template",
                    help=f"a brace that is meant as a brace is written `{character * 2}`",
                )
                position += 1
            else:
                literal += character
                position += 1
        pieces += [Piece(kind="literal", text=literal)] if literal else []
        return tuple(pieces) if good else None

    def placeholder(self, span: Span, name: str) -> None:
        if name.strip() == "text":
            self.reporter.add(
                "G018",
                span,
                "a fix must not keep what was found",
                label="would put it back",
                help="`{kind}` names it, `{mask}` keeps its length",
            )
            return
        near = did_you_mean("{" + name.strip() + "}", ["{" + known + "}" for known in PLACEHOLDERS])
        self.reporter.add(
            "G018",
            span,
            f"unknown placeholder `{{{name}}}`",
            help=near or "the placeholders are `{kind}` and `{mask}`",
        )


def _word(test: Test) -> str:
    """The word by which people know the test."""
    if isinstance(test, FindTest):
        return test.quantifier
    call: Call | None = test.call
    if call is not None:
        return call.name
    if isinstance(test, MeasureTest) and test.classifier is not None:
        return f"{test.classifier}.score"
    return test.measure if isinstance(test, MeasureTest) else test.predicate


def _own_template(test: Test) -> tuple[Piece, ...]:
    """The template of a plain fix: what is said twice is deleted, everything else named."""
    assert isinstance(test, FindTest)
    return () if all(use.finder == "repeated sentences" for use in test.detectors) else DEFAULT_TEMPLATE


def _no_fix(test: Test, word: str) -> str | None:
    """Why a plain fix can do nothing about the test, None if it can."""
    if isinstance(test, MeasureTest) and test.measure == "number":
        closed = (test.low is not None and not test.low_open) or (test.high is not None and not test.high_open)
        return None if closed else "no number is next to an end that is excluded"
    if isinstance(test, MeasureTest) and test.measure == "items":
        return None if test.high is not None else "`count` can only be cut to an upper end"
    entry = TESTS.get(word)
    if entry is None or entry.own_fix is None:
        return f"`{word}` has no fix of its own"
    if isinstance(test, MeasureTest) and test.measure == "number":
        is_open = test.low_open or test.high_open
        return "there is no nearest number: an end is left out; write `<=` or `>=`" if is_open else None
    if isinstance(test, MeasureTest) and test.high is None:
        return f"`{word}` can only be cut to an upper end"
    return None
