"""Compiling a policy for a command, with its diagnostics on stderr.

Example: `compilation = compile_or_fail(Path("support.guard"))`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.errors import Failed, unreadable

if TYPE_CHECKING:
    from guardc.compiler import Compilation
    from guardc.compiler.ir import Module
    from guardc.policy import Diagnostic

__all__ = [
    "compile_or_fail",
    "compile_policy_file",
    "count_words",
    "refuse_what_is_no_policy",
    "show_diagnostics",
]


def compile_policy_file(path: Path, watch: Callable[[str, Module], None] | None = None) -> Compilation:
    """Compile a file. What is wrong with the policy is in the result; a file that is none is a `Failed`."""
    refuse_what_is_no_policy(path)
    with _notice(f"compiling {path.name}"):
        from guardc.compiler import compile_file  # noqa: PLC0415 - slow to import

        return compile_file(path, watch)


def compile_or_fail(path: Path, watch: Callable[[str, Module], None] | None = None) -> Compilation:
    """Compile a file and show its diagnostics; a `Failed` if there is no plan."""
    compilation = compile_policy_file(path, watch)
    show_diagnostics(compilation.diagnostics)
    if compilation.plan is None:
        raise Failed(f"{path} was not compiled: it has {count_words(compilation.diagnostics)}")
    return compilation


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """All diagnostics as blocks of text, without a line that counts them."""
    from guardc.policy import render  # noqa: PLC0415 - slow to import

    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for diagnostic in diagnostics:
        block = render([diagnostic], color=color).rstrip("\n").rpartition("\n")[0]
        click.echo(block, err=True, color=color)


def count_words(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty if there is nothing to count."""
    found = list(diagnostics)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)


def refuse_what_is_no_policy(path: Path) -> None:
    """Raise a `Failed` for a file that cannot be read or is a plan."""
    from guardc.fastpath.layout import MAGIC  # noqa: PLC0415 - `guardc --help` does not need it

    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise unreadable(path, error) from None
    if start == MAGIC:
        raise Failed(f"{path}: this is a compiled plan; give the policy that it was compiled from")


@contextlib.contextmanager
def _notice(message: str) -> Iterator[None]:
    """Says on a terminal what takes so long; writes nothing anywhere else."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - only for terminals

    with Console(stderr=True).status(message):
        yield
