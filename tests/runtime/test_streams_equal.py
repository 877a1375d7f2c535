"""A stream comes to the same however its text is cut, and to what the whole text comes to."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import streaming
from chunk_invariance import assert_chunk_invariant
from chunk_invariance.strategies import splits_of
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

POLICY = r"""
edition 1
import std.pii
import std.secrets

pattern order_id = /ORD-\d{8}/
pattern hash     = /[0-9a-f]{6,9}$/
pattern heading  = /^#.{0,20}$/m
pattern close    = /\d{2,6}/ where near ["pin", "code"] within 12 chars, not before percent
pattern row      = /\d{1,6}(?: {1,2}\d{1,6}){3,9}/
words   longer   = ["Initech Cloud Two", "Globex Park"]
pattern triple   = /\d{2,3} \d{2,3} \d{2,4}|Globex|Initech/ where not in row, not in longer, not in typos
pattern doubled  = /(?:ab|a)+c?/
words   percent  = ["%", " %"] anywhere
words   rivals   = ["Globex", "Initech Cloud", "Umbrella CRM"] ignore case
words   typos    = ["password", "umbrella"] ignore case, leet, within 1 edit

guard people on output stream {
    hold at most 2_000 chars on fail exception
    no pii.any except order_id on fail fix
}
guard secrets on output stream {
    hold at most 2_000 chars on fail exception
    no secrets.any on fail exception
    no rivals on fail fix with "another vendor"
    words <= 300 on fail fix
}
guard corners on output stream {
    hold at most 2_000 chars on fail exception
    no heading, close, triple on fail fix
    no hash on fail refrain
    no typos on fail fix with "{mask}"
    count(close, rivals) <= 3 on fail filter
}
guard gates on output stream {
    hold at most 2_000 chars on fail exception
    has rivals, close on fail refrain
    words >= 2 on fail exception
    lines <= 4 on fail fix
    doubled: no doubled on fail noop
}
"""

PIECES = [
    *("ann.lee@example.com", "Call +1 415-555-1212", "4111 1111 1111 1111", "123-45-6789", "DE89370400440532013000"),
    *("ORD-", "12345678", "AKIAIOSFODNN7EXAMPLE", "ghp_" + "a1B2c3" * 6, "Globex", "initech   cloud", "umbrella\ncrm"),
    *("umbrela", "p4ssw0rd", "passwrd", "pin", "code", " 4711", "%", "deadbeef", "#", "# Title", "\n", "\r\n", " "),
    *("  ", ".", ",", "abab", "c", "-----BEGIN RSA PRIVATE KEY-----", "api_key = "),
    *('"sk_live_4eC39HqLyjWDarjtT1zdp7dc"', "a1B2c3D4e5F6"),
    *("привет", "漢字", "😀", "\u2028", "\x85", "\ud800", "é", "Straße", "10.20.30.40", "https://example.com/a?b=c"),
]  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)


@cache
def guard(name: str) -> Guard:
    compilation = compile_text(POLICY)
    assert compilation.plan is not None, compilation.diagnostics
    return load(compilation.plan).guard(name)


@pytest.mark.parametrize("name", ["people", "secrets", "corners", "gates"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_random_cuts_and_every_cut_in_two_come_to_the_same(name, data):
    text = data.draw(texts)
    ways = [list(text), *streaming.every_two_way_cut(text), *(data.draw(splits_of(text)) for _ in range(2))]
    streaming.check(guard(name), text, ways)


@pytest.mark.parametrize("name", ["people", "secrets", "corners", "gates"])
@pytest.mark.parametrize(
    ("text", "splits"),
    [
        ("Write to ann@x.org", 3),
        ("initech  cloud 1", 3),
        ("pin 47 % b", "all"),
        ("# ab\nabcdef\n", "all"),
        ("Globex, a", "all"),
        (
            "AKIAIOSFODNN7EXAMPLE is a key, 4111 1111 1111 1111 a card, p4ssw0rd nothing of Initech\n Cloud",
            "all-two-part",
        ),
    ],
)
def test_the_judge_of_another_project_finds_no_cut_that_matters(name, text, splits):
    made = guard(name)
    whole = streaming.run(made, [text])

    def stream(pieces):
        opened = made.stream()
        for piece in pieces:
            yield opened.feed(piece)
        yield opened.close()

    assert assert_chunk_invariant(stream, lambda _: whole.released, text, splits=splits) > 10
    if (output := made.validate(text)).passed:
        assert output.output == whole.released


@pytest.mark.parametrize("first", range(0, 24, 6))
def test_generated_guards_judge_a_text_alike_however_it_is_cut(first, tmp_path):
    compare(range(first, first + 6), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 14_000, 200))
def test_generated_guards_judge_a_text_alike_however_it_is_cut_at_length(first, tmp_path):
    compare(range(first, first + 200), tmp_path)


def compare(seeds: range, folder: Path) -> None:
    found = [streaming.compare(seed, folder) for seed in seeds]
    # Most guards must compile, or nothing is being compared.
    assert sum(guards for guards, _ in found) > 2 * len(seeds)
    assert sum(streams for _, streams in found) > 100 * len(seeds)
