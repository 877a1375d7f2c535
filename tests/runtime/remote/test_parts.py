"""The parts between a rule and a service, each for itself: time is what the tests say it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from guardc.runtime import ServiceError
from guardc.runtime.remote import batches, breaker, budget, v2
from guardc.runtime.remote.batches import Batches, BusyError, Settle
from guardc.runtime.remote.breaker import Breaker
from guardc.runtime.remote.budget import Budget
from guardc.runtime.remote.flights import Flights
from guardc.runtime.services import Declared

# --- the breaker ------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    made = Breaker(clock)
    for _ in range(breaker.FAILURES):
        assert made.admit()
        made.failed()
    return made, clock


def test_a_breaker_opens_after_failures_in_a_row() -> None:
    made = Breaker(Clock())
    for _ in range(10):
        for _ in range(breaker.FAILURES - 1):
            made.admit()
            made.failed()
        made.admit()
        made.succeeded()
    assert made.admits()
    made, _ = opened()
    assert not made.admits()
    assert not made.admit()


def test_a_breaker_admits_one_probe_after_its_pause() -> None:
    made, clock = opened()
    clock.now += breaker.PAUSE - 0.01
    assert not made.admit()
    clock.now += 0.02
    assert made.admits()
    assert made.admit()
    assert not made.admits()
    assert not made.admit()
    made.succeeded()
    assert made.admit()
    assert made.admit()


def test_the_pauses_of_a_breaker_grow_up_to_a_bound() -> None:
    made, clock = opened()
    pause = breaker.PAUSE
    for _ in range(10):
        clock.now += pause
        assert made.admit()
        made.failed()
        pause = min(2 * pause, breaker.LONGEST)
        clock.now += pause - 0.01
        assert not made.admit()
        clock.now += 0.01
    assert pause == breaker.LONGEST
    assert made.admit()
    made.succeeded()
    for _ in range(breaker.FAILURES):
        made.failed()
    clock.now += breaker.PAUSE
    assert made.admit()


def test_a_request_from_before_does_not_prolong_the_pause_of_a_breaker() -> None:
    made, clock = opened()
    clock.now += breaker.PAUSE / 2
    made.failed()
    clock.now += breaker.PAUSE / 2
    assert made.admit()


# --- the budget -------------------------------------------------------------------------------------------------------


def test_a_budget_bounds_what_is_made_again() -> None:
    made, again = Budget(), 0
    for _ in range(1000):
        made.earn()
        again += made.spend()
    assert again <= budget.MOST + 1000 * budget.SHARE
    for _ in range(1000):
        made.earn()
    row = 0
    while made.spend():
        row += 1
    assert row == budget.MOST


# --- batches ----------------------------------------------------------------------------------------------------------


class Timers:
    """In the place of `loop.call_later`."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.cancelled = 0

    def __call__(self, delay: float, function: Callable[[], None]) -> Timers:
        self.waiting.append((delay, function))
        return self

    def cancel(self) -> None:
        self.cancelled += 1
        self.waiting.clear()

    def ring(self) -> None:
        (_, function) = self.waiting.pop()
        function()


class Sender:
    """Answers batches when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gates: list[asyncio.Event] = []

    async def __call__(self, items: list[str], settle: Settle[str]) -> None:
        gate = asyncio.Event()
        self.batches.append(items)
        self.gates.append(gate)
        await gate.wait()
        for number, item in enumerate(items):
            settle(number, ValueError(item) if "bad" in item else item.upper())


async def settle() -> None:
    """Let all tasks come to where they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


def started(made: Batches[str, str], items: str) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(made.ask(item)) for item in items.split()]


def test_a_full_batch_leaves_at_once_and_others_when_their_time_is_over() -> None:
    async def main() -> None:
        sender, timers = Sender(), Timers()
        made = Batches(sender, 3, 0.002, 10, timers)
        tasks = started(made, "a b c d e")
        await settle()
        assert sender.batches == [["a", "b", "c"]]
        assert [delay for delay, _ in timers.waiting] == [0.002]
        timers.ring()
        await settle()
        assert sender.batches == [["a", "b", "c"], ["d", "e"]]
        for gate in sender.gates:
            gate.set()
        assert await asyncio.gather(*tasks) == ["A", "B", "C", "D", "E"]

    asyncio.run(main())


def test_each_item_gets_its_own_result_or_error() -> None:
    async def main() -> None:
        sender = Sender()
        made = Batches(sender, 3, 0.002, 10, Timers())
        tasks = started(made, "a bad c")
        await settle()
        sender.gates[0].set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(result) for result in results] == ["A", "bad", "C"]
        assert isinstance(results[1], ValueError)

    asyncio.run(main())


def test_while_enough_batches_are_under_way_more_items_gather() -> None:
    async def main() -> None:
        sender, timers = Sender(), Timers()
        made = Batches(sender, 2, 0.002, 1, timers)
        tasks = started(made, "a b c d e")
        await settle()
        assert sender.batches == [["a", "b"]]
        sender.gates[0].set()
        await settle()
        assert sender.batches == [["a", "b"], ["c", "d"]]
        sender.gates[1].set()
        await settle()
        assert sender.batches == [["a", "b"], ["c", "d"], ["e"]]
        sender.gates[2].set()
        assert len(await asyncio.gather(*tasks)) == 5

    asyncio.run(main())


def test_what_is_given_up_does_not_leave() -> None:
    async def main() -> None:
        sender, timers = Sender(), Timers()
        made = Batches(sender, 8, 0.002, 1, timers)
        first, second = started(made, "a b")
        await settle()
        first.cancel()
        await settle()
        timers.ring()
        await settle()
        assert sender.batches == [["b"]]
        sender.gates[0].set()
        assert await second == "B"
        (third,) = started(made, "c")
        await settle()
        third.cancel()
        await settle()
        timers.ring()
        await settle()
        assert sender.batches == [["b"]]

    asyncio.run(main())


def test_too_many_items_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_WAITING", 2)

    async def main() -> None:
        sender = Sender()
        made = Batches(sender, 1, 0.0, 1, Timers())
        tasks = started(made, "a b c")
        await settle()
        with pytest.raises(BusyError):
            await made.ask("d")
        for number in range(3):
            sender.gates[number].set()
            await settle()
        assert await asyncio.gather(*tasks) == ["A", "B", "C"]

    asyncio.run(main())


# --- flights ----------------------------------------------------------------------------------------------------------


def test_the_same_is_asked_once_and_remembered_up_to_a_bound() -> None:
    asked: list[str] = []

    async def ask(text: str) -> str:
        asked.append(text)
        await asyncio.sleep(0)
        return text.upper()

    async def main() -> None:
        flights: Flights[str] = Flights(2)

        async def made(text: str) -> str:
            return await flights.ask(text, lambda: ask(text))

        assert await asyncio.gather(*(made(text) for text in ("a", "a", "b", "a"))) == ["A", "A", "B", "A"]
        assert asked == ["a", "b"]
        assert await made("a") == "A"  # now `b` is the oldest
        assert await made("c") == "C"
        assert await made("a") == "A"
        assert asked == ["a", "b", "c"]
        assert await made("b") == "B"
        assert asked == ["a", "b", "c", "b"]

    asyncio.run(main())


def test_errors_are_shared_and_not_remembered() -> None:
    asked = 0

    async def ask(text: str) -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        raise ValueError(text)

    async def main() -> None:
        made: Flights[str] = Flights(2)
        found = await asyncio.gather(*(made.ask("a", lambda: ask("a")) for _ in range(2)), return_exceptions=True)
        assert [type(error) for error in found] == [ValueError, ValueError]
        assert asked == 1
        with pytest.raises(ValueError, match="a"):
            await made.ask("a", lambda: ask("a"))
        assert asked == 2

    asyncio.run(main())


# --- the protocol -----------------------------------------------------------------------------------------------------


def declared(**changes: Any) -> Declared:
    asked = ("tox", "v2", "TOX_URL", None, "tox", None, "text", False, None, ())
    usual = Declared(
        *asked, timeout=1, batch=1, delay=0, calls=1, retries=0, hedge=None, cache=0, doubt=None, fallback=False
    )
    return usual._replace(**changes)


def output(data: Any, shape: Any, **more: Any) -> dict[str, Any]:
    return {"name": "scores", "datatype": "FP32", "shape": shape, "data": data, **more}


def content(*outputs: Any) -> bytes:
    return json.dumps({"model_name": "tox", "outputs": outputs}).encode()


@pytest.mark.parametrize(
    ("service", "written", "scores"),
    [
        (declared(), output([0.25, 1], [2]), [(0.25,), (1.0,)]),
        (declared(), output([0, 0.5], [2, 1]), [(0.0,), (0.5,)]),
        (declared(), output([[0], [0.5]], [2, 1]), [(0.0,), (0.5,)]),
        (declared(labels=("a", "b")), output([0, 0.1, 0.2, 0.3], [2, 2]), [(0.0, 0.1), (0.2, 0.3)]),
        (declared(labels=("a", "b")), output([[0, 0.1], [0.2, 0.3]], [2, 2]), [(0.0, 0.1), (0.2, 0.3)]),
        (declared(), output([1.0000001, -0.0000001], [2]), [(1.0,), (0.0,)]),
        (declared(), output([0.5, 0.5], [2], datatype="FP64"), [(0.5,), (0.5,)]),
    ],
)
def test_scores_are_read(service: Declared, written: dict[str, Any], scores: Any) -> None:
    assert v2.read(service, 2, content(written)) == scores


def test_the_output_is_found_by_its_name() -> None:
    others = content(output([9], [1], name="logits"), output([0.5], [1]))
    assert v2.read(declared(output="scores"), 1, others) == [(0.5,)]
    with pytest.raises(ServiceError, match="with 2 outputs in place of one"):
        v2.read(declared(), 1, others)


WRONG: list[tuple[bytes, str]] = [
    (b"", "no JSON"),
    (b"\xff\xfe", "no JSON"),
    (b"<html>", "no JSON"),
    (b"[" * 100_000, "no JSON"),
    (b"[]", "without a list of outputs"),
    (b"null", "without a list of outputs"),
    (b'{"outputs": {}}', "without a list of outputs"),
    (b'{"outputs": [1]}', "without a list of outputs"),
    (content(), "with 0 outputs"),
    (content({}), "floating point"),
    (content(output([1], [1], datatype="INT64")), "floating point"),
    (content(output([1], [1], datatype=["FP32"])), "floating point"),
    (content(output([0.1], None)), "has not the shape"),
    (content(output([0.1], [2])), "has not the shape"),
    (content(output([0.1], [True])), "has not the shape"),
    (content(output([0.1], [1.0])), "has not the shape"),
    (content(output([0.1], [1, 1, 1])), "has not the shape"),
    (content(output([0.1, 0.2], [1, 2])), "has not the shape"),
    (content(output(None, [1])), "without data"),
    (content(output("a", [1])), "without data"),
    (content(output([], [1])), "more or fewer numbers"),
    (content(output([0.1, 0.2], [1])), "more or fewer numbers"),
    (content(output([[0.1, 0.2]], [1, 1])), "rows of data"),
    (content(output([[]], [1, 1])), "rows of data"),
    (content(output(["0.1"], [1])), "no number from 0 to 1"),
    (content(output([True], [1])), "no number from 0 to 1"),
    (content(output([None], [1])), "no number from 0 to 1"),
    (content(output([[0.1]], [1])), "no number from 0 to 1"),
    (content(output([1.1], [1])), "no number from 0 to 1"),
    (content(output([-3], [1])), "no number from 0 to 1"),
    (content(output([10**400], [1])), "no number from 0 to 1"),
    (content(output([1e999], [1])), "no number from 0 to 1"),
    (content(output([float("nan")], [1])), "no number from 0 to 1"),
    (content(output([0], [1])).replace(b"[0]", b"[" + b"9" * 5000 + b"]"), "no JSON"),
]


@pytest.mark.parametrize(("written", "said"), WRONG)
def test_what_is_no_answer_is_an_error(written: bytes, said: str) -> None:
    with pytest.raises(ServiceError, match=said) as raised:
        v2.read(declared(), 1, written)
    assert raised.value.kind == "response"
