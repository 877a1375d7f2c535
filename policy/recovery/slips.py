"""Slips of the pen that are easy to recognise, each with its mend.

Vocabulary: a *slip* is a way of writing that other languages have and this one has not. Its `form` is a
regex over the statement; the group `at` is what the message points at, the other groups may stand in `help`.

Invariant: a slip is told only if it is written where the text stops following the grammar, so it is never
told of what the author got right.

Example: `block pii.email` is shown with the caret under `block` and the help "did you mean `no`?".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardc.policy.recovery.situation import Situation

if TYPE_CHECKING:
    from guardc.policy.diagnostics import Reporter

__all__ = ["explain_slip"]


@dataclass(frozen=True)
class Slip:
    """One slip. `blocks` are the words in whose blocks it is made, an empty one is outside of blocks. `meant` says what
    the words at the place stand for, in small letters, for `{meant}` in the help."""

    blocks: tuple[str, ...]
    form: re.Pattern[str]
    help: str
    code: str = "G002"
    label: str = ""
    meant: Mapping[str, str] | None = None


_RULES, _CLAUSES, _FILE = ("guard",), ("guard", "defaults"), ("",)
_TESTS = "no|has|is|when|one|json|lower|upper|starts|ends|chars|words|lines|bytes|count"
_ACTIONS = "exception|refrain|filter|reask|fix|fix_reask|noop"
_TEST_FIRST = "the test comes first, the action after it: `no pii.email on fail fix`"
_RULE_WORDS = {word: word for word in (*_TESTS.split("|"), "max", "on")} | {
    **dict.fromkeys(("block", "forbid", "deny", "reject", "ban", "disallow", "prohibit", "never", "not"), "no"),
    **dict.fromkeys(("require", "requires", "must", "contains", "need", "needs"), "has"),
    **dict.fromkeys(("if", "where", "while"), "when"),
    "unless": "when not (...)",
    "limit": "max",
}
"""What the first word of a rule was meant to be."""

_SLIPS = (
    # --- in guards ---
    Slip(
        _CLAUSES,
        re.compile(r"(?<![\w.])(?P<at>on[-_]?(?P<event>fail|error))\b"),
        "write `on {event}`, two words",
    ),
    Slip(
        _RULES,
        re.compile(r"(?P<text>[\w.+-]+(?P<at>@)[\w.-]*)"),
        'only names stand here: write `words allowed = ["{text}"]` above the guard, and `allowed` here',
        code="G005",
    ),
    Slip(
        _RULES,
        re.compile(r"[0-9]\s*(?P<at>%)"),
        "there are no percentages: write the number that is meant, as in `words <= 50`",
        code="G005",
    ),
    Slip(
        _CLAUSES,
        re.compile(r"(?<![\w.,])(?P<at>[0-9]{1,3}(?:,[0-9]{3})+)(?![\w,])"),
        "digits are grouped with `_`: write `{grouped}`",
        label="a number has no comma",
    ),
    Slip(_RULES, re.compile(rf"\A(?P<at>on\s+(?:fail|error)\b.*?)\s+(?=(?:{_TESTS})\b)"), _TEST_FIRST),
    Slip(_RULES, re.compile(rf"\A(?P<at>{_ACTIONS})\s+(?=(?:{_TESTS})\b)"), _TEST_FIRST),
    Slip(
        _RULES,
        re.compile(r'(?:(?:^|\s)(?:no|has|is|except)|,)\s*(?P<at>"[^"\n]*")'),
        "name it first: write `words rivals = [{at}]` above the guard, and `rivals` here",
        label="expected a detector",
    ),
    Slip(
        _RULES,
        re.compile(r"(?:(?:^|\s)(?:no|has|is|except)|,)\s*(?P<at>/(?:\\.|[^/\\\n])+/[A-Za-z]*)"),
        "name it first: write `pattern order_id = {at}` above the guard, and `order_id` here",
        label="expected a detector",
    ),
    Slip(
        _RULES,
        re.compile(r"(?:\A|:\s*)(?P<at>[A-Za-z]+)\s+(?=\S)"),
        "did you mean `{meant}`?",
        label="no rule begins so",
        meant=_RULE_WORDS,
    ),
    Slip(
        _CLAUSES,
        re.compile(r"\Ahold\s+(?P<at>[0-9][0-9_]*)"),
        "write `hold at most {at} chars`",
        label="expected `at most`",
    ),
    Slip(
        _CLAUSES,
        re.compile(r"\Ahold\s+(?P<at>(?!at\s+most\b)[^#0-9]+?)\s*(?P<amount>[0-9][0-9_]*)"),
        "write `hold at most {amount} chars`",
        label="expected `at most`",
    ),
    Slip(
        _RULES,
        re.compile(
            r"(?P<at>\b(?:at|in|on|by)\s+(?:the\s+)?(?:end|close|finish|completion)"
            r"(?:\s+of\s+(?:the\s+)?(?:stream|text|answer|reply))?)"
            r"(?=\s|#|\Z)(?<!\bat end)"
        ),
        "write `at end`",
    ),
    Slip(
        _RULES,
        re.compile(r"\bon\s+(?:fail|error)\b.*?(?P<at>\bat\s+end\b)"),
        "`at end` stands behind the test, before `on fail`: `no pii.email at end on fail exception`",
    ),
    # --- outside of blocks ---
    Slip(
        _FILE,
        re.compile(r"\Aguard\s+\w+\s+(?P<at>stream)\s+on\b"),
        "`stream` stands right behind the direction: `on output stream`",
    ),
    Slip(
        _FILE,
        re.compile(r"\Acustom\s+(?!(?:detector|measure|predicate|action)\b)(?P<at>[A-Za-z_]\w*)\s*(?=\(|#|\Z)"),
        "write `custom measure {at}`, or another kind: `detector`, `predicate`, `action`",
        label="the kind is missing before this",
    ),
    Slip(
        _FILE,
        re.compile(r"\Apattern\b.*/[A-Za-z]*\s+where\b.*?\b(?P<at>backtracking)\b"),
        "`backtracking` stands before `where`",
    ),
    Slip(
        _FILE,
        re.compile(r"\Apattern\b.*/[A-Za-z]*\s+(?:backtracking\s+(?!where\b|within\b)|(?=within\b))(?P<at>[^\s#]+)"),
        "a time limit is written `backtracking within 50 ms`",
    ),
    Slip(_FILE, re.compile(r"\Aimport\s+[\w.]*?(?P<at>\.\*)"), "modules are imported by name: `import std.pii`"),
    Slip(_FILE, re.compile(r"\A(?P<at>from)\b.*\bimport\b"), "modules are imported by name: `import std.pii`"),
)


def explain_slip(s: Situation, reporter: Reporter) -> bool:
    """Reports a slip. False if there is none that is known."""
    if s.first is None:
        return False
    block = "" if s.block is None else s.block.text
    start, place = s.first.start, s.place.start
    written = s.source.text[start : max(s.outline.line_end(place), start)]
    for slip in _SLIPS:
        if block not in slip.blocks:
            continue
        for match in slip.form.finditer(written):
            words = _words(slip, match)
            if match.start() <= place - start <= match.end() and words is not None:
                at = s.source.span(start + match.start("at"), start + match.end("at"))
                what = "character " if len(at.text) == 1 and slip.code == "G005" else ""
                message = f"unexpected {what}`{_short(at.text)}`"
                reporter.add(slip.code, at, message, label=slip.label, help=slip.help.format_map(words))
                return True
    return False


def _words(slip: Slip, match: re.Match[str]) -> dict[str, str] | None:
    """What the help can name, or None if the words are not those of the slip."""
    at = match["at"]
    words = {name: _short(text) for name, text in match.groupdict("").items()}
    words["grouped"] = at.replace(",", "_")
    if slip.meant is not None:
        meant = slip.meant.get(at.lower())
        if meant is None or meant == at:
            return None
        words["meant"] = meant
    return words


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
