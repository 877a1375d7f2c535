"""order: judge cheap rules first.

Assumes: any module. Leaves: `order` of every guard sorted by cost, equal costs as written. The order never changes an
outcome; it decides how soon a run that is going to call Python knows that it will have to.
"""

from __future__ import annotations

from dataclasses import replace

from guardc.compiler.ir import Module, RuleIR

__all__ = ["cost", "order"]


def cost(rule: RuleIR) -> int:
    """0: decided by the scan or in constant time; 1: reads the text again; 2: calls Python or another process."""
    if rule.test.calls or rule.test.searches or rule.test.parsed:
        return 2
    if rule.test.kind == "find":
        return 1 if rule.test.what == "is" or rule.test.reads else 0
    return 0 if rule.test.what in ("chars", "count", "number", "items") and not rule.test.reads else 1


def order(module: Module) -> Module:
    guards = tuple(
        replace(guard, order=tuple(sorted(range(len(guard.rules)), key=lambda number: cost(guard.rules[number]))))
        for guard in module.guards
    )
    return replace(module, guards=guards)
