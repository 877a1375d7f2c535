"""Texts that do not follow the grammar: nothing is raised, and one mistake gives one message."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.policy import check_text, render
from guardc.policy.recovery.outline import Outline
from guardc.policy.recovery.recover import MAX_ERRORS

FOLDER = Path(__file__).parent / "policies"
SOURCE = (FOLDER / "support.guard").read_text(encoding="utf-8")
WORD = re.compile(r"\w+|[^\S\n]+|.|\n")
WORDS = WORD.findall(SOURCE)
SIGNS = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    '"',
    "/",
    "\n",
    ",",
    "=",
    ":",
    "$",
    "é",
    "\t",
    "..",
    "-",
    "\\",
    "\r",
    "\x85",
    "#",
]


def codes(source: str) -> list[str]:
    return [diagnostic.code for diagnostic in check_text(source).diagnostics]


def survive(source: str) -> None:
    checked = check_text(source, "support.guard", FOLDER)
    assert (checked.policy is None) == (not checked.ok)
    text = render(checked.diagnostics)
    assert bool(text) == bool(checked.diagnostics)
    for diagnostic in checked.diagnostics:
        diagnostic.model_dump_json()


edits = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "insert", "cut"]),
        st.integers(0, len(WORDS) - 1),
        st.integers(0, len(WORDS) - 1),
        st.sampled_from(SIGNS),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(edits)
def test_mangled_policies_give_a_policy_or_an_error(changes) -> None:
    words = list(WORDS)
    for kind, first, second, sign in changes:
        one, other = first % len(words), second % len(words)
        if kind == "delete":
            del words[one]
        elif kind == "double":
            words.insert(one, words[one])
        elif kind == "swap":
            words[one], words[other] = words[other], words[one]
        elif kind == "insert":
            words.insert(one, sign)
        else:
            del words[one + 1 :]
        words = words or [sign]
    survive("".join(words))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_policy_or_an_error(text: str) -> None:
    survive(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*sorted(set(WORDS)), *SIGNS]), max_size=60))
def test_any_row_of_words_gives_a_policy_or_an_error(words: list[str]) -> None:
    survive("".join(words))


@pytest.mark.parametrize("cut", range(0, len(SOURCE), 37))
def test_policies_cut_off_anywhere_give_a_policy_or_an_error(cut: int) -> None:
    survive(SOURCE[:cut])


@pytest.mark.parametrize(
    "line",
    [
        "patern x = /a/",
        "pattern x /a/",
        "pattern x = /a",
        "pattern x = /a/ whre luhn",
        'words x = ["a"',
        'words x = ["a" "b"]',
        "words x = ['a']",
        "custom measure x(a",
        "custom measure x(a string",
        "metadata { x }",
        "import std.",
        "shape x { a string }",
        "guard x on input { json",
        "guard x input {\n    json\n}",
        "guard x on input\n    json\n    words < 3\n}",
        "guard x on input { json and json }",
        "}",
        "]",
        "no x",
        ";",
        'x "y" z {\n  a {\n b\n }\n }',
        "edition",
    ],
)
@pytest.mark.parametrize("after", [True, False])
def test_one_bad_line_gives_one_message(line: str, after: bool) -> None:
    good = "guard good on output {\n    json\n}\n"
    source = f"edition 1\n{line}\n\n{good}" if after else f"edition 1\n{good}\n{line}\n"
    if line == "edition":
        source = source.removeprefix("edition 1\n")
    assert len(codes(source)) == 1, render(check_text(source).diagnostics)


@pytest.mark.parametrize(
    "rule",
    [
        "no",
        "no a,",
        "no a b",
        "no a on",
        "no a on fail",
        "no a on fial fix",
        "no a, on fail fix",
        "no a on fail fix with",
        "no a on fail fix with x",
        "count(a <= 3",
        "count(a, <= 3",
        "words",
        "words <",
        "words in 1",
        "words in 1..",
        "words = 3",
        "words between 1 and 3",
        "one of",
        'one "a"',
        "lower",
        "starts with x",
        "when : json",
        "when true json",
        "when (true: json",
        "when 1 < 2 < 3: json",
        "json: json",
        "max",
        "max chars",
        "hold at most 3 chars",
        "$.x: json",
        "no order-id",
        "json; json",
        "json json",
        "'a'",
        '"a',
        "@",
    ],
)
def test_one_bad_rule_gives_one_message(rule: str) -> None:
    head = "edition 1\npattern a = /a/\nguard g on input {\n"
    source = f"{head}    {rule}\n    no a\n    words < 3 on fail fix\n}}\n"
    assert len(codes(source)) == 1, render(check_text(source).diagnostics)
    assert check_text(source).diagnostics[0].labels[0].line == 4


def test_names_of_lines_that_do_not_parse_are_not_unknown() -> None:
    source = (
        "edition 1\npattern a /a/\nwords b = [\ncustom measure c(\nimport std.pii az pii2\n"
        "metadata {\n d strin g\n}\nguard g on input {\n no a, b, pii2.x\n c < 3\n when d == 1: json\n}\n"
    )
    assert set(codes(source)) <= {"G002", "G006"}


def test_a_forgotten_brace_hides_no_other_mistake() -> None:
    source = "edition 1\nguard a on input {\n    no x\n\nguard b on input {\n    no y\n}\n"
    assert codes(source) == ["G012", "G006", "G012"]


@pytest.mark.parametrize("line", ["pattern x /a/", "this is ~ bad", "no x y z"])
@pytest.mark.parametrize("lines", [100, 5000])
def test_many_lines_that_do_not_parse_end_soon(line: str, lines: int) -> None:
    diagnostics = check_text("edition 1\n" + f"{line}\n" * lines).diagnostics
    assert 3 <= len(diagnostics) <= MAX_ERRORS
    assert diagnostics[-1].notes == ("more errors are not shown",)


def test_a_few_lines_that_do_not_parse_are_all_shown() -> None:
    diagnostics = check_text("edition 1\n" + "pattern x /a/\n" * MAX_ERRORS).diagnostics
    assert [d.code for d in diagnostics if d.severity == "error"] == ["G002"] * MAX_ERRORS
    assert not any(d.notes for d in diagnostics)


def test_misspelt_policies_look_like_policies() -> None:
    source = "patern x = /a/\nwodrs y = ['a']\ngard g on input {\n    no x\n}\n"
    assert "does not look like a policy" not in render(check_text(source).diagnostics)


@pytest.mark.parametrize("text", ["edition 1\r", "edition 1 # x\r\n", "\redition 1"])
def test_a_cr_that_ends_no_line_is_white_space(text: str) -> None:
    assert codes(text) == ["G054"]


def test_nested_beyond_measure_is_an_error() -> None:
    for inner in ("not " * 5000 + "a", "(" * 5000 + "not a" + ")" * 5000 + " and not" + " not" * 50 + " a"):
        source = f"edition 1\nmetadata {{\n a bool\n}}\nguard g on input {{\n when {inner}: json\n}}\n"
        assert codes(source) == ["G008"]


def test_many_mistakes_end() -> None:
    source = "edition 1\nguard g on input {\n" + "".join(f"    no x{n}\n" for n in range(2000)) + "}\n"
    diagnostics = check_text(source).diagnostics
    assert len(diagnostics) == 500
    assert diagnostics[-1].notes == ("this is the last one that is shown",)


@given(st.text(alphabet='abc ={}[]()",:/\n#', max_size=80))
def test_every_text_has_an_outline(text: str) -> None:
    words = Outline(text).words
    assert all(text[word.start : word.end] == word.text for word in words)
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))
