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
        Span,
        Stream,
        UnknownGuardError,
        ValidationError,
        ValueStream,
        load,
    )

__all__ = [
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
    "Span",
    "Stream",
    "UnknownGuardError",
    "ValidationError",
    "ValueStream",
    "__version__",
    "compile",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'guardc' has no attribute {name!r}")
    home = "guardc.building" if name in ("PolicyError", "compile") else "guardc.runtime"
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
