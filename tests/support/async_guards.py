"""Small policies with custom validators, and their guards.

Example: `guard_of(ONE, first=check)` asks `check` and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import AsyncGuard, Plan, load

__all__ = ["ONE", "TWO", "guard_of", "plan_of"]

TWO = """
custom predicate first
custom predicate second
guard g on output {
    first       on fail refrain
    second      on fail refrain
}
"""
ONE = """
custom predicate first
guard g on output {
    first       on fail refrain     on error exception
    chars <= 5  on fail fix
}
"""


def plan_of(source: str, **handlers: Callable[..., Any]) -> Plan:
    compilation = compile_text(f"edition 1\n{source}")
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan, handlers=handlers)


def guard_of(source: str, **handlers: Callable[..., Any]) -> AsyncGuard:
    return plan_of(source, **handlers).async_guard("g")
