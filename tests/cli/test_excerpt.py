"""What is shown of a text: the first character of what was found, and nothing that steers a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardc.cli.excerpt import excerpt, merged, replaced
from guardc.cli.harmless import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\tb\n", "a\\r\\tb\\n"),
        ("\u202e\ud800", "\\u202e\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("grüß 半分 🙏", "grüß 半分 🙏"),
    ],
)
def test_harmless(text, shown):
    assert harmless(text) == shown


@given(st.text(st.characters()))
def test_what_is_harmless_can_be_printed_anywhere(text):
    shown = harmless(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in shown)


@given(st.integers(0, 3000), st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 400)), max_size=30))
def test_an_excerpt_is_short_and_shows_no_more_than_the_first_character_of_a_mark(length, places):
    marks = [(start, min(start + size, length)) for start, size in places if start <= length]
    secret = set()
    for start, end in merged(marks):
        secret.update(range(start + 1, end))
    # Characters that are secret are `s`, all others `o`.
    text = "".join("s" if at in secret else "o" for at in range(length))
    pieces = excerpt(text, marks)
    shown = "".join(piece for piece, _ in pieces)
    assert "s" not in shown.replace("characters", "")
    assert len(shown) < 1_500


def test_marks_of_a_short_text_are_all_shown():
    assert excerpt("Mail ann@example.com now", [(5, 20)]) == [
        ("Mail ", False),
        ("a•••", True),
        (" now", False),
    ]
    assert excerpt("ab", [(0, 1), (1, 2)], clear=True) == [("ab", True)]


def test_what_a_fix_put_in_is_found_between_what_it_left():
    assert replaced("Write to ann@x.y!", "Write to [email]!", [(9, 16)]) == [(9, 16)]
    assert replaced("ann@x.y, bob@x.y", "[a], [b]", [(0, 7), (9, 16)]) == [(0, 3), (5, 8)]
    assert replaced("ann@x.y", "", [(0, 7)]) == [(0, 0)]
    # A whole-text fix besides: it cannot be told what came from where.
    assert replaced("Write to ann@x.y now", "WRITE TO", [(9, 16)]) == []
    assert replaced("no findings", "no findings", []) == []
