"""What the way through `guardc serve` takes from a streamed chat completion.

    python -m benchmarks.proxy

A model that answers at once, a process of its own, is asked directly, through the server with a guard by twenty
patterns, and through the server by LiteLLM (`litellm_proxy/...`, which is OpenAI's API as well), in turns. A *chunk*
comes each millisecond, as from a fast model; of the server the processor time is counted, and what is left of it at a
stream without chunks is subtracted. *Time to the first text* is measured by the client, from the request on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import workload
from benchmarks.machine import machine_facts
from benchmarks.serve import free_port, seconds, started
from guardc.compiler import compile_text

ROUNDS = 30
CHUNKS = 400
PACE = 0.001
"""Seconds between two chunks."""
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}], "stream": True}


async def model(scope: Any, receive: Any, send: Any) -> None:
    """Streams as many chunks as `seed` says."""
    if scope["type"] != "http":
        return
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    wanted = json.loads(body)["seed"]

    def event(delta: dict[str, str], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n".encode()

    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    words = workload.clean_text(4_000).split(" ")
    for number in range(wanted):
        await send(
            {"type": "http.response.body", "body": event({"content": f"{words[number % 500]} "}), "more_body": True}
        )
        if number:
            await asyncio.sleep(PACE)
    await send({"type": "http.response.body", "body": event({}, "stop") + b"data: [DONE]\n\n"})


async def ask(session: aiohttp.ClientSession, url: str, name: str, chunks: int) -> tuple[float, int]:
    """Seconds to the first text, and the events that came."""
    begun, first, events = time.perf_counter(), 0.0, 0
    async with session.post(url, json={**BODY, "model": name, "seed": chunks}) as response:
        assert response.status == 200, await response.text()
        async for line in response.content:
            if not line.startswith(b"data: {"):
                continue
            events += 1
            if not first and b'"content"' in line and b'"content":""' not in line:
                first = time.perf_counter() - begun
    return first, events


async def measure(direct: str, served: str, pid: int) -> None:
    ways = {"direct": (direct, "m"), "guardc": (served, "m"), "guardc, through LiteLLM": (served, "library")}
    firsts: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    async with aiohttp.ClientSession() as session:
        for number in range(ROUNDS + 2):
            for name, (url, model_name) in ways.items():
                begun = seconds(pid)
                first, _ = await ask(session, url, model_name, 1)
                empty = seconds(pid) - begun
                _, events = await ask(session, url, model_name, CHUNKS)
                cost = (seconds(pid) - begun - 2 * empty) / CHUNKS
                assert events >= CHUNKS // 2
                if number > 1:  # what comes before warms up
                    firsts[name].append(first * 1e3)
                    costs[name].append(cost * 1e6)
    sys.stdout.write(
        "| way | time to the first text | added | processor time of a chunk |\n| --- | ---: | ---: | ---: |\n"
    )
    for name in ways:
        more = statistics.median([there - here for there, here in zip(firsts[name], firsts["direct"], strict=True)])
        cost = "" if name == "direct" else f"{statistics.median(costs[name]):.0f} us"
        added = "" if name == "direct" else f"{more:.2f} ms"
        sys.stdout.write(f"| {name} | {statistics.median(firsts[name]):.2f} ms | {added} | {cost} |\n")


def main() -> None:
    ports = free_port(), free_port()
    rules = workload.guard_lines("full", [f"no {name} on fail fix" for name in workload.PATTERNS])
    rules[:1] = ["guard full on output stream {", "    hold at most 2_000 chars on fail exception"]
    patterns = [f"pattern {name} = {workload.literal(regex)}" for name, regex in workload.PATTERNS.items()]
    compiled = compile_text("\n".join(["edition 1", *patterns, *rules])).plan
    assert compiled is not None
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        plan = Path(folder) / "full.plan"
        plan.write_bytes(compiled)
        bare = ["--no-access-log", "--lifespan", "off", "--log-level", "error"]
        stack.enter_context(started(["uvicorn", "benchmarks.proxy:model", *bare, "--port", str(ports[0])], ports[0]))
        base = f"http://127.0.0.1:{ports[0]}"
        models = ["--model", "m=openai/m", "--model", "library=litellm_proxy/m"]
        pid, _ = stack.enter_context(
            started(
                ["guardc", "serve", str(plan), "--port", str(ports[1]), *models], ports[1],
                OPENAI_BASE_URL=base, OPENAI_API_KEY="none", LITELLM_PROXY_API_BASE=base, LITELLM_PROXY_API_KEY="none",
            )
        )  # fmt: skip
        served = f"http://127.0.0.1:{ports[1]}/v1/guards/full/chat/completions"
        asyncio.run(measure(f"{base}/chat/completions", served, pid))
    facts = machine_facts()
    load = f"load average {os.getloadavg()[0]:.1f} on {facts['cores']} cores"
    sys.stdout.write(f"{facts['processor']}, {facts['date']}, {load}\n")


if __name__ == "__main__":
    main()
