"""A thousand calls of a guard at once on one event loop: how long does anything else have to wait there?

    python -m benchmarks.async_guard

A probe asks the loop for a turn again and again, and notes how late it comes: what keeps the loop busy for so long is no
more than that. Also printed: the time for all calls, and what is left of them (tasks, threads, memory).
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

from guardc.compiler import compile_text
from guardc.runtime import load

CALLS = 1_000
ROUNDS = 5

NATIVE = """edition 1
import std.pii
guard g on output {
    no pii.email, pii.phone     on fail fix
    words <= 300                on fail fix
}
"""
SLOW = """edition 1
import std.pii
custom predicate polite
guard g on output {
    no pii.email, pii.phone     on fail fix
    polite                      on fail refrain
}
"""
SENTENCE = "Write to ann@example.com about the order of last week, or call us. "


async def polite(text: str) -> bool:
    await asyncio.sleep(0.05)
    return True


def polite_function(text: str) -> bool:
    time.sleep(0.001)
    return True


async def probe(lags: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0)
        lags.append(time.perf_counter() - begun)


async def measured(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Seconds that the work took, and the longest that the probe had to wait meanwhile."""
    lags: list[float] = []
    task = asyncio.create_task(probe(lags))
    await asyncio.sleep(0)
    lags.clear()
    begun = time.perf_counter()
    await work()
    seconds = time.perf_counter() - begun
    task.cancel()
    return seconds, max(lags, default=0.0)


async def bare(text: str) -> None:
    await asyncio.sleep(0)


def at_once(call: Callable[[str], Awaitable[Any]], text: str) -> Callable[[], Awaitable[Any]]:
    async def work() -> None:
        await asyncio.gather(*(call(f"{number} {text}") for number in range(CALLS)))

    return work


async def report() -> None:
    native = compile_text(NATIVE).plan
    slow = compile_text(SLOW).plan
    assert native is not None
    assert slow is not None
    cases = [
        ("tasks that do nothing", bare, SENTENCE),
        ("native rules, 67 characters", load(native).async_guard("g").validate, SENTENCE),
        ("native rules, 10,000 characters", load(native).async_guard("g").validate, SENTENCE * 150),
        ("native rules, 200,000 characters", load(native).async_guard("g").validate, SENTENCE * 3_000),
        ("a coroutine of 50 ms", load(slow, handlers={"polite": polite}).async_guard("g").validate, SENTENCE),
        ("a function of 1 ms", load(slow, handlers={"polite": polite_function}).async_guard("g").validate, SENTENCE),
    ]
    sys.stdout.write(f"{CALLS} calls at once, the median of {ROUNDS} rounds\n")
    for name, call, text in cases:
        await measured(at_once(call, text))
        rounds = sorted([await measured(at_once(call, text)) for _ in range(ROUNDS)], key=lambda one: one[1])
        seconds, lag = rounds[ROUNDS // 2]
        worst = rounds[-1][1]
        sys.stdout.write(
            f"{name:36} {seconds * 1000:8.1f} ms   the loop was busy for {lag * 1000:6.2f} ms ({worst * 1000:.2f})\n"
        )
    await leftovers(load(slow, handlers={"polite": polite}).async_guard("g").validate)


async def leftovers(call: Callable[[str], Awaitable[Any]]) -> None:
    """What calls leave that are cancelled half way."""

    async def cancelled() -> None:
        tasks = [asyncio.ensure_future(call(f"{number} {SENTENCE}")) for number in range(CALLS)]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    await cancelled()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(ROUNDS):
        await cancelled()
    await asyncio.sleep(0.1)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sys.stdout.write(
        f"after {ROUNDS * CALLS} cancelled calls: {len(asyncio.all_tasks()) - 1} tasks, "
        f"{threading.active_count()} threads, {(after - before) / 1024:.1f} KB more\n"
    )


def main() -> None:
    asyncio.run(report())


if __name__ == "__main__":
    main()
