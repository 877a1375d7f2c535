"""The score of a classifier, in plain Python: read it next to section 12 of docs/semantics.md."""

from __future__ import annotations

import math
from itertools import chain
from typing import Protocol

__all__ = ["BLOCK", "Model", "blocks", "features", "fold", "score"]

WORD = 2**64
PLACES = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F5, 0x06C45D188009454F, 0xF88BB8A8724C81ED, 0x1B39896A51A8749B)
WORDS = (0x53CB9F0C747EA2EB, 0x2C829ABE1F4532E1, 0xC584133AC916AB3D, 0x3EE5789041C98AC3)
BLOCK = 50
WINDOW = 4


class Model(Protocol):
    @property
    def bits(self) -> int: ...
    @property
    def scale(self) -> float: ...
    @property
    def bias(self) -> float: ...
    @property
    def weights(self) -> bytes: ...


def fold(text: str) -> str:
    """Every run of white space is a space, every decimal digit a 0, every letter small; a space at each end."""
    folded = " "
    for c in text:
        small = " " if c.isspace() else "0" if c.isdecimal() else c.lower()[0]
        if small != " " or folded[-1] != " ":
            folded += small
    return folded if folded[-1] == " " else folded + " "


def word_hash(word: str) -> int:
    """FNV-1a over code points."""
    value = 0xCBF29CE484222325
    for c in word:
        value = (value ^ ord(c)) * 0x100000001B3 % WORD
    return value


def features(folded: str) -> list[list[int]]:
    """Of each character the features that end with it, as 32-bit hashes."""
    found = []
    word, before, before_that = "", 0, 0
    for place, c in enumerate(folded):
        codes = [ord(folded[place - back]) if back <= place else 0 for back in range(5)]
        sums = [sum(code * PLACES[back] for back, code in enumerate(codes[:length])) for length in (3, 4, 5)]
        if c.isalnum():
            word += c
        elif word:
            this = word_hash(word)
            one = this * WORDS[0]
            two = one + before * WORDS[1]
            sums += [one, one + before_that * WORDS[3], two, two + before_that * WORDS[2]]
            word, before, before_that = "", this, before
        found.append([value % WORD >> 32 for value in sums])
    return found


def blocks(text: str) -> list[list[int]]:
    """The features of each block."""
    by_character = features(fold(text))
    return [list(chain(*by_character[start : start + BLOCK])) for start in range(0, len(by_character), BLOCK)]


def score(model: Model, text: str) -> float:
    def weight(feature: int) -> int:
        byte = model.weights[feature >> (32 - model.bits)]
        return byte - 256 if byte > 127 else byte

    parts = blocks(text)
    best = -30.0
    for first in range(max(1, len(parts) - WINDOW + 1)):
        window = list(chain(*parts[first : first + WINDOW]))
        total = sum(map(weight, window))
        best = max(best, model.scale * total / math.sqrt(len(window)) + model.bias)
    return math.floor(10000.0 / (1.0 + math.exp(-min(best, 30.0))) + 0.5) / 10000.0
