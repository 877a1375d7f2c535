"""Checks what must hold: the tests of rules.

Invariant: the bounds of built-in measures come back as whole numbers with closed ends.

Example: `words < 300` is `MeasureTest(measure="words", high=299)`.
"""

from __future__ import annotations

import statistics
from typing import Literal, cast

from guardc.policy.catalog import DETECTORS, FRACTIONAL, TESTS, UNITS
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import did_you_mean
from guardc.policy.checking.sql import Sql
from guardc.policy.model import DetectorUse, FindTest, MeasureTest, PredicateTest, Test
from guardc.policy.reading.literals import show_number, show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    BoundsNode,
    DeviationsNode,
    FindNode,
    MeasureNode,
    Name,
    PredicateNode,
    Quantity,
    SqlOption,
    TestNode,
    Use,
)

__all__ = ["Tests", "sentence"]

BuiltIn = Literal["one of", "json", "lower case", "upper case", "starts with", "ends with", "contains"]
Alone = Literal["html", "openapi"]
Measure = Literal["chars", "words", "lines", "bytes", "number", "reading time", "reading grade", "items"]

ALONE = frozenset({"html", "openapi"})
"""Predicates that are a name like any other: one that the policy declares goes before."""


class Tests:
    """Tests of one policy."""

    __test__ = False

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.reporter = lookup.reporter
        self.sql = Sql(lookup.reporter)

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
        if isinstance(node, DeviationsNode):
            return self.deviations(node)
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
        service = self.lookup.service(name)
        if service is not None:
            call = self.lookup.served(node.use, service)
            leaning = self.lookup.leaning(name, service)
            test = None if call is None else MeasureTest(measure="custom", call=call, **leaning)
        elif name == "count":
            test = self.count(node.use)
        elif name == "overlap":
            test = self.overlap(node.use)
        elif built_in:
            test = self.plain(node.use)
        elif self.detector_compared(node):
            return None
        else:
            call = self.lookup.judge(node.use, "measure") or self.lookup.custom(node.use, "measure", "a measure")
            test = None if call is None else MeasureTest(measure="custom", call=call)
        low, high = self.bounds(node, name, built_in)
        if low is None or (node.high is not None and high is None):
            return None
        counted = built_in and name not in FRACTIONAL
        bounds = self.closed(node, low, high) if counted else self.open(node, low, high)
        if bounds is None or test is None or not self.sensible(node, name):
            return None
        test = test.model_copy(update=bounds)
        return None if service is not None and not self.between_zero_and_one(node, test) else test

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
        return MeasureTest(measure="score", classifier=self.lookup.known_as(name.rpartition(".")[0]), **bounds)  # type: ignore[arg-type]

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
        if node.use.name.text not in DETECTORS and (symbol is None or not symbol.is_detector):
            return False
        if symbol is not None:
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

    def overlap(self, use: Use) -> MeasureTest | None:
        text = self.lookup.given_text(use)
        if text is None:
            return None
        return MeasureTest(measure="overlap", detectors=(DetectorUse(name=text, finder="leak", text=text),))

    def sensible(self, node: MeasureNode, name: str) -> bool:
        """Reports bounds of a measure with fractions that cannot be meant."""
        ends = [node.low] if node.high is None else [node.low, node.high]
        if name == "reading time" and all(end.unit is None for end in ends):
            number = ends[-1].number.span
            self.reporter.add(
                "G033", number, "a time needs a unit", help=f"write `{number.text} min` or `{number.text} s`"
            )
            return False
        if name == "overlap":
            for end in ends:
                value = end.number.value
                if not 0 <= value <= 1:
                    share = f"did you mean `{show_number(value / 100)}`?" if 1 < value <= 100 else None
                    self.reporter.add(
                        "G032",
                        end.number.span,
                        "an overlap lies between 0 and 1",
                        label="not a share of the whole",
                        help=share or "0.3 is three tenths of the given text",
                    )
                    return False
        return True

    def deviations(self, node: DeviationsNode) -> MeasureTest | None:
        """A number compared with earlier ones: a range around their mean, by the deviation of all of them."""
        good = True
        if node.use.name.text != "number" or node.use.arguments is not None:
            good = False
            self.reporter.add(
                "G020",
                node.use.span,
                f"`{node.use.span.text}` cannot be compared so",
                label="`number` is expected here",
                help="write `number within 2 deviations of [10, 12, 11]`",
            )
        unit = node.amount.unit
        if unit is None or unit.text not in {"deviation", "deviations"}:
            good = False
            self.reporter.add(
                "G033",
                (unit or node.amount.number).span,
                "the distance is counted in deviations",
                help=f"write `{node.amount.number.span.text} deviations`",
            )
        if node.amount.number.value < 0:
            good = False
            self.reporter.add("G032", node.amount.number.span, "a distance is never below zero")
        if len(node.values) < 2:
            good = False
            self.reporter.add(
                "G093",
                node.span,
                "too few numbers to compare with",
                label="one number has no deviation" if node.values else "there is none",
                help="give at least two, as in `[10, 12, 11]`",
            )
        if not good:
            return None
        values = [number.value for number in node.values]
        mean, distance = statistics.fmean(values), node.amount.number.value * statistics.pstdev(values)
        return MeasureTest(measure="number", low=mean - distance, high=mean + distance)

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
        if built_in and isinstance(value, float) and measure not in FRACTIONAL:
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
            "minutes": "min",
            "hours": "min",
            "seconds": "s",
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
            or "the units are chars, words, lines, bytes, KB and MB; of time s and min",
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
        """Bounds of a custom measure, or of one that has fractions."""
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
        if node.predicate == "sql":
            return self.sql.check(node)
        name = cast("BuiltIn", node.predicate)
        strings = tuple(dict.fromkeys(text.value for text in node.strings))
        if len(strings) < len(node.strings):
            self.choice_twice(node)
        if name in {"starts with", "ends with", "contains"} and not strings[0]:
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
            usual = "count(pii.email) <= 3" if name == "count" else f"{name} <= 300"
            if name in FRACTIONAL:
                usual = TESTS[name].example.partition(" on fail ")[0]
            self.reporter.add(
                "G020",
                use.span,
                f"`{name}` is a measure, not a test",
                label="a comparison is missing",
                help=f"compare it, as in `{usual}`",
            )
            return None
        if name in DETECTORS:
            self.reporter.add(
                "G020",
                use.span,
                f"`{use.span.text}` is a detector, not a test",
                help="put `no`, `has` or `is` before it",
            )
            return None
        if name in ALONE and symbol is None:
            return self.alone(use)
        namespace = name.partition(".")[0]
        if name == f"{namespace}.any" and namespace in self.lookup.scope.symbols:
            self.reporter.add(
                "G020",
                use.span,
                f"`{name}` names detectors, not a test",
                help="put `no`, `has` or `is` before it",
            )
            return None
        judged = self.lookup.judge(use, "predicate")
        if judged is not None:
            if use.arguments is not None:
                self.reporter.add("G030", use.span, f"`{name}` takes no arguments", help=f"write `{name}`")
                return None
            return PredicateTest(predicate="custom", call=judged)
        if symbol is None and "." in name:
            self.lookup.unknown_detector(use.name)
            return None
        call = self.lookup.custom(use, "predicate", "a test")
        return None if call is None else PredicateTest(predicate="custom", call=call)

    def alone(self, use: Use) -> PredicateTest | None:
        """A predicate that is one word."""
        if use.arguments is not None:
            self.reporter.add(
                "G030", use.span, f"`{use.name.text}` takes no arguments", help=f"write `{use.name.text}`"
            )
            return None
        return PredicateTest(predicate=cast("Alone", use.name.text))


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
    if isinstance(node, DeviationsNode):
        values = ", ".join(show_number(number.value) for number in node.values)
        unit = node.amount.unit.text if node.amount.unit else "deviations"
        return f"{_use(node.use)} within {show_number(node.amount.number.value)} {unit} of [{values}]"
    if node.use is not None:
        return _use(node.use)
    if node.options:
        return " ".join([node.predicate, *(_option(option) for option in node.options)])
    text = " ".join([node.predicate, ", ".join(show_text(text.value) for text in node.strings)]).strip()
    return text + (" ignore case" if node.ignore_case else "")


def _use(use: Use) -> str:
    if not use.arguments:
        return use.name.text
    inside = (_use(a) if isinstance(a, Use) else _literal(a.value) for a in use.arguments)
    return f"{use.name.text}({', '.join(inside)})"


def _option(option: SqlOption) -> str:
    return f"{option.name.text} {', '.join(show_text(text.value) for text in option.strings)}"


def _literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return show_text(value) if isinstance(value, str) else show_number(value)


def _quantity(quantity: Quantity) -> str:
    unit = quantity.unit
    known = None if unit is None else UNITS.get(unit.text)
    scaled = known is not None and (known.factor > 1 or known.measure == "reading time")
    return show_number(quantity.number.value) + (f" {unit.text}" if unit is not None and scaled else "")
