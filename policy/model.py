"""The checked policy: what an author wrote, with every name resolved and every argument typed.

This is the border between the front end and everything behind it. The checker builds a `Policy` only when it found
no error, so whoever reads one (the compiler, the reference interpreter of the tests) need not check anything again.

Vocabulary: a *detector* finds spans, a *measure* gives a number, a *predicate* says yes or no; a *test* is one of
the three as a rule uses it; an *action* is what happens when the test fails.

Invariants:
  - every detector name used by a rule is a key of `Policy.detectors`, or its use carries a `Call` of a custom one;
  - `defaults` are already applied: every rule has its action, its `on_error`, every guard its limit;
  - `any` is already expanded, in the order of definition;
  - a custom call has one argument per declared parameter, defaults filled in;
  - every path leads to a value that the guard's shape has, and every test suits a type that its value may have.

Example: `no pii.email on fail fix with "[{kind}]"` becomes
`Rule(name="no pii.email", test=FindTest(quantifier="no", detectors=(DetectorUse(name="pii.email"),)), ...)`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = [
    "Action",
    "ActionName",
    "AnyOf",
    "BeforeCheck",
    "BoolOp",
    "Call",
    "Check",
    "CheckName",
    "Choice",
    "Classifier",
    "Compare",
    "Constant",
    "CustomKind",
    "CustomValidator",
    "Detector",
    "DetectorCheck",
    "DetectorUse",
    "EntropyCheck",
    "Expression",
    "FieldDefault",
    "FieldRef",
    "FindTest",
    "Finder",
    "GivenText",
    "Guard",
    "Hold",
    "InList",
    "InRange",
    "InsideCheck",
    "Json",
    "Limit",
    "ListOf",
    "Location",
    "MapOf",
    "MeasureTest",
    "MetadataField",
    "NearCheck",
    "Normalization",
    "Not",
    "Parameter",
    "Path",
    "PathRef",
    "PathStep",
    "Pattern",
    "Piece",
    "Plain",
    "PlainName",
    "Policy",
    "PredicateTest",
    "Role",
    "Rule",
    "Shape",
    "ShapeField",
    "ShapeRef",
    "Test",
    "TypeName",
    "Value",
    "ValueType",
    "Words",
]

TypeName = Literal["string", "number", "bool"]
Value = bool | int | float | str
"""A literal of the language. A number without a fraction is an `int`; its magnitude is at most 2**53."""

Json = JsonValue
"""A literal, null, or a list or object of such: what JSON has."""


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

CheckName = Literal[
    "luhn",
    "mod97",
    "no placeholder",
    "verhoeff",
    "ean13",
    "isbn",
    "vin",
    "npi",
    "aba",
    "uk_nhs",
    "de_tax_id",
    "fr_nir",
    "es_nif",
    "it_codice_fiscale",
    "br_cpf",
    "br_cnpj",
    "au_tfn",
    "au_abn",
    "au_medicare",
    "nl_bsn",
    "pl_pesel",
    "se_personnummer",
    "be_national",
    "pt_nif",
    "cn_resident",
    "jp_my_number",
    "kr_rrn",
    "mx_curp",
    "sg_nric",
    "no_fodselsnummer",
    "fi_hetu",
    "base58check",
    "xrp_address",
    "bech32",
    "eip55",
    "public_suffix",
]
"""A check after `where` that takes nothing: `luhn` (ISO/IEC 7812-1 annex B), `mod97` (ISO 13616 / ISO 7064 MOD 97-10),
and so on (policy/catalog.py)."""


class EntropyCheck(Node):
    """`entropy >= LEAST`: in bits per character."""

    kind: Literal["entropy"] = "entropy"
    least: float


class DetectorCheck(Node):
    """`is NAME`, `has NAME`, `no NAME`: the detector judges the match as a text of its own."""

    kind: Literal["detector"] = "detector"
    quantifier: Literal["no", "has", "is"]
    detector: Detector


class NearCheck(Node):
    """`near NAME within WITHIN chars`. The detector has no checks."""

    kind: Literal["near"] = "near"
    detector: Detector
    within: int


class BeforeCheck(Node):
    """`not before NAME`: the match does not end where the detector matches. It has no checks."""

    kind: Literal["before"] = "before"
    detector: Detector


class InsideCheck(Node):
    """`not in NAME`: the match is not within one of the detector. It has no checks."""

    kind: Literal["inside"] = "inside"
    detector: Detector


Check = CheckName | EntropyCheck | DetectorCheck | NearCheck | BeforeCheck | InsideCheck


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
    """`words NAME = [...] ignore case, anywhere, leet, within 2 edits` or `words NAME = lines("file")`.

    `entries` are in written order, each with white space at its ends removed and inner runs of white space
    (`str.split`) replaced by one space; no entry is empty and no two are equal.
    """

    kind: Literal["words"] = "words"
    name: str
    entries: tuple[str, ...]
    ignore_case: bool
    anywhere: bool
    leet: bool = False
    edits: int = 0
    at: Location


class GivenText(Node):
    """`text NAME = "..."` or `text NAME = file("...")`: something that the judged text is compared with."""

    name: str
    content: str
    at: Location


Detector = Annotated[Pattern | Words, Field(discriminator="kind")]


class Classifier(Node):
    """`classifier NAME = weights("file")`: a linear model (docs/semantics.md, section 12).

    `weights` are `2**bits` signed bytes. They are left out where a policy is shown; `digest`, the SHA-256 of all
    numbers, stands for them.
    """

    name: str
    bits: int
    scale: float
    bias: float
    weights: bytes = Field(exclude=True, repr=False)
    digest: str
    at: Location


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


class PathStep(Node):
    """One step into a structured value: the key `key` of an object, the item `index` of a list, or (`all`) every item
    of a list and every value of a map."""

    kind: Literal["key", "index", "all"]
    key: str = ""
    index: int = 0


Path = tuple[PathStep, ...]
"""From the whole value, `$`, which is the empty path, to a value in it."""


class PathRef(Node):
    """The value at a path of the structured value that is judged; no step is `all`. `type` is the one that the shape
    gives it. A value that is not there, or not of that type, is equal to nothing, and in no range or list."""

    kind: Literal["path"] = "path"
    path: Path
    type: TypeName


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


Expression = Annotated[
    Constant | FieldRef | PathRef | Not | BoolOp | Compare | InRange | InList, Field(discriminator="kind")
]


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

    `detectors` is set for `count(...)`, with a single one that names its text for `overlap(...)`, and for a service
    that has some in its place; `call` for a custom measure, `classifier` for a score, and for a service that has one: a
    key of `Policy.classifiers`. The bounds of the measures that count are integers and never open; those of `reading
    time` are in seconds. Of values in structured texts, `number` is also the number itself, and `items` how many items
    a list, or entries a map has.
    """

    kind: Literal["measure"] = "measure"
    measure: Literal[
        "chars",
        "words",
        "lines",
        "bytes",
        "count",
        "custom",
        "score",
        "number",
        "items",
        "reading time",
        "reading grade",
        "overlap",
    ]
    low: int | float | None = None
    high: int | float | None = None
    low_open: bool = False
    high_open: bool = False
    detectors: tuple[DetectorUse, ...] = ()
    call: Call | None = None
    classifier: str | None = None


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
    custom action. A `fix` of a measure or predicate with neither uses the validator's own fix. `to` is a string but for
    values in structured texts that are something else.
    """

    name: ActionName
    message: str | None = None
    template: tuple[Piece, ...] | None = None
    to: Value | None = None
    call: Call | None = None


class Rule(Node):
    """`name` is the author's label, or the rule's test as a sentence in canonical spelling.

    In a guard on a structured value `path` says which values the rule is about; without one a rule with `no` or `has`
    is about every text in the value. With `at_end` a stream does not wait for the rule: it is judged when the text has
    ended.
    """

    name: str
    test: Test
    on_fail: Action
    on_error: Action
    when: Expression | None = None
    path: Path | None = None
    at_end: bool = False
    at: Location


# --- shapes -----------------------------------------------------------------------------------------------------------

PlainName = Literal["string", "number", "integer", "bool", "null", "any"]


class Plain(Node):
    """A type with a name of the language. `number` is any number but a bool, `integer` one without a fraction."""

    kind: Literal["plain"] = "plain"
    name: PlainName


class Choice(Node):
    """A literal, or `one of` several: the value is equal to one of them and of its type. At least one, none twice."""

    kind: Literal["choice"] = "choice"
    values: tuple[Value, ...]


class ListOf(Node):
    kind: Literal["list"] = "list"
    element: ValueType


class MapOf(Node):
    """An object with any keys, all of whose values have one type."""

    kind: Literal["map"] = "map"
    element: ValueType


class ShapeRef(Node):
    """`name` is a key of `Policy.shapes`."""

    kind: Literal["shape"] = "shape"
    name: str


class AnyOf(Node):
    """`A or B`: two or more, none of them an `AnyOf`, none of them `any` and not two equal ones.

    At most one is a list. At most one is an object, or all objects are shapes that a *tag* tells apart: a required
    field with literals only, none of which two of the shapes have.
    """

    kind: Literal["any of"] = "any of"
    options: tuple[ValueType, ...]


ValueType = Annotated[Plain | Choice | ListOf | MapOf | ShapeRef | AnyOf, Field(discriminator="kind")]


class FieldDefault(Node):
    """What is filled in for a missing field: a literal, null (None), or a list or object of such. It is a value of the
    field's type, whole: nothing is filled into it."""

    value: Json


class ShapeField(Node):
    """One line of a shape: `key? type = default test and test on fail ... on error ...`.

    `required` is False with `?` and with a default. `tests` are judged where the value is of a type that they suit:
    `number` for numbers, `items` for lists and maps, all others for strings. `on_fail` is for everything about the
    field: that it is missing, its type, its tests. A `template` in it belongs to the tests with `no`.
    """

    key: str
    type: ValueType
    required: bool
    default: FieldDefault | None = None
    tests: tuple[Test, ...] = ()
    on_fail: Action
    on_error: Action
    at: Location


class Shape(Node):
    """`shape NAME { ... }`: an object with these fields, no two of one key. Other keys are failures unless it is
    `open`."""

    name: str
    open: bool
    fields: tuple[ShapeField, ...]
    at: Location


class Limit(Node):
    """`max AMOUNT UNIT on fail ...`: texts above it are not judged any further. Action: exception, refrain, filter."""

    amount: int
    unit: Literal["chars", "bytes"]
    on_fail: Action
    at: Location


class Hold(Node):
    """`hold at most AMOUNT chars on fail ...`: what a stream may hold back of a text.

    `on_fail` ends a stream that would hold more: exception or refrain. None: the compiler makes sure that none can.
    """

    amount: int
    on_fail: Action | None = None
    at: Location


Role = Literal["system", "developer", "user", "assistant", "tool"]
"""Who speaks in a chat message."""

Normalization = Literal["invisible", "width", "confusables", "escapes"]
"""A step of `normalize`; docs/semantics.md says what each does."""


class Model(Node):
    """`model NAME { ... }`: a model that the policy has called. `model` is its name as LiteLLM has it, `timeout` of one
    call in milliseconds; what is None is left to the service that has the model."""

    name: str
    model: str
    temperature: int | float | None = None
    timeout: int | None = None
    max_tokens: int | None = None
    at: Location


class Judge(Node):
    """`judge NAME: "PROMPT" via MODEL`: a model that judges texts by one criterion. `prompt` names metadata fields in
    braces; `fields` are these. Used as a predicate (`NAME`) and as a measure (`NAME.score`)."""

    name: str
    prompt: str
    model: str
    fields: tuple[str, ...] = ()
    at: Location


class Service(Node):
    """`service NAME at env("VARIABLE") { ... }`: a model behind an address that scores texts. Used as a measure,
    `NAME.score`, or `NAME.score("LABEL")` if it has labels.

    `address` and `key` are names of environment variables. `timeout` and `delay` are milliseconds: of one text, waiting
    and tries included, and of waiting for others. `batch` is the most texts of a request, `calls` the most requests at
    the same time, `retries` how often one is tried again, `hedge` after how many milliseconds it has a second one
    beside it, `cache` how many answers are remembered. `on_error` is that of rules that have none of their own.

    `classifier` is the one whose score a text has first. With `doubt` only a text is asked about whose first score lies
    there, for others it counts as it is. If there is no answer, it counts with `fallback`; with `otherwise` the score
    is then 1 if one of these detectors finds something, else 0. Their names are those of the file that declares it.
    """

    name: str
    address: str
    protocol: Literal["v2", "tei", "moderation", "guardrails", "llamaguard"]
    key: str | None = None
    model: str
    version: str | None = None
    input: str = "text"
    column: bool = False
    output: str | None = None
    labels: tuple[str, ...] = ()
    timeout: int = 1_000
    batch: int = 1
    delay: int = 0
    calls: int = 16
    retries: int = 1
    hedge: int | None = None
    cache: int = 0
    classifier: str | None = None
    doubt: tuple[float, float] | None = None
    fallback: bool = False
    otherwise: tuple[DetectorUse, ...] = ()
    on_error: Action | None = None
    at: Location


class Reasks(Node):
    """`reasks COUNT via MODEL then ACTION`: how often an answer is asked again, of which model (a key of
    `Policy.models`; None: of the one that answered), and what happens after the last time. Action: exception, refrain,
    filter."""

    count: int
    via: str | None = None
    then: Action


class Guard(Node):
    """`roles` are those whose messages are judged when the guard is given a list of chat messages; empty: all.

    `structure` is the type after `as json`: the guard is on structured values. `on_fail` is then what happens if a
    text is no JSON, or the value as a whole is of the wrong type or has unknown keys. `normalize` has each step once,
    in the order of `Normalization`, however they were written. Of a `stream` a text may be given piece by piece, and
    leaves so; only such a guard on texts has a `hold`, or rules with `at_end`.

    Of an output guard, for calls of models: `answers` names the input guard that judges what is asked; `reask_with` is
    the template of what a model is told when it is asked again, None for the usual words.
    """

    name: str
    direction: Literal["input", "output"]
    roles: tuple[Role, ...] = ()
    limit: Limit
    rules: tuple[Rule, ...]
    structure: ValueType | None = None
    on_fail: Action = Action(name="exception")
    normalize: tuple[Normalization, ...] = ()
    answers: str | None = None
    reasks: Reasks | None = None
    reask_with: str | None = None
    stream: bool = False
    hold: Hold | None = None
    at: Location


class Policy(Node):
    """A whole checked policy. `file` is the root policy's file name, without folders. `judges` are by the name by which
    rules use them, which is one of `customs` too: as a predicate or as a measure, with `.score` behind it. So are
    `services`, with `.score` behind them."""

    edition: int
    file: str
    detectors: dict[str, Detector]
    customs: dict[str, CustomValidator]
    metadata: tuple[MetadataField, ...]
    guards: tuple[Guard, ...]
    shapes: dict[str, Shape] = {}
    classifiers: dict[str, Classifier] = {}
    texts: dict[str, GivenText] = {}
    models: dict[str, Model] = {}
    judges: dict[str, Judge] = {}
    services: dict[str, Service] = {}
