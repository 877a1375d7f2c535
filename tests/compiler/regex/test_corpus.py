"""The corpus of corner cases, run by every engine: what is found is what `re` finds, and what the corpus says.

A file of the corpus is a list of cases:

    [[case]]
    regex = 'a+'
    flags = 'i'                          # letters of aimsx; none if left out
    texts = ['aA', ['b', ['a', 70]]]     # with escapes (`\\n`, `\\ud800`); a list is joined, ['a', 70] repeated
    spans = [[[0, 2]], [[1, 71]]]        # of `re.finditer`, for each text
    whole = [true, false]                # whether `re.fullmatch` matches, for each text
    varies = 'why'                       # if Python's versions differ; then `re` is right, whatever stands here

`GUARDC_UPDATE_GOLDEN=1` writes spans and whole anew, from `re`; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engines
import pytest

FILES = sorted((Path(__file__).parent / "corpus").glob("*.toml"))


@dataclass(frozen=True)
class Case:
    regex: str
    flags: str
    texts: list[str]
    expected: list[engines.Found]
    varies: str


def text_of(written: Any) -> str:
    if isinstance(written, str):
        return written.encode("ascii", "backslashreplace").decode("unicode_escape")
    return "".join(text_of(part) if isinstance(part, str) else text_of(part[0]) * part[1] for part in written)


def read(file: Path) -> list[Case]:
    cases = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    return [
        Case(
            case["regex"],
            case.get("flags", ""),
            list(map(text_of, case["texts"])),
            [
                engines.Found([(start, end) for start, end in spans], whole)
                for spans, whole in zip(case.get("spans", ()), case.get("whole", ()), strict=True)
            ],
            case.get("varies", ""),
        )
        for case in cases
    ]


def write(file: Path) -> None:
    """Fill in what `re` finds, below the texts of each case."""
    cases = iter(read(file))
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(("spans = ", "whole = ")):
            continue
        lines.append(line)
        if line.startswith("texts = "):
            case = next(cases)
            found = [engines.by_re(engines.regex_for(case.regex, case.flags), text) for text in case.texts]
            lines.append(f"spans = {json.dumps([each.spans for each in found if each])}")
            lines.append(f"whole = {json.dumps([each.whole for each in found if each])}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def cases(request: pytest.FixtureRequest) -> list[Case]:
    if os.environ.get("GUARDC_UPDATE_GOLDEN"):
        write(request.param)
    return read(request.param)


def test_the_corpus_says_what_re_finds(cases: list[Case]) -> None:
    for case in cases:
        expression = engines.regex_for(case.regex, case.flags)
        found = [engines.by_re(expression, text) for text in case.texts]
        assert case.varies or found == case.expected, (case.regex, case.flags)
    assert len({(case.regex, case.flags) for case in cases}) == len(cases)


def test_each_case_alone(cases: list[Case]) -> None:
    for case in cases:
        assert engines.compare([(case.regex, case.flags)], case.texts)


def test_all_cases_in_one_guard(cases: list[Case]) -> None:
    # Over some texts of the others; `re` would need too long for the long ones.
    texts = list(dict.fromkeys(text for case in cases for text in case.texts if len(text) < 60))
    some = texts[:: max(1, len(texts) // 60)]
    assert engines.compare([(case.regex, case.flags) for case in cases], some, python=0, seconds=0.1)


def test_the_corpus_is_large() -> None:
    assert sum(len(read(file)) for file in FILES) > 700
