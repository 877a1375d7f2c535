"""The rough shape of a text that need not follow the grammar: its words, statements, blocks and brackets.

Vocabulary: a *word* is a name, a number, a string, a regex, a bracket or another sign; an *opened* string
or regex has no
end on its line. A *statement* runs from its first word to the line break that ends it, or to its `{`.

Invariant: every text has an outline. Where the text follows the grammar, the statements are the grammar's.

Example: in `guard g on input {⏎ no x⏎ }` the words `no` and `x` are one statement, inside the block of
`guard`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from guardc.policy.reading.line_breaks import Layout

__all__ = ["TOP", "Outline", "Word"]

TOP = frozenset(
    {
        "edition", "import", "pattern", "words", "text", "custom", "metadata", "defaults", "guard", "shape",
        "classifier", "model", "judge", "service",
    }
)  # fmt: skip
"""The first words of statements that stand outside every block."""

_WORD = re.compile(
    r"""
      (?P<newline> \n )
    | (?P<space>   [ \t\r\f]+ | \#[^\n]* )
    | (?P<string>  "(?:\\[^\n]|[^"\\\n])*" )
    | (?P<opened>  "[^\n]* )
    | (?P<name>    [A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)* )
    | (?P<path>    \$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:[0-9]+|\*|"(?:\\[^\n]|[^"\\\n])*")\])* )
    | (?P<number>  -?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)? )
    | (?P<sign>    == | != | <= | >= | \.\. | . )
    """,
    re.VERBOSE,
)
_REGEX = re.compile(r"(?P<regex>/(?:\\[^\n]|[^/\\\n])+/[A-Za-z]*)|(?P<opened>/[^\n]*)")
_BEFORE_REGEX = frozenset({"=", ",", "no", "has", "is", "except"})
"""Where a slash begins a regex: where there may be one, and where one is written in place of a detector."""


class Word(NamedTuple):
    """One word. `statement` is the index of the first word of its statement; `block` the index of the
    first word of the
    statement whose block it is in, or -1; `bracket` the index of the innermost bracket that is open before
    it, or -1."""

    kind: str
    text: str
    start: int
    end: int
    statement: int
    block: int
    bracket: int
    first_of_line: bool
    ends_statement: bool


class Outline:
    """The words of a text. White space and comments are left out, line breaks are words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[Word] = []
        self.forgotten: dict[int, int] = {}
        """Brackets that were open where a new statement clearly begins, by the statement's first word."""
        self._read()

    def _read(self) -> None:
        layout = Layout()
        position, statement = 0, 0
        blocks: list[int] = []
        brackets: list[int] = []
        first_of_line = True
        while position < len(self.text):
            regex = bool(self.words) and self.words[-1].text in _BEFORE_REGEX
            match = (_REGEX.match(self.text, position) if regex else None) or _WORD.match(self.text, position)
            assert match is not None
            kind, word, start = str(match.lastgroup), match.group(), position
            position = match.end()
            if kind == "space":
                continue
            index = len(self.words)
            if brackets and first_of_line and word in TOP and self._begins_statement(position):
                # A bracket that was forgotten must not make one statement of two.
                self.forgotten[index] = brackets[-1]
                brackets.clear()
                layout = Layout()
                statement = index
            # A string is no bracket, whatever is in it.
            ends = layout.counts(word if kind != "opened" else "x")
            self.words.append(
                Word(
                    kind,
                    word,
                    start,
                    position,
                    statement,
                    blocks[-1] if blocks else -1,
                    brackets[-1] if brackets else -1,
                    first_of_line and word != "\n",
                    ends,
                )
            )
            first_of_line = word == "\n"
            if word in {"(", "["}:
                brackets.append(index)
            elif word in {")", "]"} and brackets:
                brackets.pop()
            elif word in {"{", "}"}:
                brackets.clear()
                if word == "{":
                    blocks.append(statement)
                elif blocks:
                    blocks.pop()
            if ends or word in {"{", "}"} or (word == "\n" and self._fresh(index)):
                statement = index + 1

    def _fresh(self, index: int) -> bool:
        """True if nothing but line breaks came since the statement began."""
        return all(word.text == "\n" for word in self.words[self.words[index].statement :])

    def _begins_statement(self, position: int) -> bool:
        """True if what follows a first word of a statement is what follows it in a statement."""
        return re.match(r'[ \t]+(?:[A-Za-z_0-9."]|\{)', self.text[position : position + 80]) is not None

    def at(self, offset: int) -> int:
        """The index of the word at an offset, or of the next one. `len(words)` at the end."""
        low, high = 0, len(self.words)
        while low < high:
            middle = (low + high) // 2
            if self.words[middle].end <= offset:
                low = middle + 1
            else:
                high = middle
        return low

    def line_end(self, offset: int) -> int:
        """The end of the line that an offset is on."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def closing(self, index: int) -> int:
        """The index of the bracket that closes the one at `index`, or -1."""
        opening = self.words[index].text
        closing = {"(": ")", "[": "]", "{": "}"}[opening]
        depth = 0
        for number in range(index, len(self.words)):
            word = self.words[number]
            if word.text == opening:
                depth += 1
            elif word.text == closing:
                depth -= 1
                if depth == 0:
                    return number
            elif opening == "{":
                if self.tops(number):
                    return -1
            elif word.text in {"{", "}"} or (word.first_of_line and word.text in TOP):
                return -1
        return -1

    def tops(self, index: int) -> bool:
        """True if the word at `index` begins a statement that cannot stand in a block."""
        word = self.words[index]
        if not word.first_of_line or word.text not in TOP:
            return False
        rest = self.text[word.end : self.line_end(word.end)]
        if word.text == "model":  # its first setting is called so, too
            return re.match(r"[ \t]+[A-Za-z_]\w*[ \t]*\{", rest) is not None
        if word.text == "words":
            return re.match(r"[ \t]+[A-Za-z_]\w*[ \t]*=", rest) is not None
        return re.match(r'[ \t]+[A-Za-z_0-9"]|[ \t]*\{', rest) is not None
