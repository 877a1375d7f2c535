"""Says what is wrong with a line that does not follow the grammar.

Invariant: messages speak of statements, rules, names and signs, never of the grammar's own terms.

Example: `guard reply on output` without `{` gives "unexpected end of the line", "expected `{`".
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from guardc.policy.checking.names import LATER, did_you_mean, nearest
from guardc.policy.recovery.expected import SIGNS, form_here, wanted_here
from guardc.policy.recovery.outline import TOP, Word
from guardc.policy.recovery.situation import Situation
from guardc.policy.recovery.slips import explain_slip

if TYPE_CHECKING:
    from guardc.policy.diagnostics import Reporter

__all__ = ["explain"]

_RULE_WORDS = frozenset(
    {"no", "has", "is", "when", "max", "hold", "on", "one", "json", "lower", "upper", "starts", "ends"}
)
_SIGNS = frozenset({"/", "=", ",", ":", "(", ")", "[", "]", "{", "}", "==", "!=", "<=", ">=", "<", ">", ".."})
"""The signs of the language."""


def explain(situation: Situation, reporter: Reporter) -> None:
    """Reports what is wrong."""
    for attempt in (_literal, _bracket, _later, _path, explain_slip, _sign, _first_word, _within_rule):
        if attempt(situation, reporter):
            return
    _general(situation, reporter)


def _literal(s: Situation, reporter: Reporter) -> bool:
    """Strings and regexes that have no end, or other quotes."""
    found = s.found
    if found is None:
        return False
    if found.kind == "opened" and found.text.startswith('"'):
        reporter.add("G003", s.span(found), "the string has no end", help='close it with `"` on the same line')
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
            "G003",
            s.place,
            f"strings are not written with `{found.text}`",
            help='write "..." instead'
            if s.first is None or s.first.text != "pattern"
            else "a regex stands between slashes: `/.../`",
        )
    elif s.first is not None and s.first.text == "pattern" and s.before is not None and s.before.kind == "regex":
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
    forgotten = -1 if found is None else s.outline.forgotten.get(found.statement, -1)
    ends_here = found is None or forgotten >= 0 or found.text in {"\n", "{", "}"} or found.first_of_line
    if opened < 0 and s.before is not None and ends_here:
        # The outline forgets brackets where a new statement begins; the grammar does not.
        opened = s.before.bracket if s.before.text not in {")", "]"} else -1
        if s.before.text in {"(", "["}:
            opened = s.outline.at(s.before.start)
    opened = forgotten if forgotten >= 0 else opened
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
            reporter.add("G007", s.span(word), f"`{word.text}` is reserved for a later edition", help="delete it")
            return True
    return False


def _path(s: Situation, reporter: Reporter) -> bool:
    """Paths that are not written as paths are."""
    before, found = s.before, s.found
    if before is None or found is None or before.kind != "path":
        return False
    if found.text == "[":
        help_ = 'in square brackets stand an index, `[0]`, `[*]` for every item, or a key in quotes, `["key"]`'
    elif found.text in {".", "/", "$"} or (found.kind == "path" and found.start == before.end):
        help_ = "a path is written `$.items[*].name`"
    elif found.text not in {":", "\n"} and s.accepts == {"COLON"}:
        help_ = f"write `:` after the path: `{_short(before.text)}: no pii.email`"
    else:
        return False
    what = "end of the line" if found.text == "\n" else f"`{_short(found.text)}`"
    reporter.add("G002", s.place, f"unexpected {what}", help=help_)
    return True


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
        reporter.add("G002", s.place, "unexpected `=`", label="expected a comparison", help="equality is written `==`")
    elif text == "." and before is not None and before.kind == "name":
        reporter.add("G005", s.place, "unexpected `.`", help="a dotted name has no white space around its dot")
    elif text not in _SIGNS:
        shown = text if text.isprintable() else f"\\u{{{ord(text):X}}}"
        help_ = "names are made of the letters a to z, digits and `_`" if text.isalpha() else "delete it"
        help_ = "replace it by an ordinary space" if text.isspace() else help_
        label = unicodedata.name(text, "").lower() if text.isspace() else ""
        reporter.add("G005", s.place, f"unexpected character `{shown}`", label=label, help=help_)
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
    elif found.kind in {"number", "name", "string"} and "RANGE" in s.accepts and before.kind in {"number", "name"}:
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
    """The comma in `no a, on fail fix`, where the grammar takes `on` for a name, and a comma at the end of
    a line that the next rule follows."""
    words = [word for word in s.outline.words[: s.index] if word.text != "\n"][-2:]
    if len(words) < 2 or words[0].text != "," or s.found is None:
        return None
    comma, name = words
    clause = name.text == "on" and s.found.text in {"fail", "error"}
    return comma if clause or (name.first_of_line and name.text in _RULE_WORDS) else None


def _general(s: Situation, reporter: Reporter) -> None:
    found = s.found
    at_end = found is None or found.text == "\n"
    what = "end of the line" if at_end or found is None else f"`{_short(found.text)}`"
    wanted = wanted_here(s)
    near = None
    if found is not None and found.kind == "name":
        keywords = [name.lower() for name in s.accepts if name.isalpha() and name not in SIGNS and name != "NAME"]
        near = nearest(found.text, [*keywords, *(["on"] if "ON" in s.accepts else [])])
    reporter.add(
        "G002",
        s.place,
        f"unexpected {what}",
        label=f"expected {wanted}" if wanted else "",
        help=f"did you mean `{near}`?" if near else form_here(s),
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
