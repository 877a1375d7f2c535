"""CPython's own table of regexes, run through the automata."""

from __future__ import annotations

import re
import warnings

import pytest
from automaton_runner import dfa_finditer, finditer, fullmatch, to_classes

from guardc.compiler.regex import UnsupportedPattern, compile_pattern

re_tests = pytest.importorskip("test.re_tests", reason="the interpreter comes without its tests")


def cases() -> list[tuple[str, str]]:
    return [(case[0], case[1]) for case in re_tests.tests if isinstance(case[0], str)]


def test_cpythons_regexes_find_what_re_finds() -> None:
    refused = compared = 0
    for regex, text in cases():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = re.compile(regex)
            except re.error:
                with pytest.raises(re.error):
                    compile_pattern(regex, "")
                continue
        blamed = None
        try:
            ours = compile_pattern(regex, "")
        except UnsupportedPattern as error:
            blamed = slice(error.start, error.end)
            refused += 1
        if blamed is not None:
            assert blamed.start is not None
            assert regex[blamed]
            continue
        classes = to_classes(ours.automaton, text)
        spans = [match.span() for match in theirs.finditer(text)]
        assert list(finditer(ours.automaton, classes)) == spans, (regex, text)
        assert fullmatch(ours.automaton, classes) == bool(theirs.fullmatch(text)), (regex, text)
        if ours.dfa is not None:
            assert list(dfa_finditer(ours.automaton, ours.dfa, classes)) == spans, (regex, text)
        compared += 1
    assert compared > 8 * refused
