"""The modules of formats and numbers find what they say, and leave alone what they say.

`formats/<module>.toml` has examples for every detector: under `found` texts with the findings between « and », under
`quiet` texts in which it finds nothing, under `is` texts that are nothing but one, and under `none`, where it is needed,
texts that are none though one may be found within them. Both the reference and the fast path are asked.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import reference

from guardc.compiler import compile_text
from guardc.policy import check_file
from guardc.policy.checking.library import STD
from guardc.runtime import Guard, load

DATA = Path(__file__).parent / "formats"
MODULES = ("ids", "crypto", "time", "money", "format", "net")
EXAMPLES = {module: tomllib.loads((DATA / f"{module}.toml").read_text("utf-8")) for module in MODULES}
CASES = [(module, name) for module, examples in EXAMPLES.items() for name in examples]
PAGES = sorted((Path(__file__).parent / "data" / "benign").iterdir())
QUIET = ("ids", "crypto")
"""Modules that find nothing on pages of ordinary text; those have dates, addresses and prices."""

DETECTORS = {}
for _module in MODULES:
    _policy = check_file(STD / f"{_module}.guard").policy
    assert _policy is not None
    DETECTORS[_module] = {name: one for name, one in _policy.detectors.items() if not name.startswith("_")}


@pytest.fixture(scope="module")
def guards() -> dict[tuple[str, str], Guard]:
    made = {}
    for module, detectors in DETECTORS.items():
        rules = "".join(
            f"guard {kind}_{name} on input {{\n{quantifier} {module}.{name} on fail noop\n}}\n"
            for name in detectors
            for kind, quantifier in (("find", "no"), ("whole", "is"))
        )
        plan = compile_text(f"edition 1\nimport std.{module}\n{rules}").plan
        assert plan is not None
        loaded = load(plan)
        made |= {(module, name): loaded.guard(name) for name in loaded.guards}
    return made


@pytest.mark.parametrize(("module", "name"), CASES)
def test_a_detector_finds_what_is_marked(module: str, name: str, guards: dict[tuple[str, str], Guard]) -> None:
    examples, detector, guard = EXAMPLES[module][name], DETECTORS[module][name], guards[module, f"find_{name}"]
    for marked in examples["found"] + examples["quiet"]:
        text = re.sub("[«»]", "", marked)
        expected = re.findall("(?s)«(.*?)»", marked)
        assert [text[start:end] for start, end in reference.find(detector, text)] == expected, text
        spans = [span for failure in guard.validate(text).failures for span in failure.spans]
        assert [text[span.start : span.end] for span in spans] == expected, text


@pytest.mark.parametrize(("module", "name"), CASES)
def test_what_is_all_of_a_text_needs_nothing_near(module: str, name: str, guards: dict[tuple[str, str], Guard]) -> None:
    for text in EXAMPLES[module][name]["is"]:
        assert reference.full(DETECTORS[module][name], text), text
        assert not guards[module, f"whole_{name}"].validate(text).failures, text
    for text in EXAMPLES[module][name].get("none", []):
        assert not reference.full(DETECTORS[module][name], text), text
        assert guards[module, f"whole_{name}"].validate(text).failures, text
    for text in EXAMPLES[module][name]["quiet"]:
        assert bool(guards[module, f"whole_{name}"].validate(text).failures) != reference.full(
            DETECTORS[module][name], text
        )


@pytest.mark.parametrize("module", MODULES)
def test_every_detector_has_examples(module: str) -> None:
    assert list(EXAMPLES[module]) == list(DETECTORS[module])
    for name, examples in EXAMPLES[module].items():
        assert examples.keys() - {"none"} == {"found", "quiet", "is"}, name
        assert all(examples.values()), name
        assert len(examples["found"]) >= 2, name
        assert len(examples["quiet"]) >= 2, name


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_ordinary_pages_are_left_alone(page: Path) -> None:
    text = page.read_text("utf-8")
    found = [
        f"{module}.{name}: {text[start:end]!r}"
        for module in QUIET
        for name, detector in DETECTORS[module].items()
        for start, end in reference.find(detector, text)
    ]
    assert found == []
