"""The syntax tree: what the author wrote, word for word, before any name is looked up.

Invariant: every node has the span it was read from; no node refers to a declaration.

Example: `no pii.email on fail fix` is
`RuleNode(test=FindNode(quantifier=Name("no"), uses=(Use(Name("pii.email")),)),
on_fail=(ActionNode(Name("fix")),))`.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardc.policy.reading.source import Span

__all__ = [
    "ActionNode",
    "BacktrackingNode",
    "BeforeCheckNode",
    "BoolNode",
    "Boolean",
    "BoundsNode",
    "CheckNode",
    "ChoiceNode",
    "ClassifierNode",
    "CompareNode",
    "ConditionNode",
    "ContainerNode",
    "CucumberNode",
    "CustomNode",
    "DefaultValue",
    "DefaultsNode",
    "DetectorCheckNode",
    "DeviationsNode",
    "EditionNode",
    "FieldNode",
    "FindNode",
    "GuardNode",
    "HoldNode",
    "ImportNode",
    "InListNode",
    "InRangeNode",
    "InsideCheckNode",
    "LimitNode",
    "ListValue",
    "Literal",
    "MeasureNode",
    "MeasuredCheckNode",
    "MetadataNode",
    "Name",
    "NearCheckNode",
    "NotNode",
    "Null",
    "Number",
    "ObjectValue",
    "ParameterNode",
    "PathNode",
    "PatternNode",
    "PredicateNode",
    "Quantity",
    "Regex",
    "RuleNode",
    "ShapeFieldNode",
    "ShapeFromNode",
    "ShapeNode",
    "SqlOption",
    "Statement",
    "StepNode",
    "TestNode",
    "Text",
    "TextNode",
    "Tree",
    "TypeNameNode",
    "TypeNode",
    "UnionNode",
    "Use",
    "WordsNode",
]


# --- words --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A name or a keyword that the checker looks up. May contain dots."""

    text: str
    span: Span


@dataclass(frozen=True)
class Text:
    """A string. `value` has its escapes replaced; `offsets[i]` is where character `i` of `value` was written,
    `offsets[-1]` where the closing quote is."""

    value: str
    span: Span
    offsets: tuple[int, ...] | range

    def part(self, start: int, end: int) -> Span:
        """Where the characters `start` up to `end` of `value` were written."""
        return Span(self.span.source, self.offsets[start], self.offsets[end])


@dataclass(frozen=True)
class Number:
    value: int | float
    span: Span


@dataclass(frozen=True)
class Boolean:
    value: bool
    span: Span


Literal = Text | Number | Boolean


@dataclass(frozen=True)
class Null:
    """`null` as a default."""

    span: Span


@dataclass(frozen=True)
class ListValue:
    """`[...]` as a default."""

    items: tuple[DefaultValue, ...]
    span: Span


@dataclass(frozen=True)
class ObjectValue:
    """`{...}` as a default. A key is a `Text` if it was written in quotes."""

    members: tuple[tuple[Name | Text, DefaultValue], ...]
    span: Span


DefaultValue = Literal | Null | ListValue | ObjectValue


@dataclass(frozen=True)
class Quantity:
    """A number with an optional unit."""

    number: Number
    unit: Name | None
    span: Span


@dataclass(frozen=True)
class Regex:
    """`/body/flags`; both spans are without the slashes."""

    body: Span
    flags: Span
    span: Span


@dataclass(frozen=True)
class Use:
    """A name in a rule, with its arguments. `arguments` is None if no brackets were written."""

    name: Name
    arguments: tuple[Literal | Use, ...] | None
    span: Span


# --- declarations -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EditionNode:
    number: Number
    span: Span


@dataclass(frozen=True)
class ImportNode:
    """`import std.pii` (a Name) or `import "file.guard"` (a Text)."""

    target: Name | Text
    alias: Name | None
    span: Span


@dataclass(frozen=True)
class BacktrackingNode:
    """`backtracking within 50 ms`; `limit` is None if no time was written."""

    limit: Quantity | None
    span: Span


@dataclass(frozen=True)
class CucumberNode:
    """`cucumber "EXPRESSION"`."""

    expression: Text
    span: Span


@dataclass(frozen=True)
class MeasuredCheckNode:
    """`entropy >= 3.5`."""

    name: Name
    comparison: Name
    bound: Number
    span: Span


@dataclass(frozen=True)
class DetectorCheckNode:
    """`is NAME`, `has NAME`, `no NAME`."""

    quantifier: Name
    detector: Name
    span: Span


@dataclass(frozen=True)
class NearCheckNode:
    """`near NAME within 50 chars`, or with `entries` for a list in place."""

    detector: Name | None
    entries: tuple[Text, ...]
    within: Quantity
    span: Span


@dataclass(frozen=True)
class BeforeCheckNode:
    """`not before NAME`."""

    detector: Name
    span: Span


@dataclass(frozen=True)
class InsideCheckNode:
    """`not in NAME`."""

    detector: Name
    span: Span


CheckNode = Name | MeasuredCheckNode | DetectorCheckNode | NearCheckNode | BeforeCheckNode | InsideCheckNode
"""What stands after `where`. A name is a check that takes nothing."""


@dataclass(frozen=True)
class PatternNode:
    name: Name
    regex: Regex | CucumberNode
    backtracking: BacktrackingNode | None
    checks: tuple[CheckNode, ...]
    span: Span


@dataclass(frozen=True)
class WithinNode:
    """`within 2 edits`."""

    amount: Quantity
    span: Span


@dataclass(frozen=True)
class WordsNode:
    """`entries` for a list in place, `file` for `lines(...)`. Options are the spans where they were
    written."""

    name: Name
    entries: tuple[Text, ...]
    file: Text | None
    ignore_case: tuple[Span, ...]
    anywhere: tuple[Span, ...]
    leet: tuple[Span, ...]
    within: tuple[WithinNode, ...]
    span: Span


@dataclass(frozen=True)
class TextNode:
    """`text NAME = "CONTENT"`, or `text NAME = file("PATH")` with `reader` the word before the bracket."""

    name: Name
    content: Text
    reader: Name | None
    span: Span


@dataclass(frozen=True)
class ParameterNode:
    """A parameter of a custom validator or a metadata field."""

    name: Name
    type: Name
    default: Literal | None
    span: Span


@dataclass(frozen=True)
class CustomNode:
    kind: Name
    name: Name
    parameters: tuple[ParameterNode, ...]
    span: Span


@dataclass(frozen=True)
class ClassifierNode:
    """`classifier NAME = weights("FILE")`."""

    name: Name
    file: Text
    span: Span


@dataclass(frozen=True)
class MetadataNode:
    fields: tuple[ParameterNode, ...]
    span: Span


# --- models -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingNode:
    """`temperature 0`, `timeout 5 s`, `model "ollama/phi3"`"""

    name: Name
    value: Text | Quantity
    span: Span


@dataclass(frozen=True)
class ModelNode:
    """`model repair { ... }`"""

    name: Name
    settings: tuple[SettingNode, ...]
    span: Span


@dataclass(frozen=True)
class JudgeNode:
    """`judge relevance: "..." via small`"""

    name: Name
    prompt: Text
    via: Name
    span: Span


@dataclass(frozen=True)
class EnvNode:
    """`env("TOX_URL")`; `function` is the word before the bracket."""

    function: Name
    variable: Text
    span: Span


@dataclass(frozen=True)
class FacetNode:
    """One setting of a service: `timeout 80 ms`, `protocol v2`, `labels "a", "b"`, `batch 32 within 2 ms`."""

    name: Name
    values: tuple[Name | EnvNode | Quantity | Text, ...]
    as_: Name | None
    within: Quantity | None
    span: Span


@dataclass(frozen=True)
class DoubtNode:
    """`when models.toxicity.score in 0.2..0.8`"""

    name: Name
    low: Number
    high: Number
    span: Span


@dataclass(frozen=True)
class FallbackNode:
    """`else models.toxicity.score`"""

    name: Name
    span: Span


@dataclass(frozen=True)
class ServiceNode:
    """`service toxicity at env("TOX_URL") { ... }`"""

    name: Name
    address: EnvNode
    facets: tuple[FacetNode, ...]
    doubts: tuple[DoubtNode, ...]
    fallbacks: tuple[FallbackNode, ...]
    on_error: tuple[ActionNode, ...]
    span: Span


# --- conditions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldNode:
    name: Name
    span: Span


@dataclass(frozen=True)
class NotNode:
    operand: ConditionNode
    span: Span


@dataclass(frozen=True)
class BoolNode:
    op: str
    operands: tuple[ConditionNode, ...]
    span: Span


@dataclass(frozen=True)
class CompareNode:
    op: Name
    left: ConditionNode
    right: ConditionNode
    span: Span


@dataclass(frozen=True)
class InRangeNode:
    operand: ConditionNode
    low: Number
    high: Number
    span: Span


@dataclass(frozen=True)
class InListNode:
    operand: ConditionNode
    items: tuple[Literal, ...]
    span: Span


@dataclass(frozen=True)
class StepNode:
    """`.name` and `["name"]` (a string), `[0]` (a number), `[*]` (None)."""

    what: str | int | None
    span: Span


@dataclass(frozen=True)
class PathNode:
    """`$.items[*].name`"""

    steps: tuple[StepNode, ...]
    span: Span


ConditionNode = (
    FieldNode | PathNode | NotNode | BoolNode | CompareNode | InRangeNode | InListNode | Text | Number | Boolean
)


# --- guards -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FindNode:
    quantifier: Name
    uses: tuple[Use, ...]
    excepts: tuple[Use, ...]
    span: Span


@dataclass(frozen=True)
class MeasureNode:
    """`use op low`, or `use in low..high` with `op` None."""

    use: Use
    op: Name | None
    low: Quantity
    high: Quantity | None
    span: Span


@dataclass(frozen=True)
class DeviationsNode:
    """`use within amount of [values]`."""

    use: Use
    amount: Quantity
    values: tuple[Number, ...]
    span: Span


@dataclass(frozen=True)
class SqlOption:
    """`dialect "postgres"` or `without "drop", "delete"`, behind `sql`."""

    name: Name
    strings: tuple[Text, ...]
    span: Span


@dataclass(frozen=True)
class PredicateNode:
    """A built-in predicate, or with `use` a name that stands alone (`predicate` is empty then). `options` are those of
    `sql`."""

    predicate: str
    strings: tuple[Text, ...]
    ignore_case: bool
    use: Use | None
    span: Span
    options: tuple[SqlOption, ...] = ()


@dataclass(frozen=True)
class BoundsNode:
    """`in 0..5` or `>= 0` of a field: of the number itself. `op` and `high` as in `MeasureNode`."""

    op: Name | None
    low: Number
    high: Number | None
    span: Span


TestNode = FindNode | MeasureNode | DeviationsNode | PredicateNode | BoundsNode


@dataclass(frozen=True)
class ActionNode:
    """One `on fail` or `on error` clause. `use` is set for `custom NAME(...)`. `clause` spans all of it."""

    name: Name
    use: Use | None
    withs: tuple[Text, ...]
    tos: tuple[Literal, ...]
    messages: tuple[Text, ...]
    span: Span
    clause: Span


@dataclass(frozen=True)
class LimitNode:
    amount: Quantity
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    span: Span


@dataclass(frozen=True)
class HoldNode:
    amount: Quantity
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    span: Span


@dataclass(frozen=True)
class NormalizeNode:
    steps: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class AnswersNode:
    """`answers question`"""

    guard: Name
    span: Span


@dataclass(frozen=True)
class ReasksNode:
    """`reasks 2 via repair then refrain`; `via` is None without a model."""

    count: Number
    via: Name | None
    then: ActionNode
    span: Span


@dataclass(frozen=True)
class ReaskWithNode:
    """`reask with "..."`"""

    template: Text
    span: Span


@dataclass(frozen=True)
class RuleNode:
    """`at_end` is where these words were written."""

    label: Name | None
    when: ConditionNode | None
    path: PathNode | None
    test: TestNode
    at_end: Span | None
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    span: Span


@dataclass(frozen=True)
class DefaultsNode:
    limits: tuple[LimitNode, ...]
    holds: tuple[HoldNode, ...]
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    normalizes: tuple[NormalizeNode, ...]
    span: Span


@dataclass(frozen=True)
class GuardNode:
    """`stream` is where that word was written, `roles` stand after `from`, `structure` after `as json`. `later` are
    words that are kept for later editions."""

    name: Name
    direction: Name
    stream: Span | None
    roles: tuple[Name, ...]
    later: tuple[Name, ...]
    structure: TypeNode | None
    limits: tuple[LimitNode, ...]
    holds: tuple[HoldNode, ...]
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    normalizes: tuple[NormalizeNode, ...]
    answers: tuple[AnswersNode, ...]
    reasks: tuple[ReasksNode, ...]
    reask_withs: tuple[ReaskWithNode, ...]
    rules: tuple[RuleNode, ...]
    span: Span


# --- shapes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TypeNameNode:
    """`string`, or the name of a shape."""

    name: Name
    span: Span


@dataclass(frozen=True)
class ChoiceNode:
    """A literal, or `one of` several."""

    values: tuple[Literal, ...]
    span: Span


@dataclass(frozen=True)
class ContainerNode:
    """`list of` and `map of`."""

    container: str
    element: TypeNode
    span: Span


@dataclass(frozen=True)
class UnionNode:
    options: tuple[TypeNode, ...]
    span: Span


TypeNode = TypeNameNode | ChoiceNode | ContainerNode | UnionNode


@dataclass(frozen=True)
class ShapeFieldNode:
    """One line of a shape. `key` is a `Text` if it was written in quotes."""

    key: Name | Text
    optional: bool
    type: TypeNode
    default: DefaultValue | None
    tests: tuple[TestNode, ...]
    on_fail: tuple[ActionNode, ...]
    on_error: tuple[ActionNode, ...]
    span: Span


@dataclass(frozen=True)
class ShapeNode:
    name: Name
    open: bool
    fields: tuple[ShapeFieldNode, ...]
    span: Span


@dataclass(frozen=True)
class ShapeFromNode:
    """A shape that a JSON Schema gives. The checker puts the statements that the schema says in its place."""

    name: Name
    file: Text
    span: Span


Statement = (
    EditionNode
    | ImportNode
    | PatternNode
    | WordsNode
    | TextNode
    | CustomNode
    | MetadataNode
    | DefaultsNode
    | GuardNode
    | ShapeNode
    | ShapeFromNode
    | ClassifierNode
    | ModelNode
    | JudgeNode
    | ServiceNode
)


@dataclass(frozen=True)
class Tree:
    """All statements of one file, in written order."""

    statements: tuple[Statement, ...]
