"""Every detector of the standard library, compiled and run, finds what Python's `re` finds.

The texts are the examples of all detectors, the ordinary pages, and pieces of examples put together at random: what
one detector finds stands where another one looks. Every text goes through all modules. `docs/semantics.md`, section 2,
says what to find; `tests/support/reference.py` does it with `re`.
"""

from __future__ import annotations

import random
import runpy
from pathlib import Path

import pytest
import reference

from guardc.compiler import compile_text
from guardc.policy import Policy, render
from guardc.runtime import Guard, load

DATA = runpy.run_path(str(Path(__file__).with_name("test_std.py")))
TEXTS: list[str] = [text for _, _, text, _ in DATA["EXAMPLES"]]
# Modules have very different numbers of examples; each gets its share of the mixed texts.
BY_MODULE = [[text for of, _, text, _ in DATA["EXAMPLES"] if of == module] for module in DATA["MODULES"]]
PAGES: list[Path] = DATA["PAGES"]
MIXED = 300
# Of all the widths that Python stores texts in, and such that words join, or do not.
SEPARATORS = [*["", " "] * 2, *'\n.-:"=/0x_', ", ", "é", "漢", "😀", "\u2028", "\ud800"]


def mixed(rng: random.Random) -> str:
    """Pieces of examples, whole or cut anywhere, one after the other."""
    text = ""
    for _ in range(rng.choice([2, 3, 5, 8])):
        piece = rng.choice(rng.choice(BY_MODULE))
        if rng.random() < 0.5:
            start = rng.randint(0, len(piece))
            piece = piece[start : rng.randint(start, len(piece))]
        if rng.random() < 0.1:
            piece = piece.swapcase()
        text += piece + rng.choice(SEPARATORS)
    return text


def guard_of(module: str) -> tuple[Policy, Guard]:
    """A guard with one rule for each detector of the module, named as the detector."""
    names = DATA["PATTERNS"][module]
    rules = "\n".join(f"    {name}: no {module}.{name} on fail noop" for name in names)
    compilation = compile_text(f"edition 1\nimport std.{module}\nguard all on input {{\n{rules}\n}}\n")
    assert compilation.policy is not None, render(compilation.diagnostics)
    assert compilation.plan is not None, render(compilation.diagnostics)
    return compilation.policy, load(compilation.plan).guard("all")


@pytest.fixture(scope="module", params=DATA["MODULES"])
def compiled(request: pytest.FixtureRequest) -> tuple[Policy, Guard]:
    return guard_of(request.param)


def compare(compiled: tuple[Policy, Guard], text: str) -> int:
    """Asserts equal findings. Returns how many there were."""
    policy, guard = compiled
    found = {
        failure.rule: [(start, end) for start, end, _ in failure.spans] for failure in guard.validate(text).failures
    }
    expected = {
        name.rpartition(".")[2]: spans
        for name, detector in policy.detectors.items()
        if (spans := reference.find(detector, text))
    }
    assert found == expected, f"in {text!r}"
    return sum(map(len, found.values()))


def test_examples(compiled: tuple[Policy, Guard]) -> None:
    assert sum(compare(compiled, text) for text in TEXTS) > 0


def test_pages(compiled: tuple[Policy, Guard]) -> None:
    for page in PAGES:
        compare(compiled, page.read_text("utf-8"))


def test_all_examples_in_one_text(compiled: tuple[Policy, Guard]) -> None:
    assert compare(compiled, "\n".join(TEXTS)) > 0


def test_mixed_pieces_of_examples(compiled: tuple[Policy, Guard]) -> None:
    rng = random.Random(1)
    assert sum(compare(compiled, mixed(rng)) for _ in range(MIXED)) > MIXED / 10


def test_every_detector_has_a_rule(compiled: tuple[Policy, Guard]) -> None:
    policy, guard = compiled
    found = {failure.rule for text in TEXTS for failure in guard.validate(text).failures}
    assert found == {name.rpartition(".")[2] for name in policy.detectors}
