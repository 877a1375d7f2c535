"""From a path to a plan that can run, whether the file is a plan or a policy.

What a file is, is decided by its first bytes, not by its name.

Example: `load_any(Path("support.guard")).guards` compiles first; `load_any(Path("support.plan"))` imports
no compiler.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from guardc.cli.errors import Failed, unreadable

if TYPE_CHECKING:
    from guardc.runtime import Plan

__all__ = ["load_any"]

_LOOKED_AT = 4096


def load_any(path: Path) -> Plan:
    """The plan in a file, or of the policy in it. Raises `Failed`; diagnostics of a policy go to stderr."""
    from guardc.runtime import HandlerError, Plan, PlanError, load  # noqa: PLC0415 - `--help` does not need it

    source: Path | bytes = path
    if _is_policy(path):
        from guardc.cli.compiling import compile_or_fail  # noqa: PLC0415 - a plan needs no compiler

        compiled = compile_or_fail(path).plan
        assert compiled is not None
        source = compiled
    try:
        return Plan(source, source=str(path)) if isinstance(source, bytes) else load(source)
    except PlanError as error:
        raise Failed(str(error)) from None
    except HandlerError:
        raise Failed(_needs_handlers(path, source)) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _is_policy(path: Path) -> bool:
    from guardc.fastpath.layout import MAGIC  # noqa: PLC0415 - see above

    try:
        with path.open("rb") as file:
            start = file.read(_LOOKED_AT)
    except OSError as error:
        raise unreadable(path, error) from None
    if start.startswith(MAGIC):
        return False
    if path.suffix == ".guard":
        return True
    # What is neither is loaded as a plan: the reader of plans says best what is wrong with it.
    return bool(start) and b"\0" not in start and _is_utf8(start)


def _is_utf8(start: bytes) -> bool:
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end == len(start) == _LOOKED_AT  # a character cut by the end of what was read
    return True


def _needs_handlers(path: Path, source: Path | bytes) -> str:
    from guardc.fastpath import layout, reader  # noqa: PLC0415 - see above

    data = source if isinstance(source, bytes) else source.read_bytes()
    sections = reader.read(data)
    names = [
        f"{layout.HANDLER_KINDS[kind]} `{sections.strings[name]}`"
        for name, kind, _, _ in sections.cold["HAND"]
    ]
    return (
        f"{path} needs functions of your service, which the command line does not have: "
        f"custom {', '.join(names)}; "
        "run it from Python with guardc.load(..., handlers={...})"
    )
