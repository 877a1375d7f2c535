"""The confirming automaton accepts, at every place, just the windows that stand there."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pytest

from guardc.compiler.prefilter import confirm
from guardc.compiler.prefilter.confirm import ACCEPTS, Confirm, build_confirm

Rows = npt.NDArray[np.bool_]

ALPHABET = b"abcdx\x00\x80\xff"


def random_window(rng: random.Random, width: int) -> Rows:
    rows = np.zeros((rng.randint(1, 8), 256), dtype=np.bool_)
    for row in rows:
        kind = rng.random()
        if kind < 0.1:
            row[:] = True
        elif kind < 0.2:
            row[:] = True
            row[rng.choice(ALPHABET)] = False
        else:
            row[[rng.choice(ALPHABET) for _ in range(rng.randint(1, width))]] = True
    return rows


def accepted(automaton: Confirm, text: bytes) -> list[int]:
    """What it accepts in reading `text` from its first byte on, as the scan runs it. May name a window twice."""
    found: list[int] = []
    state = 1
    for byte in text:
        if state >= len(automaton.table):
            break
        entry = int(automaton.table[state, automaton.classes[byte]])
        if entry == 0:
            break
        state = entry & ~ACCEPTS
        if entry & ACCEPTS:
            found += automaton.accepted[state]
    return found


def standing(windows: list[Rows], text: bytes) -> list[int]:
    """The windows that stand at the first byte of `text`."""
    return [
        number
        for number, rows in enumerate(windows)
        if len(rows) <= len(text) and all(row[byte] for row, byte in zip(rows, text, strict=False))
    ]


def check_shape(automaton: Confirm) -> None:
    inner, _ = automaton.table.shape
    assert automaton.classes.shape == (256,)
    assert automaton.classes.max() < automaton.table.shape[1]
    states = automaton.table & ~np.uint16(ACCEPTS)
    assert states.max() < len(automaton.accepted) < ACCEPTS
    assert inner <= len(automaton.accepted)
    assert not automaton.table[0].any()
    # The bit is set where there is something to accept, and only there.
    accepting = np.array([bool(own) for own in automaton.accepted])
    assert (accepting[states] == (automaton.table & ACCEPTS != 0)).all()


def texts(rng: random.Random, windows: list[Rows], count: int) -> list[bytes]:
    """Half of them made of what a window admits, sometimes cut off or with one slip."""
    made = []
    for _ in range(count):
        if rng.random() < 0.5:
            made.append(bytes(rng.choice(ALPHABET) for _ in range(rng.randint(0, 10))))
            continue
        text = bytearray(int(rng.choice(np.flatnonzero(row))) for row in rng.choice(windows))
        if rng.random() < 0.2:
            text[rng.randrange(len(text))] = rng.randrange(256)
        text += bytes(rng.choice(ALPHABET) for _ in range(rng.randint(0, 4)))
        made.append(bytes(text[: rng.randint(0, len(text))] if rng.random() < 0.2 else text))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_random_windows(seed: int) -> None:
    rng = random.Random(seed)
    windows = [random_window(rng, 3) for _ in range(rng.choice([1, 2, 5, 10]))]
    automaton = build_confirm(windows)
    check_shape(automaton)
    for text in texts(rng, windows, 300):
        assert sorted(accepted(automaton, text)) == standing(windows, text)


@pytest.mark.parametrize("most", [1, 2, 5, 20, 100])
@pytest.mark.parametrize("seed", range(8))
def test_past_its_budget_it_accepts_more_but_never_less(seed: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "MAX_STATES", most)
    rng = random.Random(seed)
    windows = [random_window(rng, 4) for _ in range(40)]
    automaton = build_confirm(windows)
    check_shape(automaton)
    more = 0
    for text in texts(rng, windows, 300):
        found = accepted(automaton, text)
        assert len(found) == len(set(found))
        assert set(found) >= set(standing(windows, text))
        more += len(found) > len(standing(windows, text))
    # Something was given up, or the budget was never passed and this tests nothing.
    assert more
    assert len(automaton.table) <= 1 + max(most + 256, 1)


def test_so_many_sets_of_windows_that_numbers_of_states_would_run_out() -> None:
    """Each pair of bytes is admitted by another set of windows: more sets than 15 bits can number."""
    rng = np.random.default_rng(1)
    windows = [rng.random((2, 256)) < 0.5 for _ in range(24)]
    automaton = build_confirm(windows)
    check_shape(automaton)
    for _ in range(2_000):
        text = bytes(rng.integers(0, 256, 2, dtype=np.uint8))
        assert set(accepted(automaton, text)) >= set(standing(windows, text))


def test_the_same_windows_give_the_same_automaton() -> None:
    windows = [random_window(random.Random(seed), 3) for seed in range(30)]
    one, other = build_confirm(windows), build_confirm([rows.copy() for rows in windows])
    assert (one.table == other.table).all()
    assert (one.classes == other.classes).all()
    assert one.accepted == other.accepted
