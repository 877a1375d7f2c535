"""Texts of every length around the borders of what the sieve reads at a time: 32 and 64 places, and chunks of 2,048.

Each window of the first stage is put across each border and against the end of the text, in strings of all widths.
"""

from __future__ import annotations

import random
import re

import pytest
import scanning
from sieves import BODIES, sieve

from guardc.compiler import compile_policy
from guardc.policy.model import Pattern
from guardc.runtime import Guard, load

# Windows of one to eight characters, at the start of a match, behind it, and behind a walk of any length.
PATTERNS = {
    "letter": r"Q",
    "pair": r"%[0-9]",
    "triple": r"~[é-ÿ]~",
    "four": r"zq[0-9]x",
    "eight": r"KEY-[0-9]{4}",
    "long": r"https://[a-z]+",
    "behind": r"[a-z]{2,5}@",
    "before_end": r"[0-9]+\Z",
    "wide": r"[я-ё]|жук",
    "astral": r"😀!",
}
AT_END = "77"
PIECES = ["Q", "%7", "~é~", "zq0x", "KEY-1234", "https://abc", "ab@", AT_END, "жук", "😀!"]
LENGTHS = sorted({*range(71), *range(127, 132), *range(2_040, 2_121), *range(4_090, 4_101)})
WIDTHS = {"ascii": 0x7F, "latin": 0xFF, "two": 0xFFFF, "four": 0x10FFFF}

EXPRESSIONS = {name: re.compile(regex) for name, regex in PATTERNS.items()}


@pytest.fixture(scope="module")
def guard() -> Guard:
    found = {
        name: Pattern(name=name, regex=regex, flags="", checks=(), at=scanning.AT) for name, regex in PATTERNS.items()
    }
    plan = compile_policy(scanning.policy_of(dict(found))).plan
    assert plan is not None
    return load(plan).guard("g")


def check(guard: Guard, text: str) -> int:
    """Compare with `re`. Returns how many findings there were."""
    spans = {failure.rule: failure.spans for failure in guard.validate(text).failures}
    count = 0
    for name, expression in EXPRESSIONS.items():
        got = [(span.start, span.end) for span in spans.get(name, ())]
        assert got == [match.span() for match in expression.finditer(text)], (name, text)
        count += len(got)
    return count


def pieces_within(greatest: int) -> list[str]:
    return [piece for piece in PIECES if all(ord(c) <= greatest for c in piece)]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("width", WIDTHS)
def test_texts_of_every_length(guard: Guard, body: str, width: str) -> None:
    greatest = WIDTHS[width]
    pieces = pieces_within(greatest)
    found = 0
    with sieve(body):
        for length in LENGTHS:
            rng = random.Random(length)
            text = ""
            while len(text) < length:
                text += (
                    rng.choice(pieces) if rng.random() < 0.3 else rng.choice(["-", " ", "Ke", "h", "z", chr(greatest)])
                )
            # A window stands against the end, or is cut off by it.
            for end in (rng.choice(pieces), "KEY-123", "https:/", "~é"[: 1 + (greatest > 0x7F)]):
                found += check(guard, text[: max(0, length - len(end))] + end[-length:] if length else "")
    assert found > 10_000


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("border", [32, 64, 96, 128, 2_048, 2_112, 4_096])
def test_windows_across_borders(guard: Guard, body: str, width: str, border: int) -> None:
    greatest = WIDTHS[width]
    with sieve(body):
        for piece in pieces_within(greatest):
            for start in range(border - len(piece), border + 2):
                for rest in (0, 1, 2, 3, 4, 29, 61, 70):
                    found = check(guard, chr(greatest) + "." * (start - 1) + piece + "." * rest)
                    assert found >= (piece != AT_END or rest == 0)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("wide", ["я", "😀"])
def test_wide_strings_with_stretches_below_256(guard: Guard, body: str, wide: str) -> None:
    """Such stretches are shown to the sieve in another way than those with a wide character."""
    pieces = pieces_within(0xFF)
    found = 0
    with sieve(body):
        for length in (31, 32, 33, 63, 64, 65, 200, 2_047, 2_048, 2_049, 2_200):
            rng = random.Random(length)
            narrow = "".join(rng.choice([*pieces, "\x80", "\x9f", "é", "-" * 7]) for _ in range(length))[:length]
            for at in {0, 1, 30, 31, 32, length // 2, length - 1, length}:
                found += check(guard, narrow[:at] + wide + narrow[at:])
    assert found > 5_000


@pytest.mark.parametrize("body", BODIES)
def test_every_wide_character_is_shown_as_its_stand_in(guard: Guard, body: str) -> None:
    """The characters at the edges of the sets of the guard, and others, each beside each window."""
    others = [0, 0x7F, 0x80, 0x9F, 0xFF, 0x100, 0x3FF, 0x42E, 0x42F, 0x450, 0x451, 0x452, 0xD800, 0xDFFF, 0xFFFF]
    others += [0x10000, 0x1F5FF, 0x1F600, 0x1F601, 0x10FFFF]
    with sieve(body):
        for point in others:
            for piece in PIECES:
                assert check(guard, f"{chr(point)}{piece}{chr(point)}" * 20 + piece) >= (0 if piece == AT_END else 20)
