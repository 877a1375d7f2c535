"""Keys: who may use which guards, for what, and what happens without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from serving import Served

from guardc.runtime.server import Settings
from guardc.runtime.server.keys import KeysError, keys_of, make_key, text_of

REPLY = "/v1/guards/reply/validate"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_keys_decide_who_may_do_what(plan: Path, tmp_path: Path) -> None:
    narrow, narrow_line = make_key("billing", ("reply",), ("validate",))
    admin, admin_line = make_key("operator", (), ("admin",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{narrow_line}\n\n{admin_line}\n")
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys))) as served:
        asked = {"text": "a"}
        assert served.post(REPLY, asked, **bearer(narrow)).status == 200
        for headers in ({}, bearer("x"), bearer(narrow[:-1]), {"Authorization": f"Basic {narrow}"}, bearer("é_é_é")):
            refused = served.post(REPLY, asked, **headers)
            assert (refused.status, refused.body["error"]["code"]) == (401, "no_key")
            assert refused.headers["www-authenticate"].startswith("Bearer")
        assert served.post(REPLY, asked, **bearer(admin)).status == 403
        # Which guards there are is not for everybody.
        for guard in ("question", "nothing"):
            refused = served.post(f"/v1/guards/{guard}/validate", asked, **bearer(narrow))
            assert (refused.status, refused.body["error"]["code"]) == (403, "forbidden")
        assert served.request("GET", "/v1/guards").status == 401
        listed = served.request("GET", "/v1/guards", **bearer(narrow)).body["guards"]
        assert [guard["name"] for guard in listed] == ["reply"]
        assert served.post("/admin/reload").status == 401
        assert served.post("/admin/reload", **bearer(narrow)).status == 403
        assert served.post("/admin/reload", **bearer(admin)).body["changed"] is False
        for path in ("/health", "/ready", "/docs", "/openapi.json"):
            assert served.request("GET", path).status == 200
        # A key whose line is gone is nobody's.
        keys.write_text(f"{admin_line}\n")
        assert served.post("/admin/reload", **bearer(admin)).status == 200
        assert served.post(REPLY, asked, **bearer(narrow)).status == 401
        # And keys that cannot be read change nothing.
        keys.write_text("nonsense")
        assert served.post("/admin/reload", **bearer(admin)).body["error"]["code"] == "bad_plan"
        assert served.request("GET", "/health").body["status"] == "degraded"
        assert served.post("/admin/reload", **bearer(admin)).status == 422


def test_the_path_that_is_routed_is_the_path_that_is_authorised(plan: Path, tmp_path: Path) -> None:
    token, line = make_key("billing", ("reply",), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(line)
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys))) as served:
        for path in (
            "/v1/guards/reply%2F..%2Fquestion/validate",
            "/v1/guards/reply/../question/validate",
            "//v1/guards/question/validate",
            "/v1/guards/%71uestion/validate",
        ):
            assert served.post(path, {"text": "a"}, **bearer(token)).status in (401, 403, 404)
            assert served.post(path, {"text": "a"}).status in (401, 404)


def test_an_open_server_reloads_for_nobody(plan: Path) -> None:
    with Served(Settings(plan=str(plan), access="open")) as served:
        assert served.post(REPLY, {"text": "a"}, Host="guard.example").status == 200
        assert served.post("/admin/reload").status == 403


def test_browsers_are_let_in_by_name(plan: Path) -> None:
    with Served(Settings(plan=str(plan), origins=("https://app.example",))) as served:
        asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
        let = served.request("OPTIONS", REPLY, Origin="https://app.example", **asked)
        assert let.headers["access-control-allow-origin"] == "https://app.example"
        assert served.request("OPTIONS", REPLY, Origin="https://evil.example", **asked).status == 400


def test_a_file_keeps_no_token() -> None:
    token, line = make_key("billing", (), ("validate",))
    assert token.rpartition("_")[2] not in line
    assert len(token) > 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": 5}, "`id` and `name`"),
        ({"sha256": "00"}, "`sha256`"),
        ({"sha256": None}, "`sha256`"),
        ({"scopes": []}, "`scopes`"),
        ({"scopes": ["all"]}, "`scopes`"),
        ({"guards": "reply"}, "`guards`"),
        ({"expires": "never"}, "a key is an object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    _, line = make_key("billing", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{line}\n{json.dumps(json.loads(line) | {'id': 'aaaa'} | change)}\n")
    with pytest.raises(KeysError, match=f"keys.jsonl:2: .*{said}"):
        keys_of(text_of(str(keys)), str(keys))


def test_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    token, line = make_key("billing", (), ("validate",))
    monkeypatch.setenv("GUARDC_KEYS", line)
    caller = keys_of(text_of(None), None).of(f"bearer {token}".encode())
    assert caller is not None
    assert caller.name == "billing"
    monkeypatch.setenv("GUARDC_KEYS", f"{line}\n{line}")
    with pytest.raises(KeysError, match="GUARDC_KEYS:2: there is a key with this `id`"):
        keys_of(text_of(None), None)
    monkeypatch.setenv("GUARDC_KEYS", "")
    with pytest.raises(KeysError, match="there is no key"):
        keys_of(text_of(None), None)
