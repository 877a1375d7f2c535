"""What a policy without mistakes becomes."""

import json
import os
from pathlib import Path

import pytest

from guardc.policy import Policy, check_file, check_text, render
from guardc.policy.model import Compare, MeasureTest, Piece

FOLDER = Path(__file__).parent / "policies"
STARTER = Path(__file__).parents[2] / "policy" / "starter.guard"


def checked(*rules: str, before: str = "") -> Policy:
    """The policy with one guard of these rules, which has no error."""
    lines = "".join(f"    {rule}\n" for rule in rules)
    result = check_text(f"edition 1\n{before}\nguard reply on output {{\n{lines}}}\n")
    assert result.policy is not None, render(result.diagnostics)
    return result.policy


def measured(rule: str, before: str = "") -> MeasureTest:
    test = checked(rule, before=before).guards[0].rules[0].test
    assert isinstance(test, MeasureTest)
    return test


def test_realistic_policy_becomes_the_recorded_model() -> None:
    result = check_file(FOLDER / "support.guard")
    assert result.ok, render(result.diagnostics)
    assert result.diagnostics == ()
    assert result.policy is not None
    golden = FOLDER / "support.json"
    text = json.dumps(result.policy.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert Policy.model_validate_json(text) == result.policy


def test_starter_policy_is_without_mistakes() -> None:
    assert check_file(STARTER).diagnostics == ()


def test_regex_spans_lead_into_the_source() -> None:
    result = check_file(FOLDER / "support.guard")
    assert result.policy is not None
    patterns = {name for name, d in result.policy.detectors.items() if d.kind == "pattern"}
    assert set(result.regex_spans) == patterns
    for name, span in result.regex_spans.items():
        detector = result.policy.detectors[name]
        assert detector.kind == "pattern"
        assert span.text == detector.regex
        assert result.sources[detector.at.file] is span.source


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("words < 300", None, 299),
        ("words <= 300 words", None, 300),
        ("chars > 3", 4, None),
        ("chars >= 1 char", 1, None),
        ("lines == 2", 2, 2),
        ("bytes in 1..64 KB", 1024, 65536),
        ("bytes in 1 byte..1 MB", 1, 1048576),
        ("words in 1..300", 1, 300),
        ("chars in -1..3", -1, 3),
    ],
)
def test_bounds_of_built_in_measures_are_closed(written: str, low: int | None, high: int | None) -> None:
    test = measured(written)
    assert (test.low, test.high, test.low_open, test.high_open) == (low, high, False, False)


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("score < 0.4", (None, 0.4, False, True)),
        ("score <= 0.4", (None, 0.4, False, False)),
        ("score > 1", (1, None, True, False)),
        ("score >= -1", (-1, None, False, False)),
        ("score == 2", (2, 2, False, False)),
        ("score in 0.5..1", (0.5, 1, False, False)),
    ],
)
def test_bounds_of_custom_measures_stay_as_written(written: str, bounds: tuple[object, ...]) -> None:
    test = measured(written, before="custom measure score")
    assert (test.low, test.high, test.low_open, test.high_open) == bounds


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("no   a ,b   except   c", "no a, b except c"),
        ("score( 'x' )".replace("'", '"') + " <0.40", 'score("x") < 0.4'),
        ("words<=300 words", "words <= 300"),
        ("bytes in 1..64 KB", "bytes in 1..64 KB"),
        ("count(a,b) > 1", "count(a, b) > 1"),
        ('one of "x","y" ignore  case', 'one of "x", "y" ignore case'),
        ("lower  case", "lower case"),
        ("polite()", "polite"),
        ("short: json", "short"),
    ],
)
def test_rules_are_named_by_label_or_sentence(written: str, name: str) -> None:
    before = (
        "pattern a = /a/\npattern b = /b/\npattern c = /c/\n"
        'custom measure score(x string = "y")\ncustom predicate polite'
    )
    assert checked(written, before=before).guards[0].rules[0].name == name


def test_rules_of_one_name_are_told_apart() -> None:
    policy = checked("json", "when a: json", "when b: json", before="metadata {\n a bool\n b bool\n}")
    assert [rule.name for rule in policy.guards[0].rules] == ["json", "json (2)", "json (3)"]


def test_actions_are_inherited_from_guard_then_defaults() -> None:
    before = 'defaults {\n on fail refrain "d"\n on error filter\n max 5 KB on fail refrain\n}'
    policy = checked("json", "words < 3 on fail noop on error noop", before=before)
    first, second = policy.guards[0].rules
    assert (first.on_fail.name, first.on_fail.message, first.on_error.name) == ("refrain", "d", "filter")
    assert (second.on_fail.name, second.on_error.name) == ("noop", "noop")
    assert (policy.guards[0].limit.amount, policy.guards[0].limit.unit) == (5120, "bytes")
    policy = checked("on fail filter", "on error refrain", "max 7 chars", "json", before=before)
    guard = policy.guards[0]
    assert (guard.rules[0].on_fail.name, guard.rules[0].on_error.name) == ("filter", "refrain")
    assert (guard.limit.amount, guard.limit.unit, guard.limit.on_fail.name) == (7, "chars", "exception")


def test_without_a_word_everything_fails_closed() -> None:
    guard = checked("json").guards[0]
    assert guard.rules[0].on_fail.name == guard.rules[0].on_error.name == "exception"
    assert (guard.limit.amount, guard.limit.unit, guard.limit.on_fail.name) == (
        1_000_000,
        "chars",
        "exception",
    )


def test_plain_fix_of_no_names_the_kind() -> None:
    rule = checked("no a on fail fix", before="pattern a = /a/").guards[0].rules[0]
    pieces = (Piece(kind="literal", text="["), Piece(kind="kind"), Piece(kind="literal", text="]"))
    assert rule.on_fail.template == pieces


def test_not_binds_weaker_than_comparisons_and_stronger_than_and() -> None:
    policy = checked("when not a == 1 and b or b: json", before="metadata {\n a number\n b bool\n}")
    when = policy.guards[0].rules[0].when
    assert when is not None
    assert when.kind == "bool"
    assert when.op == "or"
    inner = when.operands[0]
    assert inner.kind == "bool"
    assert inner.operands[0].kind == "not"
    assert isinstance(inner.operands[0].operand, Compare)


def test_names_may_be_words_that_are_no_keywords_where_they_stand() -> None:
    assert (
        checked(
            "no nope, hash, island, oner",
            before="".join(f"pattern {name} = /{name}/\n" for name in ("nope", "hash", "island", "oner")),
        )
        .guards[0]
        .rules[0]
        .name
        == "no nope, hash, island, oner"
    )


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_line_breaks_of_every_system_are_read(line_break: str) -> None:
    source = (FOLDER / "support.guard").read_text(encoding="utf-8").replace("\n", line_break)
    assert check_text(source, "support.guard", FOLDER).diagnostics == ()


@pytest.mark.parametrize(
    "rules",
    ["{json}", "{ json\n}", "{\njson }", "{\n\n# c\njson # d\n\n}", "{ # c\n json\n }"],
)
def test_braces_stand_where_they_like(rules: str) -> None:
    assert check_text(f"edition 1\nguard reply on output {rules}").ok


def test_lines_go_on_inside_brackets_and_after_commas() -> None:
    policy = checked(
        "no a,\n  b\n", "count(\na,\nb\n) <= 3", "short:\n json", before="pattern a =\n /a/\npattern b = /b/"
    )
    assert len(policy.guards[0].rules) == 3


def test_flags_are_sorted_and_the_regex_is_as_written() -> None:
    pattern = checked("no a", before='pattern a = /a\\/[#]"b/xi').detectors["a"]
    assert pattern.kind == "pattern"
    assert (pattern.regex, pattern.flags) == ('a\\/[#]"b', "ix")


def test_rules_that_only_report_may_contradict() -> None:
    checked("words <= 10 on fail noop", "words > 10 on fail noop")
    checked("when a: words <= 10", "words > 10", before="metadata {\n a bool\n}")
    checked("words <= 10", "words >= 10")


def test_warnings_do_not_stop_a_policy() -> None:
    result = check_text("guard reply on output { json }")
    assert [d.code for d in result.diagnostics] == ["G010"]
    assert result.ok
    assert result.policy is not None


def test_empty_text_is_a_policy_without_guards() -> None:
    result = check_text("")
    assert {d.code for d in result.diagnostics} == {"G010", "G054"}
    assert result.policy is not None


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.guard").write_text("edition 1\n" + text, encoding="utf-8")


def test_shapes_of_an_import_mean_what_they_mean_in_their_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        places='words towns = ["Bonn"]\nshape Address {\n town string is towns\n near list of Address\n}\n',
        shapes='import std.pii\nimport "places.guard"\npattern id = /T-\\d/\ncustom predicate known\n'
        "custom action log\ndefaults {\n on fail filter\n}\n"
        "shape Ticket {\n id string is id\n mail string no pii.any except pii.phone\n home places.Address\n"
        " nick string known on fail custom log\n next? Ticket\n}\nshape Unused {\n a string\n}\n",
        root='import "shapes.guard"\nimport "places.guard" as p\ndefaults {\n on fail refrain\n}\n'
        "shape Own {\n a map of shapes.Ticket\n b? p.Address\n}\n"
        "guard g on output as json Own or null {\n $.a[*].home.town: chars <= 9\n}\n",
    )
    result = check_file(tmp_path / "root.guard")
    assert result.diagnostics == ()
    policy = result.policy
    assert policy is not None
    assert list(policy.shapes) == ["Own", "shapes.Ticket", "p.Address"]
    id_, mail, home, nick, again = policy.shapes["shapes.Ticket"].fields
    assert id_.tests[0].detectors[0].name == "shapes.id"
    assert id_.on_fail.name == "filter"
    assert {use.name.rpartition(".")[0] for use in mail.tests[0].detectors} == {"shapes.pii"}
    assert home.type.name == "p.Address"
    assert nick.tests[0].call.name == "shapes.known"
    assert nick.on_fail.call.name == "shapes.log"
    assert again.type.name == "shapes.Ticket"
    assert policy.shapes["p.Address"].fields[0].on_fail.name == "exception"
    assert policy.shapes["p.Address"].fields[0].tests[0].detectors[0].name == "p.towns"
    assert {"shapes.id", "shapes.pii.email", "p.towns"} <= set(policy.detectors)
    assert set(policy.customs) == {"shapes.known", "shapes.log"}
    assert policy.guards[0].on_fail.name == "refrain"


def test_a_file_that_is_imported_under_two_names_has_one_shape(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='shape X {\n kind "x"\n}\n',
        root='import "a.guard"\nimport "a.guard" as b\nguard g on output as json a.X or b.X {\n}\n',
    )
    result = check_file(tmp_path / "root.guard")
    assert [found.code for found in result.diagnostics] == ["G052"]
    assert result.policy is not None
    assert list(result.policy.shapes) == ["a.X"]


def test_mistakes_in_shapes_of_an_import_are_reported_in_their_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="shape X {\n b strng\n}\nshape Y {\n y Y\n}\n",
        root='import "a.guard"\nguard g on output as json a.Z {\n $.q: chars <= 3\n}\n',
    )
    found = check_file(tmp_path / "root.guard").diagnostics
    assert [(d.code, d.labels[0].file, d.labels[0].line) for d in found] == [
        ("G080", "root.guard", 3),
        ("G080", "a.guard", 3),
    ]


def test_a_shape_of_an_import_that_never_ends_is_reported(tmp_path: Path) -> None:
    write(tmp_path, a="shape Y {\n y Y\n}\n", root='import "a.guard"\nguard g on output as json a.Y {\n}\n')
    found = check_file(tmp_path / "root.guard").diagnostics
    assert [(d.code, d.labels[0].file) for d in found] == [("G087", "a.guard")]
