"""guardc: declarative guard policies for LLM applications, compiled.

    import guardc

    plan = guardc.load("support.plan")
    outcome = plan.guard("question").validate("My mail is ann@example.com")

The names below are imported when they are first used: `import guardc` itself costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from guardc.version import __version__

if TYPE_CHECKING:
    from guardc.building import PolicyError, compile  # noqa: A004 - `guardc.compile` is what it is called
    from guardc.runtime import (
        AsyncGuard,
        Failure,
        Field,
        Guard,
        GuardcError,
        HandlerError,
        MetadataError,
        Outcome,
        Plan,
        PlanError,
        Reask,
        ServiceError,
        Span,
        Stream,
        UnknownGuardError,
        ValidationError,
        ValueStream,
        load,
    )
    from guardc.runtime.client import Client, ServedFailure, ServedGuard, ServedOutcome, ServedStream, ServerError
    from guardc.runtime.client.asynchronous import AsyncClient, AsyncServedGuard, AsyncServedStream
    from guardc.runtime.llm import Attempt, CallError, CallOutcome, CallStream, Usage
    from guardc.runtime.llm.streams_async import AsyncCallStream

__all__ = [
    "AsyncCallStream",
    "AsyncClient",
    "AsyncGuard",
    "AsyncServedGuard",
    "AsyncServedStream",
    "Attempt",
    "CallError",
    "CallOutcome",
    "CallStream",
    "Client",
    "Failure",
    "Field",
    "Guard",
    "GuardcError",
    "HandlerError",
    "MetadataError",
    "Outcome",
    "Plan",
    "PlanError",
    "PolicyError",
    "Reask",
    "ServedFailure",
    "ServedGuard",
    "ServedOutcome",
    "ServedStream",
    "ServerError",
    "ServiceError",
    "Span",
    "Stream",
    "UnknownGuardError",
    "Usage",
    "ValidationError",
    "ValueStream",
    "__version__",
    "compile",
    "load",
]

_HOMES = {
    **dict.fromkeys(("PolicyError", "compile"), "guardc.building"),
    **dict.fromkeys(("Attempt", "CallError", "CallOutcome", "CallStream", "Usage"), "guardc.runtime.llm"),
    "AsyncCallStream": "guardc.runtime.llm.streams_async",
    **dict.fromkeys(
        ("Client", "ServedFailure", "ServedGuard", "ServedOutcome", "ServedStream", "ServerError"),
        "guardc.runtime.client",
    ),
    **dict.fromkeys(("AsyncClient", "AsyncServedGuard", "AsyncServedStream"), "guardc.runtime.client.asynchronous"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'guardc' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, "guardc.runtime")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
