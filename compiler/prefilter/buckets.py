"""The sieve: which places of a text are worth a look, for all factors of a guard at once.

A window's first four characters are looked for with small tables that vector instructions read, many places of the text
at a time (as in Hyperscan's Teddy; X. Wang et al., Hyperscan, NSDI 2019). For each of the four characters there are two
tables of 16 entries, one for the low and one for the high four bits of the byte. An entry has a bit for each of eight
*buckets*; a place is proposed if some bucket's bit is set in all eight entries. So a bucket sees a set of bytes as the
smallest *rectangle* around it, all its high halves with all its low halves: digits and single letters are seen exactly,
`[a-z]` takes in a few signs.

A window whose rectangles let far more through than it does is split where that helps, `[%|]x` into `%x` and `|x`. Each
bucket takes windows that are alike: the two whose union lets the fewest additional places through are merged until
they fit. Eight buckets are a *group*; more groups let less through and take longer, so the number of groups is chosen
for the least expected time.

Invariant: what a window admits in its first four characters, one of the buckets that it is in admits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex.frequency import chances, shares_of_bytes
from guardc.fastpath.layout import MAX_GROUPS, SIEVED

__all__ = ["SIEVED", "Bucket", "choose_buckets", "rectangles", "sieve_tables", "split"]

BUCKETS_PER_GROUP = 8

GROUP_TIME = 0.07
"""Nanoseconds per character that one more group takes."""
CONFIRM_TIME = 8.0
"""Nanoseconds that a place takes that the sieve lets through."""

WORTH_SPLITTING = 5e-4
"""Places per character that a split must spare."""
MOST_PARTS = 4
MOST_AT_ONCE = 256
"""Windows that are compared with each other."""

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """
    rows: the bytes that it admits at each of the four characters, rectangles; shape (4, 256).
    windows: numbers of the windows in it.
    weight: how often to expect one of its places, per character of ordinary text.
    """

    rows: Rows
    windows: tuple[int, ...]
    weight: float


def choose_buckets(windows: list[Rows]) -> tuple[Bucket, ...]:
    """A whole number of groups, the last of which need not be full.

    Args:
        windows: for each window the bytes it admits at its characters, shape (up to 8, 256).
    """
    by_rows: dict[bytes, dict[int, None]] = {}
    for number, rows in enumerate(windows):
        for part in split(_padded(rows), MOST_PARTS):
            by_rows.setdefault(rectangles(part).tobytes(), {})[number] = None
    single = [
        (np.frombuffer(key, dtype=np.bool_).reshape(SIEVED, 256), tuple(numbers)) for key, numbers in by_rows.items()
    ]
    best: tuple[Bucket, ...] = ()
    least = float("inf")
    for groups in (MAX_GROUPS, 4, 2, 1):
        single = _merge(single, groups * BUCKETS_PER_GROUP)
        needed = -(-len(single) // BUCKETS_PER_GROUP)
        buckets = tuple(Bucket(rows, numbers, float(_weights(rows[None])[0])) for rows, numbers in single)
        time = GROUP_TIME * needed + CONFIRM_TIME * min(1.0, sum(bucket.weight for bucket in buckets))
        if time < least:
            best, least = buckets, time
    return best


def sieve_tables(buckets: tuple[Bucket, ...]) -> npt.NDArray[np.uint8]:
    """The tables as they lie in a plan: shape (groups, 2, SIEVED, 16), low halves first."""
    groups = -(-len(buckets) // BUCKETS_PER_GROUP)
    tables = np.zeros((groups, 2, SIEVED, 16), dtype=np.uint8)
    for number, bucket in enumerate(buckets):
        group, bit = divmod(number, BUCKETS_PER_GROUP)
        halves = bucket.rows.reshape(SIEVED, 16, 16)
        tables[group, 0] |= (halves.any(axis=1) << bit).astype(np.uint8)
        tables[group, 1] |= (halves.any(axis=2) << bit).astype(np.uint8)
    return tables


def _padded(rows: Rows) -> Rows:
    """The first four characters; what is not asked for admits everything."""
    padded = np.ones((SIEVED, 256), dtype=np.bool_)
    padded[: len(rows)] = rows[:SIEVED]
    return padded


def split(rows: Rows, most: int) -> list[Rows]:
    """The window as one or more that together admit the same, and whose rectangles admit less."""
    if most == 1:
        return [rows]
    whole = float(_weights(rectangles(rows)[None])[0])
    least = whole - WORTH_SPLITTING
    if least <= 0:  # no split can spare so much
        return [rows]
    choices: list[tuple[Rows, Rows]] = []
    for at in range(SIEVED):
        lows = rows[at].reshape(16, 16)
        kinds = {half.tobytes() for half in lows if half.any()}
        for kind in sorted(kinds) if len(kinds) > 1 else ():
            # High halves that have just these low halves are exact together.
            alone = np.array([half.tobytes() == kind for half in lows])
            parts = rows.copy(), rows.copy()
            parts[0][at] &= np.repeat(alone, 16)
            parts[1][at] &= np.repeat(~alone, 16)
            choices.append(parts)
    if not choices:
        return [rows]
    weights = _weights(rectangles(np.array(choices).reshape(-1, SIEVED, 256))).reshape(-1, 2).sum(axis=1)
    chosen = int(np.argmin(weights))  # the first of equal ones
    if weights[chosen] >= least:
        return [rows]
    best = choices[chosen]
    return [best[0], *split(best[1], most - 1)]


def rectangles(rows: Rows) -> Rows:
    """The smallest rectangle around each set of bytes. Shape as given, (..., 256)."""
    halves = rows.reshape(-1, 16, 16)
    both: Rows = np.logical_and(halves.any(axis=2, keepdims=True), halves.any(axis=1, keepdims=True))
    return both.reshape(rows.shape)


def _merge(entries: list[tuple[Rows, tuple[int, ...]]], most: int) -> list[tuple[Rows, tuple[int, ...]]]:
    """At most so many buckets, in the order of their first windows.

    The price of every pair is a matrix, so very many windows are first merged by neighbours in the order of their
    bytes.
    """
    count = len(entries)
    if count <= most:
        return entries
    if count > MOST_AT_ONCE:
        alike = sorted(entries, key=lambda entry: entry[0].tobytes())
        parts = [alike[at : at + MOST_AT_ONCE] for at in range(0, count, MOST_AT_ONCE)]
        fewer = [merged for part in parts for merged in _merge(part, MOST_AT_ONCE // 4)]
        return _merge(sorted(fewer, key=lambda entry: entry[1]), most)
    rows = np.stack([row for row, _ in entries])
    numbers = [own for _, own in entries]
    weights = _weights(rows)
    price = np.full((count, count), np.inf)
    for i in range(count - 1):
        price[i, i + 1 :] = _weights(rectangles(rows[i] | rows[i + 1 :])) - weights[i] - weights[i + 1 :]
    alive = np.ones(count, dtype=np.bool_)
    for _ in range(count - most):
        # The first of equal prices, so that the same windows always merge in the same way.
        i, j = (int(place) for place in np.unravel_index(np.argmin(price), price.shape))
        rows[i] = rectangles(rows[i] | rows[j])
        weights[i] = _weights(rows[i : i + 1])[0]
        numbers[i] = tuple(sorted({*numbers[i], *numbers[j]}))
        alive[j] = False
        price[j, :] = price[:, j] = np.inf
        new = np.where(alive, _weights(rectangles(rows[i] | rows)) - weights[i] - weights, np.inf)
        price[i, i + 1 :] = new[i + 1 :]
        price[:i, i] = new[:i]
    return [(rows[i], numbers[i]) for i in range(count) if alive[i]]


def _weights(rows: Rows) -> npt.NDArray[np.float64]:
    """How often to expect each of some windows, shape (windows,)."""
    weights: npt.NDArray[np.float64] = chances(shares_of_bytes(rows))[:, -1]
    return weights
