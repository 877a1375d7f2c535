"""A thousand calls of a guard at once on one event loop: how long does anything else have to wait there?

    python -m benchmarks.async_guard

A probe asks the loop for a turn again and again, and notes how much processor time the loop's thread spent until it
came, and how much time passed on the clock, in which other threads and programs have a share. Python's collector stops
the loop, too, for the longer the more objects are alive: its longest pause on that thread is told apart. What earlier
rounds kept is not for it to walk through. Also printed: the time for all calls, and what is left of them (tasks,
threads, memory).
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

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


class Pauses:
    """The longest pause for the collector on this thread."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._begun = 0.0
        self._thread = threading.get_ident()

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._begun = time.thread_time()
        else:
            self.longest = max(self.longest, time.thread_time() - self._begun)


class Round(NamedTuple):
    """Seconds: that the work took; that the probe had to wait at most, by processor and by clock; that the collector
    took at most."""

    seconds: float
    lag: float
    clock: float
    collector: float


async def measured(work: Callable[[], Awaitable[Any]]) -> Round:
    gc.collect()
    gc.freeze()
    pauses = Pauses()
    gc.callbacks.append(pauses)
    lags: list[tuple[float, float]] = []
    task = asyncio.create_task(probe(lags))
    await asyncio.sleep(0)
    lags.clear()
    begun = time.perf_counter()
    await work()
    seconds = time.perf_counter() - begun
    task.cancel()
    gc.callbacks.remove(pauses)
    return Round(seconds, max(lag for lag, _ in lags), max(lag for _, lag in lags), pauses.longest)


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
        rounds = sorted([await measured(at_once(call, text)) for _ in range(ROUNDS)], key=lambda one: one.lag)
        middle = rounds[ROUNDS // 2]
        sys.stdout.write(
            f"{name:36} {middle.seconds * 1000:8.1f} ms   the loop was busy for {middle.lag * 1000:6.2f} ms (at worst "
            f"{rounds[-1].lag * 1000:.2f} ms; {middle.clock * 1000:.2f} ms by the clock; the collector at most "
            f"{middle.collector * 1000:.2f} ms)\n"
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
