"""Hard negatives: which passages of a long text are chosen."""

from __future__ import annotations

import pytest

from guardc.fastpath._core import text_features
from guardc.training.examples import Example
from guardc.training.fit import fit
from guardc.training.mining import PASSAGE, hardest, passages

CALM = ("please send the invoice", "the meeting is on monday", "how do I reset the router")
LOUD = ("buy cheap pills now", "win a free prize today", "click here for free money")


@pytest.mark.parametrize("length", [1, 197, 198, 199, 297, 298, 1_000])
def test_passages_cover_the_text_and_each_is_one_window(length: int) -> None:
    text = ("word and  word\n" * 200)[:length]
    line = " ".join(text.split())
    pieces = passages(text)
    assert pieces[0] == line[:PASSAGE]
    assert line.endswith(pieces[-1])
    assert all(len(text_features(piece)[1]) <= 4 for piece in pieces)
    assert len(pieces) == len(set(range(0, max(1, len(line) - 99), 99)))


def test_the_passages_that_look_most_like_what_is_sought_are_chosen() -> None:
    rows = [Example(f"{(LOUD if n % 2 else CALM)[n % 3]}, {n}", bool(n % 2)) for n in range(200)]
    weights = fit(rows).weights
    calm = " ".join(CALM) * 20
    text = f"{calm} {' '.join(LOUD)} {calm}"
    first, second = hardest(weights, [text], 2)
    assert LOUD[0] in first or LOUD[2] in first
    assert first[: PASSAGE // 2] not in second
    assert list(hardest(weights, ["short"], 4)) == ["short"]


def test_what_is_only_trained_on_is_not_measured() -> None:
    rows = [Example(f"{(LOUD if n % 2 else CALM)[n % 3]}, {n}", bool(n % 2)) for n in range(200)]
    plain, more = fit(rows), fit(rows, more=[Example("click here to see the agenda", False)])
    assert more.held_out == plain.held_out
    assert (more.trained, more.calibrated) == (plain.trained + 1, plain.calibrated)
    assert more.weights.weights != plain.weights.weights
