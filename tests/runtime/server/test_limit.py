"""Limits of time that share a timer."""

from __future__ import annotations

import asyncio

import pytest

from guardc.runtime.server.limit import Limit, _here

SHORT, LONG = 0.01, 60.0


async def never(seconds: float) -> str:
    """What becomes of work that does not end."""
    with Limit(seconds) as limit:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not limit.is_over():
                raise
            return "over"
    return "ended"


async def once(event: asyncio.Event) -> str:
    with Limit(SHORT):
        await event.wait()
    await asyncio.sleep(0)
    return "ended"


def test_work_that_does_not_end_is_over_each_for_itself() -> None:
    async def main() -> list[str]:
        return await asyncio.gather(*(never(SHORT) for _ in range(5)))

    assert asyncio.run(main()) == ["over"] * 5


def test_a_later_limit_has_its_own_time() -> None:
    """The timer of the first one looks after it, too."""

    async def main() -> None:
        assert await never(SHORT) == "over"
        first = asyncio.create_task(never(SHORT))
        await asyncio.sleep(0)
        second = asyncio.create_task(never(SHORT))
        assert await first == "over"
        assert await second == "over"
        assert await never(SHORT) == "over"

    asyncio.run(main())


def test_what_has_ended_is_not_cancelled() -> None:
    async def main() -> None:
        event = asyncio.Event()
        event.set()
        assert await asyncio.gather(once(event), never(SHORT), once(event)) == ["ended", "over", "ended"]
        assert await never(SHORT) == "over"  # more than the time of all of them is over
        assert not _here.lanes[SHORT].under_way

    asyncio.run(main())


def test_a_task_that_somebody_else_cancels_is_cancelled() -> None:
    async def main() -> None:
        task = asyncio.create_task(never(LONG))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not _here.lanes[LONG].under_way

    asyncio.run(main())


def test_limits_of_other_lengths_and_loops_are_apart() -> None:
    async def main() -> None:
        long = asyncio.create_task(never(LONG))
        await asyncio.sleep(0)
        assert await never(SHORT) == "over"
        assert set(_here.lanes) == {SHORT, LONG}
        assert not long.done()
        long.cancel()

    asyncio.run(main())
    asyncio.run(main())


def test_the_task_goes_on_when_its_time_was_over() -> None:
    async def main() -> None:
        assert await never(SHORT) == "over"
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    asyncio.run(main())
