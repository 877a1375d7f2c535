"""Checks what must hold: the tests of rules.

Invariant: the bounds of built-in measures come back as whole numbers with closed ends.

Example: `words < 300` is `MeasureTest(measure="words", high=299)`.
"""

from __future__ import annotations

from typing import Literal, cast

from guardc.policy.catalog import UNITS
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import did_you_mean
from guardc.policy.model import FindTest, MeasureTest, PredicateTest, Test
from guardc.policy.reading.literals import show_number, show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    BoundsNode,
    FindNode,
    MeasureNode,
    Name,
    PredicateNode,
    Quantity,
    TestNode,
    Use,
)

__all__ = ["Tests", "sentence"]

BuiltIn = Literal["one of", "json", "lower case", "upper case", "starts with", "ends with"]
Measure = Literal["chars", "words", "lines", "bytes", "count", "custom", "score", "number", "items"]


class Tests:
    """Tests of one policy."""

    __test__ = False

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.reporter = lookup.reporter

    def check(self, node: TestNode, of_values: bool = False) -> Test | None:
        """The test, or None after a report. `of_values`: it is about a value in a structured text, which may be a
        number or a list."""
        if isinstance(node, BoundsNode):
            node = _measure_of(node)
        if isinstance(node, FindNode):
            return self.find(node)
        if isinstance(node, MeasureNode):
            own = _OF_VALUES.get(node.use.name.text) if of_values and node.use.arguments is None else None
            return self.measure(node) if own is None else self.of_value(node, own)
        return self.predicate(node)

    # --- detectors ---

    def find(self, node: FindNode) -> FindTest | None:
        detectors = self.lookup.detectors(node.uses)
        excepts = self.lookup.detectors(node.excepts)
        if detectors is None or excepts is None:
            return None
        quantifier = cast("Literal['no', 'has', 'is']", node.quantifier.text)
        return FindTest(quantifier=quantifier, detectors=detectors, excepts=excepts)

    # --- measures ---

    def of_value(self, node: MeasureNode, measure: Measure) -> MeasureTest | None:
        """`number` or `count` without brackets."""
        whole = measure == "items"
        low, high = self.bounds(node, node.use.name.text, whole)
        if low is None or (node.high is not None and high is None):
            return None
        bounds = self.closed(node, low, high) if whole else self.open(node, low, high)
        return None if bounds is None else MeasureTest(measure=measure).model_copy(update=bounds)

    def measure(self, node: MeasureNode) -> MeasureTest | None:
        name = node.use.name.text
        built_in = self.lookup.is_built_in_measure(name)
        test: MeasureTest | None
        if self.lookup.classifier(name) is not None:
            return self.score(node)
        if name == "count":
            test = self.count(node.use)
        elif built_in:
            test = self.plain(node.use)
        elif self.detector_compared(node):
            return None
        else:
            call = self.lookup.custom(node.use, "measure", "a measure")
            test = None if call is None else MeasureTest(measure="custom", call=call)
        low, high = self.bounds(node, name, built_in)
        if low is None or (node.high is not None and high is None):
            return None
        bounds = self.closed(node, low, high) if built_in else self.open(node, low, high)
        if bounds is None or test is None:
            return None
        return test.model_copy(update=bounds)

    def score(self, node: MeasureNode) -> MeasureTest | None:
        """The score of a classifier, which lies between 0 and 1."""
        name = node.use.name.text
        low, high = self.bounds(node, name, built_in=False)
        if node.use.arguments is not None:
            self.reporter.add("G030", node.use.span, f"`{name}` takes no arguments", help=f"write `{name}`")
            return None
        if low is None or (node.high is not None and high is None):
            return None
        bounds = self.open(node, low, high)
        if bounds is None or not self.between_zero_and_one(node, MeasureTest(measure="score", **bounds)):  # type: ignore[arg-type]
            return None
        return MeasureTest(measure="score", classifier=name.rpartition(".")[0], **bounds)  # type: ignore[arg-type]

    def between_zero_and_one(self, node: MeasureNode, test: MeasureTest) -> bool:
        """Reports bounds that no score meets, or every one."""
        low, high = test.low, test.high
        if (low is not None and (low > 1 or (low == 1 and test.low_open))) or (
            high is not None and (high < 0 or (high == 0 and test.high_open))
        ):
            name = node.use.name.text
            percent = node.op is not None and 1 < node.low.number.value <= 100
            self.reporter.add(
                "G034",
                node.low.span if node.high is None else node.low.span.to(node.high.span),
                "no number satisfies this",
                label=f"`{name}` lies between 0 and 1",
                help=f"did you mean `{node.low.number.value / 100:g}`?" if percent else None,
            )
            return False
        if (low is None or (low <= 0 and not test.low_open)) and (
            high is None or (high >= 1 and not (high == 1 and test.high_open))
        ):
            self.reporter.add(
                "G056",
                node.span,
                "the test always holds",
                label=f"`{node.use.name.text}` lies between 0 and 1",
                help="delete the rule, or mend its number",
            )
        return True

    def detector_compared(self, node: MeasureNode) -> bool:
        """Reports a detector that is compared like a measure."""
        symbol = self.lookup.scope.find(node.use.name.text)
        if symbol is None or not symbol.is_detector:
            return False
        self.lookup.mark(node.use.name.text, symbol)
        used = node.use.span.text
        self.reporter.add(
            "G020",
            node.use.span,
            f"`{used}` is a detector, not a measure",
            label="a measure is expected here",
            help=f"count what it finds: `count({used}) ...`, or put `no`, `has` or `is` before it",
        )
        return True

    def count(self, use: Use) -> MeasureTest | None:
        arguments = use.arguments or ()
        named = tuple(argument for argument in arguments if isinstance(argument, Use))
        if not arguments:
            self.reporter.add("G030", use.span, "`count` needs a detector", help="write `count(pii.email) <= 3`")
            return None
        for argument in arguments:
            if not isinstance(argument, Use):
                self.reporter.add(
                    "G031",
                    argument.span,
                    f"`{argument.span.text}` is not a detector",
                    label="a detector is expected",
                )
        detectors = self.lookup.detectors(named)
        if detectors is None or len(named) < len(arguments):
            return None
        return MeasureTest(measure="count", detectors=detectors)

    def plain(self, use: Use) -> MeasureTest | None:
        if use.arguments is not None:
            self.reporter.add(
                "G030", use.span, f"`{use.name.text}` takes no arguments", help=f"write `{use.name.text}`"
            )
            return None
        return MeasureTest(measure=cast("Measure", use.name.text))

    def bounds(self, node: MeasureNode, name: str, built_in: bool) -> tuple[int | float | None, int | float | None]:
        """The numbers as written, units applied. None for a number that is wrong or not there."""
        high = None if node.high is None else self.amount(node.high, name, built_in, None)
        # In `1..64 KB` the unit is meant for both ends.
        inherited = node.high if node.high is not None and node.low.unit is None else None
        low = self.amount(node.low, name, built_in, inherited)
        return low, high

    def amount(self, written: Quantity, measure: str, built_in: bool, inherited: Quantity | None) -> int | float | None:
        value = written.number.value
        unit = written.unit
        factor = 1
        if unit is not None:
            if not self.unit_suits(written, measure, built_in):
                return None
            factor = UNITS[unit.text].factor
        elif inherited is not None and inherited.unit is not None and inherited.unit.text in UNITS:
            factor = UNITS[inherited.unit.text].factor
        if built_in and isinstance(value, float):
            self.whole(written.number.span, measure)
            return None
        return value * factor

    def whole(self, span: Span, measure: str) -> None:
        self.reporter.add("G032", span, f"`{measure}` takes whole numbers", label="has a fraction")

    def unit_suits(self, written: Quantity, measure: str, built_in: bool) -> bool:
        unit = written.unit
        assert unit is not None
        known = UNITS.get(unit.text)
        if known is None:
            self.unknown_unit(written)
        elif not built_in or measure == "count" or known.measure != measure:
            number = written.number.span.text
            self.reporter.add(
                "G033",
                unit.span,
                f"`{measure}` is not measured in `{unit.text}`",
                help=f"write `{number}`"
                + (f", or measure `{known.measure}`" if built_in and measure != "count" else ""),
            )
        else:
            return True
        return False

    def unknown_unit(self, written: Quantity) -> None:
        unit = written.unit
        assert unit is not None
        usual = {
            "kilobytes": "KB",
            "megabytes": "MB",
            "characters": "chars",
            "k": "KB",
            "kib": "KB",
            "mib": "MB",
        }
        near = usual.get(unit.text.lower())
        self.reporter.add(
            "G016",
            unit.span,
            f"unknown unit `{unit.text}`",
            help=(f"did you mean `{near}`?" if near else did_you_mean(unit.text, UNITS))
            or "the units are chars, words, lines, bytes, KB and MB",
        )

    def closed(self, node: MeasureNode, low: float, high: float | None) -> dict[str, int | float | bool | None] | None:
        """Whole bounds of a built-in measure, which is never below zero."""
        least: int | float | None
        most: int | float | None
        if node.op is None:
            least, most = low, high
        else:
            match node.op.text:
                case "<":
                    least, most = None, low - 1
                case "<=":
                    least, most = None, low
                case ">":
                    least, most = low + 1, None
                case ">=":
                    least, most = low, None
                case "==":
                    least, most = low, low
                case _:
                    self.not_equal(node)
                    return None
        if most is not None and (most < 0 or (least is not None and least > most)):
            self.impossible(node, least, most)
            return None
        if most is None and least is not None and least <= 0:
            self.reporter.add(
                "G056",
                node.span,
                "the test always holds",
                label=f"`{node.use.name.text}` is never below zero",
                help="delete the rule, or mend its number",
            )
        return {"low": least, "high": most}

    def open(self, node: MeasureNode, low: float, high: float | None) -> dict[str, int | float | bool | None] | None:
        """Bounds of a custom measure."""
        if node.op is None:
            if high is not None and low > high:
                self.impossible(node, low, high)
                return None
            return {"low": low, "high": high}
        match node.op.text:
            case "<":
                return {"high": low, "high_open": True}
            case "<=":
                return {"high": low}
            case ">":
                return {"low": low, "low_open": True}
            case ">=":
                return {"low": low}
            case "==":
                return {"low": low, "high": low}
        self.not_equal(node)
        return None

    def not_equal(self, node: MeasureNode) -> None:
        assert node.op is not None
        self.reporter.add(
            "G002",
            node.op.span,
            "a measure cannot be compared with `!=`",
            help="write a range, as in `in 1..300`, or `<`, `<=`, `>`, `>=`, `==`",
        )

    def impossible(self, node: MeasureNode, low: float | None, high: float) -> None:
        name = node.use.name.text
        label, help_ = f"`{name}` is never below zero", None
        where = node.low.span
        if node.high is not None:
            where = where.to(node.high.span)
            if low is not None and high >= 0:
                label = "the lower end comes first"
                help_ = f"did you mean `{node.high.span.text}..{node.low.span.text}`?"
        self.reporter.add("G034", where, "no number satisfies this", label=label, help=help_)

    # --- predicates ---

    def predicate(self, node: PredicateNode) -> PredicateTest | None:
        if node.use is not None:
            return self.bare(node.use)
        name = cast("BuiltIn", node.predicate)
        strings = tuple(dict.fromkeys(text.value for text in node.strings))
        if len(strings) < len(node.strings):
            self.choice_twice(node)
        if name in {"starts with", "ends with"} and not strings[0]:
            self.reporter.add("G056", node.span, "the test always holds", label="every text has the empty text in it")
        return PredicateTest(predicate=name, strings=strings, ignore_case=node.ignore_case)

    def choice_twice(self, node: PredicateNode) -> None:
        seen: dict[str, Span] = {}
        for text in node.strings:
            if text.span.text in seen:
                self.reporter.add(
                    "G052",
                    text.span,
                    f"the choice {show_text(text.value)} is written twice",
                    label="adds nothing",
                    help="delete it",
                    also=[(seen[text.span.text], "first written here")],
                )
            seen.setdefault(text.span.text, text.span)

    def bare(self, use: Use) -> PredicateTest | None:
        """A name that stands alone: a custom predicate, or something that lacks a word."""
        name = use.name.text
        symbol = self.lookup.scope.find(name)
        if self.lookup.classifier(name) is not None:
            self.reporter.add(
                "G020",
                use.span,
                f"`{name}` is a measure, not a test",
                label="a comparison is missing",
                help=f"compare it, as in `{name} < 0.8`",
            )
            return None
        if self.lookup.is_built_in_measure(name) and symbol is None:
            what = "count(pii.email)" if name == "count" else name
            self.reporter.add(
                "G020",
                use.span,
                f"`{name}` is a measure, not a test",
                label="a comparison is missing",
                help=f"compare it, as in `{what} <= 3`" if name == "count" else f"compare it, as in `{name} <= 300`",
            )
            return None
        namespace = name.partition(".")[0]
        if name == f"{namespace}.any" and namespace in self.lookup.scope.symbols:
            self.reporter.add(
                "G020",
                use.span,
                f"`{name}` names detectors, not a test",
                help="put `no`, `has` or `is` before it",
            )
            return None
        if symbol is None and "." in name:
            self.lookup.unknown_detector(use.name)
            return None
        call = self.lookup.custom(use, "predicate", "a test")
        return None if call is None else PredicateTest(predicate="custom", call=call)


_OF_VALUES: dict[str, Measure] = {"number": "number", "count": "items"}
"""Measures of values that are no texts, as they are written."""


def _measure_of(node: BoundsNode) -> MeasureNode:
    """`in 0..5` of a field, as the rule that says the same."""
    low = Quantity(node.low, None, node.low.span)
    high = None if node.high is None else Quantity(node.high, None, node.high.span)
    return MeasureNode(Use(Name("number", node.span), None, node.span), node.op, low, high, node.span)


def sentence(node: TestNode) -> str:
    """The test as written, in canonical spelling: the name of a rule without a label."""
    if isinstance(node, BoundsNode):
        node = _measure_of(node)
    if isinstance(node, FindNode):
        text = f"{node.quantifier.text} " + ", ".join(_use(use) for use in node.uses)
        return text + (" except " + ", ".join(_use(use) for use in node.excepts) if node.excepts else "")
    if isinstance(node, MeasureNode):
        if node.op is None and node.high is not None:
            return f"{_use(node.use)} in {_quantity(node.low)}..{_quantity(node.high)}"
        return f"{_use(node.use)} {node.op.text if node.op else ''} {_quantity(node.low)}"
    if node.use is not None:
        return _use(node.use)
    text = " ".join([node.predicate, ", ".join(show_text(text.value) for text in node.strings)]).strip()
    return text + (" ignore case" if node.ignore_case else "")


def _use(use: Use) -> str:
    if not use.arguments:
        return use.name.text
    inside = (_use(a) if isinstance(a, Use) else _literal(a.value) for a in use.arguments)
    return f"{use.name.text}({', '.join(inside)})"


def _literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return show_text(value) if isinstance(value, str) else show_number(value)


def _quantity(quantity: Quantity) -> str:
    unit = quantity.unit
    scaled = unit is not None and unit.text in UNITS and UNITS[unit.text].factor > 1
    return show_number(quantity.number.value) + (f" {unit.text}" if unit is not None and scaled else "")
