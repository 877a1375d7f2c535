"""Reloads: another plan takes over between two requests, and a bad one never does."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from processes import eventually
from serving import Served, write_plan

from guardc.runtime.server import Settings

if TYPE_CHECKING:
    import pytest


def policy(word: str) -> str:
    return f'edition 1\nguard g on input {{\n    no word on fail fix with "{word}"\n}}\npattern word = /secret/\n'


def test_no_request_fails_during_a_hundred_reloads(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "a.plan", policy("[one]"))
    plans = {word: write_plan(tmp_path / f"{word}.plan", policy(f"[{word}]")).read_bytes() for word in ("one", "two")}
    with Served(Settings(plan=str(plan), watch=0.01)) as served:
        hashes: dict[str, str] = {}
        failed: list[object] = []
        judged = [0]
        over = threading.Event()

        def load() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
            body = json.dumps({"text": "a secret"})
            while not over.is_set():
                try:
                    connection.request("POST", "/v1/guards/g/validate", body, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    answer = json.loads(response.read())
                    # A verdict belongs to the policy that it names.
                    if (
                        response.status != 200
                        or hashes.setdefault(answer["policy_hash"], answer["output"]) != answer["output"]
                    ):
                        failed.append(answer)
                except Exception as error:
                    failed.append(error)
                    return
                judged[0] += 1
            connection.close()

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(100):
            new = plan.with_suffix(".next")
            new.write_bytes(plans["two" if number % 2 == 0 else "one"])
            new.rename(plan)
            before = judged[0]
            assert served.post("/admin/reload").status == 200
            assert eventually(lambda: judged[0] > before or bool(failed))  # noqa: B023 - called here
        over.set()
        for thread in threads:
            thread.join()
        assert not failed
        assert sorted(hashes.values()) == ["a [one]", "a [two]"]
        assert served.app.running.reloads == 100


def test_a_changed_file_is_taken_over(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "a.plan", policy("[one]"))
    with Served(Settings(plan=str(plan), watch=0.01)) as served:
        assert served.post("/v1/guards/g/validate", {"text": "secret"}).body["output"] == "[one]"
        write_plan(plan, policy("[two]"))
        assert eventually(lambda: served.app.running.reloads == 1)
        assert served.post("/v1/guards/g/validate", {"text": "secret"}).body["output"] == "[two]"


def test_a_bad_plan_leaves_the_last_good_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plan = write_plan(tmp_path / "a.plan", policy("[one]"))
    good = plan.read_bytes()
    with Served(Settings(plan=str(plan), watch=3600)) as served:
        before = served.request("GET", "/health").body
        # Written into the very file that was loaded, which would change a mapped plan under the guard.
        for bad in (b"", b"nonsense", good[: len(good) // 2], good[:-9] + b"xxxxxxxxx"):
            plan.write_bytes(bad)
            refused = served.post("/admin/reload")
            assert (refused.status, refused.body["error"]["code"]) == (422, "bad_plan")
            assert "a.plan" in refused.body["error"]["message"]
            health = served.request("GET", "/health").body
            assert (health["status"], health["policy_hash"]) == ("degraded", before["policy_hash"])
            assert health["reload"] == refused.body["error"]["message"]
            assert served.post("/v1/guards/g/validate", {"text": "secret"}).body["output"] == "[one]"
        plan.unlink()
        assert served.post("/admin/reload").status == 422
        assert caplog.text.count("reload failed") == 5
        plan.write_bytes(good)
        assert served.post("/admin/reload").body == {
            "changed": False, "policy_hash": before["policy_hash"], "workers": 1,
        }  # fmt: skip
        assert served.request("GET", "/health").body == before
