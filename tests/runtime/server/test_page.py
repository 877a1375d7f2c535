"""The page at `/` in a browser, and the route behind it that compiles what strangers paste."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browser, there_is_a_browser
from serving import Served

from guardc.runtime.server import Settings
from guardc.runtime.server.keys import make_key
from guardc.runtime.server.page import playground

TRY = "/v1/playground"
MAILS = """edition 1
import std.pii
guard first on input {
    words <= 3 on fail refrain
}
guard reply on output stream {
    hold at most 600 chars on fail exception
    no pii.email on fail fix
}
"""


@pytest.fixture(scope="module")
def open_served(plan: Path) -> Iterator[Served]:
    with Served(Settings(plan=str(plan), playground=True)) as server:
        yield server


def test_a_policy_is_tried(open_served: Served) -> None:
    text = "Write to ann@example.com 😀 now"
    answer = open_served.post(TRY, {"policy": MAILS, "text": text, "guard": "reply", "piece": 6}).body
    assert answer["diagnostics"] == []
    assert answer["guards"] == [
        {"name": "first", "direction": "input", "stream": False},
        {"name": "reply", "direction": "output", "stream": True},
    ]
    assert (answer["guard"], answer["outcome"]["output"]) == ("reply", "Write to [email] 😀 now")
    assert [guard["name"] for guard in answer["report"]["guards"]] == ["first", "reply"]
    steps = answer["stream"]["steps"]
    assert "".join(step["piece"] for step in steps) == text
    assert "".join(step["released"] for step in steps) == answer["outcome"]["output"]
    assert max(step["held"] for step in steps) >= len("ann@example.com")


def test_what_is_wrong_with_a_policy_is_shown(open_served: Served) -> None:
    answer = open_served.post(TRY, {"policy": "edition 1\nguard g on input {\n    no pii.emial on fail fix\n}\n"}).body
    (found,) = answer["diagnostics"]
    assert found["code"] == "G012"
    assert "nothing is imported as `pii`" in found["shown"]
    assert (answer["report"], answer["outcome"]) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        'words w = lines("/etc/passwd")',
        'words w = lines("../../../../../../etc/passwd")',
        'import "/etc/hosts"',
        'shape S from "/etc/passwd"',
        'classifier w = weights("/proc/self/environ")',
        'import "../../../../../../tmp"',
        'import "/etc/nothing-of-this-name"',
    ],
)
def test_no_file_of_the_server_is_read(open_served: Served, line: str) -> None:
    answer = open_served.post(
        TRY, {"policy": f"edition 1\n{line}\nguard g on input {{\n    words <= 3 on fail fix\n}}\n"}
    )
    found = json.dumps(answer.body["diagnostics"])
    assert "files are not read here" in found  # whether there is such a file or not
    assert "root:" not in found


def test_what_is_asked_elsewhere_is_not_asked_here(open_served: Served) -> None:
    service = (
        'service t at env("T_URL") {\n    protocol v2\n}\nguard g on input {\n    t.score < 0.5 on fail refrain\n}\n'
    )
    custom = "custom predicate fine\nguard g on input {\n    fine on fail refrain\n}\n"
    judged = 'judge kind: "Is it kind?" via m\nguard g on input {\n    kind on fail refrain\n}\n'
    judged = f'model m {{\n    model "x/y"\n}}\n{judged}'
    slow = "pattern p = /(a)\\1/ backtracking within 100 ms\nguard g on input {\n    no p on fail fix\n}\n"
    for policy in (service, custom, judged, slow):
        answer = open_served.post(TRY, {"policy": f"edition 1\n{policy}", "text": "aa"}).body
        assert answer["diagnostics"] == [], policy
        assert answer["trouble"], policy
        assert answer["outcome"] is None
        assert answer["report"] is not None


def test_a_trial_that_takes_too_long_or_too_much_ends(open_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    every = "edition 1\nimport std.secrets\nguard g on input {\n    no secrets.any on fail fix\n}\n"
    monkeypatch.setattr(playground, "PATIENCE", 1.0)
    began = time.monotonic()
    refused = open_served.post(TRY, {"policy": every})
    assert (refused.status, refused.body["error"]["code"]) == (504, "timeout")
    assert time.monotonic() - began < 10
    # A process that dies, as one does that needs more memory than it may have, is a refusal.
    monkeypatch.setattr(playground, "PATIENCE", 30.0)
    monkeypatch.setattr(playground, "COMMAND", (playground.COMMAND[0], "-c", "raise MemoryError"))
    refused = open_served.post(TRY, {"policy": every})
    assert (refused.status, refused.body["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"text": "x"}, "$.policy"),
        ({"policy": 3}, "$.policy"),
        ({"policy": "x" * 100_001}, "$.policy"),
        ({"policy": "", "text": "x" * 20_001}, "$.text"),
        ({"policy": "", "guard": 3}, "$.guard"),
        ({"policy": "", "piece": 0}, "$.piece"),
        ({"policy": "", "file": "x"}, "$"),
    ],
)
def test_wrong_questions_are_refused(open_served: Served, body: Any, where: str) -> None:
    refused = open_served.post(TRY, body)
    assert (refused.status, refused.body["error"]["where"]) == (400, where)


def test_it_is_off_unless_it_is_wanted_and_for_keys_where_there_are_some(plan: Path, tmp_path: Path) -> None:
    with Served(Settings(plan=str(plan))) as served:
        refused = served.post(TRY, {"policy": MAILS})
        assert refused.status == 404
        assert "--playground" in refused.body["error"]["help"]
    _, line = make_key("a", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(line)
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys), playground=True)) as served:
        assert served.post(TRY, {"policy": MAILS}).status == 401
        assert served.request("GET", "/").status == 200


def test_the_page_loads_nothing_from_elsewhere(open_served: Served) -> None:
    for path, kind in (("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")):
        answer = open_served.request("GET", path)
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert b"innerHTML" not in answer.body
        assert b"http" not in answer.body


# --- in a browser -----------------------------------------------------------------------------------------------------

needs_browser = pytest.mark.skipif(not there_is_a_browser(), reason="needs chromium and chromedriver on the machine")


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as made:
        yield made


def element(driver: Any, name: str) -> Any:
    return driver.find_element("id", name)


def until(driver: Any, name: str, wanted: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait  # noqa: PLC0415 - with the browser alone

    WebDriverWait(driver, 30, poll_frequency=0.02).until(lambda _: wanted in element(driver, name).text)


def write(driver: Any, name: str, text: str) -> None:
    driver.execute_script("document.getElementById(arguments[0]).value = arguments[1]", name, text)


@needs_browser
def test_the_guards_that_run_are_tried_in_the_page(open_served: Served, driver: Any) -> None:
    from selenium.webdriver.common.by import By  # noqa: PLC0415 - with the browser alone
    from selenium.webdriver.common.keys import Keys  # noqa: PLC0415

    driver.get(f"{open_served.url}/")
    until(driver, "status", "Done.")
    hostile = "😀 <img src=x onerror=alert(1)> ann@mail.com <b>bold</b>"
    write(driver, "text", hostile)
    element(driver, "text").send_keys(Keys.CONTROL, Keys.ENTER)
    until(driver, "found", "😀")
    assert element(driver, "found").text == hostile
    assert [mark.text for mark in element(driver, "found").find_elements(By.TAG_NAME, "mark")] == ["ann@mail.com"]
    assert element(driver, "output").text == hostile.replace("ann@mail.com", "[email]")
    assert element(driver, "badge").text == "passed, fix"
    assert driver.find_elements(By.CSS_SELECTOR, "#answers img, #answers b") == []
    step = element(driver, "step")
    for _ in range(3):
        step.send_keys(Keys.ARROW_LEFT)
    left, held, coming = (element(driver, name).get_attribute("textContent") for name in ("left", "held", "coming"))
    assert hostile.endswith(coming)
    assert coming
    assert hostile.replace("ann@mail.com", "[email]").startswith(left)
    assert "held" in element(driver, "at").text or not held
    assert not [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]


@needs_browser
def test_a_policy_is_tried_in_the_page(open_served: Served, driver: Any) -> None:
    from selenium.webdriver.common.by import By  # noqa: PLC0415 - with the browser alone

    driver.get(f"{open_served.url}/")
    until(driver, "status", "Done.")
    element(driver, "whose-own").click()
    write(driver, "policy", "edition 1\nguard g on input {\n    wrds <= 3 on fail refrain\n}\n")
    element(driver, "judge").click()
    until(driver, "status", "1 error in the policy")
    assert "did you mean `words`?" in element(driver, "diagnostics").text
    assert not element(driver, "verdict").is_displayed()
    write(driver, "policy", MAILS)
    write(driver, "text", "one two three four")
    element(driver, "judge").click()
    until(driver, "status", "Done.")
    assert element(driver, "badge").text == "blocked, refrain"
    assert not element(driver, "diagnostics").is_displayed()
    rows = element(driver, "report").find_elements(By.TAG_NAME, "tr")
    assert any("words <= 3" in row.text for row in rows)
    assert not [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]


@needs_browser
def test_the_page_asks_for_a_key(plan: Path, tmp_path: Path, driver: Any) -> None:
    token, line = make_key("a", ("reply",), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(line)
    with Served(Settings(plan=str(plan), access="keys", keys=str(keys))) as served:
        driver.get(f"{served.url}/")
        until(driver, "status", "This server wants a key.")
        element(driver, "key").send_keys(token, "\t")
        until(driver, "guard", "reply (output, stream)")
        element(driver, "judge").click()
        until(driver, "status", "Done.")
        element(driver, "whose-own").click()
        element(driver, "judge").click()
        until(driver, "trouble", "start the server with --playground")
        driver.get("about:blank")  # its connections are closed
