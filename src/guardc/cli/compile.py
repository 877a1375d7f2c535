"""`guardc compile`: from a policy to a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.compiling import compile_or_fail, refuse_what_is_no_policy
from guardc.cli.errors import Failed
from guardc.cli.harmless import harmless
from guardc.cli.writing import write_atomically

if TYPE_CHECKING:
    from guardc.compiler.ir import Module

__all__ = ["command"]


@click.command(epilog="Example: guardc compile support.guard -o build/support.plan")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="Where the plan goes. Default: FILE with the ending .plan",
)
@click.option("--show-ir", is_flag=True, help="Print the policy as the compiler sees it after each pass.")
def command(file: Path, output: Path | None, show_ir: bool) -> None:
    """Compile the policy in FILE into a plan.

    A plan that exists is replaced in one step: a service that has it open keeps the old one until it
    loads again. The same policy gives the same bytes on every machine.
    """
    refuse_what_is_no_policy(file)
    target = output or (file.with_suffix(".plan") if file.name else file)
    if target.exists() and target.samefile(file):
        raise Failed(f"{target} is the policy itself; choose another name for the plan with -o")
    compilation = compile_or_fail(file, _print_ir if show_ir else None)
    module, plan = compilation.module, compilation.plan
    assert module is not None
    assert plan is not None
    write_atomically(target, plan)
    guards = ", ".join(guard.name for guard in module.guards) or "none"
    patterns = f"{len(module.patterns)} pattern{'' if len(module.patterns) == 1 else 's'}"
    click.echo(
        f"{harmless(str(target))}: {len(plan):,} bytes, guards: {guards}, {patterns}, policy {module.policy_hash[:12]}",
        err=True,
    )


def _print_ir(name: str, module: Module) -> None:
    from guardc.compiler.printer import show  # noqa: PLC0415 - loaded with the compiler

    click.echo(f"--- after {name} ---")
    for line in show(module).splitlines():
        click.echo(harmless(line))
    click.echo()
