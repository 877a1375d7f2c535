"""The DFA stays within its budgets, is minimal and says nothing of what it is not used for."""

from __future__ import annotations

import pytest
from automaton_runner import dfa_match, to_classes

from guardc.compiler.regex import MATCH, Dfa, compile_pattern
from guardc.compiler.regex.dfa import MAX_STATES, determinize


def states(dfa: Dfa | None) -> int:
    assert dfa is not None
    return len(dfa.table) // dfa.stride


def test_the_preferred_end_is_found_not_the_longest() -> None:
    ours = compile_pattern("a|ab", "")
    assert ours.dfa is not None
    assert dfa_match(ours.automaton, ours.dfa, to_classes(ours.automaton, "ab"), 0) == 1
    ours = compile_pattern("ab|a", "")
    assert ours.dfa is not None
    assert dfa_match(ours.automaton, ours.dfa, to_classes(ours.automaton, "ab"), 0) == 2
    assert dfa_match(ours.automaton, ours.dfa, to_classes(ours.automaton, "ba"), 0) is None


def test_equal_states_are_merged() -> None:
    assert states(compile_pattern("abc|xbc|ybc", "").dfa) == states(compile_pattern("[axy]bc", "").dfa) == 5
    assert states(compile_pattern("(?:ab|ac)+x", "").dfa) == 5


def test_a_pattern_over_the_budget_has_none_and_says_so() -> None:
    ours = compile_pattern("(?:a|b)*a(?:a|b){12}", "")
    assert ours.dfa is None
    assert ours.notes == (f"no DFA: it would pass {MAX_STATES:_} states or 256 KiB; simulated instead",)
    assert determinize(ours.automaton, max_states=20_000, tree=True) is not None
    assert determinize(compile_pattern("abc", "").automaton, max_states=3) is None
    assert determinize(compile_pattern("abc", "").automaton, max_bytes=16) is None


def test_a_pattern_that_can_be_empty_has_none_and_says_so() -> None:
    ours = compile_pattern("a*", "")
    assert ours.dfa is None
    assert ours.notes == ("no DFA: it can match the empty string, so every boundary is a candidate",)


@pytest.mark.parametrize("regex", [r"\bab\b", "(?m)^a$", "a(?=b|$)", r"(?<!\d)a\B", "a$"])
def test_the_end_of_the_text_leads_nowhere(regex: str) -> None:
    dfa = compile_pattern(regex, "").dfa
    assert dfa is not None
    assert {entry & ~MATCH for entry in dfa.table[dfa.stride - 1 :: dfa.stride]} == {0}
    assert set(dfa.table[: dfa.stride]) == {0}
