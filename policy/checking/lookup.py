"""Looks up the names that rules write, and checks the arguments they come with.

Vocabulary: a *use* is a name in a rule with its arguments (policy/reading/syntax.py).

Invariant: what comes back is either usable as it is, or None after a report; every symbol that comes back is
marked as used.

Example: `pii.emial` in a file with `import std.pii` is reported with `did you mean "pii.email"?`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guardc.policy.catalog import ACTIONS, DETECTORS, FRACTIONAL, MEASURES, TESTS
from guardc.policy.checking.declarations import type_of
from guardc.policy.checking.hub import help_for
from guardc.policy.checking.library import standard_modules
from guardc.policy.checking.names import LATER, Scope, Symbol, did_you_mean, files, nearest
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import (
    Action,
    Call,
    CustomValidator,
    DetectorUse,
    MeasureTest,
    Parameter,
    Service,
    Test,
    TypeName,
    Value,
)
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import Literal, Name, Text, Use

__all__ = ["Lookup", "convert"]

_USAGE = {
    "measure": "compare it with a number, as in `{0} < 0.5`",
    "predicate": "it stands alone: write `{0}`",
    "action": "it follows `on fail`: write `on fail custom {0}`",
    "pattern": "put `no`, `has` or `is` before it",
    "word list": "put `no`, `has` or `is` before it",
    "detector": "put `no`, `has` or `is` before it",
    "judge": "it stands alone, or its score is compared: write `{0}`, or `{0}.score >= 0.7`",
    "classifier": "compare its score, as in `{0}.score < 0.8`",
    "service": "compare its score, as in `{0}.score < 0.4`",
    "import": "write a name after it, as in `{0}.any`",
    "text": "compare with it, as in `no leak({0})` or `overlap({0}) < 0.3`",
}


class Lookup:
    """Lookups in one scope. In an imported file `prefixes` are what the policy that is checked puts before the names of
    files (names.files), by the `id` of their scopes."""

    def __init__(self, reporter: Reporter, scope: Scope, prefixes: Mapping[int, str] | None = None) -> None:
        self.reporter = reporter
        self.scope = scope
        self.prefixes = prefixes or {}
        self.on_errors: dict[str, Action] = {}
        """What services say of rules that use them, by the names of their calls."""

    def known_as(self, name: str) -> str:
        """What a name of this file is called in the policy that is checked."""
        before = self.prefixes.get(id(self.scope), "")
        if not before:
            return name
        first, _, rest = name.partition(".")
        symbol = self.scope.symbols.get(first)
        if symbol is not None and isinstance(symbol.value, Scope):
            return f"{self.prefixes[id(symbol.value)]}.{rest}"
        return f"{before}.{name}"

    def excused(self, name: str) -> bool:
        """True if the name may have been declared in a statement that did not parse."""
        first, _, rest = name.partition(".")
        if first in self.reporter.broken:
            return True
        symbol = self.scope.symbols.get(first)
        if symbol is None or not rest or symbol.kind != "import":
            return False
        symbol.used = True
        # The import failed, which was reported, or the statement of the imported file did not parse.
        return not isinstance(symbol.value, Scope) or rest in self.reporter.broken

    def later(self, name: Name) -> bool:
        """Reports a word of a later edition."""
        if name.text not in LATER:
            return False
        self.reporter.add("G007", name.span, f"`{name.text}` is reserved for a later edition")
        return True

    def candidates(self, *kinds: str) -> list[str]:
        return [name for name, symbol in self.scope.reachable() if symbol.kind in kinds]

    def mark(self, name: str, symbol: Symbol) -> None:
        symbol.used = True
        self.scope.symbols[name.partition(".")[0]].used = True

    # --- detectors ---

    def detectors(self, uses: tuple[Use, ...]) -> tuple[DetectorUse, ...] | None:
        """The detectors that are named, `any` expanded, each once. None if one of them is wrong."""
        found: dict[DetectorUse, None] = {}
        good = True
        for use in uses:
            some = self.detector(use)
            if some is None:
                good = False
                continue
            if all(item in found for item in some) and some:
                self.reporter.add(
                    "G052",
                    use.span,
                    f"`{use.span.text}` is named twice in one rule",
                    label="adds nothing",
                    help="name it once",
                )
            found.update(dict.fromkeys(some))
        return tuple(found) if good else None

    def detector(self, use: Use) -> tuple[DetectorUse, ...] | None:
        name = use.name.text
        if name == "any":
            self.reporter.add(
                "G012",
                use.span,
                "`any` alone names no detectors",
                help="write the name of an import before it, as in `pii.any`",
            )
            return None
        if name.endswith(".any") and name.count(".") == 1:
            return self.any(use)
        if name == "leak":
            text = self.given_text(use)
            return None if text is None else (DetectorUse(name=name, finder="leak", text=text),)
        if name == "repeated sentences":
            return (DetectorUse(name=name, finder="repeated sentences"),)
        symbol = self.scope.find(name)
        if symbol is None:
            self.unknown_detector(use.name)
            return None
        self.mark(name, symbol)
        if not symbol.is_detector:
            self.wrong_kind(use, symbol, "a detector")
            return None
        if symbol.kind != "detector":
            if use.arguments is not None:
                self.reporter.add(
                    "G030",
                    use.span,
                    f"the {symbol.kind} `{name}` takes no arguments",
                    help=f"write `{name}`",
                )
                return None
            return (DetectorUse(name=self.known_as(name)),)
        call = self.call(use, symbol)
        return None if call is None else (DetectorUse(name=self.known_as(name), call=call),)

    def given_text(self, use: Use) -> str | None:
        """The name of the text that `leak(...)` or `overlap(...)` compares with, or None after a report."""
        word = use.name.text
        given = use.arguments or ()
        if len(given) != 1 or not isinstance(given[0], Use) or given[0].arguments is not None:
            self.reporter.add(
                "G030",
                use.span,
                f"`{word}` takes the name of one text",
                help=f'declare it with `text prompt = file("prompt.txt")`, and write `{word}(prompt)`',
            )
            return None
        argument = given[0]
        name = argument.name.text
        symbol = self.scope.find(name)
        if symbol is None:
            if not self.excused(name) and not self.later(argument.name):
                self.reporter.add(
                    "G094",
                    argument.span,
                    f"unknown text `{name}`",
                    label="not defined in this policy",
                    help=did_you_mean(name, self.candidates("text"))
                    or f'declare it: `text {name} = file("{name}.txt")`',
                )
            return None
        self.mark(name, symbol)
        if symbol.kind != "text":
            self.wrong_kind(argument, symbol, "a text")
            return None
        return None if symbol.value is None else self.known_as(name)

    def any(self, use: Use) -> tuple[DetectorUse, ...] | None:
        """`pii.any`: every pattern and word list of an import but those that it keeps to itself: `_context`."""
        namespace = use.name.text.partition(".")[0]
        symbol = self.scope.symbols.get(namespace)
        if symbol is None or (symbol.kind != "import"):
            self.unknown_detector(use.name)
            return None
        symbol.used = True
        if not isinstance(symbol.value, Scope):
            return None
        if use.arguments is not None:
            self.reporter.add("G030", use.span, f"`{use.name.text}` takes no arguments")
            return None
        inner = [
            item
            for item in symbol.value.symbols.values()
            if item.kind in {"pattern", "word list"} and not item.name.startswith("_")
        ]
        for item in inner:
            item.used = True
        if not inner:
            self.reporter.add("G012", use.span, f"the import `{namespace}` has no patterns or word lists")
            return None
        return tuple(DetectorUse(name=self.known_as(f"{namespace}.{item.name}")) for item in inner)

    def unknown_detector(self, name: Name) -> None:
        if self.excused(name.text) or self.later(name):
            return
        first, dot, rest = name.text.partition(".")
        symbol = self.scope.symbols.get(first)
        label = "not defined in this policy"
        if dot and symbol is not None and isinstance(symbol.value, Scope):
            label = f"not defined in `{symbol.value.source.file}`"
        elif dot and symbol is None:
            label = f"nothing is imported as `{first}`"
        if name.text in TESTS or name.text in {"true", "false"}:
            measure = name.text in MEASURES
            self.reporter.add(
                "G020",
                name.span,
                f"`{name.text}` is not a detector",
                label="a detector is expected here",
                help=f"compare it with a number, as in `{_compared(name.text)}`"
                if measure
                else f"it stands alone: write `{name.text}`",
            )
            return
        detectors = [*self.candidates("pattern", "word list", "detector"), *DETECTORS]
        help_ = did_you_mean(name.text, detectors)
        if help_ is None or (dot and symbol is None and first not in {d.partition(".")[0] for d in detectors}):
            near = nearest(first, [s.name for s in self.scope.symbols.values() if s.kind == "import"])
            if dot and symbol is None:
                help_ = f"did you mean `{near}.{rest}`?" if near is not None else _import_first(name.text) or help_
        if help_ is None:
            help_ = _define(name.text, imported=symbol is not None)
        self.reporter.add("G012", name.span, f"unknown detector `{name.text}`", label=label, help=help_)

    # --- measures, predicates, actions ---

    def custom(self, use: Use, kind: str, what: str) -> Call | None:
        """The call of a custom measure, predicate or action."""
        name = use.name.text
        symbol = self.scope.find(name)
        if symbol is None:
            self.unknown(use, kind)
            return None
        self.mark(name, symbol)
        if symbol.kind != kind:
            self.wrong_kind(use, symbol, what)
            return None
        return self.call(use, symbol)

    def classifier(self, name: str) -> Symbol | None:
        """The classifier whose score a dotted name is, if it is one: `spam.score`, `models.spam.score`."""
        owner, _, what = name.rpartition(".")
        symbol = self.scope.find(owner) if what == "score" else None
        if symbol is None or symbol.kind != "classifier":
            return None
        self.mark(owner, symbol)
        return symbol

    def judge(self, use: Use, kind: str) -> Call | None:
        """The call of a judge, as a predicate by its name, as a measure by its score. None if the name is not one's."""
        owner, _, what = use.name.text.rpartition(".")
        name = owner if kind == "measure" and what == "score" else use.name.text if kind == "predicate" else ""
        symbol = self.scope.find(name) if name else None
        if symbol is None or symbol.kind != "judge":
            return None
        self.mark(name, symbol)
        known = self.known_as(name)
        return Call(name=f"{known}.score" if kind == "measure" else known, arguments=())

    def service(self, name: str) -> Symbol | None:
        """The service whose score a dotted name is, if it is one: `toxicity.score`."""
        owner, _, what = name.rpartition(".")
        symbol = self.scope.find(owner) if what == "score" else None
        if symbol is None or symbol.kind != "service":
            return None
        self.mark(owner, symbol)
        return symbol

    def served(self, use: Use, symbol: Symbol) -> Call | None:
        """The call of a service, with its label if it has some. None after a report, here or at the declaration."""
        service = symbol.value
        if not isinstance(service, Service):
            return None
        name, given = use.name.text, use.arguments or ()
        labels = " or ".join(f"`{name}({show_text(label)})`" for label in service.labels)
        help_ = f"write {labels}" if labels else f"write `{name}`: the service has no `labels`"
        wanted = int(bool(labels))
        if len(given) != wanted:
            self.reporter.add(
                "G030", use.span, f"`{name}` takes {_counted(wanted, wanted)}, not {len(given)}", help=help_
            )
            return None
        parameter = Parameter(name="label", type="string")
        label = self.argument(given[0], parameter) if given else None
        if given and (label is None or label not in service.labels):
            if label is not None:
                near = nearest(str(label), service.labels)
                help_ = help_ if near is None else f"did you mean {show_text(near)}?"
                said = f"the service `{name.rpartition('.')[0]}` has no label {show_text(str(label))}"
                self.reporter.add("G112", given[0].span, said, help=help_)
            return None
        call = Call(name=f"{self.known_as(name.rpartition('.')[0])}.score", arguments=() if label is None else (label,))
        if service.on_error is not None:
            self.on_errors[call.name] = service.on_error
        return call

    def leaning(self, name: str, symbol: Symbol) -> dict[str, Any]:
        """The classifier and the detectors that a service leans on, as the policy that is checked calls them."""
        service = symbol.value
        if not isinstance(service, Service) or not (service.classifier or service.otherwise):
            return {}
        scope = self.scope
        for part in name.split(".")[:-2]:  # the files on the way to it
            inner = scope.symbols[part].value
            assert isinstance(inner, Scope)
            scope = inner
        there = Lookup(
            self.reporter, scope, self.prefixes or {id(inner): before for before, inner in files(self.scope)}
        )
        return {
            "classifier": None if service.classifier is None else there.known_as(service.classifier),
            "detectors": tuple(
                use.model_copy(
                    update={
                        "name": there.known_as(use.name),
                        "call": use.call and use.call.model_copy(update={"name": there.known_as(use.call.name)}),
                    }
                )
                for use in service.otherwise
            ),
        }

    def on_error(self, tests: Iterable[Test]) -> Action | None:
        """What the services that tests ask say of errors, the strongest of it; None if they say nothing."""
        calls = [test.call for test in tests if isinstance(test, MeasureTest) and test.call is not None]
        said = [self.on_errors[call.name] for call in calls if call.name in self.on_errors]
        return min(said, key=lambda action: list(ACTIONS).index(action.name)) if said else None

    def unknown(self, use: Use, kind: str) -> None:
        name = use.name
        if self.excused(name.text) or self.later(name):
            return
        if kind == "action":
            self.reporter.add(
                "G014",
                name.span,
                f"unknown custom action `{name.text}`",
                label="not defined in this policy",
                help=did_you_mean(name.text, self.candidates("action")) or f"define it: `custom action {name.text}`",
            )
            return
        tests = [*TESTS, *self.candidates("measure", "predicate")]
        extra = {"lowercase": "lower case", "uppercase": "upper case", "length": "chars", "size": "bytes"}
        tests += [f"{owner}.score" for owner in self.candidates("classifier", "judge", "service")] + self.candidates(
            "judge"
        )
        near = extra.get(name.text.lower())
        elsewhere = None if near else help_for(name.text)
        near = near or nearest(name.text, tests)
        if elsewhere is not None:
            help_ = elsewhere
        elif near is None:
            near_detector = nearest(name.text, self.candidates("pattern", "word list", "detector"))
            help_ = (
                f"did you mean `no {near_detector}`?"
                if near_detector
                else f"if it is code of your own, declare it: `custom {kind} {name.text}`"
            )
        else:
            help_ = f"did you mean `{near}`?"
        self.reporter.add("G013", name.span, f"unknown test `{name.text}`", help=help_)

    def wrong_kind(self, use: Use, symbol: Symbol, wanted: str) -> None:
        name = use.name.text
        article = "an" if symbol.kind in {"import", "action"} else "a"
        kind = "detector" if symbol.kind in {"pattern", "word list"} else symbol.kind
        self.reporter.add(
            "G020",
            use.span,
            f"`{name}` is {article} {kind}, not {wanted}",
            label=f"{wanted} is expected here",
            help=_USAGE[symbol.kind].format(use.span.text if symbol.kind != "import" else name),
        )

    def is_built_in_measure(self, name: str) -> bool:
        return name in MEASURES

    # --- arguments ---

    def call(self, use: Use, symbol: Symbol) -> Call | None:
        """The call with its arguments checked against the declaration, defaults filled in."""
        declared = symbol.value
        if not isinstance(declared, CustomValidator):
            return None
        name = use.name.text
        given = use.arguments or ()
        parameters = declared.parameters
        also = [(symbol.span, "declared here")] if symbol.span.source is use.span.source else []
        required = sum(parameter.default is None for parameter in parameters)
        if not required <= len(given) <= len(parameters):
            self.reporter.add(
                "G030",
                use.span,
                f"`{name}` takes {_counted(required, len(parameters))}, not {len(given)}",
                help=f"write `{name}{_signature(parameters)}`",
                also=also,
            )
            return None
        values: list[Value] = []
        for parameter, argument in zip(parameters, given, strict=False):
            value = self.argument(argument, parameter)
            if value is None:
                return None
            values.append(value)
        values += [p.default for p in parameters[len(given) :] if p.default is not None]
        return Call(name=self.known_as(name), arguments=tuple(values))

    def argument(self, argument: Literal | Use, parameter: Parameter) -> Value | None:
        if isinstance(argument, Use):
            self.reporter.add(
                "G031",
                argument.span,
                f"`{argument.span.text}` is not a {parameter.type}",
                label=f"`{parameter.name}` is a {parameter.type}",
                help=f"strings are written in quotes: {show_text(argument.span.text)}"
                if parameter.type == "string"
                else None,
            )
            return None
        return convert(argument, parameter.type, f"`{parameter.name}`", argument.span, self.reporter)


def convert(literal: Literal, type_: TypeName, what: str, span: Span, reporter: Reporter) -> Value | None:
    """The value of a literal if it has the type. Otherwise None, after a report."""
    found = type_of(literal)
    if found == type_:
        return literal.value
    help_ = None
    if type_ == "number" and isinstance(literal, Text):
        help_ = "numbers are written without quotes"
    elif type_ == "string":
        help_ = f'strings are written in quotes: "{literal.span.text}"'
    reporter.add("G031", span, f"{what} is a {type_}, not a {found}", label=f"a {found}", help=help_)
    return None


def _import_first(name: str) -> str | None:
    """The help for a name of the standard library whose module is not imported, or None if it is no such
    name."""
    module, _, rest = name.removeprefix("std.").partition(".")
    if f"std.{module}" in standard_modules():
        return f"write `import std.{module}` at the top of the policy and `{module}.{rest or 'any'}` here"
    return None


def _define(name: str, imported: bool) -> str:
    """The help for a name that is like no other."""
    first, dot, _ = name.partition(".")
    if first == "std":
        modules = ", ".join(f"`{module}`" for module in standard_modules())
        return f"a module is imported at the top of the policy; there are {modules}"
    if dot:
        return "look at what the file defines" if imported else f'a file is imported with `import "{first}.guard"`'
    return f"define it: `pattern {name} = /.../`"


def _counted(low: int, high: int) -> str:
    if low == high:
        return f"{high or 'no'} argument{'' if high == 1 else 's'}"
    return f"{low} {'or' if high == low + 1 else 'to'} {high} arguments"


def _signature(parameters: tuple[Parameter, ...]) -> str:
    inside = ", ".join(f"{parameter.name.upper()}" for parameter in parameters)
    return f"({inside})" if inside else ""


def _compared(measure: str) -> str:
    """How a measure of the language is compared."""
    return TESTS[measure].example.partition(" on fail ")[0] if measure in FRACTIONAL else f"{measure} <= 300"
