"""Names: what they may look like, what they stand for, and which one was probably meant.

Vocabulary: a *symbol* is a declared name with what it stands for; a *scope* holds the symbols of one file; a
dotted name reaches through an import into another file's scope.

Invariant: patterns, word lists, custom validators and imports of a file share one set of names.

A policy knows what stands in files that it does not import itself by longer names: what `shapes.guard` means by
`pii.email` is `shapes.pii.email` to a policy that imports `shapes.guard` only.

Example: in a file with `import std.pii`, `scope.find("pii.email")` is the symbol of the pattern `email`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from guardc.policy.model import Classifier, CustomValidator, GivenText, Judge, MetadataField, Pattern, Service, Words
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import DefaultsNode, ShapeNode

__all__ = ["FREE", "IN_TYPES", "KEYWORDS", "LATER", "Scope", "Symbol", "SymbolKind", "did_you_mean", "files", "nearest"]

LATER = frozenset(
    {
        "test", "assert", "schema",
    }
)  # fmt: skip
"""Words of later editions. Nothing can be called so today, so that no policy breaks then."""

KEYWORDS = frozenset(
    {
        "edition", "import", "as", "pattern", "backtracking", "within", "where", "near", "before", "placeholder",
        "words", "lines", "ignore", "case", "anywhere", "leet", "classifier", "weights",
        "custom", "detector", "measure", "predicate", "action", "metadata", "defaults",
        "guard", "on", "input", "output", "max", "normalize", "fail", "error", "no", "has", "is", "except", "in",
        "one", "of", "json", "from", "lower", "upper", "starts", "ends", "with", "to", "when", "and", "or", "not",
        "true", "false", "string", "number", "bool", "any", "std", "chars", "bytes", "count",
        "shape", "noop", "exception", "filter", "refrain", "reask", "fix", "fix_reask",
        "cucumber", "text", "contains", "reading", "repeated", "sql", "overlap", "leak",
        "stream", "hold", "answers", "reasks", "then", "via", "model", "judge", "service", "else",
    }
)  # fmt: skip
"""Words of the language. Nothing can be called so."""

IN_TYPES = frozenset({"open", "list", "map", "integer", "null", "from"})
"""Words of types. No shape can be called so; everything else can, for it never stands where a type does."""

FREE = frozenset({"at", "most", "end"})
"""Words of the language that can be names: they never stand where a name does."""

SymbolKind = Literal[
    "pattern",
    "word list",
    "detector",
    "measure",
    "predicate",
    "action",
    "import",
    "classifier",
    "text",
    "judge",
    "service",
]

MAX_NAMES = 2000
"""Names that a name is compared with at most, which takes some milliseconds."""

DETECTORS = frozenset({"pattern", "word list", "detector"})


@dataclass
class Symbol:
    """A declared name. `value` is None if the declaration could not be checked. `regex` spans the body of
    a pattern's regex. `used` is set when a guard needs it."""

    name: str
    kind: SymbolKind
    span: Span
    value: Pattern | Words | GivenText | CustomValidator | Classifier | Judge | Service | Scope | None
    regex: Span | None = None
    used: bool = False

    @property
    def is_detector(self) -> bool:
        return self.kind in DETECTORS


@dataclass
class Scope:
    """The declared names of one file. `complete` is False if some statement did not parse, so a name that is
    missing may be there. `has_guards` is for importers, who should know that they get none. `shapes` and `defaults` are
    as they were written: they are checked when all files have been read."""

    source: Source
    symbols: dict[str, Symbol] = field(default_factory=dict)
    fields: dict[str, MetadataField] = field(default_factory=dict)
    field_spans: dict[str, Span] = field(default_factory=dict)
    complete: bool = True
    has_guards: bool = False
    shapes: list[ShapeNode] = field(default_factory=list)
    defaults: list[DefaultsNode] = field(default_factory=list)

    def find(self, name: str) -> Symbol | None:
        """The symbol of a name with at most one dot."""
        first, dot, rest = name.partition(".")
        symbol = self.symbols.get(first)
        if symbol is None or not dot:
            return symbol
        inner = symbol.value.symbols.get(rest) if isinstance(symbol.value, Scope) else None
        # What an imported file imports is its own affair.
        return None if inner is None or inner.kind == "import" else inner

    def reachable(self) -> Iterator[tuple[str, Symbol]]:
        """Every name that a rule of this file can write, in order of definition."""
        for name, symbol in self.symbols.items():
            yield name, symbol
            if isinstance(symbol.value, Scope):
                for inner in symbol.value.symbols.values():
                    if inner.kind != "import":
                        yield f"{name}.{inner.name}", inner

    def imports(self) -> Iterator[tuple[str, Scope]]:
        """The files that this one imports, under the names that it gives them."""
        for name, symbol in self.symbols.items():
            if isinstance(symbol.value, Scope):
                yield name, symbol.value


def files(root: Scope) -> list[tuple[str, Scope]]:
    """A policy's own file and all that it reaches through imports, with what the policy puts before their names.

    A file that is reached in several ways gets the shortest one, of these the one that is written first; so it has one
    name, whoever imports it. The policy's own file has none.
    """
    found = [("", root)]
    seen = {id(root)}
    for before, scope in found:  # grows while it is read
        for name, inner in scope.imports():
            if id(inner) not in seen:
                seen.add(id(inner))
                found.append((f"{before}.{name}" if before else name, inner))
    return found


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None if nothing is near."""
    names = sorted(set(candidates))
    lowered: dict[str, str] = {}
    for candidate in names:
        lowered.setdefault(candidate.lower(), candidate)
    if len(names) > MAX_NAMES:
        return lowered.get(name.lower())
    found = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    if found:
        return lowered[found[0]]
    # `email` for `pii.email`: the right name without its import.
    ends = [candidate for candidate in names if candidate.rpartition(".")[2] == name.rpartition(".")[2]]
    return ends[0] if ends else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The help for an unknown name, or None."""
    found = nearest(name, candidates)
    return None if found is None else f"did you mean `{found}`?"
