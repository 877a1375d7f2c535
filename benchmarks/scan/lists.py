"""A long list of made-up words, and texts in which some of them stand: whole, capitalized, and inside other words."""

from __future__ import annotations

import random
from functools import lru_cache

from benchmarks import workload

__all__ = ["entries", "listed_text"]

_CONSONANTS = "bcdfghjklmnprstvwz"
_VOWELS = "aeiou"
_EVERY = 500  # characters between two insertions
_FORMS = ("{}", "{}", "{}", "un{}", "{}s")  # the last two are no whole words, or other entries


@lru_cache(maxsize=2)
def entries(count: int) -> tuple[str, ...]:
    """`count` different words of two to five syllables, in a fixed order."""
    choose = random.Random(11)
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = choose.choice((2, 3, 3, 4, 4, 4, 5))
        word = "".join(choose.choice(_CONSONANTS) + choose.choice(_VOWELS) for _ in range(syllables))
        found[word + choose.choice(("", "", "n", "r", "st"))] = None
    return tuple(found)


def listed_text(size: int, count: int) -> str:
    """`size` characters of frequent words with an entry of the list, or a word that contains one, every 500."""
    choose = random.Random(13)
    words = workload.clean_text(size).split(" ")
    length = 0
    for number, word in enumerate(words):
        if length // _EVERY < (length + len(word) + 1) // _EVERY:
            entry = choose.choice(_FORMS).format(choose.choice(entries(count)))
            words[number] = choose.choice((entry, entry.capitalize(), entry.upper()))
        length += len(word) + 1
    return " ".join(words)[:size]
