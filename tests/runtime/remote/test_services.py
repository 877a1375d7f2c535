"""Rules that ask a service: what it is sent, what its answer means, in all kinds of guards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from inference_stub import HIGH, LOW, Service, answer, environment, policy, texts_of
from llm_stub import held

from guardc.compiler import compile_text
from guardc.runtime import GuardcError, ServiceError, load

TWO = (
    'toxicity.score("toxic") < 0.5 on fail refrain',
    'toxicity.score("insult") < 0.5 on fail filter',
)
LABELLED = 'labels "toxic", "insult"'


def test_a_score_is_compared() -> None:
    with Service() as service:
        guard = service.guard()
        assert guard.validate("good").passed
        outcome = guard.validate("bad")
    assert (outcome.passed, outcome.action, outcome.output) == (False, "refrain", "")
    assert [(failure.value, failure.error) for failure in outcome.failures] == [(HIGH, None)]


def test_the_request_is_that_of_the_protocol() -> None:
    with Service() as service:
        assert service.guard().validate("Grüße \ud800").passed
        (request,) = service.requests
    assert request.path == "/v2/models/toxicity/infer"
    assert request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in request.headers
    assert request.body == {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["Grüße \ud800"]}]}


def test_the_settings_are_in_the_request() -> None:
    settings = 'model "a b"; version "3"; input "TEXT" as column; output "OUT"; key env("TOX_KEY")'
    with Service(answer(name="OUT", shape=[1, 1])) as service:
        guard = service.plan(policy(settings), TOX_KEY="secret").guard("g")
        assert guard.validate("good").passed
        (request,) = service.requests
    assert request.path == "/v2/models/a%20b/versions/3/infer"
    assert request.headers["Authorization"] == "Bearer secret"
    assert request.body["inputs"][0]["shape"] == [1, 1]
    assert request.body["outputs"] == [{"name": "OUT"}]


def test_labels_are_scores_of_one_answer() -> None:
    with Service(answer([LOW, HIGH], shape=[1, 2])) as service:
        outcome = service.guard(LABELLED, *TWO).validate("text")
        assert len(service.requests) == 1
    assert [(failure.action, failure.value) for failure in outcome.failures] == [("filter", HIGH)]


@pytest.mark.parametrize("action", ["exception", "refrain", "filter", "noop"])
def test_on_error_of_the_service_is_that_of_its_rules(action: str) -> None:
    with Service(also=lambda exchange: exchange.send(404, b"")) as service:
        outcome = service.guard(f"on error {action}").validate("good")
        own = service.guard("on error exception", f'toxicity.score < 0.5 on fail fix to "" on error {action}')
        assert own.validate("good").failures[0].action == action
    (failure,) = outcome.failures
    assert failure.action == action
    assert failure.error == "the service `toxicity` answered with status 404"
    assert isinstance(failure.cause, ServiceError)
    assert failure.cause.kind == "rejected"
    assert outcome.passed is (action == "noop")


def test_a_fixed_text_is_asked_about_once_more() -> None:
    with Service() as service:
        guard = service.guard("", "chars <= 4 on fail fix", "toxicity.score < 0.5 on fail refrain")
        assert guard.validate("good bad").output == ""
        assert guard.validate("good old").output == "good"
        assert [texts_of(request.body) for request in service.requests] == [["good bad"], ["good old"], ["good"]]


def test_guards_for_asyncio_give_the_same() -> None:
    texts = ["good", "bad", "good bad", ""]
    with Service() as service:
        plan = service.plan(policy("batch 8 within 5 ms"))
        expected = [plan.guard("g").validate(text) for text in texts]
        found = asyncio.run(plan.async_guard("g").validate_many(texts))
        timed = plan.guard("g").validate_many(texts, timeout=30)
    for outcomes in (found, timed):
        assert [(one.passed, one.output, one.action) for one in outcomes] == [
            (one.passed, one.output, one.action) for one in expected
        ]


def test_texts_of_many_threads_share_requests() -> None:
    barrier = threading.Barrier(8)
    with Service() as service:
        guard = service.guard("batch 8 within 1 s; timeout 30 s")

        def judge(number: int) -> bool:
            barrier.wait()
            return guard.validate(f"{'bad' if number % 3 == 0 else 'good'} {number}").passed

        with ThreadPoolExecutor(8) as pool:
            passed = list(pool.map(judge, range(8)))
        assert passed == [number % 3 != 0 for number in range(8)]
        (request,) = service.requests
    assert len(texts_of(request.body)) == 8


def test_many_texts_of_one_call_share_requests() -> None:
    with Service() as service:
        outcomes = service.guard("batch 32 within 1 s; timeout 30 s").validate_many([f"text {n}" for n in range(64)])
        assert [len(texts_of(request.body)) for request in service.requests] == [32, 32]
    assert all(outcome.passed for outcome in outcomes)


def test_connections_are_kept() -> None:
    ports: set[Any] = set()

    def noted(exchange: Any) -> None:
        ports.add(exchange.handler.client_address[1])
        answer()(exchange)

    with Service(also=noted) as service:
        guard = service.guard()
        for number in range(5):
            assert guard.validate(f"text {number}").passed
    assert len(ports) == 1


def test_a_cache_is_off_unless_it_is_asked_for() -> None:
    with Service() as service:
        for settings, requests in (("", 2), ("cache 10", 1)):
            guard = service.guard(settings)
            before = len(service.requests)
            assert guard.validate("good").passed
            assert guard.validate("good").passed
            assert len(service.requests) - before == requests


def test_a_function_stands_in_for_a_service() -> None:
    plan = compile_text(policy(LABELLED, *TWO)).plan
    assert plan is not None

    async def asked(text: str) -> dict[str, float]:
        return {"toxic": LOW, "insult": HIGH}

    for function in (asked, lambda text: {"toxic": LOW, "insult": HIGH}):
        outcome = load(plan, services={"toxicity": function}).guard("g").validate("text")
        assert [failure.value for failure in outcome.failures] == [HIGH]


@pytest.mark.parametrize("said", [None, 1.5, -0.1, float("nan"), True, "0.1", {"toxic": 0.1}])
def test_a_function_that_gives_no_score_is_an_error(said: Any) -> None:
    plan = compile_text(policy()).plan
    assert plan is not None
    (failure,) = load(plan, services={"toxicity": lambda text: said}).guard("g").validate("text").failures
    assert isinstance(failure.cause, ServiceError)
    assert (failure.action, failure.cause.kind) == ("exception", "response")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "the service `toxicity` has no address: set TOX_URL in the environment"),
        ("localhost:8000", "TOX_URL must be like http://HOST:PORT"),
        ("http://", "TOX_URL must be like http://HOST:PORT"),
        ("ftp://host", "TOX_URL must be like http://HOST:PORT"),
        ("http://host/?key=secret", "TOX_URL must be like http://HOST:PORT"),
    ],
)
def test_an_address_that_cannot_be_used_is_an_error_at_load(address: str, said: str) -> None:
    plan = compile_text(policy()).plan
    assert plan is not None
    with environment(TOX_URL=address), pytest.raises(ServiceError, match=said) as raised:
        load(plan)
    assert "secret" not in str(raised.value)


def test_a_key_that_is_missing_is_an_error_at_load() -> None:
    plan = compile_text(policy('key env("TOX_KEY")')).plan
    assert plan is not None
    with environment(TOX_URL="http://host"), pytest.raises(ServiceError, match="has no key: set TOX_KEY"):
        load(plan)


def test_services_that_the_policy_does_not_have_are_an_error() -> None:
    plan = compile_text(policy()).plan
    assert plan is not None
    with pytest.raises(GuardcError, match="services must be a mapping from names to functions, not `list`"):
        load(plan, services=["toxicity"])  # type: ignore[arg-type]
    with pytest.raises(GuardcError, match="what is given for the service `toxicity` is no function"):
        load(plan, services={"toxicity": 0.5})  # type: ignore[dict-item]
    with pytest.raises(GuardcError, match="the policy has no service `tox`"):
        load(plan, services={"toxicity": lambda text: 0.0, "tox": lambda text: 0.0})


def test_services_of_imported_files(tmp_path: Any) -> None:
    (tmp_path / "services.guard").write_text(
        'edition 1\nservice toxicity at env("TOX_URL") {\n    protocol v2\n    on error filter\n}\n'
    )
    source = (
        'edition 1\nimport "services.guard" as services\nguard g on output {\n'
        "    services.toxicity.score < 0.5 on fail refrain\n}\n"
    )
    plan = compile_text(source, folder=tmp_path).plan
    assert plan is not None
    guard = load(plan, services={"services.toxicity": lambda text: {}}).guard("g")
    assert guard.validate("text").failures[0].action == "filter"


def test_a_stream_waits_for_the_answer() -> None:
    with Service() as service:
        compilation = compile_text(
            policy("", "hold at most 99 chars", "toxicity.score < 0.5 at end on fail refrain", on="output stream")
        )
        assert compilation.plan is not None
        with environment(TOX_URL=service.address):
            stream = load(compilation.plan).guard("g").stream()
        assert stream.feed("good ") + stream.feed("bad") + stream.close() == "good bad"
        assert stream.outcome.action == "refrain"
        assert [texts_of(request.body) for request in service.requests] == [["good bad"]]


def test_a_field_of_a_shape() -> None:
    source = (
        'edition 1\nservice toxicity at env("TOX_URL") {\n    protocol v2\n    on error filter\n}\n'
        'shape Note {\n    text string toxicity.score < 0.5 on fail fix to ""\n}\nguard g on output as json Note {\n}\n'
    )
    with Service(answer(), answer([LOW]), answer(data=["x"])) as service:
        guard = service.plan(source).guard("g")
        assert guard.validate({"text": "bad"}).output == {"text": ""}
        assert guard.validate({"text": "bad"}).failures[0].action == "filter"


def test_a_child_of_a_fork_asks_by_itself() -> None:
    with Service() as service:
        guard = service.guard()
        assert guard.validate("good").passed
        child = os.fork()
        if child == 0:
            os._exit(0 if guard.validate("good").passed and not guard.validate("bad").passed else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert not guard.validate("bad").passed


def test_within_a_handler_on_the_loop_in_the_background() -> None:
    with Service() as service:
        inner = service.guard()

        async def first(text: str) -> bool:
            return inner.validate(text).passed

        plan = compile_text("edition 1\ncustom predicate first\nguard g on output {\n    first on fail refrain\n}").plan
        assert plan is not None
        assert load(plan, handlers={"first": first}).guard("g").validate("good").passed


def test_the_end_of_a_program_is_quiet() -> None:
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
import asyncio
from inference_stub import Service
with Service() as service:
    guard = service.guard()
    assert guard.validate("good").passed
"""
    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_who_gives_up_does_not_keep_others_waiting() -> None:
    let_go = threading.Event()
    with Service(held(let_go, answer())) as service:
        plan = service.plan(policy("timeout 30 s; cache 10"))

        async def main() -> bool:
            guard = plan.async_guard("g")
            first = asyncio.create_task(guard.validate("good"))
            second = asyncio.create_task(guard.validate("good"))
            while not service.requests:
                await asyncio.sleep(0)
            first.cancel()
            let_go.set()
            return (await second).passed

        assert asyncio.run(main())
        assert len(service.requests) == 1
