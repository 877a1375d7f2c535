"""`guardc top`: what it shows of two pages, and of a real server."""

from __future__ import annotations

import json
import threading

import pytest
from serving import Served, write_plan

from guardc.cli import top
from guardc.cli.errors import Failed
from guardc.cli.scrape import between, quantile, read, summed
from guardc.runtime.server import Settings
from guardc.runtime.server.keys import make_key

POLICY = "edition 1\npattern secret = /AKIA[A-Z]{4}/\nguard g on input {\n    no secret on fail exception\n}\n"

BEFORE = """# HELP guardc_plan_info The policy that runs.
guardc_plan_info{worker="0",policy_hash="abcdef0123456789"} 1
guardc_plan_info{worker="1",policy_hash="abcdef0123456789"} 1
guardc_guard_runs_total{worker="0",guard="reply",action="none",passed="true"} 100
guardc_guard_runs_total{worker="1",guard="reply",action="none",passed="true"} 900
guardc_guard_duration_seconds_bucket{worker="0",guard="reply",le="0.001"} 100
guardc_guard_duration_seconds_bucket{worker="0",guard="reply",le="+Inf"} 100
guardc_server_requests_in_work{worker="0"} 1
guardc_server_requests_in_work{worker="1"} 3
guardc_server_requests_refused_total{worker="0"} 5
"""
AFTER = r"""guardc_plan_info{worker="0",policy_hash="abcdef0123456789"} 1
guardc_plan_info{worker="1",policy_hash="0123456789abcdef"} 1
guardc_guard_runs_total{worker="0",guard="reply",action="none",passed="true"} 160
guardc_guard_runs_total{worker="1",guard="reply",action="none",passed="true"} 20
guardc_guard_runs_total{worker="1",guard="reply",action="refrain",passed="false"} 20
guardc_guard_duration_seconds_bucket{worker="0",guard="reply",le="0.001"} 150
guardc_guard_duration_seconds_bucket{worker="0",guard="reply",le="0.002"} 160
guardc_guard_duration_seconds_bucket{worker="0",guard="reply",le="+Inf"} 160
guardc_rule_failures_total{worker="1",guard="reply",rule="no \"a\\b\" {x=1}",source="a.guard:3",action="refrain"} 20
guardc_rule_errors_total{worker="1",guard="reply",rule="slow",source="a.guard:4",action="exception"} 2
guardc_call_requests_total{worker="0",guard="reply",model="openai/m"} 10
guardc_call_requests_total{worker="0",guard="reply",model="openai/m",error="timeout"} 2
guardc_call_tokens_total{worker="0",guard="reply",model="openai/m",type="input"} 2000
gen_ai_client_operation_duration_seconds_bucket{worker="0",guard="reply",model="openai/m",le="1.0"} 12
gen_ai_client_operation_duration_seconds_bucket{worker="0",guard="reply",model="openai/m",le="+Inf"} 12
guardc_server_requests_in_work{worker="0"} 1
guardc_server_requests_in_work{worker="1"} 0
guardc_server_requests_refused_total{worker="0"} 9
guardc_server_reloads_total{worker="1"} 1
guardc_server_reload_failed{worker="0"} 1
"""
SHOWN = """
policy 0123456789ab, abcdef012345  2 workers, 1 request in work, 2.0 refused a second, 1 reload; the
last reload failed, what ran before runs on

guard  runs/s  blocked  half within  99% within  actions/s
reply    50.0    20.0%         1 ms        2 ms  refrain 10.0

guard  rule            at         failed/s  errors/s
reply  slow            a.guard:4       0.0       1.0
reply  no "a\\b" {x=1}  a.guard:3      10.0       0.0

model     requests/s  errors/s  tokens/s  half within  first text
openai/m         6.0       1.0     1,000          1 s           -
"""


def test_two_pages_are_shown_as_rates(capsys):
    said = top.seen(read(BEFORE, "a"), read(AFTER, "a"), 2.0)
    top._console().print(top.shown(said))
    shown = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert shown.strip() == SHOWN.strip()


def test_a_counter_that_began_anew_counts_from_zero():
    grown = between(read(BEFORE, "a"), read(AFTER, "a"))
    assert summed(grown, "guardc_guard_runs_total", "worker", "action") == {
        ("0", "none"): 60, ("1", "none"): 20, ("1", "refrain"): 20,
    }  # fmt: skip
    assert all(value >= 0 for value in grown.values())


def test_servers_are_added_up():
    page = {**read(AFTER, "http://a"), **read(AFTER, "http://b")}
    assert summed(page, "guardc_guard_runs_total", "guard") == {("reply",): 400}
    assert quantile(page, "guardc_guard_duration_seconds", 0.99, [("guard", "reply")]) == 0.002
    assert quantile(page, "guardc_guard_duration_seconds", 0.5, [("guard", "nobody")]) is None


@pytest.mark.parametrize("text", ["<html>", "other_metric 1\n", "guardc_plan_info{", ""])
def test_what_is_no_page_of_a_server_is_said(text):
    with pytest.raises(Failed, match="this is no page of metrics"):
        read(text, "http://a")


def test_a_server_is_looked_at(guardc, tmp_path, monkeypatch):
    plan = write_plan(tmp_path / "a.plan", POLICY)
    token, line = make_key("scraper", (), ("metrics",))
    other, other_line = make_key("judge", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{line}\n{other_line}\n")
    monkeypatch.setenv("KEY", token)
    monkeypatch.setenv("OTHER", other)
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys), metrics=True)) as served:
        looked = threading.Event()
        monkeypatch.setattr(top.time, "sleep", lambda _: looked.set())
        once = guardc("top", served.url, "--key-env", "KEY", "--format", "json")
        assert looked.is_set()
        said = json.loads(once.stdout)
        assert (said["guards"], said["server"]["workers"]) == ([], 1)
        bearer = {"Authorization": f"Bearer {other}"}
        monkeypatch.setattr(
            top.time, "sleep", lambda _: served.post("/v1/guards/g/validate", {"text": "AKIAABCD"}, **bearer)
        )
        (row,) = json.loads(guardc("top", served.url, "--key-env", "KEY", "--format", "json").stdout)["guards"]
        assert (row["guard"], row["runs"], row["blocked"], row["actions"]) == ("g", 0.5, 1.0, {"exception": 0.5})
        shown = guardc("top", served.url, "--key-env", "KEY").stdout
        assert "no secret" in shown
        assert "AKIA" not in shown
        for arguments, code, said in (
            ([served.url], 1, "it wants a key: --key-env NAME"),
            ([served.url, "--key-env", "OTHER"], 1, "the key has not the scope `metrics`"),
            ([served.url, "--key-env", "NONE_SET"], 1, "the environment variable NONE_SET is not set"),
            ([f"{served.url}/docs", "--key-env", "KEY"], 1, "start it with `guardc serve ... --metrics`"),
            (["127.0.0.1:8000"], 2, "write it as http://127.0.0.1:8000"),
        ):
            result = guardc("top", *arguments)
            assert result.exit_code == code
            assert said in result.stderr
            assert result.stderr.count("\n") == 1
    gone = guardc("top", served.url)
    assert gone.exit_code == 1
    assert "the server cannot be reached" in gone.stderr
