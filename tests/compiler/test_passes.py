"""What each pass leaves: `passes/<pass>.txt` holds policies and the module as text after that pass.

A case is `[case its name]`, the policy without its first line `edition 1`, `[out]`, and what `printer.show` prints.
`GUARDC_UPDATE_GOLDEN=1` writes what is printed anew; read the diff before you keep it.

Patterns of the cases are ASCII, or `a` flags make them so: what is printed is the same for all Unicode tables.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from guardc.compiler.ir import Module
from guardc.compiler.pipeline import PASSES, run_passes
from guardc.compiler.printer import show
from guardc.compiler.report import Report
from guardc.policy import Checked, check_text, render

FOLDER = Path(__file__).parent / "passes"
FILES = sorted(FOLDER.glob("*.txt"))


class Case(NamedTuple):
    stage: str
    name: str
    source: str
    out: str


def read_cases(file: Path) -> list[Case]:
    head, *parts = re.split(r"^\[case (.+)\]\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not head.strip(), f"{file.name} has text before its first case"
    cases = []
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        source, mark, out = body.partition("\n[out]\n")
        assert mark, f"{file.name}: case {name} has no [out]"
        cases.append(Case(file.stem, name, source.strip("\n") + "\n", out.strip("\n") + "\n"))
    assert len({case.name for case in cases}) == len(cases), f"{file.name}: two cases have one name"
    return cases


def write_cases(file: Path, cases: list[Case]) -> None:
    text = "\n".join(f"[case {case.name}]\n{case.source}[out]\n{case.out}" for case in cases)
    file.write_text(text, encoding="utf-8")


def check(source: str) -> Checked:
    checked = check_text("edition 1\n" + source, folder=FOLDER)
    assert checked.policy is not None, render(checked.diagnostics)
    return checked


def modules(source: str) -> dict[str, Module]:
    """The module after each pass, by the pass's name."""
    checked = check(source)
    assert checked.policy is not None
    report = Report(checked)
    left: dict[str, Module] = {}
    assert run_passes(checked.policy, report, left.__setitem__) is not None, render(report.diagnostics)
    return left


CASES = [case for file in FILES for case in read_cases(file)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stage}: {case.name}")
def test_module_after_pass(case: Case) -> None:
    shown = show(modules(case.source)[case.stage])
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        file = FOLDER / f"{case.stage}.txt"
        write_cases(file, [old._replace(out=shown) if old.name == case.name else old for old in read_cases(file)])
        case = case._replace(out=shown)
    assert shown == case.out


def test_every_pass_has_cases() -> None:
    assert [file.stem for file in FILES] == sorted(["lower", *(step.name for step in PASSES)])
    assert {case.stage for case in CASES} == {file.stem for file in FILES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stage}: {case.name}")
def test_passes_change_nothing_in_what_they_were_given(case: Case) -> None:
    """Running all passes again from the same policy prints the same: no pass writes into its input."""
    checked = check(case.source)
    assert checked.policy is not None
    first: dict[str, str] = {}
    kept: dict[str, Module] = {}

    def watch(name: str, module: Module) -> None:
        first[name] = show(module)
        kept[name] = module

    run_passes(checked.policy, Report(checked), watch)
    assert {name: show(module) for name, module in kept.items()} == first
