"""Custom validators and actions: the Python functions that a service hands over by name when it loads a plan.

A policy declares each with a typed signature; a plan never names something to import. What is missing or cannot be
called as declared is an error at load, not at the first text that needs it.

A handler is called as `handler(text, **arguments)`, an action as `handler(text, failure, **arguments)`. It may be a
coroutine function, in all guards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from guardc.fastpath import layout
from guardc.fastpath.errors import HandlerError
from guardc.fastpath.reader import Sections
from guardc.runtime.slow import Slow, is_asynchronous

__all__ = ["Handler", "resolve_handlers"]

Handler = Callable[..., Any]


def resolve_handlers(
    sections: Sections, given: Mapping[str, Handler], own: Mapping[int, Handler]
) -> tuple[Handler, ...]:
    """The functions of section HAND, in its order; `own` are those that the service does not hand over, by number.

    Raises:
        HandlerError: one is missing, is not callable, cannot take the declared arguments, or was not asked for; the
            message names all of them.
    """
    if not isinstance(cast("object", given), Mapping):
        raise HandlerError(f"handlers must be a mapping from names to functions, not `{type(given).__name__}`")
    problems = []
    found: list[Handler] = []
    declared = set()
    for number, (name_index, kind, first, count) in enumerate(sections.cold["HAND"]):
        if number in own:
            found.append(own[number])
            continue
        name = sections.strings[name_index]
        declared.add(name)
        parameters = [
            (sections.strings[parameter], layout.TYPES[type_number])
            for parameter, type_number in sections.cold["PARM"][first : first + count]
        ]
        signature = f"{name}({', '.join(f'{parameter} {type_name}' for parameter, type_name in parameters)})"
        what = f"custom {layout.HANDLER_KINDS[kind]} `{signature}`"
        handler: Any = given.get(name)
        if handler is None:
            problems.append(f"{what} is missing: pass it as handlers={{{name!r}: ...}}")
        elif not callable(handler):
            problems.append(f"{what} is not callable")
        else:
            problem = _mismatch(handler, layout.HANDLER_KINDS[kind] == "action", [name for name, _ in parameters])
            if problem:
                problems.append(f"{what} {problem}")
            else:
                found.append(Slow(handler, asynchronous=is_asynchronous(handler)))
    problems += [f"`{name}` is not declared in the policy" for name in given if name not in declared]
    if problems:
        raise HandlerError("; ".join(problems))
    return tuple(found)


def _mismatch(handler: Handler, is_action: bool, names: list[str]) -> str | None:
    """Why `handler` cannot be called as the plan will call it; None if it can."""
    import inspect  # noqa: PLC0415 - slow to import, and only plans with handlers need it

    if inspect.isasyncgenfunction(handler):
        return "is an asynchronous generator: write a coroutine function that returns a list"
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        return None  # a builtin that does not tell: the first call will
    positional = ("text", "failure") if is_action else ("text",)
    try:
        signature.bind(*positional, **dict.fromkeys(names))
    except TypeError as error:
        call = ", ".join([*positional, *(f"{name}=..." for name in names)])
        return f"cannot be called as `handler({call})`: {error}"
    return None
