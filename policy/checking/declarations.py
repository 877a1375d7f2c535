"""Checks what stands at the top level of a file, and gives its scope.

Vocabulary: see policy/checking/names.py. Imports are left to policy/checking/modules.py, which knows files.

Invariant: a name whose declaration is wrong is still in the scope (with no value), so that one mistake is
reported once and not at every use.

Example: `pattern id = /[/` is reported as an invalid regex, and `no id` is not an unknown detector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from guardc.policy.checking.cucumber import CucumberError, translate
from guardc.policy.checking.names import KEYWORDS, LATER, Scope, Symbol, did_you_mean
from guardc.policy.checking.regexes import check_regex
from guardc.policy.checking.times import milliseconds
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import (
    Classifier,
    CustomKind,
    CustomValidator,
    GivenText,
    Judge,
    MetadataField,
    Parameter,
    Pattern,
    TypeName,
    Words,
)
from guardc.policy.reading.files import WORDS_LIMIT, Unreadable, read, read_bytes
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import (
    Boolean,
    ClassifierNode,
    CucumberNode,
    CustomNode,
    EditionNode,
    JudgeNode,
    Literal,
    MetadataNode,
    Name,
    ParameterNode,
    PatternNode,
    Quantity,
    Text,
    TextNode,
    Tree,
    WordsNode,
)
from guardc.policy.reading.weights import LIMIT, WeightsError, read_weights

__all__ = ["Declarations", "type_of"]

MOST_EDITS = 2
LETTERS_PER_EDIT = 4
"""Characters of an entry for each error that it may have: of shorter ones too little is left."""
DEFAULT_TIME = 100
"""Milliseconds that `backtracking` alone gives a pattern (docs/semantics.md, 2)."""
TYPES: dict[str, TypeName] = {"string": "string", "number": "number", "bool": "bool"}
KINDS: dict[str, CustomKind] = {
    "detector": "detector",
    "measure": "measure",
    "predicate": "predicate",
    "action": "action",
}


def type_of(literal: Literal) -> TypeName:
    """The type of a literal."""
    if isinstance(literal, Text):
        return "string"
    return "bool" if isinstance(literal, Boolean) else "number"


class Declarations:
    """The declarations of one file. `folder` is where its paths begin."""

    def __init__(self, reporter: Reporter, source: Source, folder: Path) -> None:
        self.reporter = reporter
        self.folder = folder
        self.scope = Scope(source)
        self.unchecked: list[tuple[Symbol, PatternNode]] = []
        """Patterns whose checks are not looked at yet."""

    # --- names ---

    def usable(self, name: Name) -> bool:
        """Reports a name that may not be given to anything."""
        if "." in name.text:
            self.reporter.add(
                "G021",
                name.span,
                f"`{name.text}` cannot be a name",
                label="a name has no dots",
                help=f"the part before a dot is the name of an import; take `{name.text.replace('.', '_')}`",
            )
        elif name.text in KEYWORDS or name.text in LATER:
            why = "a word of the language" if name.text in KEYWORDS else "reserved for a later edition"
            self.reporter.add(
                "G021",
                name.span,
                f"`{name.text}` cannot be a name",
                label=f"`{name.text}` is {why}",
                help=f"take another name, such as `my_{name.text}`",
            )
        else:
            return True
        return False

    def declare(self, name: Name, symbol: Symbol) -> None:
        """Puts a symbol into the scope, unless the name cannot be used or is taken."""
        usable = self.usable(name)
        # What cannot be used is not reported as unused besides.
        symbol.used |= not usable
        taken = self.scope.symbols.get(name.text)
        if taken is not None:
            self.reporter.defined_twice(name.span, taken.span, "the name")
        elif usable or "." not in name.text:
            self.scope.symbols[name.text] = symbol

    # --- statements ---

    def editions(self, tree: Tree, warn: bool) -> None:
        editions = [node for node in tree.statements if isinstance(node, EditionNode)]
        if not editions and warn:
            start = tree.statements[0].span if tree.statements else self.scope.source.span(0, 0)
            self.reporter.add(
                "G010",
                start.part(0, min(1, start.end - start.start)),
                "the policy does not say its edition",
                label="edition 1 is taken",
                help="write `edition 1` in the first line",
            )
        for node in editions:
            if node.number.value != 1 or isinstance(node.number.value, float):
                self.reporter.add(
                    "G011",
                    node.number.span,
                    f"there is no edition `{node.number.span.text}`",
                    help="the only edition is 1",
                )
            if node is not editions[0]:
                self.reporter.add(
                    "G011",
                    node.span,
                    "the edition is given twice",
                    help="delete this line",
                    also=[(editions[0].span, "first given here")],
                )
            elif node is not tree.statements[0]:
                self.reporter.add(
                    "G011", node.span, "the edition is not in the first statement", help="move it to the top"
                )

    def pattern(self, node: PatternNode) -> None:
        body: str | None
        flags: str | None
        if isinstance(node.regex, CucumberNode):
            body, flags, place = self.expression(node.regex.expression), "", None
        else:
            body, flags, place = node.regex.body.text, check_regex(node.regex, self.reporter), node.regex.body
        time = None if node.backtracking is None else DEFAULT_TIME
        if node.backtracking is not None and node.backtracking.limit is not None:
            time = milliseconds(node.backtracking.limit, self.reporter)
        value = None
        if body is not None and flags is not None:
            value = Pattern(
                name=node.name.text,
                regex=body,
                flags=flags,
                checks=(),
                backtracking=time,
                at=node.name.span.location,
            )
        symbol = Symbol(node.name.text, "pattern", node.name.span, value, place)
        self.declare(node.name, symbol)
        self.unchecked.append((symbol, node))

    def expression(self, text: Text) -> str | None:
        """The regex of a cucumber expression, or None after a report."""
        try:
            return translate(text.value)
        except CucumberError as error:
            place = text.part(error.start, error.end)
            self.reporter.add("G090", place, "invalid cucumber expression", label=str(error), help=error.help)
            return None

    def again(self, span: Span, first: Span, what: str) -> None:
        self.reporter.add(
            "G024",
            span,
            f"{what} is given twice",
            label="given again here",
            help="keep one of them",
            also=[(first, "first given here")],
        )

    def words(self, node: WordsNode) -> None:
        within = tuple(option.span for option in node.within)
        options = {"ignore case": node.ignore_case, "anywhere": node.anywhere, "leet": node.leet, "within": within}
        for what, spans in options.items():
            for span in spans[1:]:
                self.again(span, spans[0], f"`{what}`")
        edits = self.edits(node.within[0].amount) if node.within else 0
        entries = self.entries_in_place(node) if node.file is None else self.entries_in_file(node.file)
        value = None
        if entries is not None:
            if not entries:
                self.reporter.add(
                    "G028",
                    node.name.span,
                    f"the word list `{node.name.text}` is empty",
                    label="finds nothing",
                    help="add an entry, or delete the list and its uses",
                )
            self.long_enough(node, entries, edits)
            value = Words(
                name=node.name.text,
                entries=entries,
                ignore_case=bool(node.ignore_case),
                anywhere=bool(node.anywhere),
                leet=bool(node.leet),
                edits=edits,
                at=node.name.span.location,
            )
        self.declare(node.name, Symbol(node.name.text, "word list", node.name.span, value))

    def edits(self, amount: Quantity) -> int:
        """How many errors `within` allows; 0 after a report."""
        number, unit = amount.number, amount.unit
        if unit is None or unit.text not in {"edit", "edits"}:
            self.reporter.add(
                "G033" if unit is None else "G016",
                amount.span if unit is None else unit.span,
                "`within` of a word list needs a unit" if unit is None else f"unknown unit of errors `{unit.text}`",
                help=f"write `within {number.span.text} edit{'s' * (number.value != 1)}`",
            )
        elif number.value in range(1, MOST_EDITS + 1) and not isinstance(number.value, float):
            return int(number.value)
        else:
            self.reporter.add(
                "G089",
                amount.span,
                f"a word list is not searched within `{number.span.text}` edits",
                help="write `within 1 edit` or `within 2 edits`; with more, too many ordinary words are near an entry",
            )
        return 0

    def long_enough(self, node: WordsNode, entries: tuple[str, ...], edits: int) -> None:
        """Reports entries that too many other words are like."""
        shortest = LETTERS_PER_EDIT * edits
        short = [entry for entry in entries if len(entry.replace(" ", "")) < shortest]
        if not short:
            return
        allowed = f"within {edits} edit{'s' * (edits > 1)}"
        help_ = "delete it, put it into a list without `within`" + ", or allow fewer edits" * (edits > 1)
        if node.file is not None:
            some = ", ".join(map(show_text, short[:3])) + f" and {len(short) - 3} more" * (len(short) > 3)
            self.reporter.add(
                "G088",
                node.file.span,
                f"too short to be searched {allowed}: {some}",
                label=f"{allowed} an entry has at least {shortest} characters",
                help=help_.replace(" it", " them"),
            )
            return
        named = set(short)
        for text in node.entries:
            entry = " ".join(text.value.split())
            if entry in named:
                named.discard(entry)
                self.reporter.add(
                    "G088",
                    text.span,
                    f"the entry {show_text(entry)} is too short to be searched {allowed}",
                    label=f"at least {shortest} characters are needed",
                    help=help_,
                )

    def entries_in_place(self, node: WordsNode) -> tuple[str, ...] | None:
        first: dict[str, Text] = {}
        folded: dict[str, list[str]] = {}
        good = True
        for text in node.entries:
            entry = " ".join(text.value.split())
            if not entry:
                good = False
                self.reporter.add("G029", text.span, "an entry of the word list is empty", help="delete the entry")
            elif entry in first:
                self.reporter.add(
                    "G028",
                    text.span,
                    f"the entry {show_text(entry)} is written twice",
                    label="adds nothing",
                    help="delete the entry",
                    also=[(first[entry].span, "first written here")],
                )
            else:
                twin = next((other for other in folded.get(_folded(entry), ()) if _same_letters(other, entry)), None)
                if node.ignore_case and twin is not None:
                    self.reporter.add(
                        "G028",
                        text.span,
                        f"the entry {show_text(entry)} is the same as {show_text(twin)} under `ignore case`",
                        label="adds nothing",
                        help="delete the entry",
                        also=[(first[twin].span, "written here in other letters")],
                    )
                first[entry] = text
                folded.setdefault(_folded(entry), []).append(entry)
        return tuple(first) if good else None

    def entries_in_file(self, file: Text) -> tuple[str, ...] | None:
        content = self.content(file)
        if content is None:
            return None
        lines = (" ".join(line.split()) for line in content.split("\n"))
        return tuple(dict.fromkeys(line for line in lines if line))

    def content(self, file: Text) -> str | None:
        """What a file holds, or None after a report."""
        content = read(self.folder / file.value, WORDS_LIMIT)
        if isinstance(content, Unreadable):
            self.reporter.add(
                "G026",
                file.span,
                f"the file {show_text(file.value)} cannot be read",
                label=content.reason,
                help=content.help or "the path is relative to the folder of this policy",
            )
            return None
        return content

    def text(self, node: TextNode) -> None:
        content: str | None = node.content.value
        if node.reader is not None and node.reader.text != "file":
            content = None
            self.reporter.add(
                "G002",
                node.reader.span,
                f"unexpected `{node.reader.text}`",
                label="`file` is expected here",
                help=f"write `file({show_text(node.content.value)})`",
            )
        elif node.reader is not None:
            content = self.content(node.content)
        value = None
        if content is not None and any(character.isalnum() for character in content):
            value = GivenText(name=node.name.text, content=content, at=node.name.span.location)
        elif content is not None:
            self.reporter.add(
                "G091",
                node.content.span,
                f"the text `{node.name.text}` has no words",
                label="nothing can be compared with it",
                help="give it the words that must not come out",
            )
        self.declare(node.name, Symbol(node.name.text, "text", node.name.span, value))

    def custom(self, node: CustomNode) -> None:
        kind = KINDS.get(node.kind.text)
        if kind is None:
            self.reporter.add(
                "G025",
                node.kind.span,
                f"`{node.kind.text}` is no kind of custom validator",
                help=did_you_mean(node.kind.text, KINDS)
                or "the kinds are `detector`, `measure`, `predicate` and `action`",
            )
            self.reporter.broken.add(node.name.text)
            return
        parameters = self.parameters(node.parameters)
        value = CustomValidator(kind=kind, name=node.name.text, parameters=parameters, at=node.name.span.location)
        self.declare(node.name, Symbol(node.name.text, kind, node.name.span, value))

    def classifier(self, node: ClassifierNode) -> None:
        self.declare(node.name, Symbol(node.name.text, "classifier", node.name.span, self.weights(node)))

    def judge(self, node: JudgeNode) -> None:
        # Its model, and the fields in its prompt, are looked for when all names are known (`asking`).
        value = Judge(name=node.name.text, prompt=node.prompt.value, model=node.via.text, at=node.name.span.location)
        self.declare(node.name, Symbol(node.name.text, "judge", node.name.span, value))

    def weights(self, node: ClassifierNode) -> Classifier | None:
        file = node.file
        content = read_bytes(self.folder / file.value, LIMIT)
        if isinstance(content, Unreadable):
            self.reporter.add(
                "G026",
                file.span,
                f"the file {show_text(file.value)} cannot be read",
                label=content.reason,
                help=content.help or "the path is relative to the folder of this policy",
            )
            return None
        try:
            weights = read_weights(content)
        except WeightsError as error:
            self.reporter.add(
                "G048",
                file.span,
                f"the file {show_text(file.value)} holds no usable weights",
                label=str(error),
                help=f"train it again: `guardc fit examples.jsonl -o {Path(file.value).name}`",
            )
            return None
        return Classifier(
            name=node.name.text,
            bits=weights.bits,
            scale=weights.scale,
            bias=weights.bias,
            weights=weights.weights,
            digest=weights.digest,
            at=node.name.span.location,
        )

    def parameters(self, nodes: tuple[ParameterNode, ...]) -> tuple[Parameter, ...]:
        made: list[Parameter] = []
        seen: dict[str, Span] = {}
        optional: ParameterNode | None = None
        for node in nodes:
            type_ = self.typed(node)
            if node.name.text in seen:
                self.reporter.defined_twice(node.name.span, seen[node.name.text], "the parameter")
            elif not self.usable(node.name) or type_ is None:
                continue
            seen.setdefault(node.name.text, node.name.span)
            if node.default is not None:
                optional = node
            elif optional is not None:
                self.reporter.add(
                    "G030",
                    node.span,
                    f"the parameter `{node.name.text}` needs a default",
                    help="parameters with a default come last",
                    also=[(optional.span, "has a default")],
                )
            if type_ is not None:
                default = None if node.default is None else node.default.value
                made.append(Parameter(name=node.name.text, type=type_, default=default))
        return tuple(made)

    def typed(self, node: ParameterNode) -> TypeName | None:
        """The type of a parameter or field, if it exists and the default has it."""
        type_ = TYPES.get(node.type.text)
        if type_ is None:
            self.reporter.add(
                "G025",
                node.type.span,
                f"unknown type `{node.type.text}`",
                help=did_you_mean(node.type.text, TYPES) or "the types are `string`, `number` and `bool`",
            )
        elif node.default is not None and type_of(node.default) != type_:
            self.reporter.add(
                "G031",
                node.default.span,
                f"the default of `{node.name.text}` is a {type_of(node.default)}",
                label=f"not a {type_}",
                also=[(node.type.span, f"`{node.name.text}` is a {type_}")],
            )
            return None
        return type_

    def metadata(self, nodes: Iterable[MetadataNode]) -> None:
        for node in nodes:
            for field in node.fields:
                usable = self.usable(field.name)
                type_ = self.typed(field)
                if field.name.text in self.scope.field_spans:
                    self.reporter.defined_twice(
                        field.name.span, self.scope.field_spans[field.name.text], "the metadata field"
                    )
                    continue
                if type_ is None or not usable:
                    self.reporter.broken.add(field.name.text)
                    continue
                default = None if field.default is None else field.default.value
                self.scope.field_spans[field.name.text] = field.name.span
                self.scope.fields[field.name.text] = MetadataField(
                    name=field.name.text, type=type_, default=default, at=field.name.span.location
                )


def _folded(entry: str) -> str:
    """A text that entries have in common if a list with `ignore case` does not tell them apart; others may, too."""
    return "".join("i" if letter in "ıİ" else letter.casefold()[0] for letter in entry)


def _same_letters(entry: str, other: str) -> bool:
    return re.fullmatch(re.escape(entry), other, re.IGNORECASE) is not None
