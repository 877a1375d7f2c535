"""The container and the manifests of docs/deployment.md start what there is, and ask what answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from serving import Served, write_plan

from guardc.runtime.server import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
POLICY = "edition 1\nguard g on input {\n    words <= 3 on fail refrain\n}\n"


def test_the_container_starts_a_server_and_will_not_without_keys(guardc, tmp_path, monkeypatch):
    said = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    command = json.loads(re.findall(r"^CMD (\[.*\])$", said, re.MULTILINE)[0])
    write_plan(tmp_path / "policy.plan", POLICY)
    monkeypatch.chdir(tmp_path)
    result = guardc(*command)
    assert result.exit_code == 2
    assert "give --keys FILE" in result.stderr
    checked = re.findall(r"http://127\.0\.0\.1:8000(/\w+)", said)
    probes = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    (container,) = probes["spec"]["template"]["spec"]["containers"]
    checked += [container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")]
    assert len(checked) == 3
    keys = tmp_path / "keys.jsonl"
    guardc("key", keys, "--name", "app")
    with Served(Settings(plan="policy.plan", access="keys", keys=str(keys))) as served:
        assert [served.request("GET", path).status for path in checked] == [200, 200, 200]


def test_the_image_with_a_policy_compiles_what_the_server_reads(tmp_path):
    own = re.findall(r"```dockerfile\n(.*?)```", PAGE, re.DOTALL)[0]
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (folder,) = re.findall(r"^WORKDIR (\S+)$", image, re.MULTILINE)
    plan = json.loads(re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)[0])[1]
    assert f"COPY --from=compile /tmp/policy.plan {folder}/{plan}" in own
