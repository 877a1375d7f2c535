"""Where a line break ends a statement.

Vocabulary: a line break *counts* if it ends a statement. Inside round and square brackets none counts, nor
after
a comma, `=`, `:` or `{`, nor on an empty line. A brace ends every bracket that was left open: no bracket
of the language spans a block, and a forgotten `)` must not swallow the rest of the file.

Invariant: the grammar and the recovery from syntax errors ask the same `Layout`, so they agree on what a
statement is.

Example: in `words a = ["x",⏎ "y"]⏎` the first line break does not count, the second does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from lark import Token

__all__ = ["Layout", "Newlines"]


class Layout:
    """Tells of one word after the other whether it is a line break that counts."""

    def __init__(self) -> None:
        self.depth = 0
        self.previous = "\n"

    def counts(self, word: str) -> bool:
        """Takes the next word of the text. True if it is a line break that ends a statement."""
        if word == "\n":
            if self.depth or self.previous in {"\n", ",", "=", ":", "{"}:
                return False
        elif word in {"(", "["}:
            self.depth += 1
        elif word in {")", "]"}:
            self.depth = max(0, self.depth - 1)
        elif word in {"{", "}"}:
            self.depth = 0
        self.previous = word
        return word == "\n"


class Newlines:
    """The filter between lark's lexer and its LALR machine: hands on only the line breaks that count."""

    # Words that are recognised everywhere, so that what stands at the wrong place is still read as a whole
    # word.
    always_accept: ClassVar[tuple[str, ...]] = (
        "_NL", "NAME", "NUMBER", "STRING", "PATH", "COMPARISON", "RANGE", "COMMA", "COLON", "EQUAL",
        "LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE",
    )  # fmt: skip

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        layout = Layout()
        for token in stream:
            if layout.counts(str(token)) or token.type != "_NL":
                yield token
