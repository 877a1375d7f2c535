"""The place where a text stops following the grammar, and what stands around it.

Vocabulary: the *found* word is the one that does not fit; *before* is the word before it; *first* begins the
statement that it is in; *block* begins the statement whose block that is.

Invariant: the words are those of the outline, so every question has an answer in any text.

Example: in `guard a on input {⏎ no x on fial fix⏎ }` found is `fial`, before `on`, first `no`, block `guard`.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardc.policy.reading.source import Source, Span
from guardc.policy.recovery.outline import Outline, Word

__all__ = ["Situation"]


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
