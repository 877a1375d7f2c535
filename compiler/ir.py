"""The intermediate representation: a policy as the passes see it.

Data only. A pass takes a `Module` and returns a new one; nothing here knows how to compute anything. `printer.show`
prints a module as text, `verify.verify` holds the invariants after every pass.

Vocabulary:
    module    a whole policy
    pattern   a detector that the scan finds: a regex or a word list. Rules refer to it by its number
    text      a given text, as the hashes of its groups of words. Terms refer to it by its number
    search    a regex that runs apart, with backtracking and under a time limit. Rules refer to it by its number
    classifier  a linear model whose score rules compare. Rules refer to it by its number
    term      a detector as a rule names it: a pattern, a search, or a call of a custom one
    scan      what one guard looks for in one pass over the text
    slot      a pattern's place in a scan

Invariants:
    - a term has either a pattern's number, or a search's, or a call, or a finder;
    - a term has a text if its finder is `leak`;
    - a check refers to a pattern that stands before its own;
    - `order` of a guard is a permutation of its rules;
    - from `select` on every pattern is `compiled`; from `fuse` on every guard with a pattern to find has a scan.

Example: `no pii.email on fail fix` prints, after `fuse`, as

    rule "no pii.email": no email=p0 -> fix "[{kind}]" | on error exception
"""

from __future__ import annotations

from dataclasses import dataclass, field

from guardc.compiler.prefilter import Prefilter
from guardc.compiler.regex import CompiledPattern
from guardc.fastpath.layout import SHORT
from guardc.policy.model import (
    Action,
    Call,
    CheckName,
    CustomValidator,
    Expression,
    FieldDefault,
    Hold,
    Judge,
    Limit,
    Location,
    MetadataField,
    Model,
    Normalization,
    Reasks,
    Role,
    Service,
    Value,
)

__all__ = [
    "PARSED",
    "CheckIR",
    "ClassifierIR",
    "FieldIR",
    "GuardIR",
    "Module",
    "NodeIR",
    "OwnerIR",
    "PatternIR",
    "RegexSource",
    "RuleIR",
    "Scan",
    "SearchIR",
    "Term",
    "TestIR",
    "TextIR",
    "WordsSource",
]


PARSED = ("sql", "html", "openapi")
"""Predicates that a parser in Python judges."""


@dataclass(frozen=True, slots=True)
class RegexSource:
    regex: str
    flags: str


@dataclass(frozen=True, slots=True)
class WordsSource:
    entries: tuple[str, ...]
    ignore_case: bool
    anywhere: bool
    leet: bool = False
    edits: int = 0


@dataclass(frozen=True, slots=True)
class CheckIR:
    """A check of matches. `kind` is one of layout.CHECK_KINDS, `what` one of layout.CHECKS if it is `named`.

    `pattern` judges the match (`is`, `has`, `no`) or stands `near`. `text` is the check as the author wrote it.
    """

    kind: str
    text: str
    what: str = ""
    pattern: int | None = None
    least: float = 0.0
    within: int = 0


@dataclass(frozen=True, slots=True)
class PatternIR:
    """A detector. `names` are all names it goes by, the first definition first. Rules need it, or checks of patterns
    that stand behind it."""

    names: tuple[str, ...]
    source: RegexSource | WordsSource
    checks: tuple[CheckIR, ...]
    at: Location
    compiled: CompiledPattern | None = None


@dataclass(frozen=True, slots=True)
class SearchIR:
    """A regex that `re` searches for, in a process apart. `limit` is in milliseconds; `names` as those of a pattern."""

    names: tuple[str, ...]
    source: RegexSource
    checks: tuple[CheckName, ...]
    limit: int
    at: Location


@dataclass(frozen=True, slots=True)
class ClassifierIR:
    """A linear model. `names` are all names it goes by; `digest` stands for its numbers, of which `weights` are
    many."""

    names: tuple[str, ...]
    bits: int
    scale: float
    bias: float
    weights: bytes = field(repr=False)
    digest: str
    at: Location


@dataclass(frozen=True, slots=True)
class TextIR:
    """A given text. `words` is the size of a gram, `grams` are hashes in ascending order."""

    names: tuple[str, ...]
    words: int
    grams: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """`name` is what findings report, `kind` what `{kind}` gives. `finder` is one of layout.FINDERS."""

    name: str
    kind: str
    pattern: int | None = None
    call: Call | None = None
    search: int | None = None
    finder: str | None = None
    text: int | None = None


@dataclass(frozen=True, slots=True)
class TestIR:
    """A test of any kind: `kind` is one of layout.TESTS, `what` the quantifier, measure or predicate.

    `classifier` is the number of one for a score; `reported` is then what the rule calls that score.
    """

    kind: str
    what: str
    terms: tuple[Term, ...] = ()
    excepts: tuple[Term, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    low_open: bool = False
    high_open: bool = False
    strings: tuple[str, ...] = ()
    ignore_case: bool = False
    call: Call | None = None
    classifier: int | None = None
    reported: str = ""
    dialect: str | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every custom validator that the test runs."""
        own = (self.call,) if self.call else ()
        return own + tuple(term.call for term in self.terms + self.excepts if term.call)

    @property
    def parsed(self) -> bool:
        """True if a parser in Python judges the text."""
        return self.what in PARSED

    @property
    def reads(self) -> bool:
        """True if the text is read for this test alone: by a finder, or for the words of a given text."""
        return any(term.finder is not None for term in self.terms + self.excepts)

    @property
    def searches(self) -> tuple[int, ...]:
        """The searches that the test runs."""
        return tuple(term.search for term in self.terms + self.excepts if term.search is not None)

    @property
    def scanned(self) -> tuple[int, ...]:
        """The patterns whose findings the test needs from the scan; `is` runs its patterns itself."""
        if self.what == "is":
            return ()
        return tuple(term.pattern for term in self.terms + self.excepts if term.pattern is not None)


@dataclass(frozen=True, slots=True)
class RuleIR:
    name: str
    test: TestIR
    when: Expression | None
    on_fail: Action
    on_error: Action
    at: Location
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """`patterns` by slot; `everywhere` are the slots that have no factor, the others are in the `prefilter`."""

    patterns: tuple[int, ...]
    everywhere: tuple[int, ...]
    prefilter: Prefilter | None


@dataclass(frozen=True, slots=True)
class GuardIR:
    """`root` is set for a guard on structured values: the number of the node of the whole value. Its rules are in
    `inner` guards, which judge single values; `finders` is the inner guard of its `has` rules, each of which one text
    of the value must satisfy."""

    name: str
    direction: str
    roles: tuple[Role, ...]
    limit: Limit
    rules: tuple[RuleIR, ...]
    order: tuple[int, ...]
    scan: Scan | None = None
    normalize: tuple[Normalization, ...] = ()
    root: int | None = None
    finders: int | None = None
    inner: bool = False
    stream: bool = False
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class AskingIR:
    """What a guard says about calls of models. `guard` and `question` are numbers of guards; `question` judges what is
    asked. `reasks` None: the usual number, and the usual action."""

    guard: int
    question: int | None
    reasks: Reasks | None
    template: str | None


@dataclass(frozen=True, slots=True)
class OwnerIR:
    """Who answers for the shape of a value: a field, or a guard for the value as a whole."""

    name: str
    on_fail: Action
    at: Location


@dataclass(frozen=True, slots=True)
class FieldIR:
    """A key of an object and the node of its value."""

    key: str
    node: int
    required: bool
    default: FieldDefault | None = None


@dataclass(frozen=True, slots=True)
class NodeIR:
    """What a value must be; see `structures`.

    kinds: plain types that it may have, of layout.NODE_KINDS; besides, it may be one of the `choices`.
    owner: number of its owner.
    type, said: for people: the type, and the type with the field's tests.
    schema, needs: the JSON Schema of the value, and the numbers of the definitions that it refers to.
    fields, rest: of objects: the known keys, and the node of all others; None if others are failures.
    element, items: of lists: the node of an item, and those of items that have their own.
    tag, variants: of objects of several shapes: the key that tells them apart, and the node for each of its values.
    stray: the node by which a value is searched that is not what it must be. None if there is nothing to search for.
    rules: number of the inner guard.
    """

    kinds: tuple[str, ...]
    owner: int
    type: str
    said: str
    schema: str
    needs: tuple[int, ...] = ()
    fields: tuple[FieldIR, ...] = ()
    rest: int | None = None
    element: int | None = None
    items: tuple[tuple[int, int], ...] = ()
    choices: tuple[Value, ...] = ()
    tag: str | None = None
    variants: tuple[tuple[Value, int], ...] = ()
    stray: int | None = None
    rules: int | None = None


@dataclass(frozen=True, slots=True)
class DefinitionIR:
    """A shape as a JSON Schema, and the numbers of those that it refers to."""

    name: str
    schema: str
    needs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A whole policy; see above."""

    file: str
    policy_hash: str
    metadata: tuple[MetadataField, ...]
    customs: dict[str, CustomValidator]
    patterns: tuple[PatternIR, ...]
    searches: tuple[SearchIR, ...]
    guards: tuple[GuardIR, ...]
    classifiers: tuple[ClassifierIR, ...] = ()
    nodes: tuple[NodeIR, ...] = ()
    owners: tuple[OwnerIR, ...] = ()
    texts: tuple[TextIR, ...] = ()
    askings: tuple[AskingIR, ...] = ()
    models: tuple[Model, ...] = ()
    judges: dict[str, Judge] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    definitions: tuple[DefinitionIR, ...] = ()

    @property
    def simulated(self) -> frozenset[int]:
        """The patterns whose automaton itself is run somewhere: all but those for which a DFA does everything."""
        whole = {
            term.pattern
            for guard in self.guards
            for rule in guard.rules
            if rule.test.what == "is"
            for term in rule.test.terms + rule.test.excepts
        } | {check.pattern for pattern in self.patterns for check in pattern.checks if check.kind == "is"}
        return frozenset(
            number
            for number, pattern in enumerate(self.patterns)
            if number in whole
            or pattern.compiled is None
            or pattern.compiled.dfa is None
            or (pattern.compiled.automaton.max_length or SHORT + 1) > SHORT
        )
