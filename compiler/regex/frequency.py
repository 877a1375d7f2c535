"""How often characters occur in ordinary text: prose, some markup, a little data.

Only ratios matter, and only roughly: they choose between windows that are all correct. The numbers are
rounded from common knowledge of English letter frequencies, with upper case at a thirtieth of lower case, and
digits and punctuation as chat messages and mails have them. Characters beyond ASCII share one small mass.

Sums are exact (`fsum`): `sum` adds floats in another way from Python 3.12 on, and a plan must not depend on that.

Example: `likelihood(CharSet.of("@"))` is well below a hundredth of `likelihood(CharSet.of("e"))`.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from guardc.compiler.regex.charset import CharSet

__all__ = ["likelihood"]

_LETTERS: Final = "etaoinsrhldcumfpgwybvkxjqz"
_PER_MILLE: Final = (
    96, 70, 62, 58, 56, 55, 50, 47, 44, 32, 29, 22, 21, 19, 17, 16, 15, 15, 14, 12, 8, 6, 2, 1.5, 0.9, 0.7
)  # fmt: skip
_OTHERS: Final = {
    " ": 160, "\n": 14, "\t": 1.5, "\r": 0.5, ".": 11, ",": 10, "-": 4, "'": 4, '"': 4, ":": 3, "/": 2.5,
    "(": 2, ")": 2, "?": 1.2, "!": 1.2, ";": 0.8, "_": 1.2, "=": 1.2, "*": 1, "<": 0.6, ">": 0.6, "[": 0.6,
    "]": 0.6, "{": 0.4, "}": 0.4, "#": 0.5, "+": 0.4, "@": 0.4, "%": 0.4, "&": 0.3, "$": 0.3, "|": 0.3,
    "`": 0.6, "\\": 0.2, "~": 0.1, "^": 0.05,
}  # fmt: skip
_DIGITS: Final = {"0": 4, "1": 4, "2": 3.5, "3": 2, "4": 2, "5": 2.2, "6": 1.7, "7": 1.7, "8": 1.7, "9": 1.7}
_UPPER: Final = 1 / 30
_CONTROL: Final = 0.001
_BEYOND_ASCII: Final = 20.0
_BEYOND_ASCII_COUNT: Final = 0x110000 - 0x80
_COMMON_BEYOND: Final = 0x3000 - 0x80  # alphabets and punctuation, where most of that mass lies


def _table() -> list[float]:
    weights = [_CONTROL] * 0x80
    for letter, weight in zip(_LETTERS, _PER_MILLE, strict=True):
        weights[ord(letter)] = weight
        weights[ord(letter.upper())] = weight * _UPPER + 0.3
    for character, weight in (_OTHERS | _DIGITS).items():
        weights[ord(character)] = weight
    scale = fsum(weights) + _BEYOND_ASCII
    return [weight / scale for weight in weights]


_ASCII: Final = _table()
_BEYOND: Final = 1 - fsum(_ASCII)


@lru_cache(maxsize=4_096)
def likelihood(chars: CharSet) -> float:
    """The share of the characters of ordinary text that are in the set, between 0 and 1."""
    total = 0.0
    common = beyond = 0
    for low, high in chars.ranges:
        total += fsum(_ASCII[low : min(high, 0x7F) + 1])
        if high >= 0x80:
            beyond += high - max(low, 0x80) + 1
            if low < 0x3000:
                common += min(high, 0x2FFF) - max(low, 0x80) + 1
    return total + _BEYOND * (0.8 * common / _COMMON_BEYOND + 0.2 * beyond / _BEYOND_ASCII_COUNT)
