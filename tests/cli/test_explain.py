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


def test_a_long_report_names_the_costliest_patterns_first(guardc, tmp_path):
    file = tmp_path / "many.guard"
    names = [f"detector_{number:02}" for number in range(40)]
    regexes = [f"/KEY{number}[0-9]{{8}}/" for number in range(38)] + ["/[a-z]{3}/", r"/(\w)\1{9}/ backtracking"]
    patterns = "\n".join(f"pattern {name} = {regex}" for name, regex in zip(names, regexes, strict=True))
    file.write_text(f"edition 1\n{patterns}\nguard g on input {{\n    no {', '.join(names)} on fail filter\n}}\n")
    lines = guardc("explain", file).stdout.splitlines()
    first = lines.index("the costliest of 40 patterns")
    assert first < next(number for number, line in enumerate(lines) if line.startswith("patterns "))
    assert lines[first + 1] == "  with a warning: detector_38"
    assert lines[first + 2].startswith("  most candidates: detector_38 (")
    # A rule that names many detectors is named by the first of them.
    assert sum("detector_" in line for line in lines[:first]) <= 3


def test_a_pattern_that_only_time_bounds_is_not_among_the_costliest(guardc, tmp_path):
    file = tmp_path / "many.guard"
    names = [f"detector_{number:02}" for number in range(30)]
    patterns = "\n".join(f"pattern {name} = /KEY{number}[0-9]{{8}}/" for number, name in enumerate(names))
    apart = r"pattern twice = /(\w)\1/ backtracking within 50 ms"
    file.write_text(
        f"edition 1\n{patterns}\n{apart}\nguard g on input {{\n    no {', '.join(names)}, twice on fail filter\n}}\n"
    )
    result = guardc("explain", file)
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "highest worst/KB" in line)
    assert "detector_" in line
    assert "twice" not in line


def test_what_streams_hold_back(guardc, data, golden):
    result = guardc("explain", data / "stream.guard")
    assert result.exit_code == 0
    golden("explain-stream", result.stdout.partition("\npatterns")[0].partition("\n")[2])
    guards = json.loads(guardc("explain", data / "stream.guard", "--format", "json").stdout)["guards"]
    assert guards[0]["stream"] == {
        "most": 128,
        "twice": True,
        "rule": "no order_id, account",
        "gates": 9,
        "limit": 130,
        "on_limit": None,
    }
    assert guards[0]["rules"][0]["stream"] == {
        "kind": "local",
        "at_end": False,
        "waits": True,
        "most": 55,
        "detector": "account",
        "why": "",
    }
    assert guards[1]["stream"]["most"] is None
    assert guards[1]["stream"]["on_limit"] == 'refrain "This takes too long."'


def test_what_streams_of_values_let_wait(guardc, tmp_path):
    file = tmp_path / "values.guard"
    file.write_text(
        "edition 1\npattern bad = /bad/\nshape Note {\n    text string no bad on fail exception\n"
        "    tags list of string count <= 3 on fail RULE\n}\nguard g on output stream as json Note {\n}\n"
    )
    source = file.read_text()
    file.write_text(source.replace("RULE", "filter"))
    lines = [line.strip() for line in guardc("explain", file).stdout.splitlines()]
    assert "stream: hands out values when they have ended; for 1 rule below some wait for the end" in lines
    assert "in the stream: all that is counted waits for the end: it may be dropped or replaced" in lines
    assert "in the stream: ends the stream when the value has ended, or 256 characters of it have come" in lines
    file.write_text(source.replace("RULE", "reask"))
    assert "stream: hands out every value when it has ended" in guardc("explain", file).stdout
