"""What LiteLLM leaves behind."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _clients_are_closed() -> Iterator[None]:
    """It keeps the clients of its calls, with open connections, for another one. A connection that is not
    closed warns."""
    yield
    litellm = sys.modules.get("litellm")
    for client in () if litellm is None else list(litellm.in_memory_llm_clients_cache.cache_dict.values()):
        close = getattr(client, "close", None)
        if close is not None and not inspect.iscoroutinefunction(close):
            close()
