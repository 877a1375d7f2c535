"""Atomic groups and possessive repeats end where `re` ends them, or are refused."""

from __future__ import annotations

from itertools import product

import engines
import pytest

from guardc.compiler.regex import UnsupportedPattern, compile_pattern

AT_ONCE = 250

PARTS = ("a", "b", "ab", "", ".", "$", r"\b", "[^a]")
BODIES = (
    *PARTS,
    *(first + second for first, second in product(("a", "b?", "a*?", "b+", r"\b", "$"), ("a", "b??", "[ab]*", r"\n?"))),
    *(f"{first}|{second}" for first, second in product(PARTS, PARTS) if first != second),
    "a|ab|b", "ab|a|b", "aba|ab|a", "aa|a", "a|aa", "(?:a|ab)b?", "(?:ab|a)*", "(?:ab|b)+", "(?:a|b)*?b", "a$|ab",
    "a{2}|a", "a(?!b)|ab", "(?<=a)b|a", "(?:a*b)*", "(?>a|ab)b", "(?:ab)*+a", "(?:a?b)++", "a(?:ba)*",
    "(?m:$)\\n|a", "a+?b|a",
)  # fmt: skip
WRAPPERS = ("(?>{})", "(?:{})*+", "(?:{})?+", "(?:{}){{1,2}}+", "(?:{}){{2}}+", "(?:(?>{})b?)*", "(?:x?(?>{}))*")
FOLLOWING = ("", "a", "b", "c", "$", "b?", "[^a]", r"\b", "(?=b)", "(?:b|$)", "a*+", "|b")


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for size in range(longest + 1) for letters in product(alphabet, repeat=size)]


def check(regexes: list[str], texts: list[str], flags: str = "") -> tuple[int, int]:
    """Compare what is supported; returns how many regexes are, and how many are not."""
    patterns = [(regex, flags) for regex in dict.fromkeys(regexes) if engines.supported(regex, flags)]
    for first in range(0, len(patterns), AT_ONCE):
        engines.compare(patterns[first : first + AT_ONCE], texts, python=2)
    return len(patterns), len(regexes) - len(patterns)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_small_groups_match_what_re_matches(wrapper: str) -> None:
    some = [wrapper.format(body) + following for body in BODIES[::2] for following in ("", "a", "c", "$")]
    supported, refused = check(some, texts("ab\n", 3))
    assert supported > 2 * refused


@pytest.mark.slow
@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("before", ["", "a?", r"(?:b|\n)*", "(?=.)"])
def test_many_groups_match_what_re_matches(wrapper: str, before: str) -> None:
    some = [before + wrapper.format(body) + following for body in BODIES for following in FOLLOWING]
    supported, refused = check(some, [*texts("ab\n", 4), *texts("ab", 6), *texts("abc", 4)])
    assert supported > 2 * refused


@pytest.mark.parametrize(
    "regex",
    [
        # The set of what comes next tells where it ends.
        "(?>ab|a)b", "(?>a|ab)c", "(?>a|ab)", "(?>a*?)b", "(?>(?:ab|a)+)b", "(?:a|b)*+b", "(?>[ab]+c?)c",
        "(?>a|ab){2}b",
        # It does not, but what follows cannot begin like what the group hopes for.
        "(?:ab)*+c", "(?:ab)*+", "(?:ab)++$", "(?:ab)*+(?:c|$)", "(?:ab)*+b?", "x(?:ab)*+y|b", "(?>abc|a)(?:a|c)",
        "(?:(?:ab)*+c)*", "(?>aab|a)(?!a)", "(?:(?:ab)*+c)*+b", "(?>(?:ab)*c|a)$",
        # Every iteration is atomic.
        "(?:a|ab){2}+", "(?:a|ab)*+c", "(?:ab|a){2,3}+b", "(?:|a)*+b", "(?:a|)*+b", "(?:a??)*+b", "(?:a?b?){2}+a",
        # Tests of both sides.
        r"(?>\\b\\w|b)+", "(?>a$|ab)", r"(?>a$|a\n)b?", r"(?>^|a)b", r"(?>(?m:$)\n|a)+", r"(?>\n$|\n\n|a)*",
        r"(?>\B.|a\b)+", r"(?>a|(?<=a)b|(?<!a)b.)*", r"(?:(?=a)a|$b)*+\n?",
        # Nested, and in look-around.
        "(?>(?>a|ab)b?)a", "(?=(?>a|b))[ab]+", "(?!(?>a|b)).", "(?<=(?>a|b))b", "(?:(?>a|ab)b|(?>b|ba))*",
        "(?>a(?>b|ba)*+)?",
    ],
)  # fmt: skip
def test_chosen_groups(regex: str) -> None:
    assert engines.compare([(regex, "")], [*texts("ab\n", 4), *texts("abc", 4)], python=3)
    assert engines.compare([(regex, "im")], texts("aB\n", 3), python=2)


@pytest.mark.parametrize(
    "regex",
    [
        "(?:ab)*+a",
        "(?>abc|a)b",
        r"(?:ab)*+\w",
        "(?:(?:ab)*+)*",
        "(?:ab)*+a?",
        "(?>aab|a)a",
        r"(?:ab)*+\b",
        "(?>a+b|a)a",
    ],
)
def test_where_one_character_does_not_tell_the_group_is_refused(regex: str) -> None:
    with pytest.raises(UnsupportedPattern, match="is supported if the next character tells whether it ends there"):
        compile_pattern(regex, "")


def test_a_group_whose_table_is_too_large_is_refused() -> None:
    with pytest.raises(UnsupportedPattern, match="so much of the text can decide where it ends"):
        compile_pattern("(?>(?:a|b)*a(?:a|b){12})c", "")


@pytest.mark.parametrize(
    ("regex", "texts"),
    [
        ("(?:ab){60}+", ["ab" * 59, "ab" * 60, "ab" * 125]),
        ("(?:ab){,70}+c", ["ab" * 70 + "c", "ab" * 71 + "c", "ab" * 69 + "ac"]),
        (r"(?>(?:[a-z]+-)*[a-z]+)\.", ["a-b-c.", "ab-" * 50 + "x.", "ab-" * 50 + "."]),
        (r"""(?>"(?:[^"\\]|\\.)*")x""", [r'"a\"b"x', '"' + "\\" * 40 + '"x', '"' + "a" * 100 + '"y']),
        (r"(?:\d{1,3},)*+[a-z]", ["1,22,333,x", "1,22,3333,x", "12,3"]),
        (r"(?>https?|ftp)://(?>[^/\s]+)/", ["http://a/", "https://a.b/c", "ftp://" + "x" * 80 + "/", "http:///"]),
    ],
)
def test_groups_as_people_write_them(regex: str, texts: list[str]) -> None:
    assert engines.compare([(regex, "")], texts)
