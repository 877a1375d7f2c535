"""Look-ahead of more than one character holds where `re`'s does, or is refused."""

from __future__ import annotations

from itertools import product

import engines
import pytest

from guardc.compiler.regex import UnsupportedPattern, compile_pattern

AT_ONCE = 250

BODIES = (
    "ab", "a.", "ba", "a[^b]", "a|bb", "ab|b.", "a+b", "a*b", ".*b", "[^b]*b", "aa?b", r"a\n", r"a\Z", "a$",
    "(?m:a$)", r"\ba\B.", r"a\b", r".\b", "(?:ab)+", "(?:ab)*$", "(?!a)b.", "a(?=b)", "(?!ab).", "(?=.b)a", "..",
    ".{3}", "(?>a|ab)b", "(?:ab)*+$", "",
)  # fmt: skip
FOLLOWING = (
    "[ab]{2}",
    "a.b?",
    ".*",
    ".*$",
    "[ab]*b",
    "(?:ab|a)*",
    "a?b?$",
    "(?s:.)*",
    ".{2}|b",
    r".+?\b",
    "(?:a|b.)*?$",
)
WRAPPERS = (
    "(?={}){}", "(?!{}){}", "(?:(?!{}).)*{}", "(?:b|(?={})a)*{}", "a(?!{}){}", "(?:(?!{}){})+$",
    "(?>(?!{})[ab]{{2}}b?){}", "b?(?={0}){1}|(?!{0})a{1}", "(?<=b)(?!{}){}",
)  # fmt: skip


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(longest + 1) for letters in product(alphabet, repeat=size)]


def check(regexes: list[str], texts: list[str]) -> tuple[int, int]:
    """Compare what is supported; returns how many regexes are, and how many are not."""
    patterns = [(regex, "") for regex in dict.fromkeys(regexes) if engines.supported(regex)]
    for first in range(0, len(patterns), AT_ONCE):
        engines.compare(patterns[first : first + AT_ONCE], texts, python=2)
    return len(patterns), len(regexes) - len(patterns)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_small_look_aheads_hold_where_those_of_re_do(wrapper: str) -> None:
    some = [wrapper.format(body, following) for body in BODIES[::2] for following in FOLLOWING[::2]]
    supported, refused = check(some, texts("ab\n", 3))
    assert supported > refused // 5


@pytest.mark.slow
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_many_look_aheads_hold_where_those_of_re_do(wrapper: str) -> None:
    some = [wrapper.format(body, following) for body in BODIES for following in FOLLOWING]
    supported, refused = check(some, [*texts("ab\n", 4), *texts("ab", 6)])
    assert supported > refused // 5


@pytest.mark.parametrize(
    ("regex", "texts"),
    [
        (
            r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}",
            ["123-45-6789 000-12-3456 123-00-4567", "666-12-3456", "1234-56-7890"],
        ),
        (r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,}$", ["Passw0rdxx", "password1", "Aa1", "A" * 70 + "a1"]),
        (r"<!--(?:(?!-->).)*-->", ["<!-- a -- b --><!---->", "<!-- " + "-" * 80, "<!--\n-->"]),
        (r"\b(?!foo\b)\w+\b", ["foo bar food", "foo", "foofoo", "é foo"]),
        (r"(?i)\b(?!k\u017f)\w{2,}\b", ["ks kt", "\u212aS", "kks"]),
        (r"(?m)^(?!#|//).+$", ["# a\nb\n// c\n/d", "//", "/"]),
        (r"(?!😀😀)[😀é]{2}", ["😀😀", "é😀😀", "😀é", "éé"]),
        (r"(?s)\A(?!.*xx).*\Z", ["a" * 100, "a" * 70 + "xx", "", "x\nx"]),
    ],
)  # fmt: skip
def test_look_aheads_as_people_write_them(regex: str, texts: list[str]) -> None:
    assert engines.compare([(regex, "")], texts)


@pytest.mark.parametrize(
    ("regex", "blamed"),
    [
        ("a(?=bc)", "(?=bc)"),
        ("(?!ab)a", "(?!ab)"),
        ("(?!ab)[ab]{2}(?=cd)", "(?=cd)"),
        ("(?!ab)a|(?=cd)cd", "(?!ab)"),
        ("(?=.*c)a", "(?=.*c)"),
        ("(?:(?=ab)a|b)*", "(?=ab)"),
        ("(?>(?=ab)a)b", "(?=ab)"),
        ("(?<=ab)c", "(?<=ab)"),
        ("(?!ab)[ab]{2}(?<!cd)", "(?<!cd)"),
    ],
)
def test_where_a_match_could_end_before_it_is_decided_it_is_refused(regex: str, blamed: str) -> None:
    with pytest.raises(UnsupportedPattern, match="a look-around is supported if") as caught:
        compile_pattern(regex, "")
    assert regex[caught.value.start : caught.value.end] == blamed


def test_a_look_ahead_beside_a_group_in_doubt_is_refused() -> None:
    assert compile_pattern("(?:ab)*+c", "")
    with pytest.raises(UnsupportedPattern, match="a possessive repeat is supported if"):
        compile_pattern("(?!ac)..(?:ab)*+c", "")
