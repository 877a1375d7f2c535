"""The sieve lets through every place where a window stands, whatever was split and merged."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pytest

from guardc.compiler.prefilter import Bucket, sieve_tables
from guardc.compiler.prefilter.buckets import MOST_PARTS, choose_buckets, rectangles, split
from guardc.compiler.verify import covered
from guardc.fastpath.layout import MAX_GROUPS, SIEVED

Rows = npt.NDArray[np.bool_]

SETS = [b"a", b"eE", b"0123456789", b"%|", b"-_", b" \t\n", b"@", b"<(", b"xyz\xe9", bytes(range(97, 123)), b"\x00\xff"]


def random_window(rng: random.Random) -> Rows:
    rows = np.zeros((rng.randint(1, 8), 256), dtype=np.bool_)
    for row in rows:
        kind = rng.random()
        if kind < 0.5:
            row[ord(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789-_@%"))] = True
        elif kind < 0.85:
            row[list(rng.choice(SETS))] = True
        elif kind < 0.95:
            row[[rng.randrange(256) for _ in range(rng.randint(1, 20))]] = True
        else:
            row[:] = True
    return rows


def windows_of(seed: int, count: int) -> list[Rows]:
    rng = random.Random(seed)
    return [random_window(rng) for _ in range(count)]


def text_of(rows: Rows, rng: random.Random) -> bytes:
    """Four bytes that a window admits, anything behind a shorter one."""
    wanted = [int(rng.choice(np.flatnonzero(row))) for row in rows[:SIEVED]]
    return bytes([*wanted, *(rng.randrange(256) for _ in range(SIEVED - len(wanted)))])


def is_marked(tables: npt.NDArray[np.uint8], text: bytes) -> bool:
    for low, high in tables:
        bits = 0xFF
        for k, byte in enumerate(text):
            bits &= int(low[k, byte & 15]) & int(high[k, byte >> 4])
        if bits:
            return True
    return False


def is_rectangle(row: npt.NDArray[np.bool_]) -> bool:
    halves = row.reshape(16, 16)
    return bool((halves == np.outer(halves.any(axis=1), halves.any(axis=0))).all())


@pytest.mark.parametrize(
    ("count", "rounds"), [(1, 20), (3, 20), (8, 10), (9, 10), (20, 8), (33, 6), (100, 3), (500, 1)]
)
def test_what_a_window_admits_its_buckets_admit(count: int, rounds: int) -> None:
    for seed in range(rounds):
        rng = random.Random(seed)
        windows = windows_of(seed, count)
        buckets = choose_buckets(windows)
        tables = sieve_tables(buckets)
        assert 1 <= tables.shape[0] <= MAX_GROUPS
        assert tables.shape == (tables.shape[0], 2, SIEVED, 16)
        assert -(-len(buckets) // 8) == tables.shape[0]
        assert {number for bucket in buckets for number in bucket.windows} == set(range(count))
        for bucket in buckets:
            assert bucket.rows.shape == (SIEVED, 256)
            assert all(map(is_rectangle, bucket.rows))
            assert bucket.windows == tuple(sorted(set(bucket.windows)))
            assert 0 <= bucket.weight <= 1
        for number, rows in enumerate(windows):
            assert covered(rows[:SIEVED], [bucket for bucket in buckets if number in bucket.windows])
            for _ in range(4):
                assert is_marked(tables, text_of(rows, rng))


@pytest.mark.parametrize("count", [1, 8, 32, 60])
def test_the_tables_admit_what_some_bucket_admits_and_nothing_else(count: int) -> None:
    rng = random.Random(count)
    windows = windows_of(count, count)
    buckets = choose_buckets(windows)
    tables = sieve_tables(buckets)
    told_apart = set()
    for _ in range(2_000):
        text = bytearray(text_of(rng.choice(windows), rng))
        text[rng.randrange(SIEVED)] = rng.randrange(256)
        wanted = any(all(row[byte] for row, byte in zip(bucket.rows, text, strict=True)) for bucket in buckets)
        assert is_marked(tables, bytes(text)) is wanted
        told_apart.add(wanted)
    assert told_apart == {True, False}


def test_few_windows_take_one_group_and_many_take_more() -> None:
    def groups(words: list[str]) -> int:
        windows = []
        for word in words:
            rows = np.zeros((len(word), 256), dtype=np.bool_)
            rows[range(len(word)), list(word.encode())] = True
            windows.append(rows)
        return sieve_tables(choose_buckets(windows)).shape[0]

    assert groups(["AKIA"]) == 1
    rng = random.Random(2)
    taken = groups(["".join(rng.choices("etaoinshrdlu", k=4)) for _ in range(60)])
    assert 1 < taken <= MAX_GROUPS


def test_a_rectangle_is_the_smallest_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        rows = rng.random((3, 256)) < rng.choice([0.004, 0.02, 0.3])
        found = rectangles(rows)
        for row, around in zip(rows, found, strict=True):
            assert is_rectangle(around)
            assert (around >= row).all()
            # Each of its high halves and each of its low halves is one of the set's own.
            high, low = np.divmod(np.flatnonzero(around), 16)
            own_high, own_low = np.divmod(np.flatnonzero(row), 16)
            assert set(high) == set(own_high)
            assert set(low) == set(own_low)


def test_digits_and_single_letters_are_seen_exactly() -> None:
    for characters in (b"0123456789", b"a", b"aA", b"\xff", bytes(range(256))):
        row = np.zeros((1, 256), dtype=np.bool_)
        row[0, list(characters)] = True
        assert (rectangles(row) == row).all()


@pytest.mark.parametrize("seed", range(150))
def test_the_parts_of_a_window_admit_what_it_admits(seed: int) -> None:
    rng = random.Random(seed)
    rows = np.ones((SIEVED, 256), dtype=np.bool_)
    window = random_window(rng)[:SIEVED]
    rows[: len(window)] = window
    parts = split(rows, MOST_PARTS)
    assert 1 <= len(parts) <= MOST_PARTS
    assert all((part <= rows).all() for part in parts)
    assert all(part.any(axis=1).all() for part in parts)
    whole = [Bucket(part, (0,), 0.0) for part in parts]
    assert covered(rows, whole)
    for _ in range(50):
        text = text_of(rows, rng)
        assert any(all(row[byte] for row, byte in zip(part, text, strict=True)) for part in parts)


def test_signs_that_lie_apart_are_split() -> None:
    rows = np.ones((SIEVED, 256), dtype=np.bool_)
    rows[0] = False
    rows[0, list(b"a ")] = True  # their rectangle has `!` and a back-quote too
    rows[1] = False
    rows[1, list(b"te")] = True
    parts = split(rows, MOST_PARTS)
    assert len(parts) > 1
    admitted = [rectangles(part).sum(axis=1).prod() for part in parts]
    assert sum(admitted) < rectangles(rows).sum(axis=1).prod()


def test_the_same_windows_give_the_same_buckets() -> None:
    for count in (5, 60, 300):
        windows = windows_of(count, count)
        one = choose_buckets(windows)
        # Copies, and views that lie otherwise in memory.
        other = choose_buckets([np.asfortranarray(rows.copy()) for rows in windows])
        assert [(b.rows.tobytes(), b.windows, b.weight) for b in one] == [
            (b.rows.tobytes(), b.windows, b.weight) for b in other
        ]


def test_windows_that_are_alike_share_a_bucket() -> None:
    windows = windows_of(11, 6)
    buckets = choose_buckets([rows for rows in windows for _ in range(5)])
    for bucket in buckets:
        assert {number // 5 * 5 + k for number in bucket.windows for k in range(5)} == set(bucket.windows)


def test_what_is_not_covered_is_seen() -> None:
    rows = np.zeros((2, 256), dtype=np.bool_)
    rows[0, list(b"ab")] = rows[1, list(b"xy")] = True

    def bucket(first: bytes, second: bytes) -> Bucket:
        admitted = np.ones((SIEVED, 256), dtype=np.bool_)
        admitted[:2] = False
        admitted[0, list(first)] = admitted[1, list(second)] = True
        return Bucket(admitted, (0,), 0.0)

    assert covered(rows, [bucket(b"ab", b"xyz")])
    assert covered(rows, [bucket(b"ab", b"x"), bucket(b"ab", b"y")])
    assert covered(rows, [bucket(b"a", b"x"), bucket(b"b", b"xy"), bucket(b"a", b"y")])
    assert not covered(rows, [bucket(b"a", b"x"), bucket(b"b", b"y")])
    assert not covered(rows, [bucket(b"a", b"xy")])
    assert not covered(rows, [])
