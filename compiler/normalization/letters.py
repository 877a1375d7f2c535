"""Letters that look like those of ASCII, and which role a character has in a word.

`normalize confusables` folds look-alikes word by word (docs/semantics.md, 2): in a word that has a Latin letter all of
them, in a word that consists of look-alikes only between Latin words. So ordinary Russian or Greek stays what it is.

Vocabulary:
    look-alike   a letter of another alphabet that is drawn as an ASCII letter or digit: `confusables.txt`
    resembling   a letter that writers take for an ASCII letter though it is drawn a little differently: RESEMBLING.
                 It is folded in words with Latin letters, but a word that has it is a word of its own language
    fancy        a letter that no language writes words with, at least not where it looks like ASCII: small capitals,
                 mathematical alphabets. It is folded everywhere

Invariant: what a character is folded to is an ASCII letter or digit.

Example: Cyrillic `с` looks like `c` and is a LOOKALIKE; `к` resembles `k` and is an OTHER; `ᴄ` is FANCY.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import Final

__all__ = ["FANCY", "LATIN", "LOOKALIKE", "NEUTRAL", "NO_LETTER", "OTHER", "folded", "role"]

NO_LETTER: Final = 0
"""It ends a word."""
LATIN: Final = 1
OTHER: Final = 2
LOOKALIKE: Final = 3
NEUTRAL: Final = 4
"""Digits, marks and `_`: parts of words that say nothing about their alphabet."""
FANCY: Final = 5

RESEMBLING: Final = {
    "к": "k", "т": "t", "м": "m", "п": "n", "в": "b", "ԛ": "q", "κ": "k", "τ": "t", "η": "n", "ε": "e", "β": "b",
    "χ": "x", "ω": "w",
}  # fmt: skip
FIRST_PHONETIC: Final = 0x250
"""From here on Latin letters are phonetic ones, small capitals and the like; before it languages write with them."""
SMALL_CAPITAL: Final = "LATIN LETTER SMALL CAPITAL "


@functools.cache
def _lookalikes() -> dict[str, str]:
    lines = (Path(__file__).parent / "confusables.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {chr(int(code, 16)): _by_case(chr(int(code, 16)), target) for code, target in pairs}


def _by_case(letter: str, target: str) -> str:
    """Unicode has one prototype for `l` and `I`; which of the two it is shows in the case of the letter."""
    return "I" if target == "l" and unicodedata.category(letter) != "Ll" else target


def folded(character: str) -> str:
    """The ASCII letter or digit that a character is taken for, or the character itself."""
    name = unicodedata.name(character, "")
    if name.startswith(SMALL_CAPITAL) and len(name) == len(SMALL_CAPITAL) + 1:
        return name[-1].lower()
    return _lookalikes().get(character) or RESEMBLING.get(character, character)


def role(character: str) -> int:
    """What a character is to the word that it stands in."""
    category = unicodedata.category(character)
    if category[0] in "MN" or character == "_":
        return NEUTRAL
    if category[0] != "L":
        return NO_LETTER
    name = unicodedata.name(character, "")
    if name.startswith("LATIN "):
        return FANCY if ord(character) >= FIRST_PHONETIC and folded(character) != character else LATIN
    if name.startswith("MATHEMATICAL ") and folded(character) != character:
        return FANCY
    return LOOKALIKE if character in _lookalikes() else OTHER
