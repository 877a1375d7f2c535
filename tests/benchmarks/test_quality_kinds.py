"""The tool that measures the standard library per kind: its values are right, its scores mean what they say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the benchmarks are not installed
pytest.importorskip("faker")
pytest.importorskip("stdnum")

from benchmarks.quality.benign import HALVES, made
from benchmarks.quality.contexts import CONTEXTS, GROUPS, placed
from benchmarks.quality.draw import Draw, Kind
from benchmarks.quality.kinds import KINDS, MODULES, count_benign, guard_of, measure, near_misses
from guardc.policy import check_file
from guardc.policy.checking.library import STD

LOCALES = ("en_US", "de_DE")


def test_every_detector_of_the_catalogue_has_a_kind() -> None:
    named = {detector for kind in KINDS for detector in kind.detectors}
    there = set()
    for module in MODULES:
        policy = check_file(STD / f"{module}.guard").policy
        assert policy is not None
        there |= {f"{module}.{name}" for name in policy.detectors if not name.startswith("_")}
    assert there <= named
    assert named <= there


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_values_pass_their_oracle_and_near_misses_do_not(kind: Kind) -> None:
    draw = Draw(7, LOCALES)
    for _ in range(3):
        value = kind.make(draw)
        assert value.strip() == value != ""
        if kind.good is not None:
            assert kind.good(value)
    if kind.good is not None and not kind.near_miss:
        for _, value in near_misses(draw, kind):
            assert value[0] in "xk" or not kind.good(value)


@pytest.mark.parametrize("contexts", CONTEXTS)
def test_a_context_says_where_the_value_is(contexts: str) -> None:
    draw = Draw(7, LOCALES)
    assert tuple(CONTEXTS[contexts]) == GROUPS
    for group in GROUPS:
        for _ in range(30):
            text, spans = placed(draw, KINDS[0], group, contexts, "ann@example.com")
            assert spans
            assert all(text[start:end] == "ann@example.com" for start, end in spans)


def test_the_two_sets_share_no_context() -> None:
    for group in GROUPS:
        assert not set(CONTEXTS["tuning"][group]) & set(CONTEXTS["held-out"][group])
    assert tuple(CONTEXTS) == HALVES


def test_scores_are_counted() -> None:
    kinds = [kind for kind in KINDS if kind.name in {"pii.email", "ids.us_npi", "format.base64"}]
    scores = measure("tuning", 3, kinds)
    assert scores["pii.email"].recall(GROUPS) == 1
    assert scores["ids.us_npi"].recall(("bare",)) == 0
    assert scores["ids.us_npi"].recall(("label",)) == 1
    assert scores["format.base64"].recall(("whole",)) == 1
    assert scores["pii.email"].right >= scores["pii.email"].found.total()
    assert scores["pii.email"].wrong == 0


def test_benign_texts_are_counted_per_group() -> None:
    guard, _ = guard_of()
    sizes, found = count_benign(
        guard, [("a", "1", "nobody is here"), ("a", "2", "to ann@example.com"), ("b", "3", "x, y")]
    )
    assert sizes == {"a": 32, "b": 4}
    assert found == {"a": {"pii.email": 1}, "b": {}}


def test_made_records_are_deterministic() -> None:
    assert list(made(Draw(3, LOCALES))) == list(made(Draw(3, LOCALES)))
