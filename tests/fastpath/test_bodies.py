"""The text in a request's body, against Python's `json`: what is read here is what a parser reads, and nothing else."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardc.fastpath._core import single_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PIECES = [
    b'"',
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"\\ude00",
    b"\\u0041",
    b"\\n",
    b"\\/",
    b"\\x",
    b"}",
    b"{",
    b":",
    b" ",
    b"\n",
]
PIECES += [
    b"\x00",
    b"\x1f",
    b"\x7f",
    b"a",
    "é".encode(),
    "😀".encode(),
    b"\xff",
    b"\xed\xa0\x80",
    b'"text"',
    b",",
    b"null",
]


def parsed(data: bytes) -> object:
    return json.loads(data.decode("utf-8"))


@given(TEXTS, st.booleans(), st.sampled_from(["", " ", "\n\t\r "]))
@example('"\\/\b\f\n\r\t\x00\x7f\u2028é😀', True, " ")
@example("", False, "")
def test_every_text_is_read_however_it_is_written(text: str, ascii_only: bool, blank: str) -> None:
    literal = json.dumps(text, ensure_ascii=ascii_only)
    data = f'{blank}{{{blank}"text"{blank}:{blank}{literal}{blank}}}{blank}'.encode()
    assert single_text(data) == (text, literal.encode())


@pytest.mark.parametrize(
    "escape", ["\\u00e9", "\\u00E9", "\\/", "\\ud83d\\ude00", "\\uD83D\\uDE00", "\\u0000", "\\u07ff\\u0800"]
)
def test_every_escape_is_read(escape: str) -> None:
    data = f'{{"text": "a{escape}b"}}'.encode()
    assert single_text(data) == (parsed(data)["text"], f'"a{escape}b"'.encode())  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "{}", "[]", "null", '"text"', '{"text"}', '{"text":}', '{"text": }', '{"text": 1}', '{"text": "}',
        '{"text": "a}', '{"text": a"}', '{"text": "a"', '{"text": "a"}}', '{{"text": "a"}', '{"text": "a",}',
        '{"text": "a"} x', '{"text": "a", "text": "b"}', '{"text": "a", "timeout": 1}', '{"texts": "a"}',
        '{"Text": "a"}', "{'text': 'a'}", '{"text": ["a"]}', '{"text": "a"b"}', '{"text": "a\\"}',
        '{"text": "\\x41"}', '{"text": "\\u12"}', '{"text": "\\u12G4"}', '{"text": "\\ud83d"}',
        '{"text": "\\ude00\\ud83d"}', '{"text": "\\ud83dx"}', '{"text": "\\ud83d\\u0041"}', '{"text": "\n"}',
        '{"text": "\t"}', '{"text": "\x00"}', '\ufeff{"text": "a"}', '\x0b{"text": "a"}',
    ],
)  # fmt: skip
def test_everything_else_is_for_a_parser(body: str) -> None:
    assert single_text(body.encode()) is None


@pytest.mark.parametrize("inside", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"])
def test_what_is_no_utf_8_is_for_a_parser(inside: bytes) -> None:
    assert single_text(b'{"text": "' + inside + b'"}') is None


def test_what_is_read_of_damaged_bodies_is_what_a_parser_reads() -> None:
    rng = random.Random(11)
    read = 0
    for _ in range(60_000):
        inside = b"".join(rng.choices(PIECES, k=rng.randrange(6)))
        data = bytearray(b'{"text": "' + inside + b'"}')
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(data))
            if rng.random() < 0.5:
                del data[at]
            else:
                data[at:at] = rng.choice(PIECES)
        found = single_text(bytes(data))
        if found is not None:
            read += 1
            assert parsed(bytes(data)) == {"text": found[0]}
            assert parsed(found[1]) == found[0]
    assert read > 5_000


def test_long_texts_are_read() -> None:
    text = 'word "quoted" \\ é 😀\n' * 50_000
    assert single_text(json.dumps({"text": text}).encode()) == (text, json.dumps(text).encode())
