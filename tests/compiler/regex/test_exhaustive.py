"""All small patterns against all short texts, by every engine: the matches and their preferences are those of `re`."""

from __future__ import annotations

from functools import cache
from itertools import product

import engines
import pytest

ALL_LEAVES = (
    "a", "b", "", ".", "[^a]", "^", "$", "(?m:^)", "(?m:$)", r"\Z", r"\b", r"\B", "(?=a)", "(?!a)", "(?<=b)", "(?<!b)",
)  # fmt: skip
LEAVES = ("a", "", "$", r"\b", "(?!a)", ".")
MANY = ("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}?", "{2,}", "{0,2}", "*+", "?+", "{1,2}+")
FEW = ("*", "+", "??", "*?", "{1,2}", "{2,}?", "*+")

AT_ONCE = 250
"""How many patterns share a guard: with too many, its first stage lets everything through."""


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(longest + 1) for letters in product(alphabet, repeat=size)]


def patterns(size: int, leaves: tuple[str, ...], repeats: tuple[str, ...]) -> list[str]:
    """Every pattern of `size` leaves and operators, of which joining two is free."""

    @cache
    def of(size: int) -> tuple[str, ...]:
        if size == 1:
            return leaves
        found = [f"(?:{body}){repeat}" for body in of(size - 1) for repeat in repeats]
        for left in range(1, size):
            found.extend(first + second for first in of(left) for second in of(size - left))
        for left in range(1, size - 1):
            found.extend(f"(?:{first}|{second})" for first in of(left) for second in of(size - 1 - left))
        return tuple(dict.fromkeys(found))

    return list(of(size))


def check(regexes: list[str], texts: list[str], flags: str = "", *, python: int = 1_000) -> int:
    """Compare what is supported of these; returns how many results."""
    patterns = [(regex, flags) for regex in regexes if engines.supported(regex, flags)]
    return sum(
        engines.compare(patterns[first : first + AT_ONCE], texts, python=python)
        for first in range(0, len(patterns), AT_ONCE)
    )


def test_single_constructs() -> None:
    assert check(patterns(1, ALL_LEAVES, MANY), texts("ab\n", 4)) > 3_000


@pytest.mark.parametrize("part", range(4))
def test_pairs_of_constructs(part: int) -> None:
    assert check(patterns(2, ALL_LEAVES, MANY)[part::4], texts("ab\n", 4)) > 25_000


@pytest.mark.parametrize("part", range(3))
def test_patterns_of_three_parts(part: int) -> None:
    assert check(patterns(3, LEAVES, FEW)[part::3], texts("ab\n", 3), python=1) > 23_000


def test_patterns_of_four_parts() -> None:
    assert check(patterns(4, ("a", "b", ""), ("*", "??", "{1,2}")), texts("ab", 3), python=0) > 20_000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_all_patterns_of_three_parts(part: int) -> None:
    assert check(patterns(3, ALL_LEAVES, MANY)[part::8], texts("ab\n", 4), python=0) > 390_000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_more_patterns_of_four_parts(part: int) -> None:
    assert check(patterns(4, ("a", "b", "", "$", r"\b"), FEW)[part::8], texts("ab\n", 3), python=0) > 100_000


def test_small_patterns_that_ignore_case() -> None:
    leaves = ("s", "\u017f", "[^s]", "[a-k]", "\u212a", "\u00e9", r"\w", r"\b", "(?-i:s)", "(?a:s)")
    some = patterns(2, leaves, ("*", "+?", "?+", "{2}"))
    assert check(some, texts("sS\u017f\u212a\u00c9", 3), "i", python=1) > 40_000
    assert check(some, texts("sS\u017fk", 2), "ai", python=1) > 5_000


def test_repeats_three_deep() -> None:
    nested = [
        f"(?:(?:(?:{body}){inner}){middle}){outer}b?"
        for inner, middle, outer in product(("*", "+", "?", "*?", "??", "{2}", "{1,2}?", "{2,}"), repeat=3)
        for body in ("|a", "a?", "a|b??")
    ]
    assert check(nested, texts("ab", 3), python=0) > 20_000


@pytest.mark.slow
@pytest.mark.parametrize("body", ["|a", "a?", "a|b??", "a|ab", "ab?"])
def test_more_repeats_three_deep(body: str) -> None:
    nested = [f"(?:(?:(?:{body}){inner}){middle}){outer}b?" for inner, middle, outer in product(MANY[:10], repeat=3)]
    assert check(nested, texts("ab", 4)) > 60_000


@pytest.mark.parametrize(
    "regex",
    [
        "a*+b", "a*+a", "a{1,2}+a", "[ab]?+b", "(?>a+)b", "(?>a{1,2})a", "(?>ab*)b", "(?>a*?)b", "(?m:^)a",
        "(?m:$)", "a$", r"a\Z", r"\Aa", "(?=a|$)", "(?!a|$)", "(?<=a)b", "(?<!a)b", r"(?<=a\b)", r"(?=\ba)",
        "(?=a+)", "(?!a*)", "(?<=^)a", "(?:a|$)*", r"(?:\B|a)*?b", r"(?:$|\n)+", "(?s:.)*", r"\n?$",
        r"(?m)^.*$", "(?!)", "a|(?!)", "(?:(?!)|a?)*b", "(?:a{0,3}){2,3}", "(?:(?:a|b?){2}?){1,3}?$",
        "(?:(a?)*?b)*?$", "(?:ab|a)(?:bb|b)??$",
    ],
)  # fmt: skip
def test_chosen_patterns(regex: str) -> None:
    assert engines.compare([(regex, "")], texts("ab\n", 4))
