"""What a service imports: loading a plan, running its guards, reading outcomes.

Imports nothing but the standard library and the fast path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardc.fastpath._core import Failure, Field, Outcome, Reask, Span, Stream, ValueStream
from guardc.fastpath.errors import (
    GuardcError,
    HandlerError,
    MetadataError,
    PlanError,
    ServiceError,
    UnknownGuardError,
    ValidationError,
)
from guardc.runtime.guard import Guard
from guardc.runtime.plan import Plan, load

if TYPE_CHECKING:
    from guardc.runtime.asynchronous import AsyncGuard

__all__ = [
    "AsyncGuard",
    "Failure",
    "Field",
    "Guard",
    "GuardcError",
    "HandlerError",
    "MetadataError",
    "Outcome",
    "Plan",
    "PlanError",
    "Reask",
    "ServiceError",
    "Span",
    "Stream",
    "UnknownGuardError",
    "ValidationError",
    "ValueStream",
    "load",
]


def __getattr__(name: str) -> Any:
    if name != "AsyncGuard":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from guardc.runtime.asynchronous import AsyncGuard  # noqa: PLC0415 - brings asyncio

    return AsyncGuard
