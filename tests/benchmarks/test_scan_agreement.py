"""Sides that find different things end the run; sides that find the same do not, whatever a peer can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ENGINES = {
    "RE2 Set, which": "re2",
    "RE2 one by one, spans": "re2",
    "Hyperscan, which": "hyperscan",
    "Hyperscan, spans": "hyperscan",
    "regex, spans": "regex",
    "re, spans": "re",
}


class Answers:
    """Stands for a worker: judges in this process."""

    def __init__(self, subject: Any) -> None:
        self.subject = subject

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        assert what == "judge"
        return self.subject.judge(**details)


class Told:
    """A subject that gives one answer, without regard to the text."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.answer = dict(answer)

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        return self.answer


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder for the plans of this module."""
    return tmp_path_factory.mktemp("plans")


def ours(benchmarks: ModuleType, folder: Path) -> Answers:
    from guardc.building import build  # noqa: PLC0415 - only these tests compile

    plan = folder / "twenty.plan"
    if not plan.exists():
        policies = benchmarks.scan.policies
        policy = folder / "twenty.guard"
        policy.write_text(policies.pattern_policy(policies.pattern_set("twenty")), encoding="utf-8")
        plan.write_bytes(build(policy).plan or b"")
    return Answers(benchmarks.scan.worker_guardc.PlansSubject(folder))


def compare(benchmarks: ModuleType, ours: dict[str, Any], theirs: dict[str, Any], kind: str) -> int:
    return benchmarks.scan.agreement.compare_found(ours, theirs, kind)


def test_equal_spans_agree(benchmarks: ModuleType) -> None:
    assert compare(benchmarks, {"a": [(0, 2), (4, 6)]}, {"a": [[0, 2], [4, 6]]}, "spans") == 3
    assert compare(benchmarks, {}, {}, "spans") == 0


def test_patterns_are_enough_for_a_peer_that_tells_no_spans(benchmarks: ModuleType) -> None:
    assert compare(benchmarks, {"a": [(0, 2)]}, {"a": []}, "which") == 1


def test_more_ends_than_spans_agree_if_each_span_ends_at_one_of_them(benchmarks: ModuleType) -> None:
    compare(benchmarks, {"a": [(1, 4)]}, {"a": [[1, 2], [1, 3], [0, 4]]}, "ends")


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ({"a": [(0, 2)]}, {}, "which"),
        ({}, {"a": []}, "which"),
        ({"a": [(0, 2)]}, {"b": [[0, 2]]}, "spans"),
        ({"a": [(0, 2)]}, {"a": [[0, 3]]}, "spans"),
        ({"a": [(0, 2)]}, {"a": [[0, 2], [3, 4]]}, "spans"),
        ({"a": [(1, 4)]}, {"a": [[1, 3]]}, "ends"),
        ({"a": [(1, 4)]}, {"a": [[2, 4]]}, "ends"),
    ],
)
def test_sides_that_differ_are_told(
    benchmarks: ModuleType, ours: dict[str, Any], theirs: dict[str, Any], kind: str
) -> None:
    with pytest.raises(benchmarks.scan.agreement.DisagreementError):
        compare(benchmarks, ours, theirs, kind)


def test_a_disagreement_names_engine_and_text_but_does_not_show_the_text(benchmarks: ModuleType) -> None:
    mine = Answers(Told({"found": {"ssn": [(0, 11)]}}))
    other = Answers(Told({"found": {}, "kind": "which"}))
    with pytest.raises(benchmarks.scan.agreement.DisagreementError, match=r"RE2 on number 3.*ssn") as caught:
        benchmarks.scan.agreement.agree(mine, "g", other, "RE2", {"number 3": "123-45-6789"})
    assert "123-45" not in str(caught.value)


def test_rules_that_guardrails_names_are_compared(benchmarks: ModuleType) -> None:
    agree = benchmarks.scan.agreement.agree
    mine = Answers(Told({"found": {"ssn": [(0, 11)]}}))
    assert agree(mine, "g", Answers(Told({"failed": ["ssn"]})), "Guardrails", {"t": ""}) == 1
    with pytest.raises(benchmarks.scan.agreement.DisagreementError):
        agree(mine, "g", Answers(Told({"failed": []})), "Guardrails", {"t": ""})


def test_a_peer_that_is_not_installed_compares_nothing(benchmarks: ModuleType) -> None:
    absent = Answers(Told({"absent": "re2"}))
    assert benchmarks.scan.agreement.agree(Answers(Told({})), "g", absent, "RE2", {"t": ""}) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_guardc_and_an_engine_find_the_same_in_the_samples(benchmarks: ModuleType, twenty: Path, engine: str) -> None:
    pytest.importorskip(ENGINES[engine], reason=f"the peer of `{engine}` is not installed here")
    theirs = benchmarks.scan.engines.ENGINES[engine](benchmarks.workload.PATTERNS)

    class Subject:
        def judge(self, guard: str, text: str) -> dict[str, Any]:
            return {"kind": theirs.kind, "found": theirs.found(theirs.scan(text))}

    texts = {name: f"It was {sample} then." for name, sample in benchmarks.workload.SAMPLES.items()}
    texts |= {"clean": benchmarks.workload.clean_text(2_000), "six": benchmarks.workload.found_text(2_000)}
    mine = ours(benchmarks, twenty)
    assert benchmarks.scan.agreement.agree(mine, "twenty/found/spans", Answers(Subject()), engine, texts) == 22


def test_pyahocorasick_finds_whole_words_only(benchmarks: ModuleType) -> None:
    pytest.importorskip("ahocorasick", reason="pyahocorasick is not installed here")
    engine = benchmarks.scan.engines.AhoCorasick(["bako", "kobak"])
    assert engine.found(engine.scan("Bako, unbako bakos kobako _bako KOBAK")) == {"listed": [[0, 4], [32, 37]]}


@pytest.mark.parametrize("read", ["passed", "output", "spans"])
def test_the_worker_reads_what_its_guard_says(benchmarks: ModuleType, twenty: Path, read: str) -> None:
    subject = ours(benchmarks, twenty).subject
    subject.batch(f"twenty/found/{read}", iter(["ann@example.com", "nothing"]), 0)
    with pytest.raises(ValueError, match="twenty/found/else"):
        subject.batch("twenty/found/else", iter(["text"]), 0)
