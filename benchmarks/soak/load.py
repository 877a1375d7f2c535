"""The requests of each kind. Every answer is compared with what the policy that it names says.

An answer is *lost* if none came, or a refusal; *wrong* if it differs from what its policy says. A text that the service
was to score may be answered by `on error`, for the service fails on purpose; never by the other verdict.
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

import guardc
from benchmarks.soak.policies import BROKEN, TEXTS, VALUES, Expected

__all__ = ["KINDS", "Load"]

LATE = 1.0
"""Seconds that a scored text may take; its service has 250 ms."""


class Load:
    """What was sent, and what came back.

    Attributes:
        times: seconds of each request, by kind.
        wrong, lost, late: what happened, with a word on each.
        broken: texts that ended as `on error` says.
        judged: verdicts, by policy.
    """

    def __init__(
        self, url: str, session: aiohttp.ClientSession, client: guardc.AsyncClient, expected: Expected, seed: int
    ) -> None:
        self._url = url
        self._session = session
        self._client = client
        self._draw = random.Random(seed)
        self._expected = expected
        self.times: dict[str, list[float]] = collections.defaultdict(list)
        self.wrong: list[str] = []
        self.lost: list[str] = []
        self.late: list[str] = []
        self.broken = 0
        self.judged: collections.Counter[str] = collections.Counter()

    async def run(self, kind: str, until: float) -> None:
        """One request after the other, until that time of the monotonic clock."""
        ask = KINDS[kind]
        while (begun := time.monotonic()) < until:
            try:
                await ask(self)
            except (OSError, aiohttp.ClientError, guardc.ServerError, TimeoutError) as error:
                self.lost.append(f"{kind}: {type(error).__name__}: {error}")
            taken = time.monotonic() - begun
            self.times[kind].append(taken)
            if kind == "scored" and taken > LATE:
                self.late.append(f"{kind}: {taken:.2f} s")

    async def _post(self, route: str, body: Any) -> Any:
        async with self._session.post(f"{self._url}{route}", json=body) as response:
            fields = await response.json()
            if response.status != 200:
                raise guardc.ServerError(json.dumps(fields), code="lost", status=response.status)
            return fields

    def _compare(self, guard: str, number: int, policy_hash: str, fields: dict[str, Any]) -> None:
        self.judged[policy_hash] += 1
        if policy_hash not in self._expected.plans:
            self.wrong.append(f"{guard} {number}: of an unknown policy")
        elif fields != self._expected.fields(policy_hash, guard, number):
            if guard == "scored" and fields["action"] == BROKEN and fields["failures"][0]["error"]:
                self.broken += 1
                return
            self.wrong.append(f"{guard} {number}: {json.dumps(fields)[:200]}")

    async def _one(self, guard: str) -> None:
        number = self._draw.randrange(len(VALUES if guard == "ticket" else TEXTS))
        body = {"value": VALUES[number]} if guard == "ticket" else {"text": TEXTS[number]}
        fields = await self._post(f"/v1/guards/{guard}/validate", body)
        self._compare(guard, number, fields.pop("policy_hash"), fields)

    async def question(self) -> None:
        await self._one("question")

    async def scored(self) -> None:
        await self._one("scored")

    async def ticket(self) -> None:
        await self._one("ticket")

    async def batch(self) -> None:
        numbers = [self._draw.randrange(len(TEXTS)) for _ in range(self._draw.randrange(1, 20))]
        fields = await self._post("/v1/guards/question/validate", {"batch": [{"text": TEXTS[n]} for n in numbers]})
        for number, one in zip(numbers, fields["outcomes"], strict=True):
            self._compare("question", number, fields["policy_hash"], one)

    async def stream(self) -> None:
        number = self._draw.randrange(len(TEXTS))
        text, place, shown = TEXTS[number], 0, ""
        async with self._client.async_guard("reply").stream() as stream:
            while place < len(text) and not stream.stopped:
                size = self._draw.choice((3, 40, 400, 4_000))
                shown += await stream.feed(text[place : place + size])
                place += size
            shown += await stream.close()
            outcome = stream.outcome
        assert outcome is not None
        self._shown(number, shown, outcome.policy_hash, outcome.action, outcome.passed)

    def _shown(self, number: int, shown: str, policy_hash: str, action: str | None, passed: bool) -> None:
        """Compare what left of a stream: all of it, or what came before a rule stopped it."""
        self.judged[policy_hash] += 1
        expected = self._expected.fields(policy_hash, "reply", number)
        if (
            (action, passed) != (expected["action"], expected["passed"])
            or (passed and shown != expected["output"])
            or "AKIA" in shown
        ):
            self.wrong.append(f"reply {number}: {action}, {len(shown)} characters shown")

    async def chat(self) -> None:
        number = self._draw.randrange(len(TEXTS))
        body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], "stream": True, "seed": number}
        shown, said, ended = "", {}, False
        async with self._session.post(f"{self._url}/v1/guards/reply/chat/completions", json=body) as response:
            if response.status != 200:
                raise guardc.ServerError(await response.text(), code="lost", status=response.status)
            async for line in response.content:
                if line.startswith(b"data: {"):
                    chunk = json.loads(line[6:])
                    shown += chunk["choices"][0]["delta"].get("content") or ""
                    said = chunk.get("guardc", said)
                ended = ended or line.startswith(b"data: [DONE]")
        if not ended:
            raise guardc.ServerError("the stream has no end", code="lost")
        self._shown(number, shown, said["policy_hash"], said["action"], said["passed"])

    async def scrape(self) -> None:
        async with self._session.get(f"{self._url}/metrics") as response:
            page = await response.text()
        if response.status != 200 or page.count("guardc_plan_info{") != 2:
            self.wrong.append(f"metrics: {response.status}")
        await asyncio.sleep(1)


KINDS: dict[str, Callable[[Load], Awaitable[None]]] = {
    "question": Load.question,
    "scored": Load.scored,
    "ticket": Load.ticket,
    "batch": Load.batch,
    "stream": Load.stream,
    "chat": Load.chat,
    "scrape": Load.scrape,
}
