"""Clients: what a local guard gives, a served one gives, too; and what is no verdict is an exception."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Served, write_plan

import guardc
from guardc.runtime.records import outcome_fields
from guardc.runtime.server import Settings
from guardc.runtime.server.keys import make_key

POLICY = r"""edition 1
pattern email = /[a-z]+@[a-z]+\.com/
pattern secret = /AKIA[A-Z]{4}/
metadata { tier string = "free" }
shape Ticket {
    priority one of "low", "high"    on fail fix to "low"
    note     string chars in 1..20   on fail reask
}
guard reply on output stream {
    hold at most 100 chars          on fail exception
    no email                        on fail fix
    no secret                       on fail exception "A credential must not leave."
}
guard question on input {
    when tier == "free": words <= 5 on fail reask "Be short."
}
guard ticket on output stream as json Ticket {
    $.note: no secret               on fail exception
}
"""


@dataclasses.dataclass
class Ticket:
    priority: str
    note: str


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> guardc.Plan:
    return guardc.load(write_plan(tmp_path_factory.mktemp("client") / "test.plan", POLICY))


@pytest.fixture(scope="module")
def served(plan: guardc.Plan) -> Iterator[Served]:
    assert plan.source is not None
    with Served(Settings(plan=plan.source)) as server:
        yield server


CASES: list[tuple[str, Any, dict[str, Any] | None]] = [
    ("reply", "Hello", None),
    ("reply", "Write to ann@example.com \ud800", {}),
    ("reply", "AKIAABCD", None),
    ("question", "a b c d e f", None),
    ("question", "a b c d e f", {"tier": "pro"}),
    ("question", [{"role": "user", "content": "a b c d e f"}], None),
    ("ticket", '{"priority": "x", "note": "y"}', None),
    ("ticket", {"priority": "low", "note": ""}, None),
    ("ticket", Ticket("high", "AKIAABCD"), None),
    ("ticket", ({"priority": "low"}, None), None),
]


def check_equal(here: guardc.Outcome, there: guardc.ServedOutcome) -> None:
    """Every attribute that a served outcome has."""
    assert outcome_fields(here) == outcome_fields(there)  # type: ignore[arg-type]
    assert here.structured == there.structured
    assert here.reask == there.reask
    assert type(here.error) is type(there.error)
    assert [failure.spans for failure in here.failures] == [failure.spans for failure in there.failures]
    for outcome in (here, there):
        if outcome.passed:
            assert outcome.unwrap() == here.output
        else:
            with pytest.raises(guardc.ValidationError):
                outcome.unwrap()


@pytest.mark.parametrize(("name", "text", "metadata"), CASES)
def test_a_client_gives_what_the_plan_gives(
    served: Served, plan: guardc.Plan, name: str, text: Any, metadata: dict[str, Any] | None
) -> None:
    with guardc.Client(served.url) as client:
        there = client.guard(name).validate(text, metadata)
    assert there.policy_hash == plan.policy_hash
    check_equal(plan.guard(name).validate(text, metadata), there)


def test_an_async_client_gives_it_too(served: Served, plan: guardc.Plan) -> None:
    async def ask() -> list[guardc.ServedOutcome]:
        async with guardc.AsyncClient(served.url) as client:
            assert await client.guards() == plan.guards
            asked = [client.async_guard(name).validate(text, metadata) for name, text, metadata in CASES]
            return list(await asyncio.gather(*asked))

    for (name, text, metadata), there in zip(CASES, asyncio.run(ask()), strict=True):
        check_equal(plan.guard(name).validate(text, metadata), there)


def test_many_texts_in_one_request(served: Served, plan: guardc.Plan) -> None:
    texts = ["a b c d e f", "a", "ann@example.com"]
    metadata = [{"tier": "pro"}, None, {}]
    here = plan.guard("question").validate_many(texts, metadata)
    client = guardc.Client(served.url)
    there = client.guard("question").validate_many(texts, metadata)
    client.close()

    async def ask() -> list[guardc.ServedOutcome]:
        async with guardc.AsyncClient(served.url) as client:
            return await client.async_guard("question").validate_many(texts, metadata)

    for outcomes in (there, asyncio.run(ask())):
        for one, other in zip(here, outcomes, strict=True):
            check_equal(one, other)


STREAMS = [
    ("reply", ["Write to ann@", "example.co", "m, please", ""]),
    ("reply", ["the key is AKI", "AABCD, keep", " it"]),
    ("reply", []),
    ("ticket", ['{"prio', 'rity": "x", "no', 'te": "y"}']),
    ("ticket", ['{"priority": "x", "note": "AKIAABCD"', "}"]),
]


@pytest.mark.parametrize(("name", "pieces"), STREAMS)
def test_streams_give_what_the_plan_gives(served: Served, plan: guardc.Plan, name: str, pieces: list[str]) -> None:
    stream = plan.guard(name).stream()
    here = [*(stream.feed(piece) for piece in pieces), stream.close(), stream.close()]
    with guardc.Client(served.url) as client, client.guard(name).stream() as there:
        assert [*(there.feed(piece) for piece in pieces), there.close(), there.close()] == here
    assert there.stopped == stream.stopped
    assert there.outcome is not None
    check_equal(stream.outcome, there.outcome)

    async def ask() -> tuple[list[Any], Any]:
        async with guardc.AsyncClient(served.url) as client, client.async_guard(name).stream() as there:
            gave = [await there.feed(piece) for piece in pieces]
            return [*gave, await there.close(), await there.close()], there

    gave, other = asyncio.run(ask())
    assert gave == here
    assert other.stopped == stream.stopped
    check_equal(stream.outcome, other.outcome)


def test_a_closed_stream_takes_nothing(served: Served) -> None:
    with guardc.Client(served.url) as client, client.guard("reply").stream() as stream:
        stream.close()
        with pytest.raises(ValueError, match="closed"):
            stream.feed("a")


def both(url: str, use: Callable[[Any], Any], use_async: Callable[[Any], Any], key: str | None = None) -> None:
    """Use both clients."""
    with guardc.Client(url, key=key, timeout=5) as client:
        use(client)

    async def ask() -> None:
        async with guardc.AsyncClient(url, key=key, timeout=5) as client:
            await use_async(client)

    asyncio.run(ask())


def test_refusals_are_exceptions(served: Served) -> None:
    def use(client: guardc.Client) -> None:
        with pytest.raises(guardc.UnknownGuardError, match="no guard `nothing`"):
            client.guard("nothing").validate("a")
        with pytest.raises(guardc.UnknownGuardError):
            client.guard("nothing").stream()
        with pytest.raises(guardc.ServerError, match="not for streams") as caught:
            client.guard("question").stream()
        assert (caught.value.code, caught.value.status) == ("bad_request", 400)
        with pytest.raises(guardc.ServerError, match=r"\$.value: "):
            client.guard("question").validate(5)
        with pytest.raises(guardc.MetadataError):
            client.guard("question").validate("a", 5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not JSON"):
            client.guard("ticket").validate({"priority": float("nan")})
        with pytest.raises(TypeError, match="`object`"):
            client.guard("ticket").validate({"priority": object()})
        assert client.guard("reply").validate("a").passed

    async def use_async(client: guardc.AsyncClient) -> None:
        with pytest.raises(guardc.UnknownGuardError, match="no guard `nothing`"):
            await client.async_guard("nothing").validate("a")
        with pytest.raises(guardc.UnknownGuardError):
            await client.async_guard("nothing").stream().feed("a")
        with pytest.raises(guardc.ServerError, match=r"\$.value: "):
            await client.async_guard("question").validate(5)

    both(served.url, use, use_async)


def test_a_server_that_cannot_be_reached_passes_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    def use(client: guardc.Client) -> None:
        for ask in (lambda: client.guard("g").validate("a"), client.guard("g").stream, lambda: client.guards):
            with pytest.raises(guardc.ServerError, match="cannot be reached") as caught:
                ask()
            assert caught.value.code == "unreachable"

    async def use_async(client: guardc.AsyncClient) -> None:
        with pytest.raises(guardc.ServerError, match="cannot be reached"):
            await client.async_guard("g").validate("a")
        with pytest.raises(guardc.ServerError, match="cannot be reached"):
            await client.async_guard("g").stream().feed("a")

    both(f"http://127.0.0.1:{port}", use, use_async)


def test_what_is_no_guardc_server_passes_nothing() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                connection.recv(100_000)
                connection.sendall(answer)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()

        def use(client: guardc.Client) -> None:
            with pytest.raises(guardc.ServerError, match="none of a guardc server"):
                _ = client.guards

        async def use_async(client: guardc.AsyncClient) -> None:
            with pytest.raises(guardc.ServerError, match="none of a guardc server"):
                await client.guards()

        both(f"http://127.0.0.1:{server.getsockname()[1]}", use, use_async)
        thread.join()


def test_keys_and_a_restart(plan: guardc.Plan, tmp_path: Path) -> None:
    token, line = make_key("test", (), ("validate",))
    keys = tmp_path / "keys.jsonl"
    keys.write_text(line)
    assert plan.source is not None
    settings = Settings(plan=plan.source, access="keys", keys=str(keys))
    with Served(settings) as first:
        with guardc.Client(first.url) as nobody, pytest.raises(guardc.ServerError) as caught:
            nobody.guard("reply").validate("a")
        assert caught.value.code == "no_key"
        client = guardc.Client(first.url, key=token)
        assert client.guards == plan.guards
        port = first.port
    # The connection that was kept is gone; the next request opens another one.
    with Served(settings, port) as second:
        assert client.guard("reply").validate("a").passed
        assert second.app.load.in_work == 0
        client.close()


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x", "http://", "http://key@host", "http://host?key=x"])
def test_an_address_that_is_none(url: str) -> None:
    for kind in (guardc.Client, guardc.AsyncClient):
        with pytest.raises(ValueError, match="address of a server"):
            kind(url)
