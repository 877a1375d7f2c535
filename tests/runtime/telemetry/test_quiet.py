"""Telemetry is off until it is asked for: nothing imported, nothing sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from guardc.compiler import compile_text

POLICY = 'words rude = ["darn"]\nguard g on output {\n  no rude on fail fix\n}\n'
PROGRAM = """
import sys
before = set(sys.modules)
sent = []
ways = {{"socket.connect", "socket.sendto", "socket.getaddrinfo"}}
sys.addaudithook(lambda event, given: sent.append(event) if event in ways else None)
import guardc
plan = guardc.load({plan!r})
guard = plan.guard("g")
guard.validate("oh darn")
assert not [name for name in sys.modules if name.startswith("guardc.runtime.telemetry")]
assert guard.counted is None
plan.measure()
guard.validate("oh darn")
from guardc.runtime import telemetry
assert "guardc_guard_runs_total" in telemetry.prometheus(plan)
telemetry.DecisionLog({log!r}, key=b"k" * 16).watch(plan)
guard.validate("oh darn")
added = set(sys.modules) - before
assert not {{"opentelemetry", "litellm", "logging", "asyncio"}} & {{name.partition(".")[0] for name in added}}
assert not sent, sent
print("quiet")
"""


def test_nothing_is_imported_or_sent_unless_it_is_asked_for(tmp_path: Path) -> None:
    plan = tmp_path / "sample.plan"
    compiled = compile_text(POLICY, "sample.guard").plan
    assert compiled is not None
    plan.write_bytes(compiled)
    log = tmp_path / "decisions.jsonl"
    program = PROGRAM.format(plan=str(plan), log=str(log))
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PATH": ""}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert (ran.stdout.strip(), ran.stderr) == ("quiet", "")
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1
