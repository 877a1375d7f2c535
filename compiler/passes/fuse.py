"""fuse: put everything that a guard looks for into one scan.

Assumes: every pattern is compiled. Leaves: each guard that needs findings has a scan; each scanned pattern either has
its factors in the prefilter or is listed as `everywhere`.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import GuardIR, Module, PatternIR, Scan
from guardc.compiler.prefilter import build_prefilter

__all__ = ["fuse"]


def fuse(module: Module) -> Module:
    return replace(module, guards=tuple(_fuse_guard(guard, module.patterns) for guard in module.guards))


def _fuse_guard(guard: GuardIR, patterns: tuple[PatternIR, ...]) -> GuardIR:
    needed = tuple(sorted({number for rule in guard.rules for number in rule.test.scanned}))
    if not needed:
        return guard
    everywhere = []
    factors = []
    for slot, number in enumerate(needed):
        compiled = patterns[number].compiled
        assert compiled is not None
        if any(not factor.window for factor in compiled.factors):
            everywhere.append(slot)
        else:
            factors += [(slot, factor) for factor in compiled.factors]
    prefilter = build_prefilter(tuple(factors)) if factors else None
    return replace(guard, scan=Scan(needed, tuple(everywhere), prefilter))
