"""Protocols whose scores have names: what is sent, byte for byte as JSON, and what must come back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inference_stub import Service, environment
from llm_stub import Step, raw

from guardc.compiler import compile_text
from guardc.runtime import Guard, ServiceError, load

RULES = (
    'toxicity.score("insult") < 0.5 on fail refrain',
    'toxicity.score("hate") < 0.5 on fail filter',
)
TEI = [[{"score": 0.9, "label": "insult"}, {"score": 0.1, "label": "hate"}, {"score": 0, "label": "neutral"}]]
RESULT = {"flagged": True, "categories": {}, "category_scores": {"hate": 0.1, "insult": 0.9, "violence": 0}}
MODERATION = {"id": "modr-1", "model": "m", "results": [RESULT]}


def guard_of(service: Service, protocol: str, settings: str = "", path: str = "") -> Guard:
    said = "".join(f"    {line}\n" for line in settings.split("; ") if line)
    rules = "".join(f"    {rule}\n" for rule in RULES)
    compilation = compile_text(
        f'edition 1\nservice toxicity at env("TOX_URL") {{\n    protocol {protocol}\n    labels "insult", "hate"\n'
        f"{said}}}\n"
        f"guard g on output {{\n{rules}}}\n"
    )
    assert compilation.plan is not None, compilation.diagnostics
    with environment(TOX_URL=service.address + path, TOX_KEY="secret"):
        return load(compilation.plan).guard("g")


def answering(answer: Any) -> Step:
    return raw(json.dumps(answer).encode())


def test_text_embeddings_inference() -> None:
    with Service(answering(TEI), answering(TEI * 2)) as service:
        guard = guard_of(service, "tei", "batch 2 within 200 ms; timeout 10 s")
        outcome = guard.validate("Idiot")
        assert [(failure.action, failure.value) for failure in outcome.failures] == [("refrain", 0.9)]
        assert not any(outcome.passed for outcome in guard.validate_many(["Hello", "Idiot"]))
        first, second = service.requests
    assert first.path == "/predict"
    assert first.body == {"inputs": [["Idiot"]], "raw_scores": False, "truncate": False}
    assert second.body["inputs"] == [["Hello"], ["Idiot"]]


def test_moderations() -> None:
    with Service(answering(MODERATION), answering(MODERATION)) as service:
        guard = guard_of(service, "moderation", 'model "omni-moderation-latest"; key env("TOX_KEY")', "/v1")
        outcome = guard.validate("Idiot")
        assert guard_of(service, "moderation").validate("Idiot").action == "refrain"
        first, second = service.requests
    assert [(failure.action, failure.value) for failure in outcome.failures] == [("refrain", 0.9)]
    assert (first.path, first.headers["Authorization"]) == ("/v1/moderations", "Bearer secret")
    assert first.body == {"input": ["Idiot"], "model": "omni-moderation-latest"}
    assert (second.path, second.body) == ("/moderations", {"input": ["Idiot"]})


def test_validators_of_guardrails() -> None:
    def outputs(*found: list[str]) -> Any:
        named = [{"name": "result", "datatype": "BYTES", "shape": [len(one)], "data": [one]} for one in found]
        return {"modelname": "unbiased-small", "modelversion": "1", "outputs": named}

    with Service(answering(outputs(["insult"])), answering(outputs([], ["threat", "hate"]))) as service:
        guard = guard_of(service, "guardrails", "batch 2 within 200 ms; timeout 10 s", "/validate")
        assert [(failure.action, failure.value) for failure in guard.validate("Idiot").failures] == [("refrain", 1.0)]
        assert [outcome.action for outcome in guard.validate_many(["Hello", "You"])] == [None, "filter"]
        first, second = service.requests
    assert first.path == "/validate"
    assert first.body == {
        "inputs": [
            {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["Idiot"]},
            {"name": "threshold", "shape": [1], "datatype": "FP32", "data": [0.5]},
        ]
    }
    assert second.body["inputs"][0]["data"] == ["Hello", "You"]


def test_without_labels_any_of_them_counts() -> None:
    policy = (
        'edition 1\nservice toxicity at env("TOX_URL") {\n    protocol guardrails\n}\n'
        "guard g on output {\n    toxicity.score < 0.5 on fail refrain\n}\n"
    )
    with Service(*(answering({"outputs": [{"data": [found]}]}) for found in ([], ["something"]))) as service:
        guard = service.plan(policy).guard("g")
        assert [guard.validate(text).action for text in ("a", "b")] == [None, "refrain"]


def completion(content: Any, reason: str | None = "stop") -> Any:
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def guarded(service: Service, labels: str = "") -> Guard:
    name = '("S10")' if labels else ""
    return service.plan(
        'edition 1\nservice toxicity at env("TOX_URL") {\n    protocol llamaguard\n    model "llama-guard-3"\n'
        f"{labels}}}\n"
        f"guard g on output {{\n    toxicity.score{name} < 0.5 on fail refrain\n}}\n"
    ).guard("g")


def test_llama_guard() -> None:
    said = ("safe", "\n\nsafe", "unsafe\nS1", "\n\nunsafe\nS1,S10", "unsafe\nS1, S10\n")
    with Service(*(answering(completion(one)) for one in said * 2)) as service:
        guard = guarded(service)
        assert [guard.validate(text).action for text in said] == [None, None, "refrain", "refrain", "refrain"]
        guard = guarded(service, '    labels "S10", "S14"\n')
        assert [guard.validate(text).action for text in said] == [None, None, None, "refrain", "refrain"]
        first = service.requests[0]
    assert first.path == "/chat/completions"
    assert first.body == {
        "model": "llama-guard-3", "messages": [{"role": "user", "content": "safe"}], "temperature": 0, "max_tokens": 64,
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        completion("I cannot judge."), completion("unsafe"), completion("unsafe\nviolence"), completion("safe\nS1"),
        completion("unsafe\nS1,S", "length"), completion("safe", "length"), completion(""), completion(None),
        completion("safe unsafe"), completion(["safe"]), {"choices": []}, {"error": "no"}, [],
    ],
)  # fmt: skip
def test_what_llama_guard_does_not_say_is_an_error(said: Any) -> None:
    with Service(answering(said)) as service:
        (failure,) = guarded(service).validate("text").failures
    assert isinstance(failure.cause, ServiceError)
    assert (failure.action, failure.cause.kind) == ("exception", "response")


LABELLED = {"score": 0.5, "label": "insult"}
WRONG: list[tuple[str, Any]] = [
    ("tei", {"error": "Input validation error"}),
    ("tei", []),
    ("tei", TEI * 2),
    ("tei", [LABELLED]),
    ("tei", [[0.5]]),
    ("tei", [[LABELLED]]),
    ("tei", [[{"score": 0.5}]]),
    ("tei", [[LABELLED, {"score": 3, "label": "hate"}]]),
    ("tei", [[LABELLED, {"score": None, "label": "hate"}]]),
    ("tei", [[LABELLED, {"score": 0.5, "label": ["hate"]}]]),
    ("moderation", []),
    ("moderation", {"results": {}}),
    ("moderation", {"results": []}),
    ("moderation", {"results": [RESULT, RESULT]}),
    ("moderation", {"results": [None]}),
    ("moderation", {"results": [{"category_scores": [0.5, 0.5]}]}),
    ("moderation", {"results": [{"category_scores": {"insult": 0.5}}]}),
    ("moderation", {"results": [{"category_scores": {"insult": 0.5, "hate": "0.5"}}]}),
    ("moderation", {"results": [{"category_scores": {"insult": 0.5, "hate": float("nan")}}]}),
    ("guardrails", {"detail": "no"}),
    ("guardrails", {"outputs": []}),
    ("guardrails", {"outputs": [{"data": [["insult"]]}] * 2}),
    ("guardrails", {"outputs": [{"data": ["insult"]}]}),
    ("guardrails", {"outputs": [{"data": [[1]]}]}),
    ("guardrails", {"outputs": [{"data": []}]}),
]


@pytest.mark.parametrize(("protocol", "said"), WRONG)
def test_what_is_no_answer_is_an_error(protocol: str, said: Any) -> None:
    with Service(answering(said)) as service:
        outcome = guard_of(service, protocol).validate("text")
        assert len(service.requests) == 1
    for failure in outcome.failures:
        assert isinstance(failure.cause, ServiceError)
        assert (failure.action, failure.cause.kind) == ("exception", "response")
    assert len(outcome.failures) == 2
