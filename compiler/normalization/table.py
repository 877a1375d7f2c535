"""One table over all code points: what each step of `normalize` makes of a character.

It is a two-stage table, as that of the classes: for each 256 code points a page, in each page numbers of *effects*.
There are a few hundred different effects. docs/semantics.md says what the steps are for.

Invariant: ASCII characters have no effect but their role; the same Unicode version gives the same table.

Example: `ﬁ` has the effect "width makes it `fi`", U+200B the effect "removed by invisible".
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from guardc.compiler.normalization.letters import folded, role
from guardc.fastpath.layout import LONGEST_WIDE, PAGE_BITS, REMOVED_BY

__all__ = ["Effect", "NormalizationTable", "effect", "normalization_table"]

INVISIBLE: Final = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point of the Unicode Character Database: what is not shown if it is not supported."""
OVERLAYS: Final = (
    (0x334, 0x338),
    (0x488, 0x489),
    (0x20D2, 0x20D3),
    (0x20D8, 0x20DA),
    (0x20DD, 0x20E0),
    (0x20E2, 0x20EB),
)
"""Marks that are drawn through or around a letter. No language writes with them."""
NEGATIVE: Final = (0x1F150, 0x1F170)
"""Where the white letters A to Z on black circles and squares begin; Unicode does not decompose them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """
    removed: by which step the character is removed, a place in layout.REMOVED_BY.
    role: in a word; see `letters`.
    wide: what `width` makes of it; empty: it stays.
    looks: the code point that `confusables` takes it for; 0: it stays.
    """

    removed: int
    role: int
    wide: str
    looks: int


@dataclass(frozen=True, slots=True, eq=False)
class NormalizationTable:
    """`pages`: for each 256 code points the page of `entries`; these are numbers of `effects`."""

    pages: npt.NDArray[np.uint16]
    entries: npt.NDArray[np.uint16]
    effects: tuple[Effect, ...]


def effect(character: str) -> Effect:
    """What the steps make of one character."""
    code = ord(character)
    if character.isascii():
        return Effect(0, role(character), "", 0)
    if _within(code, INVISIBLE):
        return Effect(REMOVED_BY.index("invisible"), role(character), "", 0)
    if _within(code, OVERLAYS):
        return Effect(REMOVED_BY.index("confusables"), role(character), "", 0)
    looks = folded(character)
    return Effect(0, role(character), _wide(character), ord(looks) if looks != character else 0)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _wide(character: str) -> str:
    """What `width` makes of a character: nothing but what is another width, or another form of ASCII characters."""
    for first in NEGATIVE:
        if first <= ord(character) < first + 26:
            return chr(ord("A") + ord(character) - first)
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or len(plain) > LONGEST_WIDE:
        return ""
    if plain.isascii():
        return plain
    return plain if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>")) else ""


@functools.cache
def normalization_table() -> NormalizationTable:
    """The table of the Unicode version that this Python has."""
    numbers: dict[Effect, int] = {Effect(0, 0, "", 0): 0}
    pages: dict[bytes, int] = {}
    order: list[int] = []
    entries: list[npt.NDArray[np.uint16]] = []
    size = 1 << PAGE_BITS
    for first in range(0, sys.maxunicode + 1, size):
        effects = [effect(chr(code)) for code in range(first, first + size)]
        page = np.array([numbers.setdefault(one, len(numbers)) for one in effects], dtype=np.uint16)
        number = pages.setdefault(page.tobytes(), len(pages))
        if number == len(entries):
            entries.append(page)
        order.append(number)
    return NormalizationTable(np.array(order, dtype=np.uint16), np.concatenate(entries), tuple(numbers))
