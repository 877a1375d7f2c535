"""The set of characters that one item of `re`'s syntax tree matches, exactly as `re` matches it.

Plain literals, ranges and categories are sets of their own. Case is where the surprises are (`k` matches the
Kelvin sign, `i` the dotless i, `[^a]` not `A`), so there `re` is asked: the item is compiled alone, as the
body of a `+`, and run over a text of all characters that case can touch. Their runs of matches are the set.
Every other character is matched under IGNORECASE as it is without; `tests/compiler/regex/test_classes.py`
compares this with asking about every code point.

Vocabulary: an *item* is a pair `(op, argument)` of `re._parser`: LITERAL, NOT_LITERAL, ANY or IN; a code
point is *touched by case* if lower casing, upper casing or `re`'s table of extra cases leads from it or to
it.

Invariant: what is returned depends on the item and on the flags IGNORECASE, ASCII and DOTALL, on nothing
else.

Example: `charset_of((LITERAL, ord("s")), re.IGNORECASE)` has `S`, `s` and U+017F, the long s.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np

from guardc.compiler.regex.charset import LAST, CharSet
from guardc.compiler.regex.sre import EXTRA_CASES, codes, compiler, parser

__all__ = ["ask_re", "charset_of", "digit_set", "space_set", "touched_by_case", "word_set"]

_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL


def charset_of(item: tuple[Any, Any], flags: int) -> CharSet:
    """The characters that a one-character item matches under `flags`."""
    op, argument = item
    key = (op, tuple(argument) if op is codes.IN else argument)
    return _charset_of(key, int(flags) & int(_FLAGS))


def word_set(flags: int) -> CharSet:
    """What `\\w` matches: this is also what `\\b` looks at."""
    return _category(r"\w", int(flags) & int(re.ASCII))


def digit_set(flags: int) -> CharSet:
    """What `\\d` matches."""
    return _category(r"\d", int(flags) & int(re.ASCII))


def space_set(flags: int) -> CharSet:
    """What `\\s` matches."""
    return _category(r"\s", int(flags) & int(re.ASCII))


@lru_cache(maxsize=16_384)
def _charset_of(item: tuple[Any, Any], flags: int) -> CharSet:
    plain = _without_case(item, flags)
    if not flags & re.IGNORECASE or item[0] is codes.ANY:
        return plain
    touched, untouched, text = touched_by_case()
    if item[0] is codes.LITERAL:
        return ask_re(item, flags, text) if item[1] in touched else plain
    return (plain & untouched) | ask_re(item, flags, text)


def _without_case(item: tuple[Any, Any], flags: int) -> CharSet:
    op, argument = item
    if op is codes.LITERAL:
        return CharSet.span(argument, argument)
    if op is codes.NOT_LITERAL:
        return ~CharSet.span(argument, argument)
    if op is codes.ANY:
        return CharSet.span(0, LAST) if flags & re.DOTALL else ~CharSet.of("\n")
    ranges: list[tuple[int, int]] = []
    negated = False
    for kind, value in argument:
        if kind is codes.NEGATE:
            negated = True
        elif kind is codes.LITERAL:
            ranges.append((value, value))
        elif kind is codes.RANGE:
            ranges.append(value)
        elif kind is codes.CATEGORY:
            ranges.extend(_category_set(value, flags).ranges)
        else:
            raise AssertionError(f"unknown member of a class: {kind}")
    chars = CharSet.from_ranges(ranges)
    return ~chars if negated else chars


def _category_set(category: Any, flags: int) -> CharSet:
    positive = {
        codes.CATEGORY_DIGIT: digit_set,
        codes.CATEGORY_SPACE: space_set,
        codes.CATEGORY_WORD: word_set,
    }
    negative = {
        codes.CATEGORY_NOT_DIGIT: digit_set,
        codes.CATEGORY_NOT_SPACE: space_set,
        codes.CATEGORY_NOT_WORD: word_set,
    }
    if category in positive:
        return positive[category](flags)
    return ~negative[category](flags)


@cache
def _category(escape: str, flags: int) -> CharSet:
    text = _all_characters()
    return CharSet(tuple((m.start(), m.end() - 1) for m in re.compile(f"{escape}+", flags).finditer(text)))


def ask_re(item: tuple[Any, Any], flags: int, text: str | None = None) -> CharSet:
    """The characters of `text` (sorted, without repetition; default: all there are) that `re` matches with an
    item."""
    op, argument = item
    state = parser.State()
    state.flags = int(flags) | (0 if flags & re.ASCII else re.UNICODE.value)
    body = parser.SubPattern(state, [(op, list(argument) if op is codes.IN else argument)])
    repeated = parser.SubPattern(state, [(codes.MAX_REPEAT, (1, codes.MAXREPEAT, body))])
    matches = compiler.compile(repeated, state.flags).finditer(_all_characters() if text is None else text)
    if text is None:
        return CharSet(tuple((m.start(), m.end() - 1) for m in matches))
    return CharSet.of(character for m in matches for character in m.group())


@cache
def _all_characters() -> str:
    return np.arange(LAST + 1, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


@cache
def touched_by_case() -> tuple[CharSet, CharSet, str]:
    """Every code point that IGNORECASE could treat in a way of its own: the set, all others, the set as
    sorted text."""
    points: set[int] = set()
    for point, others in EXTRA_CASES.items():
        points.update((point, *others))
    # Upper and lower case differ only for letters, marks, numbers (Roman numerals) and symbols (circled
    # letters), and planes above the second have none of them; the test over all code points holds both to be
    # true.
    for point in range(0x20000):
        character = chr(point)
        lower, upper = character.lower(), character.upper()
        if lower != character or upper != character:
            points.update(
                (
                    point,
                    *map(ord, lower),
                    *map(ord, upper),
                    *map(ord, lower.upper()),
                    *map(ord, upper.lower()),
                )
            )
    chars = CharSet.of(points)
    return chars, ~chars, "".join(map(chr, chars))
