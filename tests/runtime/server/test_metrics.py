"""What a server counts, for Prometheus: its guards, and itself."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from serving import Served, write_plan

from guardc.runtime.server import Settings
from guardc.runtime.server.keys import make_key
from guardc.runtime.server.metrics import OWN

SECRET = "AKIAQZXW"


def amounts(page: bytes) -> dict[str, float]:
    """The samples by name and labels."""
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_the_page_has_the_guards_and_the_server(plan: Path, tmp_path: Path) -> None:
    served_plan = tmp_path / "served.plan"
    served_plan.write_bytes(plan.read_bytes())
    with Served(Settings(plan=str(served_plan), metrics=True)) as served:
        for text in ("clean", f"the key is {SECRET}"):
            served.post("/v1/guards/reply/validate", {"text": text})
        answer = served.request("GET", "/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = amounts(answer.body)
        runs = {name: amount for name, amount in found.items() if name.startswith("guardc_guard_runs_total")}
        assert sum(runs.values()) == 2
        assert found["guardc_server_requests_in_work"] == 1
        assert {name for name, _, _ in OWN} <= found.keys()
        assert SECRET not in answer.body.decode()
        served_plan.write_bytes(b"no plan")
        assert served.post("/admin/reload").status == 422
        assert amounts(served.request("GET", "/metrics").body)["guardc_server_reload_failed"] == 1
        write_plan(served_plan, "edition 1\nguard other on input {\n    words <= 3\n}\n")
        assert served.post("/admin/reload").body["changed"] is True
        found = amounts(served.request("GET", "/metrics").body)
        assert (found["guardc_server_reload_failed"], found["guardc_server_reloads_total"]) == (0, 1)


def test_it_is_for_keys_with_the_scope_and_only_if_something_is_counted(plan: Path, tmp_path: Path) -> None:
    scraper, scraper_line = make_key("scraper", (), ("metrics",))
    billing, billing_line = make_key("billing", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{scraper_line}\n{billing_line}\n")
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys), metrics=True)) as served:
        assert served.request("GET", "/metrics").status == 401
        assert served.request("GET", "/metrics", Authorization=f"Bearer {billing}").status == 403
        assert served.request("GET", "/metrics", Authorization=f"Bearer {scraper}").status == 200
    with Served(Settings(plan=str(plan))) as served:
        answer = served.request("GET", "/metrics")
        assert answer.status == 404
        assert "--metrics" in answer.body["error"]["help"]
    with Served(Settings(plan=str(plan), access="open", metrics=True)) as served:
        assert served.request("GET", "/metrics").status == 403
