"""What is refused is named, placed and hinted at; what only looks irregular is compiled."""

from __future__ import annotations

import re

import pytest

from guardc.compiler.regex import PatternTooLarge, UnsupportedPattern, compile_pattern
from guardc.compiler.regex.locate import constructs


@pytest.mark.parametrize(
    ("regex", "blamed", "reason"),
    [
        (r"(a)\1", r"\1", "back-reference"),
        (r"\141(a)\07\1", r"\1", "back-reference"),
        (r"[\1](a)(?P<n>b)\2", r"\2", "back-reference"),
        (r"(?P<n>a)b(?P=n)", "(?P=n)", "back-reference"),
        (r"(a)?(?(1)b|c)d", "(?(1)b|c)", "conditional"),
        (r"(?P<n>a)?(?(n)(b)|c)d", "(?(n)(b)|c)", "conditional"),
        ("x(?=ab)", "(?=ab)", "look-around"),
        ("(?!x)a(?=(b)c)", "(?=(b)c)", "look-around"),
        ("x(?=a)b|x(?=ab)", "(?=ab)", "look-around"),
        ("(?<=ab)c", "(?<=ab)", "look-around"),
        (r"(?<=\ba)c", r"(?<=\ba)", "look-around"),
        (r"(?=a$)", r"(?=a$)", "look-around"),
        ("(?x) a # (?=ab) \n (?!ab)", "(?!ab)", "look-around"),
        ("(?x:a # (?=ab) \n)b(?!ab)", "(?!ab)", "look-around"),
        ("(?#(?=ab)a(?!ab)", "(?!ab)", "look-around"),
        ("[(?=ab)](?!ab)", "(?!ab)", "look-around"),
        (r"\(?=ab(?!ab)", "(?!ab)", "look-around"),
        ("a*+(?:ab)*+a", "*+", "possessive"),
        ("a*+(?:ab){1,2}+a", "{1,2}+", "possessive"),
        ("(?:(?:ab)*+c){,2}+a", "{,2}+", "possessive"),
        ("(?:(?:ab)*+a)?+c", "*+", "possessive"),
        (r"(?a:\W)x", r"(?a:\W)", "does not search for what it matches"),
        (r"(?i)((?a:[\D_])x)", r"(?a:[\D_])", "does not search for what it matches"),
        (r"(?a)(?ui:\w)", r"(?ui:\w)", "does not search for what it matches"),
        ("(?>a)(?>abc|a)b", "(?>abc|a)", "atomic"),
        ("(?>b(?>abc|a)b)", "(?>abc|a)", "atomic"),
    ],
)
def test_what_is_refused_is_placed(regex: str, blamed: str, reason: str) -> None:
    with pytest.raises(UnsupportedPattern) as caught:
        compile_pattern(regex, "")
    error = caught.value
    assert reason in error.reason
    assert error.hint
    assert error.start is not None
    assert error.end is not None
    assert regex[error.start : error.end] == blamed
    assert regex.count(blamed) == 1 or error.start == regex.rindex(blamed)


@pytest.mark.parametrize("regex", ["(", "a**", "[a", r"\1", "(?<=a+)b", "a{2,1}", "(?P<1>a)", "a{99999999999}"])
def test_what_re_refuses_is_refused_as_re_does(regex: str) -> None:
    with pytest.raises(re.error):
        compile_pattern(regex, "")


@pytest.mark.parametrize(
    "regex",
    [
        "a{20001}", "(?:a?){1000}", "(?:(?:a{100}){100}){100}", "(?:(?:a?){100}b?){100}",
        "(?:ab){4294967294}",
        "(?:" * 5_000 + ")" * 5_000, "".join(f"(?<!{chr(0x4E00 + n)})" for n in range(80)) + "x",
        "".join(map(chr, range(300, 900, 2))),
    ],
)  # fmt: skip
def test_what_is_too_large_is_refused_in_time(regex: str) -> None:
    with pytest.raises(PatternTooLarge) as caught:
        compile_pattern(regex, "")
    assert caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "regex", ["(?:){4294967294}", r"(?:\b){1000000}", "(?:(?:)*)*a", "(?:a{0}){1000000}", "(?:^|$){2,}"]
)
def test_repeating_nothing_costs_nothing(regex: str) -> None:
    assert len(compile_pattern(regex, "").automaton.positions) <= 1


def test_constructs_are_found_in_order() -> None:
    regex = r"(?x: a# \1" + "\n" + r")(b)\1(?=c)[\1]\101(?P<n>d)(?P=n)(?(n)e|f)(?>g)h++"
    names = [construct.name for construct in constructs(regex, verbose=False)]
    assert names == [
        "back-reference",
        "look-around",
        "back-reference",
        "conditional",
        "atomic group",
        "possessive repeat",
    ]
    names = [construct.name for construct in constructs("a *+b{2}+c{+d\\++", verbose=False)]
    assert names == ["possessive repeat", "possessive repeat"]
    assert [(c.start, c.end) for c in constructs("a{2} +", verbose=True)] == [(1, 6)]


def test_re_searches_otherwise_than_it_matches_only_at_the_beginning() -> None:
    # Were this mended in `re`, there would be nothing to refuse.
    assert re.match(r"(?a:\W)x", "éx")
    for regex in (r"x(?a:\W)", r"(?a:\W)*", r"(?a:\w)x", r"(?a:.)", r"(?a:\b)\W", r"(?a:[^a])", r"(?u:\W)"):
        assert compile_pattern(regex, "").automaton.start


def test_flags_are_letters() -> None:
    assert compile_pattern("(?i:a)B", "") == compile_pattern("[Aa]B", "")
    assert compile_pattern("a # x", "ix").automaton == compile_pattern("[aA]", "").automaton
    assert compile_pattern("^.$", "ms") == compile_pattern("(?ms)^.$", "")
