"""What a plan holds of a given text: the hashes of its groups of words, from which nobody reads the text.

Vocabulary: a *word* is a run of letters and digits, apostrophes between them left out, each character in its small
form; a *gram* is a group of `GRAM_WORDS` consecutive words, or all words of a text that has fewer.

A word is hashed by FNV-1a over its code points, a gram by SipHash-2-4 (Aumasson and Bernstein, 2012) with a zero key
over the hashes of its words. `fastpath/grams.pxi` does the same with the judged text. A hash does not show the words,
but whoever guesses four consecutive words can see that the guess is right.

Example: `grams_of("a b c d e")` is `(4, <the hashes of "a b c d" and "b c d e", sorted>)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardc.fastpath.layout import GRAM_WORDS

__all__ = ["grams_of", "siphash", "words_of"]

_MASK = (1 << 64) - 1
_APOSTROPHES = "'\u2019"


def words_of(text: str) -> Iterator[str]:
    """The words of a text, in small letters."""
    word = ""
    for at, character in enumerate(text):
        if character.isalnum():
            # Characters whose small form is several ones are told apart by the first.
            word += character.lower()[0]
        elif word and not (character in _APOSTROPHES and text[at + 1 : at + 2].isalnum()):
            yield word
            word = ""
    if word:
        yield word


def grams_of(text: str) -> tuple[int, tuple[int, ...]]:
    """How many words a gram of the text has, and the hashes of its grams, sorted, each once."""
    words = [_word_hash(word) for word in words_of(text)]
    size = min(GRAM_WORDS, len(words))
    hashes = {siphash(tuple(words[at : at + size])) for at in range(len(words) - size + 1)}
    return size, tuple(sorted(hashes))


def _word_hash(word: str) -> int:
    value = 0xCBF29CE484222325
    for character in word:
        value = ((value ^ ord(character)) * 0x100000001B3) & _MASK
    return value


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK


def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a = (a + b) & _MASK
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c = (c + d) & _MASK
    d = _rotated(d, 16) ^ c
    a = (a + d) & _MASK
    d = _rotated(d, 21) ^ a
    c = (c + b) & _MASK
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


def siphash(numbers: tuple[int, ...]) -> int:
    """SipHash-2-4 with a zero key over numbers of 64 bits, least significant byte first."""
    state = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    for number in (*numbers, (8 * len(numbers) & 0xFF) << 56):
        a, b, c, d = state
        state = _round(*_round(a, b, c, d ^ number))
        state = (state[0] ^ number, *state[1:])
    a, b, c, d = state
    state = (a, b, c ^ 0xFF, d)
    for _ in range(4):
        state = _round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]
