"""The log of decisions: what an auditor can read out of it, and what nobody can."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from watched_plans import SECRET, SECRETS, plan_of, run_all, watched_plan

from guardc.runtime.telemetry import DecisionLog
from guardc.runtime.telemetry.decisions import shown_path

KEY = b"a key of the service"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def log_at(path: Path) -> DecisionLog:
    return DecisionLog(path, key=KEY, now=lambda: NOON)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_run_is_a_line(tmp_path: Path) -> None:
    plan, path = watched_plan(), tmp_path / "decisions.jsonl"
    log_at(path).watch(plan)
    outcomes = run_all(plan)
    found = lines(path)
    assert [(line["guard"], line["passed"], line["action"]) for line in found] == [
        (outcome.guard, outcome.passed, outcome.action) for outcome in outcomes
    ]
    assert [len(line.get("failures", ())) for line in found] == [len(outcome.failures) for outcome in outcomes]
    assert {line["policy"] for line in found} == {plan.policy_hash}
    assert all(line["microseconds"] > 0 for line in found)


def test_a_line_has_everything_but_the_text(tmp_path: Path) -> None:
    plan, path = watched_plan(), tmp_path / "decisions.jsonl"
    log_at(path).watch(plan)
    plan.guard("reply").validate(f"Write to {SECRET}.")
    (line,) = lines(path)
    assert line.pop("microseconds") > 0
    (rule,) = line["failures"]
    assert rule.pop("source").startswith("sample.guard:")
    assert line == {
        "time": "2026-01-02T12:00:00.000000+00:00",
        "policy": plan.policy_hash,
        "guard": "reply",
        "direction": "output",
        "passed": True,
        "action": "fix",
        "key": log_at(path).key_id,
        "failures": [
            {
                "rule": "no pii.email",
                "validator": "no",
                "action": "fix",
                "path": "$",
                "spans": [
                    {
                        "start": 9,
                        "end": 9 + len(SECRET),
                        "detector": "pii.email",
                        "hmac": hmac.new(KEY, SECRET.encode(), hashlib.sha256).hexdigest(),
                    }
                ],
            }
        ],
    }


def test_no_text_is_in_the_file(tmp_path: Path) -> None:
    plan, path = watched_plan(), tmp_path / "decisions.jsonl"
    log_at(path).watch(plan)
    run_all(plan)
    written = path.read_text(encoding="utf-8")
    assert "hmac" in written
    assert not [secret for secret in SECRETS if secret in written]
    assert KEY.decode() not in written


def test_an_error_is_told_by_its_type(tmp_path: Path) -> None:
    def polite(text: str) -> bool:
        raise LookupError(text)

    plan, path = watched_plan(polite), tmp_path / "decisions.jsonl"
    log_at(path).watch(plan)
    plan.guard("slow").validate(SECRET)
    (line,) = lines(path)
    assert line["failures"][0]["error"] == "LookupError"
    assert SECRET not in path.read_text(encoding="utf-8")


def test_what_the_fixed_text_fails_is_in_it(tmp_path: Path) -> None:
    plan = plan_of('pattern ab = /ab/\nguard g on output {\n  no ab on fail fix with "ab"\n}\n')
    path = tmp_path / "decisions.jsonl"
    log = log_at(path)
    log.watch(plan)
    plan.guard("g").validate("cab")
    (line,) = lines(path)
    assert line["unresolved"][0]["spans"][0]["hmac"] == log.hmac("ab")


def test_the_file_is_its_owners_and_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    for _ in range(2):
        plan = watched_plan()
        log = log_at(path)
        log.watch(plan)
        plan.guard("reply").validate("x")
        log.close()
        log.close()
        plan.guard("reply").validate("after the end")
    assert len(lines(path)) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        DecisionLog(tmp_path / "x", key=b"short")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("$", "$"),
        ("$.title", "$.title"),
        ("$.places.zebra", "$.*.*"),
        ('$.title["ann@example.com"][3]', "$.title.*[3]"),
        ('$["a \\" ] .title"].title', "$.*.title"),
        ("$[0].content", "$[0].*"),
    ],
)
def test_paths_show_only_keys_that_are_known(path: str, shown: str) -> None:
    assert shown_path(path, frozenset({"title"})) == shown
