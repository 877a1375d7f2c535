"""More classes of characters than a plan has room for are a diagnostic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardc.compiler import compile_text
from guardc.compiler.alphabet import build_alphabet
from guardc.compiler.passes import select
from guardc.compiler.regex import Automaton, compile_pattern
from guardc.compiler.room import find_overflow

if TYPE_CHECKING:
    import pytest

REGEXES = ("abc", "[a-d]x", "a|e", r"\w\d", "xyz", "[^a]é", "漢字")


def automata(count: int) -> tuple[Automaton, ...]:
    return tuple(compile_pattern(regex, "").automaton for regex in REGEXES[:count])


def test_the_classes_are_those_of_the_plan() -> None:
    for most in range(1, 24):
        sizes = [build_alphabet(automata(count)).size for count in range(1, len(REGEXES) + 1)]
        expected = next((index for index, size in enumerate(sizes) if size > most), None)
        assert find_overflow(automata(len(REGEXES)), most) == expected


def test_a_policy_with_too_many_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "find_overflow", lambda automata: find_overflow(automata, 6))
    source = (
        "edition 1\npattern a = /abc/\npattern b = /def/\npattern c = /ghi/\nguard g on input {\n    no a, b, c\n}\n"
    )
    compilation = compile_text(source)
    assert compilation.plan is None
    (found,) = compilation.diagnostics
    assert (found.code, found.labels[0].line) == ("G061", 3)
    assert "`b`" in found.message
    assert "split the policy" in (found.help or "")
