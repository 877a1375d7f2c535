"""The page for Prometheus, read by Prometheus' own client."""

from __future__ import annotations

import pytest
from llm_script import HELLO, Model
from prometheus_client.parser import text_string_to_metric_families
from watched_plans import SECRETS, plan_of, run_all, watched_plan

from guardc.runtime import telemetry


def test_the_page_says_what_was_counted() -> None:
    plan = watched_plan()
    plan.measure()
    outcomes = run_all(plan)
    plan.guard("reply").call(model='say "hi"\\now\n', messages=HELLO, llm=Model("hi"))
    page = telemetry.prometheus(plan)
    families = {family.name: family for family in text_string_to_metric_families(page)}
    runs = {
        (sample.labels["guard"], sample.labels["action"], sample.labels["passed"]): sample.value
        for sample in families["guardc_guard_runs"].samples
    }
    assert sum(runs.values()) == len(outcomes) + 1
    assert runs["reply", "refrain", "false"] == 2
    (request,) = families["guardc_call_requests"].samples
    assert request.labels["model"] == 'say "hi"\\now\n'
    (info,) = families["guardc_plan_info"].samples
    assert info.labels == {"policy_hash": plan.policy_hash}
    assert not any(secret in page for secret in SECRETS)


def test_histograms_are_cumulative_and_end_in_their_count() -> None:
    plan = watched_plan()
    plan.measure()
    run_all(plan)
    families = {family.name: family for family in text_string_to_metric_families(telemetry.prometheus(plan))}
    samples = families["guardc_guard_duration_seconds"].samples
    series = {tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le")) for sample in samples}
    for labels in series:
        own = [sample for sample in samples if set(labels) <= set(sample.labels.items())]
        below = [sample.value for sample in own if sample.name.endswith("_bucket")]
        (count,) = [sample.value for sample in own if sample.name.endswith("_count")]
        assert below == sorted(below)
        assert below[-1] == count
        assert [sample.labels["le"] for sample in own if sample.name.endswith("_bucket")][-1] == "+Inf"


def test_every_series_stands_once() -> None:
    # One shape in two places: its rule is compiled for each of them.
    plan = plan_of(
        "shape Item {\n  note string words <= 1 on fail fix\n}\n"
        "shape Order {\n  first Item\n  other? Item\n  more list of Item\n}\n"
        "guard order on output as json Order {\n}\n"
    )
    plan.measure()
    item = {"note": "one two"}
    plan.guard("order").validate({"first": item, "other": item, "more": [item, item]})
    page = telemetry.prometheus({"a": plan, "b": plan})
    series = [line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))
    failures = [line for line in page.splitlines() if line.startswith("guardc_rule_failures_total") and "note" in line]
    (line,) = [line for line in failures if 'plan="a"' in line]
    assert line.endswith(" 4")


def test_a_plan_that_is_not_measured_has_no_page() -> None:
    with pytest.raises(ValueError, match="nothing is counted"):
        telemetry.prometheus(watched_plan())


def test_a_snapshot_goes_to_another_process_as_it_is() -> None:
    plan = watched_plan()
    plan.measure()
    run_all(plan)
    plan.guard("reply").call(model="m", messages=HELLO, llm=Model("hi"))
    taken = telemetry.snapshot(plan)
    assert telemetry.Snapshot.from_json(taken.to_json()) == taken
