"""From a path to a plan that can run, whether the file is a plan or a policy.

What a file is, is decided by its first bytes, not by its name.

Example: `load_any(Path("support.guard")).plan` compiles first; `load_any(Path("support.plan"))` imports no
compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from guardc.cli.errors import Failed, unreadable

if TYPE_CHECKING:
    from guardc.fastpath.reader import Sections
    from guardc.runtime import Plan

__all__ = ["Loaded", "load_any"]

_LOOKED_AT = 4096


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan, and where it came from: its file, or its bytes if it was compiled just now."""

    plan: Plan
    source: Path | bytes

    def metadata(self) -> list[tuple[str, str]]:
        """The metadata fields that the policy declares: name and type."""
        from guardc.fastpath import layout  # noqa: PLC0415 - see below

        sections = _sections(self.source)
        return [(sections.strings[name], layout.TYPES[kind]) for name, kind, _ in sections.cold["META"]]


def load_any(path: Path) -> Loaded:
    """The plan in a file, or of the policy in it. Raises `Failed`; diagnostics of a policy go to stderr."""
    from guardc.runtime import HandlerError, Plan, PlanError, ServiceError, load  # noqa: PLC0415 - `--help` does not need it

    source: Path | bytes = path
    if _is_policy(path):
        from guardc.cli.compiling import compile_or_fail  # noqa: PLC0415 - a plan needs no compiler

        compiled = compile_or_fail(path).plan
        assert compiled is not None
        source = compiled
    try:
        plan = Plan(source, source=str(path)) if isinstance(source, bytes) else load(source)
    except PlanError as error:
        raise Failed(str(error)) from None
    except ServiceError as error:
        raise Failed(f"{path}: {error}") from None
    except HandlerError:
        raise Failed(_needs_handlers(path, source)) from None
    except OSError as error:
        raise unreadable(path, error) from None
    return Loaded(plan, source)


def _sections(source: Path | bytes) -> Sections:
    from guardc.fastpath import reader  # noqa: PLC0415 - see above

    return reader.read(source if isinstance(source, bytes) else source.read_bytes())


def _is_policy(path: Path) -> bool:
    from guardc.fastpath.layout import MAGIC  # noqa: PLC0415 - see above

    if path.exists() and not path.is_file() and not path.is_dir():
        raise Failed(f"{path}: this is a device or a pipe; give a file")
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
    from guardc.fastpath import layout  # noqa: PLC0415 - see above

    sections = _sections(source)
    own = {record[0] for section in ("JUDG", "SERV") for record in sections.cold[section]}
    names = [
        f"{layout.HANDLER_KINDS[kind]} `{sections.strings[name]}`"
        for number, (name, kind, _, _) in enumerate(sections.cold["HAND"])
        if number not in own
    ]
    return (
        f"{path} needs functions of your service, which the command line does not have: "
        f"custom {', '.join(names)}; "
        "run it from Python with guardc.load(..., handlers={...})"
    )
