"""Random patterns and texts: spans, full matches, lengths and factors agree with `re`."""

from __future__ import annotations

import re
import warnings

from automaton_runner import dfa_finditer, finditer, fullmatch, to_classes
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from patience import TooSlowError, at_most

from guardc.compiler.regex import CompiledPattern, Factor, UnsupportedPattern, compile_pattern
from guardc.compiler.regex.factors import MAX_FACTORS

LEAVES = [
    "a", "b", "k", "s", "i", "\u0131", "", r"\n", ".", "[ab]", "[^a]", "^", "$", r"\b", r"\B", r"\Z", r"\A",
    "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "(?=a|$)", "(?!$)", "(?m:^)", "(?m:$)", "(?s:.)", "(?!)", "(?=a?)",
    r"\w", r"\d", r"\s", r"\W", r"[^\W\d]", "(?i:k)", r"(?a:\b)", r"(?a:\w)", "(?i:[^s])", r"(?<!\w)",
    r"(?!\w)", "(?-i:i)", "[i-s]", r"(?=\b)", "(?>a|b)", "(?>k+)", r"(?>\w\d?)", "(?ms:^.$)", r"(?a:[^\w])",
    r"[^\x00-\x7f]", r"[\ud800-\U00010400]", "(?i:\u03c3)", "(?i:[\u00df-\u00ff])", r"\S", r"\D",
]  # fmt: skip
REPEATS = [
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{2}",
    "{1,2}",
    "{2,}",
    "{,2}",
    "{1,2}?",
    "{2,}?",
    "{0,3}?",
    "{0}",
    "*+",
    "?+",
    "{1,2}+",
    "{2,}+",
]

regexes = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(st.sampled_from(["(?>", "(?i:", "(?-i:", "(?s:", "(?m:", "(?a:"]), inner).map(
            lambda parts: f"{parts[0]}{parts[1]})"
        ),
        st.tuples(st.sampled_from(["(", "(?:"]), inner, st.sampled_from(REPEATS)).map(
            lambda parts: f"{parts[0]}{parts[1]}){parts[2]}"
        ),
    ),
    max_leaves=8,
)
flag_letters = st.lists(st.sampled_from("aims"), unique=True, max_size=2).map(lambda letters: "".join(sorted(letters)))
sentences = st.text(
    st.sampled_from("abkK\u212as\u017fi\u0130\u01311 \n_-\u00e9\u0660\ud800\u03c3\u03c2\U00010400"), max_size=8
)
many_sentences = st.lists(sentences | st.text("ab\n", max_size=5), min_size=4, max_size=8)


def both(regex: str, flags: str) -> tuple[CompiledPattern, re.Pattern[str]]:
    number = sum(getattr(re, flag.upper()) for flag in flags)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = re.compile(regex, number)
        return compile_pattern(regex, flags), theirs
    except (re.error, UnsupportedPattern):
        assume(False)
        raise


def contains(factor: Factor, text: str, start: int, end: int) -> bool:
    """Whether the match has the factor's window at the stated distance, over the stated characters."""
    last = end - len(factor.window)
    if factor.max_back is not None:
        last = min(last, start + factor.max_back)
    return any(
        all(text[at + offset] in chars for offset, chars in enumerate(factor.window))
        and all(character in factor.walk for character in text[start:at])
        for at in range(start + factor.min_back, last + 1)
    )


@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(regexes, flag_letters, many_sentences)
def test_random_patterns_find_what_re_finds(regex: str, flags: str, texts: list[str]) -> None:
    ours, theirs = both(regex, flags)
    automaton = ours.automaton
    for text in texts:
        try:
            with at_most(0.5):
                spans = [match.span() for match in theirs.finditer(text)]
                whole = theirs.fullmatch(text) is not None
        except TooSlowError:
            continue
        classes = to_classes(automaton, text)
        assert list(finditer(automaton, classes)) == spans
        assert fullmatch(automaton, classes) == whole
        if ours.dfa is not None:
            assert list(dfa_finditer(automaton, ours.dfa, classes)) == spans
        for start, end in spans:
            assert automaton.min_length <= end - start
            assert automaton.max_length is None or end - start <= automaton.max_length
            assert any(contains(factor, text, start, end) for factor in ours.factors)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(regexes, flag_letters)
def test_the_tables_keep_their_invariants(regex: str, flags: str) -> None:
    ours, _ = both(regex, flags)
    automaton = ours.automaton
    assert sum(map(len, automaton.classes)) == 0x110000
    count = len(automaton.classes) + (automaton.final_newline is not None)
    assert automaton.final_newline in (None, len(automaton.classes))
    assert len(automaton.before) == len(automaton.after) == count + 1
    assert len(automaton.truth) == max(automaton.before) + 1
    assert {len(row) for row in automaton.truth} == {max(automaton.after) + 1}
    for position in automaton.positions:
        assert position.follow
        assert position.accepts
        assert all(0 <= number < count for number in position.accepts)
        assert all(-1 <= edge.target < len(automaton.positions) for edge in position.follow)
    if ours.dfa is not None:
        rows = len(ours.dfa.table) // ours.dfa.stride
        assert ours.dfa.stride == count + 1
        assert len(ours.dfa.starts) == len(automaton.truth)
        assert all(entry & 0x7FFF < rows for entry in ours.dfa.table)
        assert not any(ours.dfa.table[: ours.dfa.stride])
        assert all(entry & 0x7FFF == 0 for entry in ours.dfa.table[ours.dfa.stride - 1 :: ours.dfa.stride])
    assert len(ours.factors) <= MAX_FACTORS
    again = compile_pattern(regex, flags)
    assert again == ours
