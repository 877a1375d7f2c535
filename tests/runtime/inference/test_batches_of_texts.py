"""Texts of requests that come together go through a model together; what becomes of those that nobody waits for."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from processes import eventually
from serving import Served

from guardc.runtime.inference.application import Application
from guardc.runtime.inference.batching import Batched
from guardc.runtime.inference.models import UnfitError
from guardc.runtime.inference.settings import Settings
from guardc.runtime.server.keys import make_key

INFER = "/v2/models/held/infer"


class Held:
    """A model that works only when it is let. A text scores its length."""

    name = "held"
    platform = "test"
    labels = ("length",)
    runs_on = "a test"

    def __init__(self):
        self.batches = []
        self.let = threading.Event()
        self.entered = threading.Semaphore(0)

    def score(self, texts):
        self.batches.append(list(texts))
        self.entered.release()
        assert self.let.wait(30)
        if "broken" in texts:
            raise RuntimeError(f"broken by {texts[0]} text")
        return [
            UnfitError("unfit") if text == "unfit" else (float("nan") if text == "nan" else len(text),)
            for text in texts
        ]


def asking(*texts):
    given = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": list(texts)}
    return {"inputs": [given]}


@pytest.fixture
def held():
    model = Held()
    yield model
    model.let.set()


def serving(held, **settings):
    return Served(Application([held], Settings(delay=0, **settings)))


def data_of(answer):
    assert answer.status == 200, answer
    return answer.body["outputs"][0]["data"]


def test_what_gathers_while_the_model_works_goes_together(held):
    with serving(held, batch=4) as served, ThreadPoolExecutor(8) as pool:
        first = pool.submit(served.post, INFER, asking("1"))
        assert held.entered.acquire(timeout=30)
        others = [pool.submit(served.post, INFER, asking(*["x" * size] * 2)) for size in (2, 3, 4)]
        waiting = served.server.config.app._batched["held"]._batches._waiting
        assert eventually(lambda: len(waiting) == 6)
        held.let.set()
        assert data_of(first.result()) == [1]
        assert [data_of(other.result()) for other in others] == [[2, 2], [3, 3], [4, 4]]
    assert [len(batch) for batch in held.batches] == [1, 4, 2]


def test_the_texts_of_a_client_that_hung_up_are_not_scored(held):
    with serving(held) as served, ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.post, INFER, asking("1"))
        assert held.entered.acquire(timeout=30)
        waiting = served.server.config.app._batched["held"]._batches._waiting
        connection = http.client.HTTPConnection("127.0.0.1", served.port)
        connection.request("POST", INFER, json.dumps(asking("gone", "gone")))
        assert eventually(lambda: len(waiting) == 2)
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        assert eventually(lambda: all(future.done() for _, future in waiting))
        second = pool.submit(served.post, INFER, asking("22"))
        assert eventually(lambda: len(waiting) == 3)
        held.let.set()
        assert (data_of(first.result()), data_of(second.result())) == ([1], [2])
    assert held.batches == [["1"], ["22"]]


def test_a_request_that_is_not_answered_in_time_takes_its_texts_along(held):
    with serving(held, timeout=0.5) as served, ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.post, INFER, asking("1"))
        assert held.entered.acquire(timeout=30)
        second = pool.submit(served.post, INFER, asking("22"))
        for answer in (first.result(), second.result()):
            assert (answer.status, "the scores were not there in time" in answer.body["error"]) == (504, True)
        held.let.set()
        assert eventually(lambda: served.post(INFER, asking("333")).status == 200)
    assert ["22"] not in held.batches


def test_a_server_that_is_busy_says_so_and_is_still_alive(held):
    with serving(held, concurrency=1) as served, ThreadPoolExecutor(1) as pool:
        first = pool.submit(served.post, INFER, asking("1"))
        assert held.entered.acquire(timeout=30)
        busy = served.post(INFER, asking("2"))
        assert (busy.status, busy.headers["retry-after"]) == (503, "1")
        assert served.request("GET", "/v2/health/ready").status == 200
        held.let.set()
        assert data_of(first.result()) == [1]


def test_a_model_that_fails_is_an_error_without_its_words(held, caplog):
    held.let.set()
    with serving(held) as served:
        for text in ("broken", "nan"):
            answer = served.post(INFER, asking(text))
            assert (answer.status, answer.body["error"]) == (500, "the model could not score; the log has the place")
        assert served.post(INFER, asking("unfit")).body["error"].startswith("$.inputs[0].data[0]: unfit")
        assert data_of(served.post(INFER, asking("fine"))) == [4]
    assert "RuntimeError" in caplog.text
    assert "broken by broken text" not in caplog.text


def test_a_text_without_scores_spoils_no_other_of_its_batch(held):
    async def scores():
        batched = Batched(held, size=8, delay=0)
        try:
            return await asyncio.gather(batched.scores(["a", "unfit"]), batched.scores(["bb"]))
        finally:
            batched.close()

    held.let.set()
    (first, unfit), second = asyncio.run(scores())
    assert (first, second) == ((1,), [(2,)])
    assert isinstance(unfit, UnfitError)
    assert held.batches == [["a", "unfit", "bb"]]


def test_keys_are_for_models(held, tmp_path):
    held.let.set()
    (mine, first), (other, second) = make_key("a", ("held",), ("validate",)), make_key("b", ("toxic",), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(f"{first}\n{second}\n")
    with serving(held, access="keys", keys=str(keys)) as served:
        without = served.post(INFER, asking("a"))
        assert (without.status, without.headers["www-authenticate"]) == (401, 'Bearer realm="guardc"')
        assert "there is no key" in without.body["error"]
        wrong = served.post(INFER, asking("a"), Authorization=f"Bearer {other}")
        assert (wrong.status, "the key is not for model `held`" in wrong.body["error"]) == (403, True)
        assert data_of(served.post(INFER, asking("a"), Authorization=f"Bearer {mine}")) == [1]
        assert served.request("GET", "/v2/health/live").status == 200
        for path, mine_sees, other_sees in (
            ("/v2", 200, 200),
            ("/v2/models/held", 200, 403),
            ("/v2/models/no", 403, 403),
        ):
            assert served.request("GET", path).status == 401
            assert served.request("GET", path, Authorization=f"Bearer {mine}").status == mine_sees
            assert served.request("GET", path, Authorization=f"Bearer {other}").status == other_sees
