"""`guardc serve` and `guardc key`: what is refused before anything listens, and a server with two workers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest
from processes import eventually
from serving import write_plan

import guardc

POLICY = "edition 1\npattern secret = /AKIA[A-Z]{4}/\nguard g on input {\n    no secret on fail exception\n}\n"
NEEDY = "edition 1\ncustom predicate fine\nguard g on input {\n    fine on fail refrain\n}\n"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "test.plan", POLICY)


def test_a_key_is_printed_once_and_kept_as_a_hash(guardc, tmp_path):
    keys = tmp_path / "keys.jsonl"
    first = guardc("key", keys, "--name", "billing", "--guard", "g")
    second = guardc("key", keys, "--name", "operator", "--scope", "admin", "--scope", "validate")
    token = first.stdout.strip()
    assert token.startswith("guardc_")
    lines = [json.loads(line) for line in keys.read_text().splitlines()]
    assert [line["name"] for line in lines] == ["billing", "operator"]
    assert (lines[0]["guards"], lines[0]["scopes"]) == (["g"], ["validate"])
    assert lines[1]["scopes"] == ["admin", "validate"]
    assert token not in keys.read_text()
    assert second.stdout.strip() != token
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_a_key_goes_on_a_line_of_its_own(guardc, tmp_path):
    keys = tmp_path / "keys.jsonl"
    keys.write_text("{}")
    guardc("key", keys, "--name", "a")
    assert keys.read_text().startswith("{}\n{")
    assert guardc("key", tmp_path / "no" / "keys", "--name", "a").exit_code == 1


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["{plan}", "--host", "0.0.0.0"], 2, "can be reached from elsewhere: give --keys FILE"),
        (["{plan}", "--host", "example.com"], 2, "can be reached from elsewhere"),
        (["{plan}", "--keys", "{keys}", "--without-keys"], 2, "there are keys and --without-keys"),
        (["{plan}", "--keys", "{keys}"], 1, "keys.jsonl:1: a key is an object"),
        (["{plan}", "--keys", "{nothing}"], 1, "there is no such file"),
        (["{nothing}"], 1, "there is no such file"),
        (["{policy}"], 1, "this is a policy; compile it first: guardc compile"),
        (["{keys}"], 1, "this is not a plan"),
        (["{needy}"], 1, "custom predicate `fine()` is missing"),
        (["{needy}", "--handlers", "os"], 1, "write it as MODULE:MAPPING"),
        (["{needy}", "--handlers", "no_such_module:x"], 1, "the module cannot be imported"),
        (["{needy}", "--handlers", "os:x"], 1, "the module has no `x`"),
        (["{needy}", "--handlers", "os:sep"], 1, "it is no mapping"),
        (["{plan}", "--max-body", "much"], 2, "much is no size"),
    ],
)
def test_what_is_wrong_is_one_line(guardc, plan, tmp_path, options, code, said):
    files = {name: tmp_path / name for name in ("policy.guard", "keys.jsonl", "nothing")}
    files["policy.guard"].write_text(POLICY)
    files["keys.jsonl"].write_text("{}")
    named = {name.partition(".")[0]: path for name, path in files.items()}
    named |= {"plan": plan, "needy": write_plan(tmp_path / "needy.plan", NEEDY)}
    result = guardc("serve", *(option.format(**named) for option in options))
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_two_workers_serve_count_reload_and_end(plan, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "guardc", "serve", str(plan), "--port", str(port), "--workers", "2", "--metrics"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--access-log"],
            cwd=tmp_path, stdout=out, stderr=out, env={**os.environ, "NO_COLOR": "1", "TMPDIR": str(tmp_path)},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        client = guardc.Client(url)
        guard = client.guard("g")

        def judged() -> guardc.ServedOutcome | None:
            client.close()  # another connection may reach another worker
            try:
                return guard.validate("the key is AKIAABCD")
            except guardc.ServerError:
                return None

        def page() -> str:
            with urllib.request.urlopen(f"{url}/metrics") as answer:
                return str(answer.read().decode())

        assert eventually(lambda: log.read_text().count(" runs: g") == 2)
        assert eventually(lambda: judged() is not None)
        assert {judged().action for _ in range(10)} == {"exception"}
        # Whichever worker is asked has the counts of both.
        runs = re.findall(r'^guardc_guard_runs_total{worker="([01])".*} (\d+)$', page(), re.MULTILINE)
        assert sum(int(amount) for _, amount in runs) == 11
        assert re.findall(r'^guardc_server_reloads_total{worker="([01])"} 0$', page(), re.MULTILINE) == ["0", "1"]
        (folder,) = tmp_path.glob("guardc-*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        # Both map one copy of the plan.
        workers = {int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", log.read_text())}
        assert len(workers) == 2
        mapped = [Path(f"/proc/{pid}/maps").read_text() for pid in workers]
        assert all(str(folder / "plan") in maps for maps in mapped)
        # When a reload is answered, every worker runs the new policy.
        write_plan(plan, POLICY.replace("exception", "refrain"))
        with urllib.request.urlopen(f"{url}/admin/reload", data=b"") as answer:
            assert json.load(answer)["workers"] == 2
        assert log.read_text().count(" replaced by ") == 2
        assert {judged().action for _ in range(10)} == {"refrain"}
        # A worker that takes the place of a dead one runs the last good plan while the file is bad.
        plan.write_bytes(b"no plan")
        assert eventually(lambda: log.read_text().count("reload failed") == 2)
        os.kill(workers.pop(), signal.SIGKILL)
        assert eventually(lambda: "the files cannot be used, policy" in log.read_text())
        assert eventually(lambda: re.findall(r'reload_failed{worker="([01])"} 1$', page(), re.MULTILINE) == ["0", "1"])
        assert {judged().action for _ in range(10)} == {"refrain"}
        client.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert list(tmp_path.glob("guardc-*")) == []
    said = log.read_text()
    assert "AKIA" not in said
    assert len(re.findall("policy [0-9a-f]{12} runs: g", said)) == 3
    assert "POST /v1/guards/g/validate" in said
    assert "Traceback" not in said


def test_workers_need_a_folder_of_theirs(plan, guardc, monkeypatch, tmp_path):
    long = tmp_path / ("long" * 20)
    long.mkdir()
    for folder, said in ((plan, "none can be made: Not a directory"), (long, "the path is too long")):
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        result = guardc("serve", plan, "--workers", "2")
        assert result.exit_code == 1
        assert said in result.stderr
        assert "let the environment variable TMPDIR name another one" in result.stderr
    assert list(long.iterdir()) == []
