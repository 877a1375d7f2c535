"""Handlers that are coroutine functions, in guards that are used without asyncio."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
import sys
import threading
from typing import Any

from async_guards import ONE, TWO, plan_of


async def _awaited(text: str) -> bool:
    await asyncio.sleep(0)
    return "b" not in text


class _Object:
    async def __call__(self, text: str) -> bool:
        return await _awaited(text)


class _Method:
    async def check(self, text: str) -> bool:
        return await _awaited(text)


async def _with(mark: str, text: str) -> bool:
    return mark not in text


def test_whatever_is_awaited_can_be_a_handler() -> None:
    for first in (
        _awaited,
        _Object(),
        _Method().check,
        functools.partial(_with, "b"),
        functools.partial(_Object()),
        lambda text: _awaited(text),  # noqa: PLW0108 - a function that returns an awaitable
    ):
        plan = plan_of(ONE, first=first)
        for text, passed in (("a", True), ("b", False)):
            assert plan.guard("g").validate(text).passed is passed
            assert asyncio.run(plan.async_guard("g").validate(text)).passed is passed


def test_there_is_one_loop() -> None:
    loops = set()

    async def first(text: str) -> bool:
        loops.add(asyncio.get_running_loop())
        return True

    guard = plan_of(ONE, first=first).guard("g")
    threads = [threading.Thread(target=guard.validate, args=("text",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loops) == 1


def test_it_works_where_a_loop_runs() -> None:
    guard = plan_of(ONE, first=_awaited).guard("g")

    async def main() -> bool:
        return guard.validate("a").passed

    assert asyncio.run(main())


def test_it_works_within_a_handler() -> None:
    inner = plan_of(ONE, first=_awaited).guard("g")

    async def first(text: str) -> bool:
        return inner.validate(text).passed and inner.validate(text, timeout=30).passed

    assert plan_of(TWO, first=first, second=first).guard("g").validate("a").passed


def test_what_ends_a_program_does_not_end_the_loop() -> None:
    async def first(text: str) -> bool:
        if text == "end":
            raise SystemExit
        return True

    guard = plan_of(ONE, first=first).guard("g")
    try:
        guard.validate("end")
    except SystemExit:
        pass
    else:
        raise AssertionError
    assert guard.validate("a").passed


def test_a_child_of_a_fork_has_its_own() -> None:
    def function(text: str) -> bool:
        return True

    plan = plan_of(TWO, first=_awaited, second=function)

    def judged() -> bool:
        return plan.guard("g").validate("a").passed and asyncio.run(plan.async_guard("g").validate("a")).passed

    assert judged()
    child = os.fork()
    if child == 0:
        os._exit(0 if judged() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert judged()


def test_the_end_of_a_program_is_quiet() -> None:
    program = """
import asyncio, sys, threading
sys.path[:0] = PATHS
from async_guards import ONE, plan_of
begun = threading.Event()
async def first(text):
    begun.set()
    await asyncio.sleep(0 if text == "a" else 3600)
    return True
def stuck(text):
    begun.set()
    threading.Event().wait()
plan = plan_of(ONE, first=first)
assert plan.guard("g").validate("a").passed
begun.clear()
threading.Thread(target=plan.guard("g").validate, args=("b",), daemon=True).start()
begun.wait()
asyncio.run(plan_of(ONE, first=stuck).async_guard("g").validate("text", timeout=0.01))
"""
    paths = [path for path in sys.path if "tests" in path]
    ran: Any = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program.replace("PATHS", repr(paths))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
