"""A class has exactly the characters that `re` matches, over all code points."""

from __future__ import annotations

import re
import warnings

import pytest

from guardc.compiler.regex.charset import LAST
from guardc.compiler.regex.classes import ask_re, charset_of, touched_by_case
from guardc.compiler.regex.nodes import Chars
from guardc.compiler.regex.parse import parse
from guardc.compiler.regex.sre import parser

EVERYTHING = "".join(map(chr, range(LAST + 1)))

NASTY = [
    (".", ""), (".", "s"), (r"\w", ""), (r"\w", "a"), (r"\W", ""), (r"\d", ""), (r"\D", "a"), (r"\s", ""),
    (r"\S", "a"), ("k", "i"), ("K", "i"), ("\u212a", "i"), ("s", "i"), ("\u017f", "i"), ("i", "i"),
    ("I", "i"), ("\u0130", "i"), ("\u0131", "i"), ("[^k]", "i"), ("[^s]", "ai"), ("s", "ai"), ("[a-z]", "i"),
    ("[^a-z]", "i"), ("[A-Z]", "ai"), (r"[\W_]", "i"), (r"[^\W\d_]", "i"), ("\u00b5", "i"),
    ("[\u03b1-\u03c9]", "i"), ("\u0345", "i"), ("[\u1e9e]", "i"), ("\u00df", "i"), ("\ufb05", "i"),
    ("\u01c5", "i"), ("[\u0400-\u04ff]", "i"), ("\U00010400", "i"), ("[\U00010400-\U00010427]", "i"),
    ("[^\U00010400-\U00010427]", "i"), ("[\ud800-\udfff]", ""), ("[^\ud800]", "i"),
    ("[\x00-\U0010ffff]", "i"), ("[K\\d]", "i"), ("[\u1c80-\u1c88]", "i"), (r"[^\x00-\x7f]", "i"),
    ("\u13a0", "i"), ("\uab70", "i"), ("[\u2160-\u217f]", "i"), ("[\u24b6-\u24cf]", "i"), ("(?a:k)", "i"),
    ("(?-i:k)", "i"), ("(?i:k)", ""), ("[^\u0131]", "i"), (r"[\s\S]", "i"), (r"[^\s\S]", ""),
    ("[e-g\u00e9-\u00eb]", "i"), ("a|b|\\d", "i"),
]  # fmt: skip


@pytest.mark.parametrize(("regex", "flags"), NASTY)
def test_a_class_has_what_re_matches(regex: str, flags: str) -> None:
    node = parse(regex, flags).node
    assert isinstance(node, Chars)
    number = sum(getattr(re, flag.upper()) for flag in flags)
    found = {match.start() for match in re.finditer(regex, EVERYTHING, number)}
    assert set(node.chars) == found


@pytest.mark.parametrize("flags", [re.IGNORECASE, re.IGNORECASE | re.ASCII])
def test_case_folding_of_a_sample_of_literals_is_what_asking_about_every_character_gives(flags: int) -> None:
    touched, _, _ = touched_by_case()
    for point in (*list(touched)[::97], 0x30, 0x4E00, 0x1F600, 0x10FFFF):
        item = parser.parse(re.escape(chr(point)))[0]
        assert charset_of(item, flags) == ask_re(item, flags)


def test_case_touches_nothing_else() -> None:
    _, untouched, _ = touched_by_case()
    for low, high in untouched.ranges:
        part = EVERYTHING[low : high + 1]
        assert part.lower() == part
        assert part.upper() == part
        assert len(part) == high - low + 1


def test_case_folding_puts_every_character_in_one_group() -> None:
    # Word lists rely on it: two labels are equal or disjoint.
    touched, _, _ = touched_by_case()
    group: dict[int, object] = {}
    for point in touched:
        chars = charset_of(parser.parse(re.escape(chr(point)))[0], re.IGNORECASE)
        assert point in chars
        for member in chars:
            assert group.setdefault(member, chars) == chars


def test_a_pattern_that_re_warns_of_is_noted_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse("[[a]").warnings == ("Possible nested set at position 1",)
