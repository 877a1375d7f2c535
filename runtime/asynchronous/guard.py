"""A guard as a service with an event loop uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from guardc.fastpath._core import Outcome
from guardc.runtime.asynchronous.passes import deadline, judge
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.guard import Guard, pairs

if TYPE_CHECKING:
    from guardc.runtime.llm import CallOutcome
    from guardc.runtime.llm.streams_async import AsyncCallStream

__all__ = ["AsyncGuard"]

AT_ONCE = 100
"""Texts of one `validate_many` that are in work: services of models do not like thousands of calls at the same time."""


class AsyncGuard:
    """A guard for asyncio: the same rules, arguments and outcomes as those of the `Guard` of that name. Made by
    `Plan.async_guard`.

    Native rules are judged in the task that calls, in microseconds; a long text on a thread. Custom validators, judges,
    searches and parsers come after them, all of a text at the same time: coroutine functions on the loop, functions on
    threads. A task that is cancelled cancels what it waits for.

    A guard has no state: any number of tasks, also of several loops, may use it at the same time.

    Attributes:
        name: the guard's name in the policy.
        direction: `"input"` or `"output"`.
        schema: as that of a `Guard`.
    """

    __slots__ = ("_guard", "direction", "name", "schema")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.name: str = guard.name
        self.direction: str = guard.direction
        self.schema: dict[str, Any] | None = guard.schema

    async def validate(
        self, text: Any, metadata: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Outcome:
        """Judge one text, the texts in a list of chat messages, or one structured value, as `Guard.validate` does.

        Args:
            text: as there. It must not be changed meanwhile.
            metadata: as there.
            timeout: seconds for everything together that is slow, or None. A validator that has not answered then ends
                its rule in an error, `TimeoutError`; the rule's `on error` decides.

        Returns:
            The `Outcome`.

        Raises:
            TypeError, ValueError, MetadataError: as `Guard.validate`.
        """
        return await judge(self._guard, text, metadata, deadline(timeout))

    async def validate_many(
        self,
        texts: Iterable[Any],
        metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[Outcome]:
        """Judge several texts; the same as `validate` on each, up to a hundred of them at the same time.

        Args:
            texts, metadata: as those of `Guard.validate_many`.
            timeout: seconds for all texts together, or None.

        Returns:
            One outcome per text, in their order.

        Raises:
            TypeError, ValueError, MetadataError: as `Guard.validate_many`.
        """
        end = deadline(timeout)
        given = pairs(texts, metadata)
        outcomes: dict[int, Outcome] = {}
        numbered = iter(enumerate(given))
        # One of them does everything as long as nothing has to be waited for.
        await _all(self._some(numbered, outcomes, end) for _ in range(min(AT_ONCE, len(given))))
        return [outcomes[number] for number in range(len(given))]

    async def _some(self, numbered: Iterator[tuple[int, Any]], outcomes: dict[int, Outcome], end: float | None) -> None:
        for number, (text, metadata) in numbered:
            outcomes[number] = await judge(self._guard, text, metadata, end)

    @overload
    async def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: Literal[False] = False,
        **arguments: Any,
    ) -> CallOutcome: ...

    @overload
    async def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: Literal[True],
        **arguments: Any,
    ) -> AsyncCallStream: ...

    async def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: bool = False,
        **arguments: Any,
    ) -> CallOutcome | AsyncCallStream:
        """Call a model through LiteLLM, judge its answer, and ask again as the policy says, as `Guard.call` does.

        A task that is cancelled cancels the call.

        Args:
            llm: called in place of `litellm.acompletion`; a coroutine function, or a function, which runs on a thread.
            messages, model, metadata, timeout, retries, stream, arguments: as those of `Guard.call`.

        Returns:
            The `CallOutcome`; with `stream` an `AsyncCallStream`.

        Raises:
            ImportError, TypeError, ValueError, MetadataError: as `Guard.call`.
        """
        from guardc.runtime.llm.drive import Clock  # noqa: PLC0415 - only calls need it
        from guardc.runtime.llm.drive_async import drive  # noqa: PLC0415
        from guardc.runtime.llm.provider import litellm_acompletion  # noqa: PLC0415
        from guardc.runtime.llm.start import Given, call_of  # noqa: PLC0415

        guard = self._guard
        llm = guard._llm if llm is None else llm
        given = Given(messages, model, llm, metadata, timeout, retries, arguments, stream)
        wanted = call_of(guard, guard._question, guard._asking, given)
        # Importing LiteLLM takes seconds.
        completion = await in_thread(CALLS, litellm_acompletion) if llm is None else llm
        if stream:
            from guardc.runtime.llm.streams_async import AsyncCallStream  # noqa: PLC0415

            return AsyncCallStream(wanted, completion, Clock())
        return await drive(wanted, completion, Clock())

    def __repr__(self) -> str:
        return f"<AsyncGuard {self.name!r} on {self.direction}>"


async def _all(works: Iterable[Any]) -> None:
    """Wait for all of them; the first error cancels the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
