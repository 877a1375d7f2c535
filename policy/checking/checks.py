"""Checks what stands after `where` of patterns: what a match must pass besides.

Checks may name detectors that are declared further down, so they are looked at when all names of a file are known.

Vocabulary: a check *leads to* the detector that it names, and to those that this one's checks lead to.

Invariant: what a pattern's checks lead to is part of its value; no detector leads to itself, and none further than
`DEEPEST`.

Example: `where no known` puts the word list `known` into the pattern's `DetectorCheck`.
"""

from __future__ import annotations

from typing import Literal, get_args

from guardc.policy.catalog import CHECKS, UNITS
from guardc.policy.checking.lookup import Lookup
from guardc.policy.checking.names import Scope, Symbol, did_you_mean
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import (
    BeforeCheck,
    Check,
    CheckName,
    DetectorCheck,
    EntropyCheck,
    InsideCheck,
    NearCheck,
    Pattern,
    Words,
)
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import (
    BeforeCheckNode,
    CheckNode,
    DetectorCheckNode,
    InsideCheckNode,
    MeasuredCheckNode,
    Name,
    NearCheckNode,
    PatternNode,
    Quantity,
    Use,
)

__all__ = ["DEEPEST", "FURTHEST", "resolve_checks"]

DEEPEST = 3
"""Detectors on the way from a pattern through checks at most: a match that is judged is searched once for each."""
FURTHEST = 1000
"""Characters that `near` looks around a match at most."""
MOST = 16
"""Checks of one pattern."""
MOST_BITS = 8
"""The entropy of 256 different characters, as long as a match with checks can be."""

APART: tuple[CheckName, ...] = ("luhn", "mod97")
"""The checks that the process of a `backtracking` pattern knows."""
NAMES: dict[str, CheckName] = {name: name for name in get_args(CheckName)}


def resolve_checks(pending: list[tuple[Symbol, PatternNode]], scope: Scope, reporter: Reporter) -> None:
    """Puts the checks into the values of patterns, all from one file, whose names are in `scope`."""
    _Checks(pending, scope, reporter).resolve()


class _Checks:
    def __init__(self, pending: list[tuple[Symbol, PatternNode]], scope: Scope, reporter: Reporter) -> None:
        self.reporter = reporter
        self.scope = scope
        self.lookup = Lookup(reporter, scope)
        self.symbols = [symbol for symbol, _ in pending]
        self.pending = {id(symbol): node for symbol, node in pending}
        self.open: list[Symbol] = []

    def resolve(self) -> None:
        for symbol in self.symbols:
            self.settle(symbol)

    def settle(self, symbol: Symbol) -> None:
        node = self.pending.pop(id(symbol), None)
        if node is None:
            return
        self.open.append(symbol)
        found: dict[Check, Span] = {}
        for written in node.checks:
            check = self.check(written, node)
            if check is not None and check in found:
                self.reporter.add(
                    "G024",
                    written.span,
                    f"the check `{written.span.text}` is given twice",
                    label="given again here",
                    help="keep one of them",
                    also=[(found[check], "first given here")],
                )
            elif check is not None:
                found[check] = written.span
        self.open.pop()
        if len(found) > MOST:
            self.unfit(node.name.span, f"`{node.name.text}` has {len(found)} checks", f"a pattern has at most {MOST}")
        if isinstance(symbol.value, Pattern):
            symbol.value = symbol.value.model_copy(update={"checks": tuple(found)})

    def check(self, node: CheckNode, pattern: PatternNode) -> Check | None:
        check: Check | None
        if isinstance(node, Name):
            check = self.named(node.text, node.span)
        elif isinstance(node, MeasuredCheckNode):
            check = self.entropy(node)
        elif isinstance(node, NearCheckNode):
            check = self.near(node, pattern)
        elif isinstance(node, BeforeCheckNode):
            behind = self.surroundings(node.detector)
            check = None if behind is None else BeforeCheck(detector=behind)
        elif isinstance(node, InsideCheckNode):
            wider = self.surroundings(node.detector)
            check = None if wider is None else InsideCheck(detector=wider)
        elif node.quantifier.text == "no" and node.detector.text == "placeholder":
            check = "no placeholder"
        else:
            check = self.detector(node)
        if check is not None and pattern.backtracking is not None and check not in APART:
            self.unfit(
                node.span,
                f"`{node.span.text}` cannot be checked with `backtracking`",
                "such a pattern runs apart and knows `luhn` and `mod97` only",
            )
        return check

    def unfit(self, span: Span, message: str, mend: str) -> None:
        self.reporter.add("G059", span, message, help=mend)

    def named(self, name: str, span: Span) -> CheckName | None:
        if name in NAMES:
            return NAMES[name]
        if name in {"placeholder", "entropy"}:
            right = "no placeholder" if name == "placeholder" else "entropy >= 3.5"
            self.reporter.add("G017", span, f"unknown check `{name}`", help=f"write `{right}`")
            return None
        symbol = self.scope.find(name)
        if symbol is not None and symbol.is_detector:
            symbol.used = True
            mend: str | None = f"write `is {name}`, `has {name}` or `no {name}`"
        else:
            mend = did_you_mean(name, [check for check in CHECKS if check in NAMES])
        self.reporter.add(
            "G017",
            span,
            f"unknown check `{name}`",
            help=mend or "`guardc validators` lists the checks; `luhn` and `mod97` are two",
        )
        return None

    def entropy(self, node: MeasuredCheckNode) -> Check | None:
        if node.name.text != "entropy":
            self.named(node.name.text, node.name.span)
        elif node.comparison.text != ">=":
            self.unfit(
                node.comparison.span,
                "entropy has a lower end only",
                f"write `entropy >= {node.bound.span.text}`",
            )
        elif not 0 < node.bound.value <= MOST_BITS:
            self.unfit(
                node.bound.span,
                f"no match has an entropy of {node.bound.span.text}"
                if node.bound.value > 0
                else "every match has an entropy of 0 or more",
                f"it is given in bits per character, more than 0 and at most {MOST_BITS}; `entropy >= 3.5` is usual",
            )
        else:
            return EntropyCheck(least=float(node.bound.value))
        return None

    def detector(self, node: DetectorCheckNode) -> Check | None:
        judge = self.judge(node.detector)
        if judge is None:
            return None
        quantifier: Literal["no", "has", "is"] = "is"
        if node.quantifier.text == "no":
            quantifier = "no"
        elif node.quantifier.text == "has":
            quantifier = "has"
        return DetectorCheck(quantifier=quantifier, detector=judge)

    def near(self, node: NearCheckNode, pattern: PatternNode) -> Check | None:
        within = self.within(node.within)
        if node.detector is None:
            entries = tuple(dict.fromkeys(" ".join(entry.value.split()) for entry in node.entries))
            if not entries or not all(entries):
                self.unfit(node.span, "what stands near has no word", 'write words in the brackets: `["card", "visa"]`')
                return None
            context: Pattern | Words | None = Words(
                name=f"{pattern.name.text}_context",
                entries=entries,
                ignore_case=True,
                anywhere=False,
                at=pattern.name.span.location,
            )
        else:
            context = self.surroundings(node.detector)
        return None if context is None or within is None else NearCheck(detector=context, within=within)

    def surroundings(self, name: Name) -> Pattern | Words | None:
        """A detector that is looked for around a match."""
        detector = self.judge(name)
        if isinstance(detector, Pattern) and detector.checks:
            self.unfit(
                name.span,
                f"`{name.text}` has checks of its own",
                "what stands near, behind or around is a word list or a pattern without `where`",
            )
            return None
        return detector

    def within(self, written: Quantity) -> int | None:
        number, unit = written.number.value, written.unit
        if unit is None or UNITS.get(unit.text) != UNITS["chars"]:
            self.unfit(
                written.span,
                "a distance is given in chars",
                f"write `within {written.number.span.text} chars`",
            )
        elif isinstance(number, float) or not 1 <= number <= FURTHEST:
            self.unfit(written.number.span, f"a distance is 1 to {FURTHEST:_} chars", "write a number between them")
        else:
            return number
        return None

    def judge(self, name: Name) -> Pattern | Words | None:
        """The detector that a check names."""
        if name.text.endswith(".any") or name.text == "any":
            self.unfit(name.span, f"`{name.text}` stands for several detectors", "name the one that is meant")
            namespace = self.scope.symbols.get(name.text.partition(".")[0])
            if namespace is not None:
                namespace.used = True
            return None
        uses = self.lookup.detector(Use(name, None, name.span))
        symbol = self.scope.find(name.text)
        if uses is None or symbol is None:
            return None
        if symbol in self.open:
            chain = [one.name for one in [*self.open[self.open.index(symbol) :], symbol]]
            self.reporter.add(
                "G058",
                name.span,
                f"the checks of `{symbol.name}` lead back to `{symbol.name}`",
                help="break the circle: " + " -> ".join(f"`{one}`" for one in chain),
            )
            return None
        self.settle(symbol)
        value = symbol.value
        if symbol.kind == "detector" or (isinstance(value, Pattern) and value.backtracking is not None):
            what = "is code of the service" if symbol.kind == "detector" else "runs apart, with `backtracking`"
            self.unfit(
                name.span, f"`{name.text}` cannot judge a match: it {what}", "name a word list or another pattern"
            )
            return None
        if not isinstance(value, Pattern | Words):
            return None
        if _depth(value) >= DEEPEST:
            self.reporter.add(
                "G058",
                name.span,
                f"checks lead through more than {DEEPEST} detectors",
                help=f"write what `{name.text}` checks into one pattern",
            )
            return None
        return value


def _depth(detector: Pattern | Words) -> int:
    """Detectors on the longest way through checks."""
    if isinstance(detector, Words):
        return 0
    led = [check.detector for check in detector.checks if not isinstance(check, str | EntropyCheck)]
    return max((1 + _depth(one) for one in led), default=0)
