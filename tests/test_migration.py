"""docs/migration.md: each line compiles, and takes and refuses what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from llm_script import Model

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.policy.checking.hub import HUB
from guardc.runtime import Guard, load

_WHOLE = (Path(__file__).parents[1] / "docs" / "migration.md").read_text(encoding="utf-8")
JUDGED = re.search(r"^## Jobs of a model\n.*?(?=^## )", _WHOLE, re.MULTILINE | re.DOTALL)
assert JUDGED is not None
PAGE = _WHOLE.replace(JUDGED[0], "")
JUDGES = {
    names: re.findall(r"`([^`]+)`", lines)
    for names, lines in re.findall(r"^\| (`\w+`.*?) \| (.*?) \|", JUDGED[0], re.MULTILINE)
}
ROWS = {
    name: re.findall(r"`([^`]+)`", lines) for name, lines in re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
}

LONG = "It is the considered opinion of the committee that international organisations cooperate insufficiently. "
SPEC = json.dumps({"openapi": "3.0.3", "info": {"title": "Tickets", "version": "1"}, "paths": {}})

# What each line takes, and what it does not.
CASES = {
    "regex_match": ("ORD-12345678", "ORD-1234567"),
    "cucumber_expression_match": ("I have 42 cucumbers", "I have many cucumbers"),
    "contains_string": ("The usual terms apply.", "No terms."),
    "ends_with": ("Done.", "Done"),
    "lowercase": ("done", "Done"),
    "uppercase": ("DONE", "Done"),
    "one_line": ("one", "one\ntwo"),
    "two_words": ("two words", "these are four words"),
    "valid_length": ("short", "x" * 281),
    "valid_choices": ("low", "lowest"),
    "ban_list": ("We like gloves and clouds.", "We like glbex."),
    "mentions_drugs": ("Take a rest.", "Take insulin  glargine."),
    "competitor_check": ("Ask us.", "Ask Umbrella CRM."),
    "reading_time": ("word " * 1190, "word " * 1191),
    "reading_level": ("The committee found that most of the students had learned the lesson.", LONG),
    "redundant_sentences": ("We go home. They stay here.", "We go home. We  go HOME!"),
    "detect_system_prompt_leakage": ("I never speak of other banks.", "I am: you are the assistant of a small bank"),
    "valid_range": ("9.5", "10.5"),
    "similar_to_previous_values": ("11", "99"),
    "valid_json": ("{}", "{"),
    "valid_url": ("https://example.com/a?b=c", "http://a b"),
    "has_url": ("See https://example.com/a.", "See file.name."),
    "internal_domains": ("See notcorp.example.com", "See https://corp.example.com/x"),
    "quotes_price": ("It is cheap.", "It costs $12.50."),
    "secrets_present": ("Nothing here.", "key " + "AKIA" + "QYLPMN5HHHFPZAM2"),
    "detect_pii": ("Nothing here.", "Write to ann@example.com."),
    "guardrails_pii": ("Nothing here.", "Write to ann@example.com."),
    "web_sanitization": ("Salt & pepper", "<script>alert(1)</script>"),
    "valid_html": ("<p>Hello</p>", "<p>Hello <b>you</p>"),
    "valid_sql": ("select a from b", "selec a from b"),
    "exclude_sql_predicates": ("select a from b", "select a from b; drop table b"),
    "valid_open_api_spec": (SPEC, "{}"),
}


def ours(name: str) -> Guard:
    above = [line for line in ROWS[name] if re.match(r"(?:pattern|words|text) \w+ *=(?!=)|import ", line)]
    rules = "\n".join(line for line in ROWS[name] if line not in above)
    source = "\n".join(["edition 1", *above, "guard g on output {", rules, "}"])
    compilation = compile_text(source)
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan).guard("g")


def test_every_line_has_a_case() -> None:
    assert set(CASES) == set(ROWS)


def test_the_checker_has_the_lines_of_the_page() -> None:
    judges = {name: lines for names, lines in JUDGES.items() for name in re.findall(r"`(\w+)`", names)}
    assert {name: list(lines) for name, lines in HUB.items()} == ROWS | judges


@pytest.mark.parametrize("name", [name for name in HUB if name not in {"lowercase", "uppercase"}])
def test_a_rule_with_a_name_of_the_hub_is_told_our_line(name: str) -> None:
    spelled = "".join(part.capitalize() for part in name.split("_"))
    for written in (name, spelled):
        (diagnostic,) = compile_text(f"edition 1\nguard g on output {{\n{written} on fail noop\n}}\n").diagnostics
        assert diagnostic.code == "G013"
        assert all(f"`{line}`" in "".join(diagnostic.help) for line in HUB[name])


@pytest.mark.parametrize("name", CASES)
def test_lines_take_and_refuse(name: str) -> None:
    guard = ours(name)
    taken, refused = CASES[name]
    assert guard.validate(taken).failures == ()
    assert guard.validate(refused).failures != ()


@pytest.mark.parametrize("names", JUDGES)
def test_lines_of_judges_ask_a_model(names: str) -> None:
    *above, rule = JUDGES[names]
    fields = "metadata {\n    sources string\n    question string\n}\n"
    source = "\n".join(
        ["edition 1", fields, 'model small {\n    model "m"\n}', *above, "guard g on output {", rule, "}"]
    )
    compilation = compile_text(source)
    assert compilation.plan is not None, render(compilation.diagnostics)
    model = Model('{"holds": true, "score": 1}', '{"holds": false, "score": 0}')
    guard = load(compilation.plan, llm=model).guard("g")
    metadata = {"sources": "It rains.", "question": "Does it rain?"}
    assert [guard.validate(text, metadata).passed for text in ("It rains.", "It snows.")] == [True, False]
