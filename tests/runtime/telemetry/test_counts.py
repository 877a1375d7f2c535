"""What is counted is what the outcomes say, whichever way they came."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from llm_script import HELLO, Model, chunks
from watched_plans import SECRET, SECRETS, plan_of, run_all, watched_plan

from guardc.runtime import Plan, telemetry
from guardc.runtime.llm import CallError
from guardc.runtime.telemetry import names


def runs(plan: Plan, guard: str) -> dict[tuple[str, str], float]:
    points = telemetry.snapshot(plan).of(names.RUNS, guard=guard)
    found: dict[tuple[str, str], Any] = {
        (point.attributes[names.ACTION], point.attributes[names.PASSED]): point.value for point in points
    }
    return found


def rules(plan: Plan, metric: names.Metric) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for point in telemetry.snapshot(plan).of(metric):
        if point.value:
            assert not isinstance(point.value, telemetry.Histogram)
            found[point.attributes[names.GUARD], point.attributes[names.RULE]] += int(point.value)
    return found


def test_nothing_is_counted_unless_it_is_asked_for() -> None:
    plan = watched_plan()
    run_all(plan)
    assert plan.guard("reply").counted is None
    with pytest.raises(ValueError, match=r"plan\.measure\(\)"):
        telemetry.snapshot(plan)
    plan.measure()
    assert runs(plan, "reply") == {}


def test_runs_and_rules_are_counted_as_the_outcomes_have_them() -> None:
    plan = watched_plan()
    plan.measure()
    plan.measure()
    outcomes = run_all(plan)
    expected = Counter((each.guard, each.action or "none", str(each.passed).lower()) for each in outcomes)
    counted = {(guard, *way): number for guard in plan.guards for way, number in runs(plan, guard).items() if number}
    assert counted == dict(expected)
    failed = Counter((each.guard, failure.rule) for each in outcomes for failure in each.failures)
    assert rules(plan, names.RULE_FAILURES) == failed
    found = Counter[tuple[str, str]]()
    for each in outcomes:
        for failure in each.failures:
            found[each.guard, failure.rule] += len(failure.spans)
    assert rules(plan, names.RULE_FINDINGS) == +found


def test_times_are_as_many_as_runs() -> None:
    plan = watched_plan()
    plan.measure()
    outcomes = run_all(plan)
    times = [point.value for point in telemetry.snapshot(plan).of(names.RUN_DURATION)]
    assert sum(value.count for value in times if isinstance(value, telemetry.Histogram)) == len(outcomes)
    for value in times:
        assert isinstance(value, telemetry.Histogram)
        assert 0 < value.quantile(0.5) <= value.quantile(1.0)
        assert value.seconds > 0


def test_a_quantile_is_the_middle_of_its_bucket() -> None:
    histogram = telemetry.Histogram((0,) * 92 + (99, 1) + (0,) * 32, 100.0)
    assert histogram.quantile(0.5) == pytest.approx(2 ** (-1 / 8))
    assert histogram.quantile(1.0) == pytest.approx(2 ** (1 / 8))
    assert telemetry.Histogram((0,) * 126, 0.0).quantile(0.5) == 0


def test_what_the_fixed_text_fails_is_counted_apart() -> None:
    plan = plan_of('pattern ab = /ab/\nguard g on output {\n  no ab on fail fix with "ab"\n}\n')
    plan.measure()
    assert not plan.guard("g").validate("cab").passed
    assert sum(rules(plan, names.RULE_FAILURES).values()) == 1
    assert sum(rules(plan, names.RULE_UNRESOLVED).values()) == 1


def test_errors_are_counted_apart() -> None:
    def polite(text: str) -> bool:
        raise RuntimeError(text)

    plan = watched_plan(polite)
    plan.measure()
    plan.guard("slow").validate(SECRET)
    assert rules(plan, names.RULE_FAILURES) == {}
    assert rules(plan, names.RULE_ERRORS) == {("slow", "polite"): 1}
    (point,) = telemetry.snapshot(plan).of(names.VALIDATOR_DURATION)
    assert point.attributes == {names.VALIDATOR: "polite"}
    assert isinstance(point.value, telemetry.Histogram)
    assert point.value.count == 1


def test_a_run_in_several_passes_is_one_run_and_has_the_time_of_all() -> None:
    gate = asyncio.Event()

    async def polite(text: str) -> bool:
        await gate.wait()
        return True

    plan = watched_plan(polite)
    plan.measure()
    taken: list[int] = []
    plan.watch_runs(lambda guard, outcome, nanoseconds: taken.append(nanoseconds))

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        task = asyncio.create_task(plan.async_guard("slow").validate("x"))
        await asyncio.sleep(0)
        waited = loop.time()
        while loop.time() - waited < 0.002:
            await asyncio.sleep(0)
        gate.set()
        await task
        return loop.time() - began

    whole = asyncio.run(main())
    assert runs(plan, "slow") == {("none", "true"): 1}
    assert len(taken) == 1
    assert 0.0019 < taken[0] / 1e9 <= whole + 0.001
    (point,) = telemetry.snapshot(plan).of(names.VALIDATOR_DURATION)
    assert isinstance(point.value, telemetry.Histogram)
    assert 0.0019 < point.value.seconds <= whole + 0.001


def test_calls_of_models_are_counted_by_guard_and_model() -> None:
    plan = plan_of("guard g on output {\n  reasks 1 then refrain\n  words <= 3 on fail reask\n}\n")
    plan.measure()
    guard = plan.guard("g")
    assert guard.call(model="a/b", messages=HELLO, llm=Model("one two three four", "one")).passed
    assert not guard.call(model="a/b", messages=HELLO, llm=Model(CallError("rejected", "no"))).passed
    taken = telemetry.snapshot(plan)

    def value(metric: names.Metric, **labels: str) -> Any:
        (point,) = taken.of(metric, **labels)
        return point.value

    assert value(names.CALL_REQUESTS, error="rejected") == 1
    assert sum(point.value for point in taken.of(names.CALL_REQUESTS, model="a/b")) == 3  # type: ignore[misc]
    assert value(names.CALL_REASKS, guard="g", model="a/b") == 1
    assert (value(names.CALL_TOKENS, type="input"), value(names.CALL_TOKENS, type="output")) == (20, 4)
    assert value(names.CALL_ENDS, passed="true", action="none") == 1
    assert value(names.CALL_ENDS, passed="false", action="rejected") == 1
    assert sum(point.value.count for point in taken.of(names.CALL_DURATION)) == 3  # type: ignore[union-attr]


def test_streamed_calls_have_the_time_of_their_first_text() -> None:
    plan = watched_plan()
    plan.measure()
    stream = plan.guard("reply").call(model="m", messages=HELLO, llm=Model(chunks("Hello ", "there.")), stream=True)
    assert "".join(stream) == "Hello there."
    taken = telemetry.snapshot(plan)
    (first,), (whole,) = taken.of(names.CALL_FIRST), taken.of(names.CALL_DURATION)
    assert isinstance(first.value, telemetry.Histogram)
    assert isinstance(whole.value, telemetry.Histogram)
    assert first.value.count == whole.value.count == 1
    assert 0 < first.value.seconds <= whole.value.seconds


def test_models_that_are_too_many_are_counted_together() -> None:
    plan = watched_plan()
    plan.measure()
    for number in range(203):
        plan.guard("reply").call(model=f"m{number}", messages=HELLO, llm=Model("hi"))
    points = telemetry.snapshot(plan).of(names.CALL_REQUESTS)
    assert len(points) == 201
    (other,) = [point for point in points if point.attributes[names.MODEL] == "other"]
    assert other.value == 3


def test_a_watcher_that_raises_changes_no_outcome_and_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    plan = watched_plan()

    def watcher(*given: Any) -> None:
        raise RuntimeError(SECRET)

    plan.watch_runs(watcher)
    assert [outcome.output for outcome in run_all(plan)] == [outcome.output for outcome in run_all(watched_plan())]
    assert len(caplog.records) == 1
    assert "raised RuntimeError" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


def test_judges_are_timed_by_their_names() -> None:
    source = (
        'model small {\n  model "small-model"\n}\njudge kind: "Is it kind?" via small\n'
        "guard g on output {\n  kind on fail refrain\n}\n"
    )
    plan = plan_of(source, llm=Model('{"holds": true}', '{"holds": true}'))
    plan.measure()
    plan.guard("g").validate("Thank you.")
    plan.guard("g").validate("Thank you.")  # remembered
    asyncio.run(plan.async_guard("g").validate("Thank you again."))
    (point,) = telemetry.snapshot(plan).of(names.VALIDATOR_DURATION)
    assert point.attributes == {names.VALIDATOR: "kind"}
    assert isinstance(point.value, telemetry.Histogram)
    assert point.value.count == 2


def test_services_are_timed_by_their_names() -> None:
    source = (
        'service toxicity at env("TOX_URL") {\n  protocol v2\n}\n'
        "guard g on output {\n  toxicity.score < 0.4 on fail refrain\n}\n"
    )
    plan = plan_of(source, services={"toxicity": lambda text: 0.1})
    plan.measure()
    assert plan.guard("g").validate("Thank you.").passed
    (point,) = telemetry.snapshot(plan).of(names.VALIDATOR_DURATION)
    assert point.attributes == {names.VALIDATOR: "toxicity.score"}
    assert isinstance(point.value, telemetry.Histogram)
    assert point.value.count == 1
