"""The checked policy: what an author wrote, with every name resolved and every argument typed.

This is the border between the front end and everything behind it. The checker builds a `Policy` only when it found
no error, so whoever reads one (the compiler, the reference interpreter of the tests) need not check anything again.

Vocabulary: a *detector* finds spans, a *measure* gives a number, a *predicate* says yes or no; a *test* is one of
the three as a rule uses it; an *action* is what happens when the test fails.

Invariants:
  - every detector name used by a rule is a key of `Policy.detectors`, or its use carries a `Call` of a custom one;
  - `defaults` are already applied: every rule has its action, its `on_error`, every guard its limit;
  - `any` is already expanded, in the order of definition;
  - a custom call has one argument per declared parameter, defaults filled in.

Example: `no pii.email on fail fix with "[{kind}]"` becomes
`Rule(name="no pii.email", test=FindTest(quantifier="no", detectors=(DetectorUse(name="pii.email"),)), ...)`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Action",
    "ActionName",
    "BoolOp",
    "Call",
    "Check",
    "Compare",
    "Constant",
    "CustomKind",
    "CustomValidator",
    "Detector",
    "DetectorUse",
    "Expression",
    "FieldRef",
    "FindTest",
    "Finder",
    "GivenText",
    "Guard",
    "InList",
    "InRange",
    "Limit",
    "Location",
    "MeasureTest",
    "MetadataField",
    "Not",
    "Parameter",
    "Pattern",
    "Piece",
    "Policy",
    "PredicateTest",
    "Rule",
    "Test",
    "TypeName",
    "Value",
    "Words",
]

TypeName = Literal["string", "number", "bool"]
Value = bool | int | float | str
"""A literal of the language. A number without a fraction is an `int`; its magnitude is at most 2**53."""


class Node(BaseModel):
    """Base of everything below: immutable, and without fields that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Location(Node):
    """Where something was written. `file` is relative to the folder of the root policy, with forward slashes
    (`std.pii` for a module of the standard library); `line` and `column` count from 1, columns in characters."""

    file: str
    line: int
    column: int


# --- what is declared at the top level -------------------------------------------------------------------------------

Check = Literal["luhn", "mod97"]
"""A checksum after `where`: `luhn` (ISO/IEC 7812-1 annex B), `mod97` (ISO 13616 / ISO 7064 MOD 97-10)."""


class Pattern(Node):
    """`pattern NAME = /regex/flags backtracking within TIME where check, ...`.

    `regex` is handed to `re` as written; `flags` is a sorted subset of the letters `aimsx`, with `re`'s meaning.
    `backtracking` is None for a pattern that is compiled to run in linear time, else the milliseconds that `re` itself
    may take over one text.
    """

    kind: Literal["pattern"] = "pattern"
    name: str
    regex: str
    flags: str
    checks: tuple[Check, ...]
    backtracking: int | None = None
    at: Location


class Words(Node):
    """`words NAME = [...] ignore case, anywhere` or `words NAME = lines("file")`.

    `entries` are in written order, each with white space at its ends removed and inner runs of white space
    (`str.split`) replaced by one space; no entry is empty and no two are equal.
    """

    kind: Literal["words"] = "words"
    name: str
    entries: tuple[str, ...]
    ignore_case: bool
    anywhere: bool
    at: Location


class GivenText(Node):
    """`text NAME = "..."` or `text NAME = file("...")`: something that the judged text is compared with."""

    name: str
    content: str
    at: Location


Detector = Annotated[Pattern | Words, Field(discriminator="kind")]


class Parameter(Node):
    """One parameter of a custom validator or action. Without a default it must be given."""

    name: str
    type: TypeName
    default: Value | None = None


CustomKind = Literal["detector", "measure", "predicate", "action"]


class CustomValidator(Node):
    """`custom KIND NAME(parameter type = default, ...)`: a Python function that the service hands over at load."""

    kind: CustomKind
    name: str
    parameters: tuple[Parameter, ...]
    at: Location


class MetadataField(Node):
    """One line of `metadata { ... }`. Without a default the service must pass it when a condition asks for it."""

    name: str
    type: TypeName
    default: Value | None = None
    at: Location


# --- conditions -------------------------------------------------------------------------------------------------------


class Constant(Node):
    kind: Literal["constant"] = "constant"
    value: Value


class FieldRef(Node):
    kind: Literal["field"] = "field"
    name: str


class Not(Node):
    kind: Literal["not"] = "not"
    operand: Expression


class BoolOp(Node):
    """`and` / `or` over two or more operands."""

    kind: Literal["bool"] = "bool"
    op: Literal["and", "or"]
    operands: tuple[Expression, ...]


class Compare(Node):
    """Both sides have one type; order comparisons only between numbers."""

    kind: Literal["compare"] = "compare"
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Expression
    right: Expression


class InRange(Node):
    """`expression in low..high`, both ends included, numbers only."""

    kind: Literal["in range"] = "in range"
    operand: Expression
    low: int | float
    high: int | float


class InList(Node):
    """`expression in [literal, ...]`, all of the expression's type."""

    kind: Literal["in list"] = "in list"
    operand: Expression
    items: tuple[Value, ...]


Expression = Annotated[Constant | FieldRef | Not | BoolOp | Compare | InRange | InList, Field(discriminator="kind")]


# --- rules ------------------------------------------------------------------------------------------------------------


class Call(Node):
    """A use of a custom validator or action: `name` is a key of `Policy.customs`."""

    name: str
    arguments: tuple[Value, ...]


Finder = Literal["leak", "repeated sentences"]
"""A detector that the language brings along."""


class DetectorUse(Node):
    """A detector as a rule names it. `name` is what findings report (`pii.email`); `call` is set for custom ones,
    `finder` for those of the language, and `text`, a key of `Policy.texts`, for those that compare with a text."""

    name: str
    call: Call | None = None
    finder: Finder | None = None
    text: str | None = None


class FindTest(Node):
    """`no`, `has` or `is` over detectors, optionally `except` others."""

    kind: Literal["find"] = "find"
    quantifier: Literal["no", "has", "is"]
    detectors: tuple[DetectorUse, ...]
    excepts: tuple[DetectorUse, ...] = ()


class MeasureTest(Node):
    """A number compared: `low <= measure <= high`, an end being excluded if `*_open`, absent if None.

    `detectors` is set for `count(...)` and, with a single one that names its text, for `overlap(...)`; `call` for a
    custom measure. The bounds of the measures that count are integers and never open; those of `reading time` are in
    seconds.
    """

    kind: Literal["measure"] = "measure"
    measure: Literal[
        "chars", "words", "lines", "bytes", "count", "custom", "number", "reading time", "reading grade", "overlap"
    ]
    low: int | float | None = None
    high: int | float | None = None
    low_open: bool = False
    high_open: bool = False
    detectors: tuple[DetectorUse, ...] = ()
    call: Call | None = None


class PredicateTest(Node):
    """A yes or no about the whole text. `strings` are the choices, the prefix, the suffix, the part, or what `sql` must
    be without; `dialect` is that of `sql`."""

    kind: Literal["predicate"] = "predicate"
    predicate: Literal[
        "one of",
        "json",
        "lower case",
        "upper case",
        "starts with",
        "ends with",
        "custom",
        "contains",
        "sql",
        "html",
        "openapi",
    ]
    strings: tuple[str, ...] = ()
    ignore_case: bool = False
    call: Call | None = None
    dialect: str | None = None


Test = Annotated[FindTest | MeasureTest | PredicateTest, Field(discriminator="kind")]

ActionName = Literal["noop", "custom", "fix", "fix_reask", "reask", "filter", "refrain", "exception"]
"""Weakest first; DESIGN and docs/semantics.md call this order the strength of an action."""


class Piece(Node):
    """A part of a fix template: literal text, or a placeholder filled from the span that is replaced."""

    kind: Literal["literal", "kind", "mask"]
    text: str = ""


class Action(Node):
    """What happens when a rule fails.

    `template` replaces each span (`fix with`, only for `no`), `to` replaces the whole text (`fix to`), `call` is the
    custom action. A `fix` of a measure or predicate with neither uses the validator's own fix.
    """

    name: ActionName
    message: str | None = None
    template: tuple[Piece, ...] | None = None
    to: str | None = None
    call: Call | None = None


class Rule(Node):
    """`name` is the author's label, or the rule's test as a sentence in canonical spelling."""

    name: str
    test: Test
    on_fail: Action
    on_error: Action
    when: Expression | None = None
    at: Location


class Limit(Node):
    """`max AMOUNT UNIT on fail ...`: texts above it are not judged any further. Action: exception, refrain, filter."""

    amount: int
    unit: Literal["chars", "bytes"]
    on_fail: Action
    at: Location


class Guard(Node):
    name: str
    direction: Literal["input", "output"]
    limit: Limit
    rules: tuple[Rule, ...]
    at: Location


class Policy(Node):
    """A whole checked policy. `file` is the root policy's file name, without folders."""

    edition: int
    file: str
    detectors: dict[str, Detector]
    customs: dict[str, CustomValidator]
    metadata: tuple[MetadataField, ...]
    guards: tuple[Guard, ...]
    texts: dict[str, GivenText] = {}
