"""fuse: put everything that a guard looks for into one scan.

Assumes: every pattern is compiled. Leaves: each guard that needs findings has a scan; each scanned pattern either has
its factors in buckets or is listed as `everywhere`; at most 16 buckets.

Factors with equal windows share a bucket. When there are more windows than buckets, the two whose union lets the fewest
additional candidates through are merged, until they fit: the first stage may propose too much, never too little.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from guardc.compiler.ir import Bucket, GuardIR, Module, PatternIR, Scan
from guardc.compiler.regex import CharSet, Factor, window_weight
from guardc.fastpath.layout import BUCKETS

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
    """At most `BUCKETS` buckets."""
    weights = [window_weight(bucket.window) for bucket in buckets]
    alive = set(range(len(buckets)))
    added: dict[tuple[int, int], float] = {}

    def price(i: int, j: int) -> float:
        union = window_weight(_union(buckets[i].window, buckets[j].window))
        # A candidate of a merged bucket is tried for the entries of both.
        return union * (len(buckets[i].entries) + len(buckets[j].entries)) - (
            weights[i] * len(buckets[i].entries) + weights[j] * len(buckets[j].entries)
        )

    if len(alive) > BUCKETS:
        added = {(i, j): price(i, j) for i, j in combinations(sorted(alive), 2)}
    while len(alive) > BUCKETS:
        i, j = min(added, key=lambda pair: (added[pair], pair))
        merged = Bucket(_union(buckets[i].window, buckets[j].window), buckets[i].entries + buckets[j].entries)
        alive -= {i, j}
        added = {pair: cost for pair, cost in added.items() if not {i, j} & set(pair)}
        number = len(buckets)
        buckets.append(merged)
        weights.append(window_weight(merged.window))
        added |= {(other, number): price(other, number) for other in sorted(alive)}
        alive.add(number)
    return [buckets[number] for number in sorted(alive)]
