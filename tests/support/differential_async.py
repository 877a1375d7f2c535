"""Compares guards for asyncio with those without, and coroutine functions as handlers with functions.

Example: `compare(7)` is how many texts of the policy of seed 7 had equal outcomes; 0 if the checker refused it.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable
from typing import Any

import differential
import generate
import generate_structures

from guardc.compiler.build import compile_checked
from guardc.policy import check_text
from guardc.runtime import Outcome, load

__all__ = ["compare", "compare_structures"]


def _coroutine(handler: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*positional: Any, **named: Any) -> Any:
        await asyncio.sleep(0)
        return handler(*positional, **named)

    return functools.wraps(handler)(call)


def _shown(outcome: Outcome) -> dict[str, Any]:
    shown = differential.as_structure(outcome) if outcome.structured else differential.as_outcome(outcome)
    messages = [failure.message for failure in (*outcome.failures, *outcome.unresolved)]
    return {**shown, "messages": messages, "fixes": [failure.fix for failure in outcome.failures]}


def _compare(source: str, cases: Callable[[Any], list[tuple[Any, Any]]]) -> int:
    checked = check_text(source)
    if checked.policy is None:
        return 0
    plan = compile_checked(checked).plan
    assert plan is not None
    functions, services = generate.functions(checked.policy)
    plain = load(plan, handlers=functions, services=services)
    awaited = load(
        plan,
        handlers={name: _coroutine(function) for name, function in functions.items()},
        services={name: _coroutine(function) for name, function in services.items()},
    )
    given = cases(checked.policy)
    wanted = [_shown(plain.guard("g").validate(*case)) for case in given]

    async def found(loaded: Any) -> list[Outcome]:
        guard = loaded.async_guard("g")
        return list(await asyncio.gather(*(guard.validate(*case) for case in given)))

    for loaded in (plain, awaited):
        assert [_shown(outcome) for outcome in asyncio.run(found(loaded))] == wanted, f"{given!r}\n{source}"
    assert [_shown(awaited.guard("g").validate(*case)) for case in given] == wanted, f"{given!r}\n{source}"
    return len(given)


def compare(seed: int) -> int:
    rng = random.Random(seed)
    source = generate.policy_source(rng)

    def cases(policy: Any) -> list[tuple[Any, Any]]:
        texts = [(generate.random_text(rng), generate.random_metadata(rng)) for _ in range(4)]
        chat = [{"role": "user", "content": text} for text, _ in texts]
        return [*texts, (chat, generate.random_metadata(rng))]

    return _compare(source, cases)


def compare_structures(seed: int) -> int:
    """The same for values."""
    rng = random.Random(seed)
    source = generate_structures.structure_source(rng)

    def cases(policy: Any) -> list[tuple[Any, Any]]:
        values = [generate_structures.random_value(rng, policy.shapes) for _ in range(4)]
        return [(value, generate.random_metadata(rng)) for value in values]

    return _compare(source, cases)
