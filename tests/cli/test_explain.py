"""`guardc explain`."""

from __future__ import annotations

import json
import re


def test_the_report(guardc, shop, golden):
    result = guardc("explain", shop)
    assert result.exit_code == 0
    text = re.sub(r"plan [\d,]+ bytes", "plan N bytes", result.stdout)
    text = re.sub(r"policy [0-9a-f]{12}", "policy HASH", text)
    # The sizes of sections belong to the writer's tests.
    text = re.sub(r"(?m)^(  [A-Z]{4}) +[\d,]+  ", r"\1  N  ", text)
    assert max(map(len, text.splitlines())) <= 100
    golden("explain", text)


def test_json_has_the_whole_report(guardc, shop):
    report = json.loads(guardc("explain", shop, "--format", "json").stdout)
    assert [guard["name"] for guard in report["guards"]] == ["question", "reply"]
    assert sum(section["size"] for section in report["sections"]) <= report["size"]
    assert {"factors", "engine", "candidates", "worst", "warning"} <= set(report["patterns"][0])


def test_a_policy_with_errors_is_not_explained(guardc, data):
    result = guardc("explain", data / "wrong.guard")
    assert (result.exit_code, result.stdout) == (1, "")
