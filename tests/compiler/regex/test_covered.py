"""Alternatives that decide nothing: what is reported can be deleted, and what is not cannot.

`re` is the judge of both. Options are deleted from the source as an author would delete them.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from guardc.compiler.regex import compile_pattern
from guardc.compiler.regex.covered import Covered, Mode, Why, covered_options
from guardc.compiler.regex.locate import alternations
from guardc.policy import check_file
from guardc.policy.checking.library import STD, standard_modules
from guardc.policy.model import Pattern

Span = tuple[int, int]


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(longest + 1) for letters in product(alphabet, repeat=size)]


def without(regex: str, option: Span) -> str:
    start, end = option
    return regex[: start - 1] + regex[end:] if regex[start - 1 : start] == "|" else regex[:start] + regex[end + 1 :]


def all_without(regex: str, options: list[Span]) -> str:
    for option in sorted(options, reverse=True):
        if not any(other[0] <= option[0] and option[1] <= other[1] for other in options if other != option):
            regex = without(regex, option)
    return regex


def found(regex: str, text: str, mode: Mode) -> object:
    pattern = re.compile(regex)
    if mode is Mode.FULL:
        return bool(pattern.fullmatch(text))
    begins = [pattern.match(text, at) for at in range(len(text) + 1)]
    return [match and match.end() for match in begins], [match.span() for match in pattern.finditer(text)]


def shown(regex: str, covered: Covered) -> tuple[str, Why, str | None, bool]:
    by = None if covered.by is None else regex[slice(*covered.by)]
    return regex[slice(*covered.span)], covered.why, by, covered.moves


@pytest.mark.parametrize(
    ("regex", "flags", "expected"),
    [
        ("foo|foobar", "", [("foobar", Why.EARLIER, "foo", True)]),
        ("x(foo|foobar)", "", [("foobar", Why.EARLIER, "foo", True)]),
        (r"(?:foo|foobar)\b", "", []),
        ("(?:foo|foobar)y", "", []),
        ("a|a", "", [("a", Why.EARLIER, "a", False)]),
        ("[a-z]|b", "", [("b", Why.EARLIER, "[a-z]", False)]),
        ("b|[a-z]", "", [("b", Why.LATER, "[a-z]", False)]),
        (r"\d+|\d", "", [(r"\d", Why.EARLIER, r"\d+", False)]),
        (r"\d|\d+", "", [(r"\d+", Why.EARLIER, r"\d", False)]),
        ("(?i)x|X", "", [("X", Why.EARLIER, "x", False)]),
        ("x|X", "i", [("X", Why.EARLIER, "x", False)]),
        ("x|X", "", []),
        ("(?i:x)|X|(?-i:X)", "", [("X", Why.EARLIER, "(?i:x)", False), ("(?-i:X)", Why.EARLIER, "(?i:x)", False)]),
        ("a|b|[ab]", "", [("[ab]", Why.TOGETHER, None, False)]),
        (r"\d*(?:1|x)?", "", [("1", Why.ELSEWHERE, None, False)]),
        (r"a|b\bc", "", [(r"b\bc", Why.NEVER, None, False)]),
        ("a|(?!)", "", [("(?!)", Why.NEVER, None, False)]),
        ("(?:a?|)b", "", [("", Why.EARLIER, "a?", False)]),
        ("(?:a|)b", "", []),
        ("|a", "", []),  # an empty match is followed by one that is not, at the same place
        ("(?P<n>a|b|a)c", "", [("a", Why.EARLIER, "a", False)]),
        ("(a|b|c)|[a-c]", "", [("[a-c]", Why.EARLIER, "(a|b|c)", False)]),
        ("[a-c]|(a|b|c)", "", [("(a|b|c)", Why.EARLIER, "[a-c]", False)]),
        (" foo # |\n | foobar # more", "x", [(" foobar # more", Why.EARLIER, " foo # |\n ", True)]),
        (r"[|]|\||x", "", [(r"\|", Why.EARLIER, "[|]", False)]),
        ("ab|a(?!b)|a", "", [("a", Why.TOGETHER, None, False)]),
        ("(?=a|a)a", "", []),  # not looked into
        ("(?:a|a)*+b", "", []),
        ("(?!)(?:a|b)", "", [("b", Why.NEVER, None, False)]),
        ("(?!\U0010f000)(?:a|a)", "", []),  # the sign of a switch
    ],
)
def test_what_is_reported(regex: str, flags: str, expected: list[tuple[str, Why, str | None, bool]]) -> None:
    assert [shown(regex, covered) for covered in covered_options(regex, flags)] == expected


def test_is_asks_for_the_whole_text() -> None:
    assert not covered_options("foo|foobar", "", [Mode.FULL])
    assert not covered_options("foo|foobar", "", [Mode.SEARCH, Mode.FULL])
    assert covered_options("ab?|a", "", [Mode.FULL])
    # Which of two comes first decides where a match ends, but not whether all of the text is one.
    assert not covered_options("a|ab?", "", [Mode.SEARCH, Mode.FULL])[1:]
    assert [covered.span for covered in covered_options("a|ab?", "", [Mode.FULL])] == [(0, 1)]


def test_nothing_is_reported_where_it_would_take_too_long() -> None:
    many = "|".join(f"[ab]{{{n}}}c[ab]{{{n}}}" for n in range(2, 60))
    assert len(covered_options(f"(?:{many})*", "")) < 60
    assert not covered_options("|".join(["a"] * 1000), "")


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({}, id="as checked"),
        pytest.param({"most": 500, "work": 1_000_000}, id="far", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("module", standard_modules())
def test_every_alternative_of_the_standard_library_decides_something(module: str, limits: dict[str, int]) -> None:
    checked = check_file(STD / f"{module.removeprefix('std.')}.guard")
    assert checked.policy is not None
    for name, detector in checked.policy.detectors.items():
        if isinstance(detector, Pattern):
            reported = covered_options(detector.regex, detector.flags, **limits)
            assert not [shown(detector.regex, covered) for covered in reported], name


def patterns(size: int, leaves: tuple[str, ...], repeats: tuple[str, ...]) -> list[str]:
    """Every pattern of `size` leaves and operators, of which joining two is free, that has an alternation."""

    @cache
    def of(size: int) -> tuple[str, ...]:
        if size == 1:
            return leaves
        made = [f"(?:{body}){repeat}" for body in of(size - 1) for repeat in repeats]
        for left in range(1, size):
            made.extend(first + second for first in of(left) for second in of(size - left))
        for left in range(1, size - 1):
            made.extend(f"(?:{first}|{second})" for first in of(left) for second in of(size - 1 - left))
        return tuple(dict.fromkeys(made))

    return [regex for regex in of(size) if "|" in regex]


def check(regex: str, some: list[str], mode: Mode) -> int:
    """Holds that the reported options can go together, and none of the others besides."""
    automaton = compile_pattern(regex, "").automaton
    if not automaton.start:
        return 0
    reported = [covered.span for covered in covered_options(regex, "", [mode])]
    shorter = all_without(regex, reported)
    for text in some:
        assert found(regex, text, mode) == found(shorter, text, mode), (regex, shorter, text)
    for other in not_reported(regex, reported):
        shorter = all_without(regex, [*reported, other])
        assert any(found(regex, text, mode) != found(shorter, text, mode) for text in some), (regex, shorter)
    return len(reported)


def not_reported(regex: str, reported: list[Span]) -> Iterator[Span]:
    for alternation in alternations(regex, verbose=False):
        left = [option for option in alternation.options if option not in reported]
        inside = any(a <= alternation.options[0][0] and alternation.options[-1][1] <= b for a, b in reported)
        if len(left) > 1 and not inside:
            yield from left


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("size", [3, 4])
def test_small_patterns(size: int, mode: Mode) -> None:
    some = texts("abc", 4)
    assert sum(check(regex, some, mode) for regex in patterns(size, ("a", "b", "ab", "[ab]", ""), ("*", "??")))


@pytest.mark.parametrize("mode", Mode)
def test_small_patterns_with_assertions(mode: Mode) -> None:
    some = texts("ab\n", 4)
    leaves = ("a", "", "^", "$", r"\b", "(?!a)", "(?<=a)", ".")
    assert sum(check(regex, some, mode) for regex in patterns(3, leaves, ()))


def test_random_patterns() -> None:
    picked = random.Random(7)
    some = texts("abc", 5)

    def pattern(depth: int) -> str:
        kind = picked.randrange(6 if depth else 1)
        if kind == 0:
            return picked.choice(("a", "b", "c", "ab", "bc", "[ab]", "", "abc"))
        if kind == 1:
            return f"(?:{pattern(depth - 1)}){picked.choice('*+?')}"
        if kind < 4:
            return f"(?:{'|'.join(pattern(depth - 1) for _ in range(picked.randrange(2, 5)))})"
        return pattern(depth - 1) + pattern(depth - 1)

    reported = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(300):
            regex = pattern(3)
            if "|" in regex and len(regex) < 60:
                reported += check_safe(regex, some)
    assert reported


def check_safe(regex: str, some: list[str]) -> int:
    """Of larger patterns only that what is reported can go: what tells an option apart may be a longer text."""
    reported = [covered.span for covered in covered_options(regex, "")]
    shorter = all_without(regex, reported)
    for text in some:
        assert found(regex, text, Mode.SEARCH) == found(shorter, text, Mode.SEARCH), (regex, shorter, text)
    return len(reported)
