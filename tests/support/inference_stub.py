"""A service that scores texts, on loopback, by the Open Inference Protocol; and guards that ask it.

What it does to a request is a step, as in `llm_stub`; a request without one is answered: a text with `bad` in it scores
0.9, others 0.1.

Example:

    with Service(refuse(500)) as service:
        guard = service.guard("timeout 80 ms", "toxicity.score < 0.5 on fail refrain")
        assert guard.validate("bad").failures[0].cause.kind == "unavailable"
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llm_stub import Exchange, Step, Stub

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import Guard, Plan, load

__all__ = ["HIGH", "LOW", "Service", "answer", "environment", "policy", "score_of", "texts_of"]

LOW, HIGH = 0.1, 0.9


def score_of(text: str) -> float:
    return HIGH if "bad" in text else LOW


def texts_of(body: dict[str, Any]) -> list[str]:
    data: list[str] = body["inputs"][0]["data"]
    return data


def answer(scores: Any = None, **changes: Any) -> Step:
    """Scores, if they are not the usual ones, in an output of which some members are changed."""

    def step(exchange: Exchange) -> None:
        texts = texts_of(exchange.request.body)
        data = [score_of(text) for text in texts] if scores is None else scores
        output = {"name": "scores", "shape": [len(texts)], "datatype": "FP32", "data": data, **changes}
        exchange.send(200, json.dumps({"model_name": "toxicity", "outputs": [output]}).encode())

    return step


def policy(settings: str = "", *rules: str, on: str = "output", address: str = "TOX_URL", above: str = "") -> str:
    said = "".join(f"    {line}\n" for line in ["protocol v2", *settings.split("; ")] if line)
    written = "".join(f"    {rule}\n" for rule in rules or ("toxicity.score < 0.5 on fail refrain",))
    return f'edition 1\n{above}service toxicity at env("{address}") {{\n{said}}}\nguard g on {on} {{\n{written}}}\n'


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    old = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Service(Stub):
    """The service. A context manager: it listens inside. `also` is done to every request without a step."""

    def __init__(self, *steps: Step, also: Step | None = None) -> None:
        super().__init__(*steps)
        self._also = also or answer()

    @property
    def address(self) -> str:
        return self.url.removesuffix("/v1")

    def _take(self, request: Any) -> Step:
        with self._lock:
            self.requests.append(request)
            return self._steps.pop(0) if self._steps else self._also

    def plan(self, source: str, **more: str) -> Plan:
        compilation = compile_text(source)
        assert compilation.plan is not None, render(compilation.diagnostics)
        with environment(TOX_URL=self.address, **more):
            return load(compilation.plan)

    def guard(self, settings: str = "", *rules: str, **more: Any) -> Guard:
        return self.plan(policy(settings, *rules, **more)).guard("g")
