"""A thousand calls of a guard at once on one event loop: how long does anything else have to wait there?

    python -m benchmarks.async_guard

A probe asks the loop for a turn again and again, and notes how much processor time the loop's thread spent until it
came, and how much time passed on the clock, in which other threads and programs have a share. Also printed: the time
for all calls, and what is left of them (tasks, threads, memory).
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


async def polite(_text: str) -> bool:
    await asyncio.sleep(0.05)
    return True


def polite_function(_text: str) -> bool:
    time.sleep(0.001)
    return True


async def probe(lags: list[tuple[float, float]]) -> None:
    while True:
        begun, clock = time.thread_time(), time.perf_counter()
        await asyncio.sleep(0)
        lags.append((time.thread_time() - begun, time.perf_counter() - clock))


async def measured(work: Callable[[], Awaitable[Any]]) -> tuple[float, float, float]:
    """Seconds that the work took, and the longest that the probe had to wait meanwhile, by processor and by clock."""
    lags: list[tuple[float, float]] = []
    task = asyncio.create_task(probe(lags))
    await asyncio.sleep(0)
    lags.clear()
    begun = time.perf_counter()
    await work()
    seconds = time.perf_counter() - begun
    task.cancel()
    return seconds, max(lag for lag, _ in lags), max(lag for _, lag in lags)


async def bare(_text: str) -> None:
    await asyncio.sleep(0)


async def bare_sleep(_text: str) -> None:
    await asyncio.sleep(0.05)


def at_once(call: Callable[[str], Awaitable[Any]], text: str) -> Callable[[], Awaitable[Any]]:
    texts = [f"{number} {text}" for number in range(CALLS)]

    kept: list[Any] = []

    async def work() -> None:
        tasks = []
        for number, one in enumerate(texts):
            tasks.append(asyncio.ensure_future(call(one)))
            if number % 50 == 49:  # as requests come, not all in one step of the loop
                await asyncio.sleep(0)
        for task in tasks:
            await task
        kept.append(tasks)  # to free large outcomes is no work of the loop's

    return work


async def report() -> None:
    native = compile_text(NATIVE).plan
    slow = compile_text(SLOW).plan
    assert native is not None
    assert slow is not None
    # A service does not have the compiler in its memory, for the collector to walk through.
    gc.collect()
    gc.freeze()
    cases = [
        ("tasks that do nothing", bare, SENTENCE),
        ("tasks that sleep for 50 ms", bare_sleep, SENTENCE),
        ("native rules, 67 characters", load(native).async_guard("g").validate, SENTENCE),
        ("native rules, 9,000 characters", load(native).async_guard("g").validate, SENTENCE * 134),
        ("native rules, 200,000 characters", load(native).async_guard("g").validate, SENTENCE * 3_000),
        ("a coroutine of 50 ms", load(slow, handlers={"polite": polite}).async_guard("g").validate, SENTENCE),
        ("a function of 1 ms", load(slow, handlers={"polite": polite_function}).async_guard("g").validate, SENTENCE),
    ]
    sys.stdout.write(f"{CALLS} calls at once, the median of {ROUNDS} rounds\n")
    for name, call, text in cases:
        await measured(at_once(call, text))
        rounds = sorted([await measured(at_once(call, text)) for _ in range(ROUNDS)], key=lambda one: one[1])
        seconds, lag, clock = rounds[ROUNDS // 2]
        worst = rounds[-1][1]
        sys.stdout.write(
            f"{name:36} {seconds * 1000:8.1f} ms   the loop was busy for {lag * 1000:6.2f} ms (at worst "
            f"{worst * 1000:.2f} ms; {clock * 1000:.2f} ms by the clock)\n"
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
