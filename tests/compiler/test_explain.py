"""The report on a compiled policy."""

from __future__ import annotations

import pytest

from guardc.compiler import compile_text
from guardc.compiler.explain import FREQUENT, KB, Report, explain


def report(source: str) -> Report:
    compilation = compile_text("edition 1\n" + source)
    assert compilation.module is not None, compilation.diagnostics
    assert compilation.plan is not None
    return explain(compilation.module, compilation.plan)


def pattern(regex: str, rule: str = "no p"):
    return report(f"pattern p = {regex}\nguard g on input {{\n    {rule} on fail filter\n}}\n").patterns[0]


@pytest.mark.parametrize(
    ("regex", "factors"),
    [
        (r"/AKIA[0-9A-Z]{16}/", ('"AKIA" [0-9A-Z]{4} at the start',)),
        (r"/[a-z]{1,64}@[A-Za-z0-9]/", ('"@" [0-9A-Za-z] after 1 to 64 characters',)),
        (r"/[a-z]+@[0-9]/", ('"@" [0-9] after 1 or more of [a-z]',)),
        (r"/@\s@/", (r'"@" \s "@" at the start',)),
        (r"/qz@/i", ('"qz@" in any case at the start',)),
        (r"/(?:ab)?@#/", ('"@#" after up to 2 characters',)),
    ],
)
def test_factors_read_as_words(regex, factors):
    assert pattern(regex).factors == factors


def test_a_short_pattern_costs_its_length_at_every_character():
    found = pattern(r"/AKIA[0-9A-Z]{16}/")
    assert found.engine.startswith("DFA, ")
    assert found.longest == 20
    assert found.worst == KB * 21
    assert found.candidates < 0.001
    assert found.warning is None


def test_checks_are_part_of_the_cost():
    with_check = pattern(r"/\b[0-9]{16}\b/ where luhn")
    assert with_check.checks == ("luhn",)
    assert with_check.worst == pattern(r"/\b[0-9]{16}\b/").worst + KB * 16


def test_a_pattern_without_a_bound_says_so():
    found = pattern(r"/@[a-z]+!/")
    assert found.longest is None
    assert found.worst == KB * (5 + 2 * found.positions + found.positions * (found.positions + 1))


@pytest.mark.parametrize(
    "regex",
    [
        r"/a(?:[^b]*b)?/",
        r"/a[^b]*b|a/",
        r"/foo[^\n]*bar|f/",
        r"/a[^b]*b|c/",  # an attempt from an `a` keeps the `c` behind it waiting
        r"/(?:|a[^b]*b)/",
        r"/a.*[ab].{12}x|a/",  # no DFA
    ],
)
def test_reading_on_costs_what_the_threads_that_are_not_doomed_cost(regex):
    found = pattern(regex)
    assert found.longest is None
    assert found.worst == KB * (5 + 2 * found.positions + found.positions * (found.positions + 1))


def test_reading_on_ends_with_the_longest_match():
    found = pattern(r"/@(?:[a-z]{10}!){7}/")
    assert (found.shortest, found.longest, found.positions) == (78, 78, 78)
    assert found.worst == KB * (5 + 2 * 78) + KB // 78 * 79 * 2 * 78


def test_a_pattern_of_is_reads_the_text_once():
    found = pattern(r"/[a-z]+/", rule="is p")
    assert found.factors == ()
    assert found.candidates == 0
    assert found.worst == (KB + 1) * found.positions
    assert found.warning is None


@pytest.mark.parametrize("regex", [r"/[a-z]{3}/", r"/e/", r"/\w+/"])
def test_a_pattern_without_a_rare_window_gets_a_warning(regex):
    found = pattern(regex)
    assert found.candidates > KB * FREQUENT
    assert found.warning is not None
    assert "require" in found.warning


def test_a_pattern_that_matches_nothing_gets_a_warning():
    found = pattern(r"/a\b\Bb|[^\s\S]x/")
    assert found.warning == "it can never match; delete it, or mend its regex"


def test_an_empty_match_is_searched_everywhere():
    found = report("pattern p = /a*/\nguard g on input {\n    no p on fail filter\n}\n")
    assert found.guards[0].everywhere == ("p",)
    assert found.patterns[0].candidates == KB
    assert "empty" in (found.patterns[0].warning or "")


def test_what_runs_apart_has_a_time_limit_and_no_other_bound():
    found = report(
        """
pattern doubled = /(\\w+) \\1/ backtracking
pattern card = /(\\d)\\d{12}\\1/ backtracking within 2 s where luhn
pattern key = /@a/
custom detector names
guard g on input {
    no doubled, key
    is card
    count(doubled, names) <= 1
}
"""
    )
    assert [(pattern.names[0], pattern.engine, pattern.checks, pattern.worst) for pattern in found.patterns[1:]] == [
        ("doubled", "backtracking, apart, at most 100 ms", (), None),
        ("card", "backtracking, apart, at most 2000 ms", ("luhn",), None),
    ]
    rules = found.guards[0].rules
    assert [rule.decided_by for rule in rules] == [
        "scan and search apart",
        "search apart",
        "Python handler and search apart",
    ]
    assert found.guards[0].patterns == 1


RULES = """
metadata {
    tier string = "free"
    age number
}
pattern a = /@a/
words b = ["some words"] ignore case
custom detector names(limit number)
custom measure toxicity()
custom action mend()

guard g on output {
    chars <= 10 on fail fix
    long: when tier == "free": words <= 10 on fail fix
    no a, names(3) except b on fail fix
    is a on fail filter
    count(a, b) <= 2 on fail refrain
    toxicity < 0.5 on fail custom mend()
}

guard h on input {
    no b on fail filter
}
"""


def test_rules_say_what_decides_them_and_when():
    rules = report(RULES).guards[0].rules
    assert [(rule.decided_by, rule.judged) for rule in rules] == [
        ("length", 1),
        ("second reading", 3),
        ("scan and Python handler", 5),
        ("second reading", 4),
        ("scan", 2),
        ("Python handler", 6),
    ]
    assert [rule.test for rule in rules] == [
        "chars <= 10", "words <= 10", "no a, names(3) except b", "is a", "count(a, b) <= 2", "toxicity < 0.5",
    ]  # fmt: skip
    assert rules[1].name == "long"
    assert rules[1].when == '(tier == "free")'
    assert rules[5].on_fail == "custom mend()"
    assert rules[0].source == "policy.guard:14"


def test_guards_say_what_they_need():
    first, second = report(RULES).guards
    assert first.handlers == ("detector names(limit number)", "measure toxicity()", "action mend()")
    assert first.metadata == ("tier string, has a default",)
    assert (second.handlers, second.metadata, second.extras) == ((), (), ())
    assert (first.patterns, second.patterns) == (2, 1)


def test_sizes_add_up():
    found = report(RULES)
    sections = sum(section.size for section in found.sections)
    assert sections < found.size < sections + 8_192
    own = sum(one.size for one in found.patterns)
    in_plan = {"LOCL", "KIND", "TRUE", "EDGE", "POSN", "DTAB", "PATT"}
    assert own == sum(section.size for section in found.sections if section.name in in_plan)


def test_equal_policies_give_equal_reports():
    assert report(RULES) == report(RULES)
