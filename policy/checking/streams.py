"""Checks what a policy says about streams: which guards are some, what these may hold, and which rules wait for the
end.

What is checked here needs no automaton. How much a stream holds, and whether that has a bound, is the compiler's to say
(`compiler/streaming.py`).

Vocabulary: a *stream* gives its text on piece by piece, so an action that would change or recall what has left already
cannot be taken. A rule `at end` is judged when all of the text has left.

Invariant: what comes back stands in a stream on texts, and each of its rules has an action that a stream can take.

Example: in a guard `on output stream`, `json on fail reask` is reported: by then a part of the text has left.
"""

from __future__ import annotations

from guardc.policy.catalog import UNITS
from guardc.policy.checking.actions import Actions, Chosen
from guardc.policy.checking.tests import Tests, sentence
from guardc.policy.model import Action, FindTest, Hold, MeasureTest, Pattern, PredicateTest, Test
from guardc.policy.reading.syntax import GuardNode, HoldNode, RuleNode

__all__ = ["Streams"]

LATE = frozenset({"fix", "fix_reask", "custom"})
"""Actions that come too late when all of the text has left."""
RECALLS = {
    "reask": "another text is asked for when a part of this one has left",
    "fix_reask": "another text is asked for when a part of this one has left",
    "custom": "a function of the service changes what has left in part",
}
"""Actions that come too late when a part of the text has left."""
CUTS = frozenset({"chars", "words", "lines", "bytes", "reading time"})
"""Measures whose fix is a cut, behind which nothing has left yet."""
PARSED = frozenset({"sql", "html", "openapi"})
WITHOUT_HOLD = "write it in a guard `on output stream`, or delete it"


class Streams:
    """Streams of one policy."""

    def __init__(self, actions: Actions, tests: Tests) -> None:
        self.actions = actions
        self.tests = tests
        self.reporter = actions.reporter

    # --- the guard ---

    def guard(self, node: GuardNode) -> bool:
        """Can the guard be what its header says? Reports, too, what it says of streams and is none."""
        good = True
        if node.stream is not None and node.direction.text == "input":
            good = False
            self.reporter.add(
                "G120",
                node.stream,
                "an input guard cannot be a stream",
                label="the whole input is there before the model is called",
                help="delete it",
                also=[(node.direction.span, "streams are answers: `on output stream`")],
            )
        misplaced = any(word.text == "stream" for word in node.later)
        if misplaced or (node.stream is not None and node.structure is None):
            return good
        where = "in a guard that is no stream" if node.stream is None else "in a guard `as json`"
        why = "" if node.stream is None else "values are judged when they have ended"
        help_ = WITHOUT_HOLD if node.stream is None else "delete it"
        said = [(hold.span, "`hold`") for hold in node.holds]
        said += [(rule.at_end, "`at end`") for rule in node.rules if rule.at_end is not None]
        for span, what in said:
            good = False
            self.reporter.add("G122", span, f"{what} has no meaning {where}", label=why, help=help_)
        return good

    def hold(self, nodes: tuple[HoldNode, ...]) -> Hold | None:
        """What the only `hold` says. None if there is none, or after a report."""
        for node in nodes[1:]:
            self.reporter.add(
                "G024",
                node.span,
                "`hold` is said twice",
                label="said again here",
                help="keep one of them",
                also=[(nodes[0].span, "first said here")],
            )
        if not nodes:
            return None
        node = nodes[0]
        if node.on_error:
            self.reporter.add(
                "G041", node.on_error[0].clause, "a hold cannot end in an error", help="delete `on error`"
            )
        on_fail = self.actions.on_hold(node.on_fail)
        number, unit = node.amount.number, node.amount.unit
        if unit is None or unit.text not in {"char", "chars"}:
            known = None if unit is None else UNITS.get(unit.text)
            factor = known.factor if known is not None and known.measure == "bytes" else 1
            amount = number.span.text if factor == 1 else str(int(number.value * factor))
            self.reporter.add(
                "G033",
                number.span if unit is None else unit.span,
                "what is held is measured in chars" if unit is not None else "a hold needs its unit",
                help=f"write `hold at most {amount} chars`",
            )
            return None
        if isinstance(number.value, float):
            self.tests.whole(number.span, "hold")
            return None
        if number.value < 1:
            self.reporter.add(
                "G032",
                number.span,
                "a hold is at least 1",
                label="nothing could be judged",
                help="take a larger number",
            )
            return None
        return (
            None
            if node.on_fail and on_fail is None
            else Hold(amount=number.value, on_fail=on_fail, at=node.span.location)
        )

    # --- its rules ---

    def may_err(self, test: Test) -> bool:
        """Can the test itself end in an error? If code of the service, a parser, or a search apart takes part."""
        if isinstance(test, PredicateTest):
            return test.call is not None or test.predicate in PARSED
        if isinstance(test, MeasureTest) and test.call is not None:
            return True
        uses = test.detectors + (test.excepts if isinstance(test, FindTest) else ())
        symbols = [self.actions.lookup.scope.find(use.name) for use in uses]
        found = [symbol.value for symbol in symbols if symbol is not None]
        return any(use.call is not None for use in uses) or any(
            isinstance(value, Pattern) and value.backtracking is not None for value in found
        )

    def rule(self, node: RuleNode, test: Test, on_fail: Action, on_error: Action, inherited: Chosen | None) -> bool:
        """Can a stream take the rule's action? Reports it if not."""
        written = node.on_fail[0] if node.on_fail else None
        place = node.test.span if written is None else written.span
        also = [] if written is not None or inherited is None else [(inherited.node.span, "this action is inherited")]
        if node.at_end is not None:
            also.append((node.at_end, "judged when all of the text has left"))
            if on_fail.name in LATE:
                self.reporter.add(
                    "G121",
                    place,
                    f"`{on_fail.name}` comes too late for a rule `at end`",
                    help="take `exception`, `refrain`, `filter`, `reask` or `noop`",
                    also=also,
                )
                return False
            if on_fail.name == "noop" and (on_error.name == "noop" or not self.may_err(test)):
                self.reporter.add(
                    "G123",
                    node.at_end,
                    "`at end` changes nothing here",
                    label="no stream waits for a rule that only reports",
                    help="delete it",
                )
            return True
        late = RECALLS.get(on_fail.name) or (
            "it changes the whole text, a part of which has left" if _whole(test, on_fail) else None
        )
        if late is None:
            return True
        stops = "take `exception`, `refrain` or `filter`, which end the stream"
        at_end = f"; or judge the rule `at end`, when all has left: `{sentence(node.test)} at end`"
        self.reporter.add(
            "G121",
            place,
            f"`{on_fail.name}` comes too late in a stream",
            label=late,
            help=stops + (at_end if on_fail.name == "reask" else ""),
            also=also,
        )
        return False


def _whole(test: Test, on_fail: Action) -> bool:
    """Is the action a fix that is neither of spans nor a cut?"""
    if on_fail.name != "fix" or on_fail.template is not None:
        return False
    cut = isinstance(test, MeasureTest) and test.measure in CUTS
    return on_fail.to is not None or not cut
