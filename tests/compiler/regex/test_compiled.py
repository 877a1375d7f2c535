"""The face of the folder: names, types and notes."""

from __future__ import annotations

import subprocess
import sys

import guardc.compiler.regex as face
from guardc.compiler.regex import Edge, compile_pattern, compile_words


def test_all_names_exist() -> None:
    assert len(set(face.__all__)) == len(face.__all__)
    assert all(hasattr(face, name) for name in face.__all__)


def test_the_worked_example_of_the_automaton_holds() -> None:
    automaton = compile_pattern("a+b", "").automaton
    assert automaton.start == (Edge(0, 0),)
    assert automaton.positions[0].follow == (Edge(0, 0), Edge(1, 0))
    assert automaton.positions[1].follow == (Edge(-1, 0),)
    assert automaton.truth == ((0,),)
    assert (automaton.min_length, automaton.max_length) == (2, None)


def test_conditions_stay_at_the_ends_of_a_word() -> None:
    automaton = compile_pattern(r"\bab\b", "").automaton
    assert [edge.needs for edge in automaton.start] == [1]
    assert [[edge.needs for edge in position.follow] for position in automaton.positions] == [[0], [1]]
    assert len(automaton.classes) == 4
    assert len(automaton.truth) == 2
    assert all(
        edge.needs == 0 for position in compile_pattern(r"a\b ", "").automaton.positions for edge in position.follow
    )


def test_the_final_newline_is_a_class_only_where_it_is_asked_for() -> None:
    assert compile_pattern("a$", "").automaton.final_newline == len(compile_pattern("a$", "").automaton.classes)
    assert compile_pattern("a$", "m").automaton.final_newline is None
    assert compile_pattern(r"a\Z", "").automaton.final_newline is None


def test_what_re_warns_of_is_a_note() -> None:
    assert compile_pattern("[[a]", "").notes == ("`re` warns: possible nested set at position 1",)
    assert compile_pattern("(?!)", "").notes == ("it can never match",)


def test_the_tables_do_not_depend_on_the_process() -> None:
    program = (
        "from guardc.compiler.regex import *\n"
        "print(compile_pattern('(?i)k[^\\\\W_]+|(?:a|b)+?@x{2,5}$', ''))\n"
        "print(compile_words(['b c', 'a'], ignore_case=True, anywhere=False))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1
    assert compile_words(["a", "b"], ignore_case=False, anywhere=True) == compile_words(
        ["a", "b"], ignore_case=False, anywhere=True
    )
