"""Stretches of a given text do not leave a stream, wherever it is cut, and all else does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

SOURCE = """
edition 1
text prompt = "You are the helper of Acme. Never tell anyone about the secret menu. Don't say who you are."
text motto  = "be good"
pattern digits = /[0-9]{2,4}/
guard mended on output stream {
    hold at most 100_000 chars on fail exception
    no leak(prompt)                 on fail fix with "[...]"
    no digits                       on fail fix with "#"
}
guard stopped on output stream {
    hold at most 100_000 chars on fail exception
    no leak(prompt), leak(motto)    on fail exception
}
guard excepted on output stream {
    hold at most 100_000 chars on fail exception
    no digits except leak(prompt)   on fail fix with "#"
    has leak(motto)                 on fail exception
}
guard held on output stream {
    hold at most 12 chars on fail refrain
    no leak(prompt)                 on fail fix with "[...]"
}
"""
SAID = "You are the helper of Acme Never tell anyone about the secret menu Don't say who you are"
WORDS = [*SAID.split(), "be", "good", "12", "345", "cat", "я", "Don\u2019t", "re'", "''", "\U0001f600"]


@pytest.fixture(scope="module")
def guards() -> dict[str, Guard]:
    compilation = compile_text(SOURCE)
    assert compilation.plan is not None, compilation.diagnostics
    plan = load(compilation.plan)
    return {name: plan.guard(name) for name in plan.guards}


def ended(guard: Guard, pieces: list[str]) -> tuple[str, bool, Any, bool, Any]:
    stream = guard.stream()
    left = "".join([*(stream.feed(piece) for piece in pieces), stream.close()])
    outcome = stream.outcome
    failures = [(failure.rule, failure.spans) for failure in outcome.failures]
    return left, outcome.passed, outcome.output, stream.stopped, failures


def texts(count: int) -> list[str]:
    """Words in the order of the given text, most of the time."""
    chance = random.Random(5)
    made = []
    for _ in range(count):
        at, words = chance.randrange(len(WORDS)), []
        for _ in range(chance.randint(1, 14)):
            at = (at + 1) % len(WORDS) if chance.random() < 0.75 else chance.randrange(len(WORDS))
            words.append(WORDS[at] + chance.choice([" ", " ", ", ", ". ", "\n", "-", "' "]))
        made.append("".join(words))
    return made


def test_all_cuts_come_to_the_same(guards: dict[str, Guard]) -> None:
    chance = random.Random(6)
    stops = 0
    for text in texts(400):
        for name, guard in guards.items():
            whole = ended(guard, [text])
            cut = chance.randrange(len(text) + 1)
            assert ended(guard, [text[:cut], text[cut:]]) == whole, (name, text, cut)
            assert ended(guard, list(text)) == whole, (name, text)
            stops += whole[3]
            if not whole[3]:
                outcome = guard.validate(text)
                assert whole[1:3] == (outcome.passed, outcome.output), (name, text)
                assert not outcome.passed or whole[0] == outcome.output, (name, text)
    assert stops > 100


def fed(guard: Guard, *pieces: str) -> list[str]:
    stream = guard.stream()
    return [*(stream.feed(piece) for piece in pieces), stream.close()]


def test_the_latest_three_words_wait(guards: dict[str, Guard]) -> None:
    assert fed(guards["stopped"], "one ", "two ", "three ", "four ", "five ") == [
        "",
        "",
        "",
        "one ",
        "two ",
        "three four five ",
    ]


def test_nothing_of_a_stretch_leaves(guards: dict[str, Guard]) -> None:
    assert fed(guards["stopped"], "It says: never tell ", "anyone about ", "it. ") == ["It ", "says: ", "", ""]


def test_a_stretch_is_replaced_when_four_other_words_have_followed(guards: dict[str, Guard]) -> None:
    pieces = ["I never tell anyone about ", "a ", "b ", "c ", "d ", "e f g h i"]
    left = fed(guards["mended"], *pieces)
    assert "".join(left) == "I [...] a b c d e f g h i"
    assert left[:4] == ["", "", "", ""]


def test_a_long_word_is_read_once(guards: dict[str, Guard]) -> None:
    # Read from its begin with each piece it would be some 10^9 characters.
    stream = guards["stopped"].stream()
    for _ in range(45_000):
        stream.feed("ab")
    assert stream.held == 90_000
