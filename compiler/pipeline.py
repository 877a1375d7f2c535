"""The passes in their order, and the way from a checked policy to a module that can be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from guardc.compiler.ir import Module
from guardc.compiler.passes.deduplicate import deduplicate
from guardc.compiler.passes.fold import fold
from guardc.compiler.passes.fuse import fuse
from guardc.compiler.passes.lower import lower
from guardc.compiler.passes.order import order
from guardc.compiler.passes.select import select
from guardc.compiler.report import Report
from guardc.compiler.verify import verify
from guardc.policy.model import Policy

__all__ = ["PASSES", "Pass", "run_passes"]


@dataclass(frozen=True, slots=True)
class Pass:
    name: str
    run: Callable[[Module, Report], Module]


PASSES = (
    # `lower` comes first: it makes the module from the policy.
    Pass("fold", lambda module, _: fold(module)),  # before deduplicate: a dropped rule uses no detector
    Pass("deduplicate", lambda module, _: deduplicate(module)),  # before select: equal patterns compile once
    Pass("order", lambda module, _: order(module)),
    Pass("select", select),
    Pass("fuse", lambda module, _: fuse(module)),  # needs the factors that select chose
)


def run_passes(policy: Policy, report: Report, watch: Callable[[str, Module], None] | None = None) -> Module | None:
    """Run every pass, verifying after each.

    Args:
        policy: a checked policy.
        report: receives the diagnostics.
        watch: is called with each pass's name and what it left (`guardc compile --show-ir` prints it).

    Returns:
        The finished module, or None if a pass reported an error.
    """
    module = lower(policy)
    verify(module, "lower")
    if watch:
        watch("lower", module)
    for step in PASSES:
        module = step.run(module, report)
        if not report.ok:
            return None
        verify(module, step.name)
        if watch:
            watch(step.name, module)
    return module
