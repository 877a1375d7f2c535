"""What services do wrong: every text ends in the action that its rule states, and none waits past its time."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from inference_stub import HIGH, LOW, Service, answer, environment, policy, score_of, texts_of
from llm_stub import Exchange, Step, break_off, held, raw
from processes import PATIENCE

from guardc.compiler import compile_text
from guardc.runtime import Guard, Outcome, ServiceError, load
from guardc.runtime.remote import breaker, client

NEVER = threading.Event()


def refuse(status: int, **headers: str) -> Step:
    return lambda exchange: exchange.send(status, b"the text was: secret", headers)


def kind_of(outcome: Outcome) -> str:
    """What kind of error the only failure ends in; with its action, which is the stated one."""
    (failure,) = outcome.failures
    assert (outcome.passed, failure.action) == (False, "filter")
    cause = failure.cause
    assert isinstance(cause, ServiceError), cause
    assert failure.error == str(cause)
    assert "secret" not in str(cause)
    return cause.kind


def at(address: str, settings: str) -> Guard:
    plan = compile_text(policy(f"on error filter; {settings}")).plan
    assert plan is not None
    with environment(TOX_URL=address):
        return load(plan).guard("g")


def both(guard: Guard, text: str = "good") -> str:
    """What kind of error a text ends in, in both kinds of guards."""
    from guardc.runtime import AsyncGuard  # noqa: PLC0415 - as services do

    sync, asynchronous = guard.validate(text), asyncio.run(AsyncGuard(guard).validate(text))
    assert kind_of(sync) == kind_of(asynchronous)
    return kind_of(sync)


# --- nobody, or somebody else, is there -------------------------------------------------------------------------------


@contextmanager
def listening(then: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does this with each connection."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            kept.append(connection)
            then(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
        for connection in kept:
            connection.close()


def test_a_service_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert both(at(f"http://127.0.0.1:{port}", "retries 0")) == "connection"


def test_a_name_that_nobody_has() -> None:
    assert kind_of(at("http://nobody.invalid", "retries 0; timeout 5 s").validate("good")) in {"connection", "timeout"}


def test_a_connection_that_nobody_answers() -> None:
    with listening(lambda connection: None) as address:
        assert both(at(address, "timeout 50 ms")) == "timeout"


def test_a_connection_that_nobody_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert both(at(f"http://127.0.0.1:{server.getsockname()[1]}", "timeout 50 ms")) == "timeout"


@pytest.mark.parametrize(
    "said", [b"garbage\r\n\r\n", b"\x00\xff" * 100, b"HTTP/1.1 xyz\r\n\r\n", b"HTTP/1.1 200 OK\r\nA" * 999, b""]
)
def test_what_is_no_http(said: bytes) -> None:
    def then(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)

    with listening(then) as address:
        assert both(at(address, "retries 0; timeout 10 s")) == "connection"


# --- it is slow -------------------------------------------------------------------------------------------------------


def test_a_service_that_does_not_answer_in_time() -> None:
    with Service(also=held(NEVER, answer())) as service:
        assert both(at(service.address, "timeout 50 ms")) == "timeout"


def test_an_answer_that_does_not_end() -> None:
    def step(exchange: Exchange) -> None:
        exchange.send(200, b'{"outputs": [', length=500)
        exchange.wait(NEVER)

    with Service(also=step) as service:
        assert both(at(service.address, "timeout 50 ms")) == "timeout"


def test_no_text_waits_longer_than_its_guard_has_time() -> None:
    with Service(also=held(NEVER, answer())) as service:
        guard = at(service.address, "timeout 60 s")
        outcomes = [guard.validate("good", timeout=0.05), *guard.validate_many(["a", "b"], timeout=0.05)]
    for outcome in outcomes:
        (failure,) = outcome.failures
        assert (failure.action, outcome.output) == ("filter", None)
        assert isinstance(failure.cause, TimeoutError | ServiceError)


def test_waiting_for_others_is_part_of_the_time() -> None:
    with Service() as service:
        assert both(at(service.address, "timeout 20 ms; batch 8 within 1 s")) == "timeout"
        assert service.requests == []


def test_waiting_for_a_free_call_is_part_of_the_time() -> None:
    with Service(also=held(NEVER, answer())) as service:
        plan = service.plan(policy("on error filter; timeout 100 ms; calls 1"))

        async def main() -> list[str]:
            guard = plan.async_guard("g")
            outcomes = await asyncio.gather(*(guard.validate(text) for text in ("a", "b", "c")))
            return [kind_of(outcome) for outcome in outcomes]

        assert asyncio.run(main()) == ["timeout"] * 3


def test_a_timeout_in_mid_batch_leaves_the_answers_of_the_others() -> None:
    def step(exchange: Exchange) -> None:
        texts = texts_of(exchange.request.body)
        if len(texts) > 2:
            exchange.send(400, b"")
        elif "slow" in texts:
            exchange.wait(NEVER)
        else:
            answer()(exchange)

    with Service(also=step) as service:
        guard = at(service.address, "timeout 300 ms; batch 4 within 1 s")
        outcomes = guard.validate_many(["good", "bad", "slow", "other"])
    assert outcomes[0].passed
    assert outcomes[1].failures[0].value == HIGH
    assert [kind_of(outcome) for outcome in outcomes[2:]] == ["timeout", "timeout"]


# --- it answers something else ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (raw(b"the text was: secret"), "response"),
        (raw(b"{}"), "response"),
        (raw(b""), "response"),
        (answer(shape=[2]), "response"),
        (answer([0.5, 0.5]), "response"),
        (answer([7]), "response"),
        (answer(["secret"]), "response"),
        (break_off(), "connection"),
        (refuse(302, Location="http://127.0.0.1:9/"), "rejected"),
        (refuse(400), "rejected"),
        (refuse(401), "rejected"),
        (refuse(404), "rejected"),
        (refuse(429), "unavailable"),
        (refuse(500), "unavailable"),
        (refuse(503), "unavailable"),
    ],
)
def test_every_wrong_answer_is_an_error_of_the_rule(step: Step, kind: str) -> None:
    with Service(also=step) as service:
        assert both(at(service.address, "retries 0; timeout 10 s")) == kind


def test_an_answer_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST", 1000)
    with Service(also=raw(b" " * 2000)) as service:
        assert both(at(service.address, "timeout 10 s")) == "response"


@pytest.mark.parametrize("step", [refuse(429), refuse(502), refuse(503), refuse(504), break_off()])
def test_what_passes_is_tried_again(step: Step) -> None:
    with Service(step, step) as service:
        assert at(service.address, "retries 2; timeout 10 s").validate("good").passed
        assert len(service.requests) == 3


@pytest.mark.parametrize("step", [refuse(400), refuse(404), refuse(500), raw(b"")])
def test_what_does_not_pass_is_not_tried_again(step: Step) -> None:
    with Service(step) as service:
        kind_of(at(service.address, "retries 2; timeout 10 s").validate("good"))
        assert len(service.requests) == 1


def test_tries_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1000)
    with Service(also=refuse(503)) as service:
        guard = at(service.address, "retries 5; timeout 10 s")
        for _ in range(20):
            assert kind_of(guard.validate("good")) == "unavailable"
        assert len(service.requests) == 31  # ten more, and one for the share of twenty


# --- a second request -------------------------------------------------------------------------------------------------


def test_a_slow_request_has_a_second_one_beside_it() -> None:
    """The first answer counts, and the other request is given up."""
    with Service(held(NEVER, answer())) as service:
        guard = at(service.address, "hedge 10 ms; timeout 20 s")
        assert guard.validate("bad").failures[0].value == HIGH
        assert len(service.requests) == 2
        assert texts_of(service.requests[0].body) == texts_of(service.requests[1].body)
        assert service.requests[0].gone.wait(PATIENCE)


def test_the_first_answer_counts_also_if_it_is_that_of_the_first_request() -> None:
    first = threading.Event()

    def second(exchange: Exchange) -> None:
        first.set()
        exchange.wait(NEVER)

    with Service(held(first, answer([HIGH])), second) as service:
        assert at(service.address, "hedge 10 ms; timeout 20 s").validate("good").failures[0].value == HIGH
        assert len(service.requests) == 2
        assert service.requests[1].gone.wait(PATIENCE)


def test_an_error_of_one_request_waits_for_the_other() -> None:
    asked = threading.Event()

    def second(exchange: Exchange) -> None:
        answer()(exchange)
        asked.set()

    with Service(held(asked, refuse(500)), second) as service:
        assert at(service.address, "hedge 10 ms; timeout 20 s").validate("good").passed
    gone = threading.Event()

    def fails(exchange: Exchange) -> None:
        refuse(500)(exchange)
        gone.set()

    with Service(held(gone, answer()), fails) as service:
        assert at(service.address, "hedge 10 ms; timeout 20 s").validate("good").passed
        assert len(service.requests) == 2


def test_an_answer_in_time_has_no_second_request() -> None:
    with Service() as service:
        assert at(service.address, "hedge 10 s; timeout 20 s").validate("good").passed
        assert len(service.requests) == 1


def test_second_requests_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FAILURES", 1000)
    with Service(also=held(NEVER, answer())) as service:
        guard = at(service.address, "hedge 1 ms; timeout 50 ms; retries 0")
        for _ in range(20):
            assert kind_of(guard.validate("good")) == "timeout"
        assert len(service.requests) <= 31


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_one_text_that_is_rejected_leaves_the_answers_of_the_others(status: int) -> None:
    def step(exchange: Exchange) -> None:
        texts = texts_of(exchange.request.body)
        (refuse(status) if "poison" in texts else answer())(exchange)

    texts = ["good", "bad", "poison", "a", "b", "bad c", "d", "e"]
    with Service(also=step) as service:
        outcomes = at(service.address, "timeout 30 s; batch 8 within 1 s").validate_many(texts)
        assert len(service.requests) == 7
    for text, outcome in zip(texts, outcomes, strict=True):
        if text == "poison":
            assert kind_of(outcome) == ("unavailable" if status == 500 else "rejected")
        else:
            assert outcome.passed is (score_of(text) == LOW)


# --- it fails again and again -----------------------------------------------------------------------------------------


def test_a_service_that_fails_again_and_again_is_left_alone_and_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSE", 60.0)
    with Service(*[refuse(500)] * breaker.FAILURES) as service:
        guard = at(service.address, "timeout 10 s")
        kinds = [kind_of(guard.validate("good")) for _ in range(breaker.FAILURES + 3)]
        assert kinds == ["unavailable"] * breaker.FAILURES + ["open"] * 3
        assert len(service.requests) == breaker.FAILURES
    monkeypatch.setattr(breaker, "PAUSE", 0.0)
    with Service(*[refuse(500)] * (breaker.FAILURES + 1)) as service:
        guard = at(service.address, "timeout 10 s")
        kinds = [kind_of(guard.validate("good")) for _ in range(breaker.FAILURES + 1)]
        assert kinds == ["unavailable"] * (breaker.FAILURES + 1)
        assert guard.validate("good").passed
        assert not guard.validate("bad").passed


def test_timeouts_open_the_breaker_and_rejections_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSE", 60.0)
    for step, settings, kind in ((held(NEVER, answer()), "timeout 20 ms", "open"), (refuse(400), "", "rejected")):
        with Service(also=step) as service:
            guard = at(service.address, settings)
            kinds = [kind_of(guard.validate("good")) for _ in range(breaker.FAILURES + 3)]
            assert kinds[-1] == kind


def test_mixed_faults_under_load_end_each_text_as_stated() -> None:
    """Every third request fails in one of many ways; what is answered is right, and everything else is an error."""
    ways = [refuse(500), refuse(503), refuse(400), raw(b"{"), answer([3]), break_off(), held(NEVER, answer())]
    count = 0
    lock = threading.Lock()

    def step(exchange: Exchange) -> None:
        nonlocal count
        with lock:
            count += 1
            number = count
        (ways[number // 3 % len(ways)] if number % 3 == 0 else answer())(exchange)

    texts = [f"{'bad' if number % 4 == 0 else 'good'} {number}" for number in range(200)]
    with Service(also=step) as service:
        outcomes = at(service.address, "timeout 500 ms; batch 4 within 1 ms; calls 4").validate_many(texts)
    right = 0
    for text, outcome in zip(texts, outcomes, strict=True):
        if outcome.failures and outcome.failures[0].error is not None:
            kind_of(outcome)
        else:
            right += 1
            assert outcome.passed is (score_of(text) == LOW)
    assert right > 100


def test_garbage_from_a_generator_never_leaves_validate() -> None:
    valid = json.dumps({"outputs": [{"name": "s", "datatype": "FP32", "shape": [1], "data": [0.5]}]}).encode()
    pieces: list[Any] = [valid[:cut] for cut in range(0, len(valid), 7)] + [
        valid.replace(b"0.5", other)
        for other in (b"NaN", b"-Infinity", b"1e5", b"[]", b"{}", b'"0.5"', b"null", b"true")
    ]
    with Service(*[raw(piece) for piece in pieces]) as service:
        plan = service.plan(policy("on error filter; timeout 10 s"))
        for _ in pieces:
            # A guard of its own for each: this is not about being left alone.
            with environment(TOX_URL=service.address):
                compiled = compile_text(policy("on error filter; timeout 10 s")).plan
                assert compiled is not None
                assert kind_of(load(compiled).guard("g").validate("good")) == "response"
        assert plan.guard("g").validate("good").passed
