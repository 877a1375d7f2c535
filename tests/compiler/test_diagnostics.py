"""What the compiler says about patterns it cannot take or advises against: `diagnostics/NAME.guard` gives `NAME.out`.

`GUARDC_UPDATE_GOLDEN=1` writes the outputs anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guardc.compiler import compile_file, compile_text
from guardc.policy import render
from guardc.policy.codes import CODES

FOLDER = Path(__file__).parent / "diagnostics"
CASES = sorted(FOLDER.glob("*.guard"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_rendered_diagnostics(case: Path) -> None:
    compilation = compile_file(case)
    shown = render(compilation.diagnostics)
    golden = case.with_suffix(".out")
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")
    assert case.stem[:4] in {found.code for found in compilation.diagnostics}
    errors = [found for found in compilation.diagnostics if found.severity == "error"]
    assert (compilation.plan is None) == bool(errors)


def test_every_code_of_the_compiler_has_a_case() -> None:
    assert {case.stem[:4] for case in CASES} == {code for code in CODES if "G060" <= code < "G090"}


@pytest.mark.parametrize("code", sorted(code for code in CODES if "G060" <= code < "G090"))
def test_the_examples_of_the_reference_are_true(code: str) -> None:
    entry = CODES[code]
    if entry.wrong:
        assert code in {found.code for found in compile_text(entry.wrong).diagnostics}
    if entry.right:
        assert not compile_text(entry.right).diagnostics
