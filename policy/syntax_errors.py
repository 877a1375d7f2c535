"""Says what is wrong with a line that does not follow the grammar.

Vocabulary: the *situation* is the word that does not fit, what stands before it, and the statement it is in.

Invariant: messages speak of statements, rules, names and signs, never of the grammar's own terms.

Example: `guard reply on output` without `{` gives "unexpected end of the line", "expected `{`".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardc.policy.names import LATER, did_you_mean, nearest
from guardc.policy.outline import TOP, Outline, Word
from guardc.policy.source import Source, Span

if TYPE_CHECKING:
    from guardc.policy.diagnostics import Reporter

__all__ = ["Situation", "explain"]

_RULE_FORM = "a rule is written like `no pii.email on fail fix` or `words in 1..300 on fail exception`"
FORMS = {
    "edition": "the edition is written `edition 1`",
    "import": 'an import is written `import std.pii` or `import "terms.guard" as terms`',
    "pattern": "a pattern is written `pattern order_id = /ORD-[0-9]{8}/`",
    "words": 'a word list is written `words rivals = ["Globex", "Initech"] ignore case`',
    "custom": "a custom validator is written `custom measure toxicity(language string)`",
    "metadata": "metadata are written `metadata { ... }`, one `name type` a line",
    "defaults": "defaults are written `defaults { ... }`",
    "guard": "a guard is written `guard reply on output { ... }`",
    "max": "a limit is written `max 64 KB on fail refrain`",
    "on": "this is written `on fail ACTION` or `on error ACTION`",
}

_SIGNS = {
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "a comma",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "RANGE": "`..`",
    "COMPARISON": "a comparison",
    "NUMBER": "a number",
    "STRING": "a string in double quotes",
    "REGEX": "a regex between slashes",
    "_NL": "the end of the line",
    "ON": "`on fail`",
    "QUANTIFIER": "`no`, `has` or `is`",
}
_RARE = ("RBRACE", "LPAR", "COMMA", "EXCEPT", "AS", "WHERE", "IGNORE", "ANYWHERE", "COLON")
"""What is left out of a list of more than three things that could follow."""

_AFTER = {
    "no": "a detector",
    "has": "a detector",
    "is": "a detector",
    "except": "a detector",
    "when": "a condition",
    "and": "a condition",
    "or": "a condition",
    "not": "a condition",
    "fail": "an action",
    "error": "an action",
    "where": "a check",
    "guard": "a name",
    "pattern": "a name",
    "words": "a name",
    "as": "a name",
}


@dataclass(frozen=True)
class Situation:
    """A place where the text does not follow the grammar. `index` is the word there (`len(words)` at the
    end of the text), `offset` where the trouble begins, `accepts` what the grammar would have taken."""

    source: Source
    outline: Outline
    index: int
    offset: int
    accepts: frozenset[str]
    no_word: bool

    def span(self, word: Word) -> Span:
        return self.source.span(word.start, word.end)

    @property
    def found(self) -> Word | None:
        words = self.outline.words
        return words[self.index] if self.index < len(words) else None

    @property
    def before(self) -> Word | None:
        words = self.outline.words[: self.index]
        return next((word for word in reversed(words) if word.text != "\n"), None)

    @property
    def first(self) -> Word | None:
        """The first word of the statement."""
        words = self.outline.words
        if not words:
            return None
        anchor = words[min(self.index, len(words) - 1)]
        rest = words[anchor.statement :]
        return next((word for word in rest if word.text != "\n"), None)

    @property
    def block(self) -> Word | None:
        """The first word of the block that the place is in."""
        words = self.outline.words
        found = self.found
        if found is None:
            opened = [w for w in words if w.text in {"{", "}"}]
            if not opened or opened[-1].text == "}":
                return None
            return next(w for w in words[opened[-1].statement :] if w.text != "\n")
        if found.block < 0:
            return None
        return next(w for w in words[found.block :] if w.text != "\n")

    @property
    def place(self) -> Span:
        """The word that does not fit, or the place where one is missing."""
        found = self.found
        if found is None or found.text == "\n":
            at = self.before.end if self.before is not None else self.offset
            return self.source.span(at, at)
        if self.no_word:
            return self.source.span(self.offset, min(self.offset + 1, len(self.source.text)))
        return self.span(found)


def explain(situation: Situation, reporter: Reporter) -> None:
    """Reports what is wrong."""
    for attempt in (_literal, _bracket, _later, _sign, _first_word, _within_rule):
        if attempt(situation, reporter):
            return
    _general(situation, reporter)


def _literal(s: Situation, reporter: Reporter) -> bool:
    """Strings and regexes that have no end, or other quotes."""
    found = s.found
    if found is None:
        return False
    if found.kind == "opened" and found.text.startswith('"'):
        reporter.add(
            "G003", s.span(found), "the string has no end", help='close it with `"` on the same line'
        )
    elif found.kind == "opened":
        empty = found.text.startswith("//")
        reporter.add(
            "G004",
            s.span(found),
            "the regex is empty" if empty else "the regex has no end",
            help="write something between the slashes"
            if empty
            else "close it with `/` on the same line; a slash inside is written `\\/`",
        )
    elif found.text in {"'", "“", "”", "‘", "’", "„", "«", "`"}:
        reporter.add(
            "G003", s.place, f"strings are not written with {found.text}", help='write "..." instead'
        )
    elif (
        s.first is not None
        and s.first.text == "pattern"
        and s.before is not None
        and s.before.kind == "regex"
    ):
        if found.text in {"/", "]"} or found.start == s.before.end:
            reporter.add(
                "G004",
                s.place,
                "the regex ended before this",
                help="a slash inside a regex is written `\\/`",
                also=[(s.source.span(_slash(s.before), _slash(s.before) + 1), "ended here")],
            )
        else:
            return False
    else:
        return False
    return True


def _slash(regex: Word) -> int:
    return regex.start + regex.text.rindex("/")


def _bracket(s: Situation, reporter: Reporter) -> bool:
    """Brackets without their other half."""
    found, words = s.found, s.outline.words
    anchor = found if found is not None else None
    opened = anchor.bracket if anchor is not None else -1
    ends_here = found is None or found.text in {"\n", "{", "}"} or found.first_of_line
    if opened < 0 and s.before is not None and ends_here:
        # The outline forgets brackets where a new statement begins; the grammar does not.
        opened = s.before.bracket if s.before.text not in {")", "]"} else -1
        if s.before.text in {"(", "["}:
            opened = s.outline.at(s.before.start)
    if opened >= 0 and ends_here and s.outline.closing(opened) < 0:
        bracket = words[opened]
        reporter.add(
            "G006",
            s.span(bracket),
            f"the `{bracket.text}` is never closed",
            help="close it with `" + {"(": ")", "[": "]"}[bracket.text] + "`",
        )
        return True
    block = s.block
    if block is not None and (found is None or _tops(s)):
        also = [(s.span(_opening(s, block)), "opened here")]
        reporter.add(
            "G006",
            s.place if found is None or s.first is None else s.span(s.first),
            f"the block of `{_header(s, block)}` is not closed",
            label="`}` is missing before this" if found is not None else "`}` is missing",
            help="close the block with `}` on a line of its own",
            also=also,
        )
        return True
    if found is not None and found.text in {"}", "]", ")"} and s.block is None and found.bracket < 0:
        reporter.add("G006", s.span(found), f"the `{found.text}` closes nothing", help="delete it")
        return True
    return False


def _opening(s: Situation, block: Word) -> Word:
    start = s.outline.at(block.start)
    return next(word for word in s.outline.words[start:] if word.text == "{")


def _header(s: Situation, block: Word) -> str:
    start = s.outline.at(block.start)
    following = s.outline.words[start + 1]
    return f"{block.text} {following.text}" if following.kind == "name" else block.text


def _tops(s: Situation) -> bool:
    first = s.first
    return first is not None and s.outline.tops(s.outline.at(first.start))


def _later(s: Situation, reporter: Reporter) -> bool:
    """Words and signs of later editions."""
    for word in (s.first, s.found):
        if word is not None and word.text in LATER and word.kind == "name":
            reporter.add(
                "G007", s.span(word), f"`{word.text}` is reserved for a later edition", help="delete it"
            )
            return True
    if s.found is not None and s.found.text == "$":
        reporter.add(
            "G007",
            s.place,
            "rules on the fields of a structured text are reserved for a later edition",
            help="delete it",
        )
        return True
    return False


def _sign(s: Situation, reporter: Reporter) -> bool:
    """Signs that the language does not have, at least not here."""
    found = s.found
    if found is None or found.kind != "sign":
        return False
    text = found.text
    before = s.before
    if text == "-" and before is not None and before.kind == "name" and before.end == found.start:
        reporter.add("G005", s.place, "unexpected `-`", help="names are written with `_`, not with `-`")
    elif text == ";":
        reporter.add("G005", s.place, "unexpected `;`", help="a statement ends with its line; delete the `;`")
    elif text in {"&", "|", "!"}:
        word = {"&": "and", "|": "or", "!": "not"}[text]
        reporter.add("G005", s.place, f"unexpected `{text}`", help=f"write `{word}`")
    elif text == "=" and "COMPARISON" in s.accepts:
        reporter.add(
            "G002", s.place, "unexpected `=`", label="expected a comparison", help="equality is written `==`"
        )
    elif text == "." and before is not None and before.kind == "name":
        reporter.add(
            "G005", s.place, "unexpected `.`", help="a dotted name has no white space around its dot"
        )
    elif text not in {
        "/",
        "=",
        ",",
        ":",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        "..",
    }:
        shown = text if text.isprintable() else f"\\u{{{ord(text):X}}}"
        letter = text.isalpha()
        reporter.add(
            "G005",
            s.place,
            f"unexpected character `{shown}`",
            help="names are made of the letters a to z, digits and `_`" if letter else "delete it",
        )
    else:
        return False
    return True


def _first_word(s: Situation, reporter: Reporter) -> bool:
    """A statement that begins with a word that begins none."""
    found, first = s.found, s.first
    if first is None or found is None or found.text == "\n":
        return False
    if s.block is None and first.text not in TOP and found.start <= first.start:
        near = did_you_mean(first.text, TOP) if first.kind == "name" else None
        rule = first.text in {
            "no",
            "has",
            "is",
            "when",
            "max",
            "one",
            "json",
            "chars",
            "bytes",
            "lines",
            "on",
        }
        reporter.add(
            "G002",
            s.span(first),
            f"unexpected `{first.text}`",
            label="no statement begins so",
            help="rules stand in a guard: `guard reply on output { ... }`"
            if rule
            else near or "statements begin with " + ", ".join(f"`{word}`" for word in sorted(TOP)),
        )
        return True
    return False


def _within_rule(s: Situation, reporter: Reporter) -> bool:
    """Mistakes that are made in rules."""
    found, before, first, block = s.found, s.before, s.first, s.block
    if block is None or block.text != "guard" or found is None or before is None:
        return False
    comma = _comma_before(s)
    if comma is not None:
        reporter.add(
            "G002",
            s.span(comma),
            "unexpected `,`",
            label="expected a detector after it",
            help="delete the comma, or name another detector",
        )
    elif found.text == ":" and before is first:
        reporter.add(
            "G021",
            s.span(before),
            f"`{before.text}` cannot be the name of a rule",
            label="a word of the language",
            help=f"take another name, such as `my_{before.text}`",
        )
    elif found.text in {"and", "or"} and "ON" in s.accepts:
        reporter.add(
            "G002",
            s.place,
            f"unexpected `{found.text}`",
            label="a rule has one test",
            help="write two rules, or name several detectors with commas between them",
        )
    elif before.text == "on" and found.kind == "name" and found.text not in {"fail", "error"}:
        reporter.add(
            "G002",
            s.place,
            f"unexpected `{found.text}`",
            label="expected `fail` or `error`",
            help=did_you_mean(found.text, ["fail", "error"]) or f"write `on fail {found.text}`",
        )
    elif (
        found.kind in {"number", "name", "string"}
        and "RANGE" in s.accepts
        and before.kind in {"number", "name"}
    ):
        reporter.add(
            "G002",
            s.place,
            f"unexpected `{found.text}`",
            label="expected `..`",
            help="a range is written `1..300`",
        )
    else:
        return False
    return True


def _comma_before(s: Situation) -> Word | None:
    """The comma in `no a, on fail fix`, where the grammar takes `on` for a name."""
    if s.index < 2 or s.found is None or s.found.text not in {"fail", "error"}:
        return None
    comma, on = s.outline.words[s.index - 2 : s.index]
    return comma if comma.text == "," and on.text == "on" else None


def _general(s: Situation, reporter: Reporter) -> None:
    found = s.found
    at_end = found is None or found.text == "\n"
    what = "end of the line" if at_end or found is None else f"`{_short(found.text)}`"
    wanted = _wanted(s)
    near = None
    if found is not None and found.kind == "name":
        keywords = [
            name.lower() for name in s.accepts if name.isalpha() and name not in _SIGNS and name != "NAME"
        ]
        near = nearest(found.text, [*keywords, *(["on"] if "ON" in s.accepts else [])])
    reporter.add(
        "G002",
        s.place,
        f"unexpected {what}",
        label=f"expected {wanted}" if wanted else "",
        help=f"did you mean `{near}`?" if near else _form(s),
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _wanted(s: Situation) -> str:
    accepts = set(s.accepts)
    before = s.before.text if s.before is not None else ""
    if before == "," and "NAME" in accepts and s.first is not None and s.first.text in {"no", "has", "is"}:
        return "a detector"
    if "NAME" in accepts and before in _AFTER:
        return _AFTER[before]
    if {"NAME", "QUANTIFIER"} <= accepts:
        return "a rule"
    if len(accepts) > 3:
        accepts -= set(_RARE)
    if len(accepts) > 3:
        return ""
    phrases = sorted(_phrase(name) for name in accepts)
    return " or ".join([", ".join(phrases[:-1]), phrases[-1]]) if len(phrases) > 1 else "".join(phrases)


def _phrase(name: str) -> str:
    return "a name" if name == "NAME" else _SIGNS.get(name, f"`{name.lower()}`")


def _form(s: Situation) -> str | None:
    first, block = s.first, s.block
    if first is not None and block is None:
        return FORMS.get(first.text)
    if block is not None and block.text == "metadata":
        return 'a field is written `tier string` or `tier string = "free"`'
    if first is not None and first.text in {"max", "on"}:
        return FORMS[first.text]
    return _RULE_FORM if block is not None else None
