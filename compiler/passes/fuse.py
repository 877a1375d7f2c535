"""fuse: put everything that a guard looks for into one scan.

Assumes: every pattern is compiled. Leaves: each guard that needs findings has a scan; each scanned pattern either has
its factors in buckets or is listed as `everywhere`; at most 16 buckets.

Factors with equal windows share a bucket. When there are more windows than buckets, the two whose union lets the fewest
additional candidates through are merged, until they fit: the first stage may propose too much, never too little.

The price of every pair is computed at once. With a window's character sets as 0/1 rows over ASCII and one column for
all else, and `p` the likelihood of each column, the union of two sets has the likelihood `p(a) + p(b) - p(a & b)`,
and all the `p(a & b)` are one matrix product. Likelihoods are whole numbers here, so that every machine computes the
same prices and merges the same windows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from guardc.compiler.ir import Bucket, GuardIR, Module, PatternIR, Scan
from guardc.compiler.regex import CharSet, Factor, likelihood
from guardc.fastpath.layout import BUCKETS, WINDOW

__all__ = ["fuse"]

Window = tuple[CharSet, ...]


def fuse(module: Module) -> Module:
    return replace(module, guards=tuple(_fuse_guard(guard, module.patterns) for guard in module.guards))


def _fuse_guard(guard: GuardIR, patterns: tuple[PatternIR, ...]) -> GuardIR:
    needed = tuple(sorted({number for rule in guard.rules for number in rule.test.scanned}))
    if not needed:
        return guard
    everywhere: list[int] = []
    windows: dict[Window, list[tuple[int, Factor]]] = {}
    for slot, number in enumerate(needed):
        compiled = patterns[number].compiled
        assert compiled is not None
        if any(not factor.window for factor in compiled.factors):
            everywhere.append(slot)
            continue
        for factor in compiled.factors:
            windows.setdefault(factor.window, []).append((slot, factor))
    buckets = _merge([Bucket(window, tuple(entries)) for window, entries in windows.items()])
    return replace(guard, scan=Scan(needed, tuple(everywhere), tuple(buckets)))


def _union(first: Window, second: Window) -> Window:
    """The narrowest window that admits both, as long as the shorter one."""
    return tuple(a | b for a, b in zip(first, second, strict=False))


def _merge(buckets: list[Bucket]) -> list[Bucket]:
    """At most `BUCKETS` buckets, in the order of their first windows."""
    if len(buckets) <= BUCKETS:
        return buckets
    rows = np.stack([_row(bucket.window) for bucket in buckets])
    entries = np.array([len(bucket.entries) for bucket in buckets])
    price = _prices(rows, entries, rows, entries)
    # Each pair once, and nothing with itself.
    price[np.tril_indices(len(buckets))] = np.inf
    merged = list(buckets)
    alive = np.ones(len(buckets), dtype=np.bool_)
    for _ in range(len(buckets) - BUCKETS):
        # The first of equal prices, so that the same buckets always merge in the same way.
        i, j = (int(place) for place in np.unravel_index(np.argmin(price), price.shape))
        union = _union(merged[i].window, merged[j].window)
        merged[i] = Bucket(union, merged[i].entries + merged[j].entries)
        rows[i] = np.maximum(rows[i], rows[j])
        entries[i] += entries[j]
        alive[j] = False
        price[j, :] = price[:, j] = np.inf
        new = np.where(alive, _prices(rows[i : i + 1], entries[i : i + 1], rows, entries)[0], np.inf)
        price[i, i + 1 :] = new[i + 1 :]
        price[:i, i] = new[:i]
    return [bucket for bucket, still in zip(merged, alive, strict=True) if still]


_SCALE = 1 << 24
_LIKELIHOOD = np.array(
    [
        round(_SCALE * likelihood(characters))
        for characters in (*(CharSet.of([point]) for point in range(128)), CharSet.span(128, 0x10FFFF))
    ],
    dtype=np.int64,
)


def _row(window: Window) -> npt.NDArray[np.int64]:
    """The sets of a window as rows of zeros and ones, shape (WINDOW, 129); what is not asked for admits everything."""
    row = np.ones((WINDOW, len(_LIKELIHOOD)), dtype=np.int64)
    for j, characters in enumerate(window):
        row[j] = 0
        for low, high in characters.ranges:
            row[j, low : min(high, 127) + 1] = 1
            if high >= 128:
                row[j, 128] = 1
    return row


def _prices(
    rows: npt.NDArray[np.int64],
    entries: npt.NDArray[np.int64],
    others: npt.NDArray[np.int64],
    other_entries: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """What merging each of `rows` with each of `others` adds to the expected tries: a candidate of a merged bucket is
    tried for the entries of both. Shape (rows, others)."""
    single, other_single = rows @ _LIKELIHOOD, others @ _LIKELIHOOD
    union = np.ones((len(rows), len(others)))
    for j in range(WINDOW):
        both = (rows[:, j] * _LIKELIHOOD) @ others[:, j].T
        union *= (single[:, None, j] + other_single[None, :, j] - both) / _SCALE
    before = _weights(single) * entries
    other_before = _weights(other_single) * other_entries
    return union * (entries[:, None] + other_entries[None, :]) - (before[:, None] + other_before[None, :])


def _weights(single: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How often to expect each window, from the likelihoods of its sets."""
    weights = np.ones(len(single))
    for j in range(WINDOW):
        weights *= single[:, j] / _SCALE
    return weights
