"""What LiteLLM leaves behind."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import pytest


def _clients() -> Any:
    """Where it keeps the clients of its calls, with open connections, for another one; None if nothing was called."""
    litellm = sys.modules.get("litellm")
    return None if litellm is None else getattr(litellm, "in_memory_llm_clients_cache", None)


@pytest.fixture(autouse=True)
def _clients_are_kept() -> Iterator[None]:
    """It keeps 200, and drops the others without closing them; each event loop of a test has its own. A connection
    that is dropped warns, in whatever test runs then."""
    yield
    clients = _clients()
    if clients is not None:
        clients.max_size_in_memory = 1_000_000


@pytest.fixture(scope="session", autouse=True)
def _clients_are_closed() -> Iterator[None]:
    """A connection that is not closed warns."""
    yield
    clients = _clients()
    for client in () if clients is None else list(clients.cache_dict.values()):
        close = getattr(client, "close", None)
        if close is not None and not inspect.iscoroutinefunction(close):
            close()
