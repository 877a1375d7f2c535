"""From a policy file to a plan, in one call: the part of the public API that needs the compiler."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardc.runtime import GuardcError, Plan

if TYPE_CHECKING:
    from guardc.compiler import Compilation
    from guardc.policy import Diagnostic
    from guardc.runtime.handlers import Handler

__all__ = ["PolicyError", "build", "compile"]


class PolicyError(GuardcError):
    """A policy has errors. The message is the rendered diagnostics.

    Attributes:
        diagnostics: all of them, warnings included.
    """

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


def build(path: str | os.PathLike[str]) -> Compilation:
    """Compile a policy file.

    Raises:
        PolicyError: it has errors.
    """
    from guardc.compiler import compile_file  # noqa: PLC0415 - services that load plans never pay for it
    from guardc.policy import render  # noqa: PLC0415

    compilation = compile_file(Path(path))
    if compilation.plan is None:
        raise PolicyError(render(compilation.diagnostics), compilation.diagnostics)
    return compilation


def compile(  # noqa: A001 - the public name is `guardc.compile`
    path: str | os.PathLike[str],
    *,
    handlers: Mapping[str, Handler] | None = None,
    llm: Callable[..., Any] | None = None,
    services: Mapping[str, Callable[[str], Any]] | None = None,
) -> Plan:
    """Compile a policy file and load the result. The same plan as `guardc compile` and `guardc.load` give.

    Args:
        path: a `.guard` file.
        handlers: the custom validators and actions that the policy declares, by name.
        llm: called in place of `litellm.completion`, as `load` says.
        services: called in place of services of the policy, as `load` says.

    Raises:
        PolicyError: the policy has errors; the message shows them.
        HandlerError: a handler is missing or does not fit its declaration.
        ServiceError: the environment has no address or key of a service.
    """
    plan = build(path).plan
    assert plan is not None
    return Plan(plan, handlers=handlers, llm=llm, services=services, source=str(path))
