"""What `guardc validators` and docs/validators.md say of the detectors of the standard library holds."""

from __future__ import annotations

import json
import os
import re

import library
import pytest
import reference

from guardc.policy.checking.library import STD, standard_detectors, standard_modules

FILE = STD / "catalogue.json"
MODULES = [module.removeprefix("std.") for module in standard_modules() if module != "std.models"]


def test_the_file_has_every_detector() -> None:
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        FILE.write_text(library.written(library.catalogue()), encoding="utf-8")
    written = FILE.read_text(encoding="utf-8")
    entries = json.loads(written)
    assert list(entries) == [f"{module}.{name}" for module in MODULES for name in library.detectors(module)]
    assert written == library.written(entries)


@pytest.mark.parametrize("module", MODULES)
def test_costs_are_what_the_compiler_says_and_examples_those_of_the_tests(module: str) -> None:
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    for name, entry in library.entries(module).items():
        assert entries[name] == entry, name


@pytest.mark.parametrize("module", MODULES)
def test_every_detector_is_described_and_finds_its_example(module: str) -> None:
    found = library.detectors(module)
    described = {one.name.partition(".")[2]: one for one in standard_detectors(f"std.{module}")}
    assert list(described) == list(found)
    comments = " ".join(re.findall(r"^#\s*(.*)", (STD / f"{module}.guard").read_text(encoding="utf-8"), re.MULTILINE))
    for name, one in described.items():
        assert one.finds, name
        assert re.search(re.escape(one.finds) + r"\.(?: |$)", comments), f"the description of {name} is cut off"
        assert "\u00ab" in one.example, name
        text = library.fill(one.example)
        plain = re.sub("[\u00ab\u00bb]", "", text)
        spans = [plain[start:end] for start, end in reference.find(found[name], plain)]
        assert spans == re.findall("(?s)\u00ab(.*?)\u00bb", text), name
