"""Text from outside, made safe to print.

A judged text may hold anything: escape sequences that repaint the screen, marks that reverse the direction of
writing, characters that nobody sees, half of a surrogate pair. All of these are shown by their escapes.

Invariant: what `harmless` returns has no control, format, surrogate or separator character but the space,
and can be encoded as UTF-8.

Example: `harmless("\\x1b[2J")` is the eight characters `\\x1b[2J`.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["harmless"]

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ORDINARY = re.compile(r"[ -~]*")


def harmless(text: str, newline: str = "\\n") -> str:
    """The text with everything invisible or steering written as an escape.

    `newline` stands for a line break.
    """
    if _ORDINARY.fullmatch(text):
        return text
    return "".join([_shown(character, newline) for character in text])


def _shown(character: str, newline: str) -> str:
    if " " <= character <= "~":
        return character
    if character == "\n":
        return newline
    if character in _SHORT:
        return _SHORT[character]
    # The controls; format characters such as U+202E; surrogates; line and paragraph separators; odd
    # spaces stay.
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
