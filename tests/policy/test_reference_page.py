"""docs/validators.md is what the catalogue and the standard library say."""

import os
import re
from pathlib import Path

import pytest

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.policy.catalog import DETECTORS, TESTS
from guardc.policy.checking.library import standard_detectors, standard_modules
from guardc.policy.reference import BEFORE, reference

PAGE = Path(__file__).parents[2] / "docs" / "validators.md"


def test_the_page_is_current() -> None:
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        PAGE.write_text(reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_entry_has_all_its_parts() -> None:
    sections = dict(re.findall(r"^### (.+)\n((?:(?!^#).*\n)+)", reference(), re.MULTILINE))
    for name in [*TESTS, *DETECTORS]:
        for part in ("- written: ", "- fix: ", "- cost: ", "- example: "):
            assert part in sections[name], name


@pytest.mark.parametrize(
    "example", re.findall(r"example: `([^`]+)`", reference().partition("## Detectors of a policy")[0])
)
def test_examples_compile(example: str) -> None:
    compilation = compile_text(f"edition 1\n{BEFORE}\nguard g on output {{\n    {example}\n}}\n")
    assert compilation.plan is not None, render(compilation.diagnostics)


def test_every_detector_of_the_standard_library_is_in_the_page_and_compiles() -> None:
    names = [one.name for module in standard_modules() for one in standard_detectors(module)]
    rows = re.findall(r"^\| `(\w+\.\w+)` \|(?: [^|]+ \|){5} (?:[^|]|(?<=\\)\|)+ \|$", reference(), re.MULTILINE)
    assert rows == names
    imports = "\n".join(f"import {module}" for module in standard_modules())
    rules = "\n".join(f"    no {name} on fail fix" for name in names)
    compilation = compile_text(f"edition 1\n{imports}\nguard g on output {{\n{rules}\n}}\n")
    assert compilation.plan is not None, render(compilation.diagnostics)
