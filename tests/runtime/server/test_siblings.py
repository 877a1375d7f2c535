"""Workers of one server ask each other; who does not answer holds up nobody. What they keep is what has run."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from serving import write_plan

from guardc.fastpath.errors import PlanError
from guardc.runtime.plan import Plan
from guardc.runtime.server import siblings
from guardc.runtime.server.kept import Files, Kept
from guardc.runtime.server.siblings import Siblings


async def seven() -> Any:
    return 7


def test_siblings_answer_and_silent_ones_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siblings, "PATIENCE", 0.2)
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "5.socket"))
    silent.listen()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / "6.socket"))
    dead.close()

    async def run() -> None:
        workers = [Siblings(str(tmp_path), {"count": seven}) for _ in range(3)]
        for worker in workers:
            await worker.open()
        assert [worker.place for worker in workers] == [0, 1, 2]
        assert await workers[0].ask("count") == {1: 7, 2: 7}
        assert await workers[0].ask("nothing that is known") == {}
        await workers[1].close()
        assert await workers[0].ask("count") == {2: 7}
        again = Siblings(str(tmp_path), {"count": seven})
        await again.open()
        assert again.place == 1  # the place of a dead one is taken again
        for worker in (workers[0], workers[2], again):
            await worker.close()

    asyncio.run(run())
    silent.close()


def test_a_bad_plan_is_not_kept(tmp_path: Path) -> None:
    policy = 'edition 1\npattern a = /a/\nguard g on input {{\n    no a on fail fix with "{}"\n}}\n'
    good = write_plan(tmp_path / "a.plan", policy.format("b")).read_bytes()
    other = write_plan(tmp_path / "a.plan", policy.format("c")).read_bytes()
    folder = tmp_path / "folder"
    folder.mkdir()
    kept = Kept(str(folder))
    assert kept.last() is None

    def make(files: Files) -> Plan:
        return Plan(files.plan)

    first = kept.take(Files(good, "keys"), make)
    for bad in (b"", good[:-1], b"nothing"):
        with pytest.raises(PlanError):
            kept.take(Files(bad, "other keys"), make)
        assert kept.last() == Files(good, "keys")
    second = kept.take(Files(other, None), make)
    assert kept.last() == Files(other, "keys")
    assert [plan.guard("g").validate("a").output for plan in (first, second)] == ["b", "c"]
