"""Source text to syntax tree, for a text that follows the grammar. policy/recovery/recover.py deals with the others.

Vocabulary: a *shape* is what lark gives (nested rules of the grammar); the *tree* is ours (policy/reading/syntax.py).

Invariant: numbers, strings and conditions that follow the grammar but cannot be used (an unknown escape, a
number too large, a condition nested too deeply) are reported, and stand in the tree as a harmless value.

Example: `build(shape_of("edition 1\\n"), source, reporter)` is `Tree((EditionNode(Number(1)),))`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from guardc.policy.reading.literals import Literals
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import (
    ActionNode,
    AnswersNode,
    BacktrackingNode,
    BeforeCheckNode,
    BoolNode,
    BoundsNode,
    CheckNode,
    ChoiceNode,
    ClassifierNode,
    CompareNode,
    ConditionNode,
    ContainerNode,
    CucumberNode,
    CustomNode,
    DefaultsNode,
    DefaultValue,
    DetectorCheckNode,
    DeviationsNode,
    DoubtNode,
    EditionNode,
    EnvNode,
    FacetNode,
    FallbackNode,
    FieldNode,
    FindNode,
    GuardNode,
    HoldNode,
    ImportNode,
    InListNode,
    InRangeNode,
    InsideCheckNode,
    JudgeNode,
    LimitNode,
    ListValue,
    Literal,
    MeasuredCheckNode,
    MeasureNode,
    MetadataNode,
    ModelNode,
    Name,
    NearCheckNode,
    NormalizeNode,
    NotNode,
    Null,
    Number,
    ObjectValue,
    ParameterNode,
    PathNode,
    PatternNode,
    PredicateNode,
    Quantity,
    ReasksNode,
    ReaskWithNode,
    Regex,
    RuleNode,
    ServiceNode,
    SettingNode,
    ShapeFieldNode,
    ShapeFromNode,
    ShapeNode,
    SqlOption,
    Statement,
    StepNode,
    TestNode,
    Text,
    TextNode,
    Tree,
    TypeNameNode,
    TypeNode,
    UnionNode,
    Use,
    WithinNode,
    WordsNode,
)

if TYPE_CHECKING:
    from lark import Lark

    from guardc.policy.diagnostics import Reporter

__all__ = ["MAX_DEPTH", "build", "shape_of"]

MAX_DEPTH = 32
"""How deep conditions and calls may nest. Keeps every later recursion over the tree shallow."""

LONGEST_INDEX = 9
"""Digits of an index in a path."""

_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(?:([0-9]+)|\*|("(?:\\.|[^"\\])*"))\]')

Shape = Any
"""A lark tree or token. Lark's own types say nothing about which rule has which children."""


@functools.cache
def _machine() -> Lark:
    from lark import Lark  # noqa: PLC0415 - a plan is loaded without it

    from guardc.policy.reading.line_breaks import Newlines  # noqa: PLC0415

    return Lark.open_from_package(
        "guardc.grammars",
        "guard.lark",
        ("",),
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        maybe_placeholders=True,
        postlex=Newlines(),
    )


def shape_of(text: str) -> Shape:
    """The text by the rules of the grammar. Raises `lark.UnexpectedInput` where it does not follow them."""
    return _machine().parse(text + "\n")


def build(shape: Shape, source: Source, reporter: Reporter) -> Tree:
    """The syntax tree of a shape that was read from `source`."""
    return _Builder(source, reporter).tree(shape)


class _Builder:
    def __init__(self, source: Source, reporter: Reporter) -> None:
        self.source = source
        self.reporter = reporter
        self.literals = Literals(reporter)

    # --- spans and words ---

    def span(self, shape: Shape) -> Span:
        meta = shape if hasattr(shape, "start_pos") else shape.meta
        # A rule that was nothing (no words before `{`) is nowhere.
        return Span(self.source, getattr(meta, "start_pos", 0), getattr(meta, "end_pos", 0))

    def name(self, token: Shape) -> Name:
        return Name(str(token), self.span(token))

    def text(self, token: Shape) -> Text:
        return self.literals.text(self.span(token))

    def number(self, token: Shape) -> Number:
        return self.literals.number(self.span(token))

    def literal(self, shape: Shape) -> Literal:
        return self.literals.literal(self.span(shape))

    def quantity(self, shape: Shape) -> Quantity:
        number, unit = shape.children
        return Quantity(self.number(number), self.name(unit) if unit else None, self.span(shape))

    # --- declarations ---

    def tree(self, shape: Shape) -> Tree:
        return Tree(tuple(getattr(self, "see_" + child.data.rstrip("_"))(child) for child in shape.children))

    def see_edition(self, shape: Shape) -> Statement:
        return EditionNode(self.number(shape.children[0]), self.span(shape))

    def see_import(self, shape: Shape) -> Statement:
        target, alias = shape.children
        read = self.text(target) if target.type == "STRING" else self.name(target)
        return ImportNode(read, self.name(alias) if alias else None, self.span(shape))

    def see_pattern(self, shape: Shape) -> Statement:
        name, regex, apart, checks = shape.children
        backtracking = self.backtracking(apart) if apart else None
        written = tuple(self.check(check) for check in checks.children) if checks else ()
        return PatternNode(self.name(name), self.sought(regex), backtracking, written, self.span(shape))

    def sought(self, shape: Shape) -> Regex | CucumberNode:
        if getattr(shape, "data", "") == "cucumber":
            return CucumberNode(self.text(shape.children[0]), self.span(shape))
        return self.literals.regex(self.span(shape))

    def check(self, shape: Shape) -> CheckNode:
        span = self.span(shape)
        match shape.data:
            case "named_check":
                return self.name(shape.children[0])
            case "measured_check":
                name, comparison, bound = shape.children
                return MeasuredCheckNode(self.name(name), self.name(comparison), self.number(bound), span)
            case "detector_check":
                quantifier, detector = shape.children
                return DetectorCheckNode(self.name(quantifier), self.name(detector), span)
            case "before_check":
                return BeforeCheckNode(self.name(shape.children[0]), span)
            case "inside_check":
                return InsideCheckNode(self.name(shape.children[0]), span)
        near, within = shape.children
        in_place = getattr(near, "data", "") == "word_list"
        entries = tuple(self.text(entry) for entry in near.children if entry) if in_place else ()
        return NearCheckNode(None if in_place else self.name(near), entries, self.quantity(within), span)

    def backtracking(self, shape: Shape) -> BacktrackingNode:
        limit = shape.children[0]
        return BacktrackingNode(self.quantity(limit) if limit else None, self.span(shape))

    def see_words(self, shape: Shape) -> Statement:
        name, content, *options = shape.children
        strings = tuple(self.text(entry) for entry in content.children if entry)
        in_file = content.data == "word_file"
        return WordsNode(
            self.name(name),
            entries=() if in_file else strings,
            file=strings[0] if in_file else None,
            ignore_case=tuple(self.span(o) for o in options if o.data == "ignore_case"),
            anywhere=tuple(self.span(o) for o in options if o.data == "anywhere"),
            leet=tuple(self.span(o) for o in options if o.data == "leet"),
            within=tuple(WithinNode(self.quantity(o.children[0]), self.span(o)) for o in options if o.data == "within"),
            span=self.span(shape),
        )

    def see_text(self, shape: Shape) -> Statement:
        name, content = shape.children
        if getattr(content, "data", "") == "text_file":
            reader, path = content.children
            return TextNode(self.name(name), self.text(path), self.name(reader), self.span(shape))
        return TextNode(self.name(name), self.text(content), None, self.span(shape))

    def see_custom(self, shape: Shape) -> Statement:
        kind, name, *parameters = shape.children
        declared = tuple(self.parameter(parameter) for parameter in parameters if parameter)
        return CustomNode(self.name(kind), self.name(name), declared, self.span(shape))

    def see_classifier(self, shape: Shape) -> Statement:
        name, file = shape.children
        return ClassifierNode(self.name(name), self.text(file), self.span(shape))

    def see_model(self, shape: Shape) -> Statement:
        name, *settings = shape.children
        return ModelNode(self.name(name), tuple(self.setting(item) for item in settings if item), self.span(shape))

    def see_judge(self, shape: Shape) -> Statement:
        name, prompt, via = shape.children
        return JudgeNode(self.name(name), self.text(prompt), self.name(via), self.span(shape))

    def see_service(self, shape: Shape) -> Statement:
        name, address = shape.children[:2]
        return ServiceNode(
            name=self.name(name),
            address=self.env(address),
            facets=tuple(self.facet(item) for item in _all(shape, "facet")),
            doubts=tuple(self.doubt(item) for item in _all(shape, "doubt")),
            fallbacks=tuple(
                FallbackNode(self.name(item.children[0]), self.span(item)) for item in _all(shape, "fallback")
            ),
            on_error=self.actions(shape, "on_error"),
            span=self.span(shape),
        )

    def doubt(self, shape: Shape) -> DoubtNode:
        name, low, _, high = shape.children
        return DoubtNode(self.name(name), self.number(low), self.number(high), self.span(shape))

    def env(self, shape: Shape) -> EnvNode:
        function, variable = shape.children
        return EnvNode(self.name(function), self.text(variable), self.span(shape))

    def facet(self, shape: Shape) -> FacetNode:
        name, value, as_, within = shape.children
        return FacetNode(
            name=self.name(name),
            values=tuple(self.facet_value(item) for item in value.children),
            as_=None if as_ is None else self.name(as_),
            within=None if within is None else self.quantity(within),
            span=self.span(shape),
        )

    def facet_value(self, item: Any) -> Name | EnvNode | Quantity | Text:
        match getattr(item, "type", "") or item.data:
            case "STRING":
                return self.text(item)
            case "NAME":
                return self.name(item)
            case "env":
                return self.env(item)
        return self.quantity(item)

    def setting(self, shape: Shape) -> SettingNode:
        name, value = shape.children
        read = self.text(value) if getattr(value, "type", "") == "STRING" else self.quantity(value)
        return SettingNode(self.name(name), read, self.span(shape))

    def see_metadata(self, shape: Shape) -> Statement:
        fields = tuple(self.parameter(field) for field in shape.children if field)
        return MetadataNode(fields, self.span(shape))

    def parameter(self, shape: Shape) -> ParameterNode:
        name, type_, *default = shape.children
        value = self.literal(default[0]) if default else None
        return ParameterNode(self.name(name), self.name(type_), value, self.span(shape))

    # --- guards ---

    def see_defaults(self, shape: Shape) -> Statement:
        return DefaultsNode(
            limits=self.limits(shape),
            holds=self.holds(shape),
            on_fail=self.actions(shape, "on_fail"),
            on_error=self.actions(shape, "on_error"),
            normalizes=self.normalizes(shape),
            span=self.span(shape),
        )

    def see_guard(self, shape: Shape) -> Statement:
        name, direction, stream, roles, later, structure = shape.children[:6]
        return GuardNode(
            name=self.name(name),
            direction=self.name(direction),
            stream=self.span(stream) if stream else None,
            roles=tuple(self.name(role) for role in roles.children) if roles else (),
            later=tuple(self.name(word) for word in later.children),
            structure=self.type(structure.children[0], 0) if structure else None,
            limits=self.limits(shape),
            holds=self.holds(shape),
            on_fail=self.actions(shape, "on_fail"),
            on_error=self.actions(shape, "on_error"),
            normalizes=self.normalizes(shape),
            answers=tuple(AnswersNode(self.name(item.children[0]), self.span(item)) for item in _all(shape, "answers")),
            reasks=tuple(self.reasks(item) for item in _all(shape, "reasks")),
            reask_withs=tuple(
                ReaskWithNode(self.text(item.children[0]), self.span(item)) for item in _all(shape, "reask_with")
            ),
            rules=tuple(self.rule(item) for item in _all(shape, "rule")),
            span=self.span(shape),
        )

    def reasks(self, shape: Shape) -> ReasksNode:
        count, via, then = shape.children
        model = self.name(via) if via else None
        return ReasksNode(self.number(count), model, self.action(then, self.span(then)), self.span(shape))

    def normalizes(self, shape: Shape) -> tuple[NormalizeNode, ...]:
        return tuple(
            NormalizeNode(tuple(self.name(step) for step in item.children), self.span(item))
            for item in _all(shape, "normalize")
        )

    def limits(self, shape: Shape) -> tuple[LimitNode, ...]:
        return tuple(
            LimitNode(
                amount=self.quantity(item.children[0]),
                on_fail=self.actions(item, "on_fail"),
                on_error=self.actions(item, "on_error"),
                span=self.span(item),
            )
            for item in _all(shape, "limit")
        )

    def holds(self, shape: Shape) -> tuple[HoldNode, ...]:
        return tuple(
            HoldNode(
                amount=self.quantity(item.children[0]),
                on_fail=self.actions(item, "on_fail"),
                on_error=self.actions(item, "on_error"),
                span=self.span(item),
            )
            for item in _all(shape, "hold")
        )

    def rule(self, shape: Shape) -> RuleNode:
        label, condition, path, test, at_end = shape.children[:5]
        return RuleNode(
            label=self.name(label.children[0]) if label else None,
            when=self.condition(condition.children[0], 0) if condition else None,
            path=self.path(path.children[0]) if path else None,
            test=self.test(test),
            at_end=self.span(at_end) if at_end else None,
            on_fail=self.actions(shape, "on_fail"),
            on_error=self.actions(shape, "on_error"),
            span=self.span(shape),
        )

    def test(self, shape: Shape) -> TestNode:
        span = self.span(shape)
        if shape.data == "find":
            quantifier, uses, excepts = shape.children
            return FindNode(
                self.name(quantifier),
                tuple(self.use(use, 0) for use in uses.children),
                tuple(self.use(use, 0) for use in excepts.children[0].children) if excepts else (),
                span,
            )
        if shape.data == "measure":
            use, *bounds = shape.children
            measured = self.use(use, 0)
            if len(bounds) == 2:
                return MeasureNode(measured, self.name(bounds[0]), self.quantity(bounds[1]), None, span)
            return MeasureNode(measured, None, self.quantity(bounds[0]), self.quantity(bounds[2]), span)
        if shape.data == "bounds":
            if len(shape.children) == 2:
                op, number = shape.children
                return BoundsNode(self.name(op), self.number(number), None, span)
            low, _, high = shape.children
            return BoundsNode(None, self.number(low), self.number(high), span)
        if shape.data == "deviations":
            use, amount, *values = shape.children
            numbers = tuple(self.number(value) for value in values if value is not None)
            return DeviationsNode(self.use(use, 0), self.quantity(amount), numbers, span)
        if shape.data == "sql":
            return PredicateNode(
                "sql", (), False, None, span, tuple(self.sql_option(child) for child in shape.children)
            )
        if shape.data == "bare":
            return PredicateNode("", (), False, self.use(shape.children[0], 0), span)
        strings = tuple(self.text(child) for child in shape.children if getattr(child, "type", "") == "STRING")
        ignore_case = shape.data in {"one_of", "contains"} and shape.children[-1] is not None
        return PredicateNode(shape.data.replace("_", " "), strings, ignore_case, None, span)

    def sql_option(self, shape: Shape) -> SqlOption:
        name, *strings = shape.children
        return SqlOption(self.name(name), tuple(self.text(text) for text in strings), self.span(shape))

    def use(self, shape: Shape, depth: int) -> Use:
        span = self.span(shape)
        if shape.data in {"reading", "repeated"}:
            return Use(Name(f"{shape.data} {shape.children[0]}", span), None, span)
        name = self.name(shape.children[0])
        if shape.data == "name":
            return Use(name, None, span)
        if depth >= MAX_DEPTH:
            self.too_deep(span)
            return Use(name, (), span)
        arguments: list[Literal | Use] = []
        for child in shape.children[1:]:
            if child is not None:
                is_use = getattr(child, "data", "") in {"name", "call", "repeated"}
                arguments.append(self.use(child, depth + 1) if is_use else self.literal(child))
        return Use(name, tuple(arguments), span)

    def actions(self, shape: Shape, clause: str) -> tuple[ActionNode, ...]:
        return tuple(self.action(item.children[0], self.span(item)) for item in _all(shape, clause))

    def action(self, shape: Shape, clause: Span) -> ActionNode:
        span = self.span(shape)
        withs, messages = (
            tuple(self.text(part.children[0]) for part in _all(shape, kind)) for kind in ("with_", "message")
        )
        tos = tuple(self.literal(part.children[0]) for part in _all(shape, "to"))
        if shape.data == "custom_action":
            use = self.use(shape.children[0], 0)
            name = Name("custom", span.part(0, len("custom")))
        else:
            use, name = None, self.name(shape.children[0])
        return ActionNode(name, use, withs, tos, messages, span, clause)

    # --- shapes ---

    def see_shape_from(self, shape: Shape) -> Statement:
        name, file = shape.children
        return ShapeFromNode(self.name(name), self.text(file), self.span(shape))

    def see_shape(self, shape: Shape) -> Statement:
        name, opened, *fields = shape.children
        return ShapeNode(
            self.name(name), opened is not None, tuple(self.field(field) for field in fields if field), self.span(shape)
        )

    def field(self, shape: Shape) -> ShapeFieldNode:
        key, optional, type_, default, tests = shape.children[:5]
        return ShapeFieldNode(
            key=self.key(key),
            optional=optional is not None,
            type=self.type(type_, 0),
            default=None if default is None else self.value(default.children[0], 0),
            tests=tuple(self.test(test) for test in tests.children if test is not None),
            on_fail=self.actions(shape, "on_fail"),
            on_error=self.actions(shape, "on_error"),
            span=self.span(shape),
        )

    def value(self, shape: Shape, depth: int) -> DefaultValue:
        span = self.span(shape)
        kind = getattr(shape, "data", "")
        if depth >= MAX_DEPTH:
            self.too_deep(span)
            return Null(span)
        if kind == "null":
            return Null(span)
        if kind == "list_value":
            return ListValue(tuple(self.value(item, depth + 1) for item in shape.children if item is not None), span)
        if kind == "object_value":
            members = (member.children for member in shape.children if member is not None)
            return ObjectValue(tuple((self.key(key), self.value(value, depth + 1)) for key, value in members), span)
        return self.literal(shape)

    def key(self, token: Shape) -> Name | Text:
        return self.text(token) if token.type == "STRING" else self.name(token)

    def type(self, shape: Shape, depth: int) -> TypeNode:
        span = self.span(shape)
        if depth >= MAX_DEPTH:
            self.too_deep(span)
            return TypeNameNode(Name("any", span), span)
        match shape.data:
            case "union":
                return UnionNode(tuple(self.type(option, depth + 1) for option in shape.children), span)
            case "list_of" | "map_of":
                return ContainerNode(shape.data[:-3].rstrip("_"), self.type(shape.children[0], depth + 1), span)
            case "choice":
                return ChoiceNode(tuple(self.literal(value) for value in shape.children), span)
        return TypeNameNode(self.name(shape.children[0]), span)

    def path(self, token: Shape) -> PathNode:
        span = self.span(token)
        steps = []
        for match in _STEP.finditer(str(token)):
            place = span.part(*match.span())
            name, index, key = match.groups()
            what: str | int | None = name
            if key is not None:
                what = self.literals.text(span.part(*match.span(3))).value
            elif index is not None:
                # Python refuses to read thousands of digits; no list is that long.
                what = int(index) if len(index) <= LONGEST_INDEX else self.index_too_large(place)
            steps.append(StepNode(what, place))
        return PathNode(tuple(steps), span)

    def index_too_large(self, span: Span) -> int:
        self.reporter.add("G032", span, "the index is too large", help="no list is that long")
        return 0

    # --- conditions ---

    def condition(self, shape: Shape, depth: int) -> ConditionNode:
        span = self.span(shape)
        kind = getattr(shape, "data", "")
        if depth >= MAX_DEPTH:
            self.too_deep(span)
            return FieldNode(Name("", span), span)
        match kind:
            case "path_value":
                return self.path(shape.children[0])
            case "field_name":
                return FieldNode(self.name(shape.children[0]), span)
            case "not_":
                return NotNode(self.condition(shape.children[0], depth + 1), span)
            case "or_" | "and_":
                operands = tuple(self.condition(child, depth + 1) for child in shape.children)
                return BoolNode(kind.rstrip("_"), operands, span)
            case "compare":
                left, op, right = shape.children
                return CompareNode(
                    self.name(op), self.condition(left, depth + 1), self.condition(right, depth + 1), span
                )
            case "in_range":
                operand, low, _, high = shape.children
                return InRangeNode(self.condition(operand, depth + 1), self.number(low), self.number(high), span)
            case "in_list":
                operand, *items = shape.children
                values = tuple(self.literal(item) for item in items if item is not None)
                return InListNode(self.condition(operand, depth + 1), values, span)
        return self.literal(shape)

    def too_deep(self, span: Span) -> None:
        self.reporter.add(
            "G008",
            span,
            f"nested more than {MAX_DEPTH} deep",
            help="write several shorter rules",
        )


def _all(shape: Shape, rule: str) -> list[Shape]:
    return [child for child in shape.children if getattr(child, "data", "") == rule]
