"""Outcomes for people: a block of rows for each text, and a summary at the end.

Vocabulary: a *verdict* is the one word for what became of a text:

    passed     it may go on as it is (rules with `noop` may have reported something)
    fixed      it may go on as the guard changed it
    refrained  the empty text goes on
    filtered   nothing goes on
    blocked    nothing goes on, and the service gets an error; or the fix did not hold
    reask      the model is to be asked again

Invariant: the word is there with and without colour; every text is shown through `excerpt`,
and without `clear` nothing of an output but what `showing` allows.

Example, for one text:

    fixed      #3 q-03  question
      text     Please write to a•••, I read mail more often than chat.
      rule     no pii.email, pii.phone  support.guard:63
               fix: found pii.email
               pii.email at 16-38 → [email]
      output   Please write to [email], I read mail more often than chat.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from guardc.cli.excerpt import Range, excerpt, replaced
from guardc.cli.harmless import harmless
from guardc.cli.masking import Masking
from guardc.cli.page import Page
from guardc.cli.showing import UNSURE, all_scanned, loose_marks
from guardc.fastpath._core import read_json

if TYPE_CHECKING:
    from guardc.cli.messages import Message
    from guardc.runtime import Failure, Outcome

__all__ = ["STYLES", "VerdictPrinter", "verdict"]

STYLES = {
    "passed": "green",
    "fixed": "cyan",
    "refrained": "yellow",
    "filtered": "magenta",
    "blocked": "bold red",
    "reask": "blue",
}
"""The verdicts with their colours."""

INDENT = 11
MOST_SPANS = 8
_WORDS = {
    "refrain": "refrained",
    "filter": "filtered",
    "exception": "blocked",
    "reask": "reask",
    "fix_reask": "reask",
}


def verdict(outcome: Outcome) -> str:
    """The word for an outcome."""
    if outcome.passed:
        return "passed" if outcome.action in {None, "noop"} else "fixed"
    return _WORDS.get(outcome.action or "", "blocked")


class VerdictPrinter:
    """Prints blocks and counts them. `clear` shows found texts unmasked."""

    def __init__(self, *, clear: bool) -> None:
        self._page = Page()
        self._clear = clear
        self._counts: Counter[str] = Counter()
        self._characters = 0
        self._nanoseconds = 0

    def show(self, message: Message, outcome: Outcome, nanoseconds: int) -> None:
        """Print one block. `nanoseconds` is how long judging took."""
        word = verdict(outcome)
        self._counts[word] += 1
        self._characters += len(message.text)
        self._nanoseconds += nanoseconds
        number = f"#{message.line}" if message.id is None else f"#{message.line} {_identity(message.id)}"
        head = Text.assemble((number, "bold"), "  ", (harmless(outcome.guard), "dim"))
        self._row(word, head, STYLES[word])
        if outcome.structured or message.chat is not None:
            self._structured(message, outcome, word)
            self._page.line("")
            return
        self._row("  text", self._judged(message.text, outcome))
        fixes = [failure for failure in outcome.failures if failure.action in {"fix", "fix_reask"}] * (word == "fixed")
        spans = [(start, end) for failure in fixes for start, end, _ in failure.spans]
        marks = replaced(message.text, outcome.output or "", spans)
        secret = [] if self._clear or word != "fixed" else loose_marks(message.text, outcome)
        if secret is None or (secret and not all(failure.spans for failure in fixes)):
            marks = []  # it cannot be told for certain what the fixes put in
        put_in = _put_in(outcome.output or "", spans, marks, secret or [])
        for failure in outcome.failures:
            self._failure("  rule", failure, put_in if failure in fixes else {})
        for failure in outcome.unresolved:
            self._failure("  still", failure, {})
        self._outcome(word, outcome, marks, secret)
        self._page.line("")

    def _structured(self, message: Message, outcome: Outcome, word: str) -> None:
        """A structured value, or chat messages: what was found lies in strings at paths."""
        text = message.text
        masks = None
        if outcome.failures and not self._clear:
            masks = Masking(_value_of(message), outcome, chat=message.chat is not None)
        if masks is None:
            self._row("  text", _text(excerpt(text, [], mask=False), "reverse"))
        else:
            size = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
            self._row("  value", _value(masks.judged(), f"({size}, {UNSURE})"))
        for failure in outcome.failures:
            self._failure("  rule", failure, {})
        for failure in outcome.unresolved:
            self._failure("  still", failure, {})
        if word == "fixed":
            self._row("  output", _value(outcome.output if masks is None else masks.output(), f"({UNSURE})"))
        else:
            self._outcome(word, outcome, [], [])

    def summary(self) -> None:
        """Print what all blocks come to."""
        texts = self._counts.total()
        if not texts:
            self._page.line("no texts")
            return
        line = Text(f"{texts:,} {'text' if texts == 1 else 'texts'}: ")
        counted = [(f"{self._counts[word]} {word}", style) for word, style in STYLES.items() if self._counts[word]]
        for number, (words, style) in enumerate(counted):
            line.append(", " if number else "")
            line.append(words, style)
        each = self._nanoseconds / texts / 1000
        line.append(f"; {self._characters:,} characters, {each:,.1f} µs each")
        self._page.line(line)

    def _failure(self, label: str, failure: Failure, put_in: dict[tuple[int, int], Text]) -> None:
        rule = Text.assemble((harmless(failure.rule), "bold"))
        if failure.source:
            rule.append(f"  {harmless(failure.source)}", "dim")
        if failure.path != "$":
            rule.append(f"  at {harmless(failure.path)}")
        self._row(label, rule)
        self._row("", Text(f"{failure.action}: {harmless(failure.message)}"))
        if failure.spans:
            self._row("", _spans(failure, put_in))

    def _outcome(self, word: str, outcome: Outcome, marks: list[Range], secret: list[Range] | None) -> None:
        if word == "fixed":
            self._row("  output", _output(outcome.output or "", marks, secret))
        elif word == "reask" and outcome.reask is not None:
            self._row("  ask", Text(harmless("; ".join(outcome.reask.messages))))
        elif word == "refrained":
            empty = "(the empty value)" if outcome.structured else "(the empty text)"
            self._row("  output", Text(empty, "dim"))
        elif word != "passed":
            self._row("  output", Text("(nothing)", "dim"))

    def _judged(self, text: str, outcome: Outcome) -> Text:
        if not self._clear and not all_scanned(outcome):
            size = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
            return Text(f"({size}, not shown: not everything was looked for in it; --clear shows it)", "dim")
        found = [(start, end) for failure in outcome.failures for start, end, _ in failure.spans]
        return _text(excerpt(text, found, clear=self._clear), "reverse")

    def _row(self, label: str, content: Text, style: str = "dim") -> None:
        self._page.line(content, indent=INDENT, label=label, label_style=style)


def _output(output: str, marks: list[Range], secret: list[Range] | None) -> Text:
    """`secret` is what to mask, None if nothing may be shown; `marks` is what fixes put in."""
    if secret is None:
        return Text(f"({UNSURE})", "dim")
    if secret:
        return _text(excerpt(output, secret), "reverse")
    return _text(excerpt(output, marks, mask=False), "bold underline")


def _put_in(output: str, spans: list[Range], marks: list[Range], secret: list[Range]) -> dict[Range, Text]:
    """By span what a fix put in its place; only where spans do not touch each other."""
    places = sorted(set(spans))
    if len(places) != len(marks):
        return {}
    result = {}
    for place, (first, last) in zip(places, marks, strict=True):
        if not any(start < last and first < end for start, end in secret):
            result[place] = _text(excerpt(output[first:last], [(0, last - first)], mask=False), "bold underline")
    return result


def _value_of(message: Message) -> Any:
    """The value that a guard on structured values, or on messages, has judged; None if that is not certain."""
    if message.chat is not None:
        return message.chat
    # A guard looks for an object, for a list, or for either.
    found = [read_json(message.text, opens).value for opens in ("{[", "{", "[")]
    return found[0] if found[0] == found[1] == found[2] else None


def _value(value: Any, otherwise: str) -> Text:
    """A value as JSON, None as what is said otherwise."""
    if value is None:
        return Text(otherwise, "dim")
    return _text(excerpt(json.dumps(value, ensure_ascii=False), [], mask=False), "reverse")


def _identity(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return harmless(text if len(text) <= 40 else text[:39] + "…")


def _text(pieces: Iterable[tuple[str, bool]], style: str) -> Text:
    text = Text()
    for piece, marked in pieces:
        text.append(piece, style if marked else None)
    return text if text else Text("(the empty text)", "dim")


def _spans(failure: Failure, put_in: dict[tuple[int, int], Text]) -> Text:
    """`pii.email at 16-38 → [email], pii.phone at 50-61 → [phone]`."""
    text = Text()
    shown: Sequence[tuple[int, int, str]] = failure.spans[:MOST_SPANS]
    for number, (start, end, detector) in enumerate(shown):
        text.append(", " if number else "")
        text.append(f"{harmless(detector)} at {start}-{end}")
        if (start, end) in put_in:
            text.append(" → ")
            text.append_text(put_in[start, end])
    if len(failure.spans) > MOST_SPANS:
        text.append(f", and {len(failure.spans) - MOST_SPANS:,} more")
    return text
