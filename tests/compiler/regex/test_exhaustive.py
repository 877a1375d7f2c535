"""All small patterns against all short texts: the matches and their preferences are those of `re`."""

from __future__ import annotations

import re
from functools import cache
from itertools import product

import pytest
from automaton_runner import dfa_finditer, finditer, fullmatch, to_classes

from guardc.compiler.regex import compile_pattern

MANY = ("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}?", "{2,}", "{0,2}")
FEW = ("*", "+", "??", "*?", "{1,2}", "{2,}?")


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


def check(regex: str, texts: list[str]) -> None:
    ours, theirs = compile_pattern(regex, ""), re.compile(regex)
    automaton = ours.automaton
    for text in texts:
        classes = to_classes(automaton, text)
        spans = [match.span() for match in theirs.finditer(text)]
        assert list(finditer(automaton, classes)) == spans, (regex, text)
        assert fullmatch(automaton, classes) == bool(theirs.fullmatch(text)), (regex, text)
        if ours.dfa is not None:
            assert list(dfa_finditer(automaton, ours.dfa, classes)) == spans, (regex, text)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_small_patterns_with_assertions(size: int) -> None:
    leaves = ("a", "b", "", "^", "$", r"\b", r"\B", "(?!a)", ".")
    some = texts("ab\n", 4 if size < 3 else 2)
    for regex in patterns(size, leaves, MANY if size < 3 else FEW):
        check(regex, some)


def test_small_patterns_with_nested_repeats() -> None:
    some = texts("ab", 3)
    for size in (3, 4):
        for regex in patterns(size, ("a", "b", ""), FEW):
            check(regex, some)


def test_repeats_three_deep() -> None:
    some = texts("ab", 4)
    for inner, middle, outer in product(MANY, repeat=3):
        for body in ("|a", "a?", "a|b??"):
            check(
                f"(?:(?:(?:{body}){inner}){middle}){outer}b?",
                some if len(inner + middle + outer) < 6 else some[:15],
            )


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
    check(regex, texts("ab\n", 4))
