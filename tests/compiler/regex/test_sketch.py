"""A sketch lets every match pass, and turns away most of what is none."""

from __future__ import annotations

import random
import re

import pytest
from automaton_runner import to_classes

from guardc.compiler.regex import CompiledPattern, compile_pattern
from guardc.compiler.regex.sketch import ACCEPTED, MAX_STATES, sketch_of

SCANNER = r"(?i)[\w.-]{0,50}?(?:key|token)(?:[ \t\w.-]{0,20})[\s'\"]{0,3}(?:=|>|:{1,3}=)['\"\s=]{0,5}([a-f0-9]{8})\b"
# Each with a text that it matches.
PATTERNS = {
    SCANNER: "my_key_2 = 0123abcd",
    r"[ab]{0,9}x(?:ab|b){2,9}y": "abaxabbaby",
    r"(?:[a-c]x?){3,20}y{2,4}$": "axbcxbyyy",
    r"\b(?:a.{0,6}b){1,3}c": "axxbabc",
    r"(?<!x)ab{3,5}(?:c|abc){2,}": "abbbbcabcc",
    r"a[^b]{2,9}b\n?$": "axyaxb\n",
}


@pytest.fixture(autouse=True)
def no_dfas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardc.compiler.regex.compiled.determinize", lambda *_args, **_options: None)


def may_match(compiled: CompiledPattern, text: str, start: int) -> bool:
    sketch = compiled.sketch
    assert sketch is not None
    state = 1
    for cls in to_classes(compiled.automaton, text)[start:]:
        state = sketch.table[state * sketch.columns + cls]
        if state in (0, ACCEPTED):
            break
    return state == ACCEPTED


def texts(regex: str) -> list[str]:
    chance = random.Random(regex)
    words = ["a", "b", "ab", "x", "y", "c", "abc", " ", "\n", "key", "token", " = ", ">", "0123abcd", "é", "."]
    pieces = [PATTERNS[regex], PATTERNS[regex], *words]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(300)]


@pytest.mark.parametrize("regex", PATTERNS)
def test_every_match_passes_from_every_begin_over_the_walk(regex: str) -> None:
    compiled = compile_pattern(regex, "")
    passed = 0
    for text in texts(regex):
        for match in re.finditer(regex, text):
            start = match.start()
            while True:
                assert may_match(compiled, text, start), (text, match.span(), start)
                passed += 1
                if not start or not any(text[start - 1] in factor.walk for factor in compiled.factors):
                    break
                start -= 1
    assert passed > 20


def test_most_candidates_are_turned_away() -> None:
    compiled = compile_pattern(SCANNER, "")
    prose = "the key to the house, a token of esteem, keyboards and keyed entries; a key value store is a token"
    assert not any(may_match(compiled, prose, at) for at in range(len(prose)))
    assert may_match(compiled, "my_key = 0123abcd ", 0)


def test_counted_repeats_take_few_states() -> None:
    small, large = (compile_pattern(f"a[a-z]{{0,{n}}}key[a-z ]{{0,{n}}}=", "") for n in (20, 900))
    assert small.sketch is not None
    assert large.sketch is not None
    assert small.sketch.table == large.sketch.table


def test_what_takes_too_many_states_has_none() -> None:
    compiled = compile_pattern("q(?:a|b)*a" + "".join(f"[ab{letter}]" for letter in "cdefghijklmn"), "")
    assert compiled.sketch is None
    assert sketch_of(compiled.automaton, 0) is None
    assert MAX_STATES < 2**12


def test_a_pattern_with_a_dfa_or_without_a_factor_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compile_pattern(r"\w+", "").sketch is None
    monkeypatch.undo()
    assert compile_pattern("AKIA[0-9]{4}", "").sketch is None
