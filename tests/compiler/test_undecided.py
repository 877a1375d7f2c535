"""How long a match stays undecided, compared with `re` over all short texts."""

from __future__ import annotations

import itertools
import re

import pytest
from engines import regex_for

from guardc.compiler.regex import compile_pattern, compile_words
from guardc.compiler.regex.undecided import longest_undecided

BEHIND = 3
"""Characters that are tried behind a text: more than any of the patterns looks ahead in what can still change."""


def held(expression: re.Pattern[str], text: str, alphabet: str, behind: int) -> int:
    """Characters of `text` from the first place on at which a match may begin that is undecided."""
    ends = [text + "".join(more) for size in range(behind + 1) for more in itertools.product(alphabet, repeat=size)]
    at = 0
    while at < len(text):
        # `re.match` at each place, over all continuations.
        found = {match.end() if (match := expression.match(whole, at)) else None for whole in ends}
        if len(found) > 1:
            return len(text) - at
        end = found.pop()
        at = at + 1 if end is None or end == at else end
    return 0


def brute_force(expression: re.Pattern[str], alphabet: str, longest: int, behind: int = BEHIND) -> int:
    return max(
        held(expression, "".join(text), alphabet, behind)
        for size in range(longest + 1)
        for text in itertools.product(alphabet, repeat=size)
    )


BOUNDED = [
    ("abc", "", "abc"),
    ("ab|a", "", "ab"),
    ("a|ab", "", "ab"),
    ("a{2,3}", "", "ab"),
    ("a{2,3}?", "", "ab"),
    (r"ab\b", "", "ab "),
    (r"\bab", "", "ab "),
    (r"\ba?b\b", "", "ab "),
    ("a(?!b)", "", "ab"),
    ("a(?=b)", "", "ab"),
    ("(?<!a)b", "", "ab"),
    ("(?<=a)ba", "", "ab"),
    ("ab$", "", "ab\n"),
    ("a$", "m", "ab\n"),
    (r"a\s?$", "", "ab\n"),
    (r"\n$", "", "a\n"),
    (r"ab?\Z", "", "ab\n"),
    ("^ab", "", "ab"),
    ("^ab", "m", "ab\n"),
    ("(?:ab|ba){1,2}", "", "ab"),
    ("(?:ab|a)(?:bc)?", "", "abc"),
    ("a.b", "", "ab\n"),
    ("(?!aa)[ab]{2}", "", "ab"),
    ("(?:a|ab)(?:c|bcd)", "", "abcd"),
    ("a+?", "", "ab"),
    (r"\Ba\B", "", "ab "),
    ("AB", "i", "aAbB"),
    ("a?", "", "ab"),
    ("a?$", "", "a\n"),
]


@pytest.mark.parametrize(("regex", "flags", "alphabet"), BOUNDED)
def test_the_bound_is_what_the_worst_of_all_short_texts_holds(regex, flags, alphabet):
    bound = longest_undecided(compile_pattern(regex, flags))
    worst = brute_force(regex_for(regex, flags), alphabet, 5 if len(alphabet) < 4 else 4)
    assert bound is not None
    if regex == "a?":  # no DFA: the bound of the lengths
        assert worst <= bound <= worst + 1
    else:
        assert bound == worst


def test_no_text_holds_more_than_the_bound():
    pieces = ["a", "b", "ab", "a?", "b{1,2}", "(?:a|b)", "[^a]", r"\b", "$", "(?!a)", "(?=b)", "(?<!b)", "a??", ""]
    compared = 0
    for parts in itertools.product(pieces, repeat=3):
        regex = "".join(parts)
        try:
            compiled = compile_pattern(regex, "")
        except re.error:
            continue
        bound = longest_undecided(compiled)
        assert bound is not None
        worst = brute_force(regex_for(regex), "ab\n", 3, 2)
        assert worst <= bound, regex
        if compiled.dfa is not None and compiled.automaton.max_length is not None:
            assert bound <= compiled.automaton.max_length + (compiled.automaton.final_newline is not None), regex
        compared += 1
    assert compared > 1_000


@pytest.mark.parametrize("regex", ["a+", "a+b", "ab*c", r"a[^b]*b|c", r"a\s+b", "a.*b", "a(?:b|c)*"])
def test_what_can_go_on_has_no_bound(regex):
    assert longest_undecided(compile_pattern(regex, "")) is None


@pytest.mark.parametrize("regex", ["a+?", "a{2,}?", "ab*?"])
def test_what_is_decided_early_has_one_though_repeats_have_no_end(regex):
    compiled = compile_pattern(regex, "")
    assert longest_undecided(compiled) is not None


def test_a_pattern_that_never_matches_holds_nothing():
    assert longest_undecided(compile_pattern(r"a\b\Bb", "")) == 0


@pytest.mark.parametrize("count", [3, 300])
@pytest.mark.parametrize(("anywhere", "shorter"), [(False, 0), (True, 1)])
def test_a_word_list_holds_its_longest_entry(count, anywhere, shorter):
    entries = [f"w{number:04}" for number in range(count)] + ["w0000longer"]
    compiled = compile_words(entries, ignore_case=False, anywhere=anywhere)
    assert longest_undecided(compiled) == len("w0000longer") - shorter


def test_a_word_list_with_errors_holds_its_longest_finding():
    compiled = compile_words(["password"], ignore_case=False, anywhere=False, edits=1)
    assert longest_undecided(compiled) == len("password") + 1


@pytest.mark.parametrize("options", [{}, {"anywhere": True}, {"edits": 1}])
def test_a_space_in_an_entry_has_no_bound(options):
    arguments = {"ignore_case": False, "anywhere": False, **options}
    assert longest_undecided(compile_words(["Initech Cloud"], **arguments)) is None
