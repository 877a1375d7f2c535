"""The plan holds what the module holds, in the same bytes for the same policy, wherever it is compiled."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guardc.compiler import compile_file, compile_text
from guardc.compiler.build import Compilation, compile_policy
from guardc.compiler.ir import Module
from guardc.fastpath import layout
from guardc.fastpath.reader import Sections, read
from guardc.policy import Policy, render
from guardc.runtime import load

SOURCE = r"""
edition 1
import std.pii
import "terms.guard"
metadata {
    tier string = "free"
    age number
}
custom detector names(limit number = 3)
custom measure toxicity(language string, weight number = 0.5)
custom action mend(loud bool)
pattern order_id = /\bORD-\d{8}\b/
pattern key = /AKIA[0-9A-Z]{16}/
words rivals = ["Globex", "Initech Cloud", "Größe"] ignore case
words banned = lines("banned.txt")
guard question on input {
    max 64 KB on fail refrain
    no pii.any except order_id, terms.code on fail fix with "<{kind}>"
    no key, rivals, banned, names(5) on fail fix
    when tier == "free" and not (age in 0..17): words in 1..300 on fail fix
}
guard reply on output {
    is order_id, key on fail reask "Give a number."
    toxicity("en") < 0.4 on fail custom mend(true)
    one of "a", "b" ignore case on fail fix to "a"
}
"""
FILES = {
    "policy.guard": SOURCE,
    "terms.guard": "edition 1\npattern code = /C[0-9]{4}/\n",
    "banned.txt": "one\ntwo words\n\nthree\n",
}
COMPILE = """
import hashlib, pathlib, sys
from guardc.compiler import compile_file
plan = compile_file(pathlib.Path(sys.argv[1])).plan
print(hashlib.sha256(plan).hexdigest())
"""


def write_files(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "policy.guard"


def done(compilation: Compilation) -> tuple[Policy, Module, bytes]:
    assert compilation.policy is not None, render(compilation.diagnostics)
    assert compilation.module is not None, render(compilation.diagnostics)
    assert compilation.plan is not None
    return compilation.policy, compilation.module, compilation.plan


def compiled(source: str) -> tuple[Policy, Module, bytes]:
    return done(compile_text("edition 1\n" + source))


def hash_of(source: str) -> str:
    return compiled(source)[1].policy_hash


# --- the same bytes ---------------------------------------------------------------------------------------------------


def test_same_bytes_in_any_process_and_from_any_folder(tmp_path: Path) -> None:
    first = write_files(tmp_path / "one")
    second = write_files(tmp_path / "two" / "deeper with spaces")
    runs = [(first, tmp_path, "0"), (second.relative_to(second.parent), second.parent, "1"), (second, Path("/"), "2")]
    digests = set()
    for policy, folder, seed in runs:
        ran = subprocess.run(
            [sys.executable, "-c", COMPILE, str(policy)],
            cwd=folder,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(ran.stdout.strip())
    assert digests == {hashlib.sha256(done(compile_file(first))[2]).hexdigest()}


def test_no_folder_is_in_the_plan(tmp_path: Path) -> None:
    plan = done(compile_file(write_files(tmp_path / "here")))[2]
    assert str(tmp_path).encode() not in plan
    assert {"policy.guard"} == {text for text in read(plan).strings if text.endswith(".guard")}


def test_what_was_compiled_before_does_not_matter(tmp_path: Path) -> None:
    policy = write_files(tmp_path / "here")
    before = done(compile_file(policy))[2]
    compiled('words other = ["Globex"]\nguard g on input {\n no other\n}\n')
    assert done(compile_file(policy))[2] == before


# --- the hash of a policy ---------------------------------------------------------------------------------------------

PLAIN = """
pattern a = /a{2}/
words w = ["x", "y"]
metadata {
    age number = 3
}
guard g on input {
    when age > 2: no a, w on fail fix "Go away."
    chars <= 10
}
"""


@pytest.mark.parametrize(
    "source",
    [
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace("\n", "   # why\n"),
        "# A comment.\n" + PLAIN,
        PLAIN.replace("    ", "\t"),
        PLAIN.replace(" = ", "="),
        PLAIN.replace("a, w", "a,\n        w"),
        PLAIN.replace('["x", "y"]', '[\n  "x",\n  "y",\n]'),
        PLAIN.replace("age > 2", "(age > 2)"),
        PLAIN.replace("<= 10", "<= 10 chars"),
        PLAIN.replace("<= 10", "<= 1_0"),
    ],
)
def test_layout_and_comments_leave_the_hash(source: str) -> None:
    assert source != PLAIN
    assert hash_of(source) == hash_of(PLAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Go away.", "Go away!"),
        ('"y"', '"z"'),
        ('["x", "y"]', '["x", "y"] anywhere'),
        ("on fail fix", "on fail filter"),
        ("/a{2}/", "/aa/"),
        ("a{2}/", "a{2}/i"),
        ("a{2}/", "a{2}/ where luhn"),
        ("<= 10", "<= 11"),
        ("<= 10", "<= 10 on error noop"),
        ("age > 2", "age >= 2"),
        ("number = 3", "number = 4"),
        ("number = 3", "number"),
        ("on input", "on output"),
        ("guard g", "guard h"),
        ("no a, w", "no w, a"),
        ("chars", "words"),
        ("chars", "named: chars"),
        ("guard g on input {", "guard g on input {\n max 10 chars on fail filter"),
    ],
)
def test_a_change_of_meaning_changes_the_hash(old: str, new: str) -> None:
    changed = PLAIN.replace(old, new)
    assert changed != PLAIN
    assert hash_of(changed) != hash_of(PLAIN)


@pytest.mark.parametrize("kind", ["pattern at = /{}/", 'words at = ["{}"]', "custom detector at({} number = 1)"])
def test_a_detector_called_at_counts(kind: str) -> None:
    """`at` is also what the model calls the place of a definition, which does not count."""
    first, second = (kind.format(text) + "\nguard g on input {\n no at\n}\n" for text in ("aa", "bb"))
    assert hash_of(first) != hash_of(second)


def test_names_that_look_like_a_place_count() -> None:
    source = "pattern file = /a/\npattern line = /b/\npattern column = /c/\nguard g on input {\n no file\n}\n"
    assert hash_of(source) != hash_of(source.replace("/a/", "/x/"))


def test_the_hash_stands_in_the_header() -> None:
    _, module, plan = compiled(PLAIN)
    assert read(plan).policy_hash == module.policy_hash == load(plan).policy_hash


# --- reading back -----------------------------------------------------------------------------------------------------


def texts(sections: Sections, name: str, field: str = "name") -> list[str]:
    """The strings that one field of a section refers to."""
    return [sections.strings[value] for value in column(sections, name, field)]


def column(sections: Sections, name: str, field: str) -> list[Any]:
    section = next(section for section in layout.SECTIONS if section.name == name)
    at = 0
    for one in section.fields:
        if one.name == field:
            return [record[at] for record in sections.cold[name]]
        at += {"range": 2, "list": 2, "class set": 4}.get(one.type, 1)
    raise KeyError(field)


def test_reading_back_gives_what_went_in(tmp_path: Path) -> None:
    policy, module, plan = done(compile_file(write_files(tmp_path / "here")))
    found = read(plan)
    rules = [rule for guard in policy.guards for rule in guard.rules]
    assert texts(found, "GARD") == ["question", "reply"]
    assert texts(found, "RULE") == [rule.name for rule in rules]
    assert column(found, "RULE", "line") == [rule.at.line for rule in rules]
    assert texts(found, "RULE", "file") == ["policy.guard"] * len(rules)
    assert texts(found, "HAND") == list(policy.customs) == ["names", "toxicity", "mend"]
    assert texts(found, "META") == ["tier", "age"]
    assert texts(found, "PARM") == ["limit", "language", "weight", "loud"]
    assert texts(found, "TERM") == [
        term.name for guard in module.guards for rule in guard.rules for term in rule.test.terms + rule.test.excepts
    ]
    assert [layout.ACTIONS[number] for number in column(found, "ACTN", "name")].count("reask") == 1
    assert len(found.cold["PATT"]) == len(module.patterns)
    assert len(found.cold["SCAN"]) == 1
    assert column(found, "GARD", "limit") == [64 * 1024, 1_000_000]
    assert column(found, "GARD", "scan") == [0, layout.NONE]
    assert [layout.DIRECTIONS[number] for number in column(found, "GARD", "direction")] == ["input", "output"]


def test_tables_have_the_sizes_of_the_automata(tmp_path: Path) -> None:
    _, module, plan = done(compile_file(write_files(tmp_path / "here")))
    found = read(plan)
    automata = [pattern.compiled.automaton for pattern in module.patterns if pattern.compiled is not None]
    dfas = [pattern.compiled.dfa for pattern in module.patterns if pattern.compiled is not None]
    assert column(found, "PATT", "min_length") == [automaton.min_length for automaton in automata]
    assert column(found, "PATT", "max_length") == [
        layout.NONE if automaton.max_length is None else automaton.max_length for automaton in automata
    ]
    assert column(found, "PATT", "states") == [0 if dfa is None else len(dfa.table) // dfa.stride for dfa in dfas]
    sizes = {section.name: section.size for section in layout.SECTIONS}
    counts = {name: len(data) // sizes[name] for name, data in found.hot.items()}
    assert counts["PAGE"] == layout.PAGE_COUNT
    simulated = [automaton for number, automaton in enumerate(automata) if number in module.simulated]
    assert 0 < len(simulated) < len(automata)
    assert counts["POSN"] == sum(len(automaton.positions) for automaton in simulated)
    assert counts["DTAB"] == sum(len(dfa.table) + len(dfa.starts) for dfa in dfas if dfa is not None)
    assert counts["LOCL"] % len(automata) == 0


def test_sections_stand_where_their_table_says(tmp_path: Path) -> None:
    plan = done(compile_file(write_files(tmp_path / "here")))[2]
    place = layout.HEADER.size
    end = place + len(layout.SECTIONS) * layout.SECTION_ENTRY.size
    for section in layout.SECTIONS:
        name, size, offset, length, _, _ = layout.SECTION_ENTRY.unpack_from(plan, place)
        assert (name.decode(), size) == (section.name, section.size)
        assert offset % layout.ALIGNMENT == 0
        assert end <= offset < end + layout.ALIGNMENT
        assert not any(plan[end:offset])
        place, end = place + layout.SECTION_ENTRY.size, offset + length
    assert end == len(plan)


# --- strings and numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (r"say \"no\"", 'say "no"'),
        (r"one\ntwo\r\n\tthree", "one\ntwo\r\n\tthree"),
        (r"back\\slash \\n", "back\\slash \\n"),
        (r"\u{0}\u{7f}\u{feff}\u{10FFFF}", "\x00\x7f\ufeff\U0010ffff"),
        ("Größe 漢字 😀 e\u0301", "Größe 漢字 😀 e\u0301"),
        ("{kind} {{}} %s", "{kind} {{}} %s"),
        ("x" * 5_000, "x" * 5_000),
    ],
)
def test_messages_reach_the_failure(written: str, message: str) -> None:
    plan = compiled(f'guard g on input {{\n chars <= 3 on fail noop "{written}"\n}}\n')[2]
    assert load(plan).guard("g").validate("four").failures[0].message == message


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("", "x y"),
        ("{{}}", "x{} y"),
        ("<{kind}:{mask}>", "x<a:**> y"),
        (r"\n\"", 'x\n" y'),
    ],
)
def test_templates_reach_the_fix(template: str, output: str) -> None:
    plan = compiled(f'pattern a = /[0-9]+/\nguard g on output {{\n no a on fail fix with "{template}"\n}}\n')[2]
    failure = load(plan).guard("g").validate("x12 y").failures[0]
    assert failure.fix == output


@pytest.mark.parametrize("text", ["\ud800", "a\udfff\ud83d\ude00", '"\ud800"\n\x00', ""])
def test_any_text_of_a_policy_made_in_python_survives(text: str) -> None:
    """A policy file holds no lone surrogates, but a policy made in Python may."""
    policy = compiled('guard g on input {\n chars <= 3 on fail fix to "x" "y"\n}\n')[0]
    guard = policy.guards[0]
    action = guard.rules[0].on_fail.model_copy(update={"message": text, "to": text[:3]})
    rule = guard.rules[0].model_copy(update={"on_fail": action, "name": f"rule {text}"})
    changed = policy.model_copy(update={"guards": (guard.model_copy(update={"rules": (rule,)}),)})
    _, module, plan = done(compile_policy(changed))
    outcome = load(plan).guard("g").validate("four")
    assert outcome.failures[0].message == text
    assert outcome.failures[0].rule == f"rule {text}"
    assert outcome.output == text[:3]
    assert module.policy_hash != done(compile_policy(policy))[1].policy_hash


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("0.0", 0.0),
        ("-0.0", -0.0),
        ("1", 1),
        ("1.0", 1.0),
        ("-3", -3),
        ("0.1", 0.1),
        ("9_007_199_254_740_992", 2**53),
        ("true", True),
        ("false", False),
        (r'"a\"\n\u{1F600}"', 'a"\n\U0001f600'),
        ('"1"', "1"),
    ],
)
def test_arguments_reach_the_function_with_their_type(written: str, value: bool | float | str) -> None:
    kind = {bool: "bool", int: "number", float: "number", str: "string"}[type(value)]
    other = {"bool": "true, false", "number": "0, 0.0, -0.0, 1, 1.0", "string": '"", "1"'}[kind]
    got: list[Any] = []

    def names(text: str, *, a: Any, b: Any) -> list[tuple[int, int]]:
        got.append(a)
        return []

    calls = ", ".join(f"names({one}, {written})" for one in other.split(", "))
    source = f"custom detector names(b {kind}, a {kind})\nguard g on input {{\n no {calls}\n}}\n"
    load(compiled(source)[2], handlers={"names": names}).guard("g").validate("x")
    assert [(type(one), repr(one)) for one in got] == [(type(value), repr(value))] * len(got)
    assert got


def test_equal_strings_and_constants_are_stored_once() -> None:
    sections = read(
        compiled(
            "metadata {\n age number = 3\n}\nguard g on input {\n"
            ' a: when age == 3: chars <= 1 on fail noop "same"\n'
            ' b: when age in [3, 4]: chars <= 2 on fail noop "same"\n}\n'
        )[2]
    )
    assert len(set(sections.strings)) == len(sections.strings)
    assert sections.strings.count("same") == 1
    assert column(sections, "CONS", "number") == [3.0, 4.0]


def test_guards_that_look_for_the_same_share_a_scan() -> None:
    """Each string of a structured value has a guard of its own."""
    fields = "".join(f"    field{number} string chars <= {number + 9}\n" for number in range(8))
    source = f"edition 1\nimport std.pii\nshape S {{\n{fields}}}\nguard g on output as json S {{\n    no pii.any\n}}\n"
    compilation = compile_text(source)
    assert compilation.plan is not None
    sections = read(compilation.plan)
    guards = sections.cold["GARD"]
    assert len(guards) == 10
    assert len(sections.cold["SCAN"]) == 1
    plan = load(compilation.plan)
    value = {f"field{number}": "a@b.example" if number == 3 else "fine" for number in range(8)}
    assert [failure.path for failure in plan.guard("g").validate(value).failures] == ["$.field3"]
