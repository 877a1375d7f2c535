"""Cucumber expressions, by what the specification's test material says of them (cucumber/cucumber-expressions, MIT)."""

from __future__ import annotations

import re

import pytest

from guardc.compiler import compile_text
from guardc.policy.checking.cucumber import CucumberError, translate
from guardc.runtime import load


@pytest.mark.parametrize(
    ("expression", "regex"),
    [
        ("", ""),
        ("a", "a"),
        ("(a)", "(?:a)?"),
        ("a/b c/d/e", "(?:a|b) (?:c|d|e)"),
        ("a/b(c)", "(?:a|b(?:c)?)"),
        ("{int}", r"(?:-?\d+)"),
        ("^$[]\\(\\){}\\\\.|?*+", r"\^\$\[\]\(\)(?:.*)\\\.\|\?\*\+"),
        ("Привет, Мир(ы)!", "Привет, Мир(?:ы)?!"),
    ],
)
def test_expressions_become_regexes(expression: str, regex: str) -> None:
    assert translate(expression) == regex


@pytest.mark.parametrize(
    ("expression", "text", "matches"),
    [
        ("\\({int})", "(3)", True),
        ("a/i{int}n/y", "i18n", True),
        ("a/i{int}n/y", "a11y", True),
        ("{int}st/nd/rd/th", "3rd", True),
        ("three {string} mice", "three \"blind' mice", False),
        ("three {string} mice", 'three "" mice', True),
        ("three {string} mice", r'three "bl\"nd" mice', True),
        ("three {string} mice", """three "'blind'" mice""", True),
        ("three {string} mice", r"three 'bl\'nd' mice", True),
        ("three {string} and {string} mice", "three 'blind' and \"quick\" mice", True),
        ("{double}", "-", False),
        ("{int}", "-", False),
        ("{int}", "1.22", False),
        ("{int}", "-2147483647", True),
        ("mice/rats and rats\\/mice", "rats and rats/mice", True),
        ("{}", "0.22", True),
        ("{bigdecimal}", "3.1415926535897932384626433832795028841971693993751", True),
        ("{biginteger}", "3" * 100, True),
        ("{byte}", "127", True),
        ("{short}", "32767", True),
        ("{long}", "9223372036854775807", True),
        ("{float}", "+1.5E+3", True),
        ("{float}", ".22", True),
        ("{float}", "-3.141593", True),
        ("{word}", "two words", False),
        ("three \\\\(exceptionally) \\\\{string} mice", 'three \\exceptionally \\"blind" mice', True),
        ("12\\\\/2020", "12\\", True),
        ("12\\\\/2020", "2020", True),
        ("12\\/2020", "12/2020", True),
        ("three \\((exceptionally)) \\{{string}} mice", 'three (exceptionally) {"blind"} mice', True),
        ("three (brown )mice/rats", "three brown mice", True),
        ("three (brown )mice/rats", "three rats", True),
        ("I wait {int} second(s)./second(s)?", "I wait 2 seconds?", True),
        ("I wait {int} second(s)./second(s)?", "I wait 1 second.", True),
        ("{int} rat(s)/mouse/mice", "2 mice", True),
        ("{int} rat(s)/mouse/mice", "2 rat", True),
    ],
)
def test_steps_match_as_specified(expression: str, text: str, matches: bool) -> None:
    assert (re.fullmatch(translate(expression), text) is not None) == matches
    written = expression.replace("\\", "\\\\")
    plan = compile_text(f'edition 1\npattern step = cucumber "{written}"\nguard g on input {{\n    is step\n}}\n').plan
    assert plan is not None
    assert load(plan).guard("g").validate(text).passed == matches


@pytest.mark.parametrize(
    ("expression", "column", "message"),
    [
        ("three( brown/black) mice", 13, "an alternation inside of optional text"),
        ("{int}/x", 6, "an alternative is empty"),
        ("x/{int}", 2, "an alternative is empty"),
        ("three (brown)/black mice", 7, "an alternative has nothing but optional text"),
        ("three brown//black mice", 12, "an alternative is empty"),
        ("three () mice", 7, "optional text is empty"),
        ("(a(b))", 3, "another optional inside of optional text"),
        ("({int})", 2, "a parameter inside of optional text"),
        ("{(string)}", 2, "`(` in the name of a parameter"),
        ("three (exceptionally\\) {string} mice", 7, "the `(` is never closed"),
        ("three ((exceptionally\\) strong) mice", 8, "another optional inside of optional text"),
        ("{int", 1, "the `{` is never closed"),
        ("a\\b", 2, "`b` needs no backslash"),
        ("a\\", 2, "nothing follows the backslash"),
        ("{unknown}", 1, "unknown parameter `{unknown}`"),
    ],
)
def test_what_the_specification_refuses_is_refused(expression: str, column: int, message: str) -> None:
    with pytest.raises(CucumberError) as caught:
        translate(expression)
    assert (caught.value.start + 1, str(caught.value)) == (column, message)
    assert caught.value.start < caught.value.end <= len(expression)
