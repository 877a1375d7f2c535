"""What a service imports: loading a plan, running its guards, reading outcomes.

Imports nothing but the standard library and the fast path.
"""

from guardc.fastpath._core import Failure, Outcome, Reask, Span, Stream
from guardc.fastpath.errors import (
    GuardcError,
    HandlerError,
    MetadataError,
    PlanError,
    UnknownGuardError,
    ValidationError,
)
from guardc.runtime.guard import Guard
from guardc.runtime.plan import Plan, load

__all__ = [
    "Failure",
    "Guard",
    "GuardcError",
    "HandlerError",
    "MetadataError",
    "Outcome",
    "Plan",
    "PlanError",
    "Reask",
    "Span",
    "Stream",
    "UnknownGuardError",
    "ValidationError",
    "load",
]
