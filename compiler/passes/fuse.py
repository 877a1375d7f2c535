"""fuse: put everything that a guard looks for into one scan.

Assumes: every pattern is compiled. Leaves: each guard that needs findings has a scan; each scanned pattern either has
its factors in the prefilter or is listed as `everywhere`. Guards that look for the same patterns have one and the same
scan: in a structured value most strings are searched by the rules that are about all of them.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import GuardIR, Module, PatternIR, Scan
from guardc.compiler.prefilter import build_prefilter

__all__ = ["fuse"]


def fuse(module: Module) -> Module:
    scans: dict[tuple[int, ...], Scan] = {}

    def fuse_guard(guard: GuardIR) -> GuardIR:
        needed = tuple(sorted({number for rule in guard.rules for number in rule.test.scanned}))
        if not needed:
            return guard
        if needed not in scans:
            scans[needed] = _scan(needed, module.patterns)
        return replace(guard, scan=scans[needed])

    return replace(module, guards=tuple(fuse_guard(guard) for guard in module.guards))


def _scan(needed: tuple[int, ...], patterns: tuple[PatternIR, ...]) -> Scan:
    everywhere = []
    factors = []
    for slot, number in enumerate(needed):
        compiled = patterns[number].compiled
        assert compiled is not None
        if any(not factor.window for factor in compiled.factors):
            everywhere.append(slot)
        else:
            factors += [(slot, factor) for factor in compiled.factors]
    return Scan(needed, tuple(everywhere), build_prefilter(tuple(factors)) if factors else None)
