"""The whole way from source to plan: check, run the passes, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guardc.compiler.ir import Module
from guardc.compiler.passes.select import check_patterns
from guardc.compiler.pipeline import run_passes
from guardc.compiler.report import Report
from guardc.compiler.streaming import check_streams
from guardc.compiler.writer import write_plan
from guardc.policy import Checked, Diagnostic, Policy, check_file, check_text
from guardc.policy.diagnostics import in_order

__all__ = ["Compilation", "compile_checked", "compile_file", "compile_policy", "compile_text"]

Watch = Callable[[str, Module], None]


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a compilation gave.

    policy, module, plan: None from the first stage on that found an error.
    diagnostics: of the front end and of the passes, from the top of the file to its end. If the front end found an
        error, the passes say what they can of the patterns that are right for themselves.
    """

    policy: Policy | None
    module: Module | None
    plan: bytes | None
    diagnostics: tuple[Diagnostic, ...]


def compile_file(path: Path, watch: Watch | None = None) -> Compilation:
    """Compile a policy file. What is wrong with it is in `diagnostics`; nothing is raised for it."""
    return compile_checked(check_file(path), watch)


def compile_text(source: str, name: str = "policy.guard", folder: Path | None = None) -> Compilation:
    """Compile a policy from a string; `folder` is where its imports and word files are looked for."""
    return compile_checked(check_text(source, name=name, folder=folder or Path()))


def compile_policy(policy: Policy) -> Compilation:
    """Compile a checked policy."""
    report = Report()
    module, plan = _finish(policy, report)
    return Compilation(policy, module, plan, tuple(report.diagnostics))


def compile_checked(checked: Checked, watch: Watch | None = None) -> Compilation:
    """Go on from what the front end left."""
    if checked.policy is None:
        report = Report(checked)
        check_patterns(checked.sound.values(), report)
        return Compilation(None, None, None, _all_diagnostics(checked, report))
    report = Report(checked)
    module, plan = _finish(checked.policy, report, watch)
    return Compilation(checked.policy, module, plan, _all_diagnostics(checked, report))


def _finish(policy: Policy, report: Report, watch: Watch | None = None) -> tuple[Module | None, bytes | None]:
    module = run_passes(policy, report, watch)
    if module is not None:
        check_streams(module, report)
    if module is None or not report.ok:
        return None, None
    return module, write_plan(module)


def _all_diagnostics(checked: Checked, report: Report) -> tuple[Diagnostic, ...]:
    return in_order((*checked.diagnostics, *report.diagnostics), checked.sources)
