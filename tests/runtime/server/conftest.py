"""A server for all tests of a file, with a policy that has a guard of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Served, write_plan

from guardc.runtime.server import Settings

POLICY = r"""edition 1

pattern email = /[a-z]+@[a-z]+\.com/
pattern secret = /AKIA[A-Z]{4}/

metadata { tier string = "free" }

shape Ticket {
    priority one of "low", "high"    on fail fix to "low"
    note     string chars in 1..20   on fail reask
}

guard reply on output stream {
    hold at most 100 chars      on fail exception
    no email                    on fail fix with "[{kind}]"
    no secret                   on fail exception "A credential must not leave."
}
guard question on input from user {
    when tier == "free": words <= 5 on fail refrain "Too long."
}
guard ticket on output stream as json Ticket {
    $.note: no secret           on fail exception
}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plan(tmp_path_factory.mktemp("served") / "test.plan", POLICY)


@pytest.fixture(scope="module")
def served(plan: Path) -> Iterator[Served]:
    with Served(Settings(plan=str(plan), max_body=100_000, max_batch=3)) as server:
        yield server
