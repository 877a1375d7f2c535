"""`guardc check`: everything that is wrong with a policy, in one run."""

from __future__ import annotations

import json
from pathlib import Path

import click

from guardc.cli.compiling import compile_policy_file, count_words, show_diagnostics
from guardc.cli.harmless import harmless

__all__ = ["command"]


@click.command(epilog="Example: guardc check support.guard")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people on stderr, or one JSON object on stdout.",
)
def command(file: Path, form: str) -> int:
    """Say what is wrong with the policy in FILE, and how to mend it.

    Checks all that compiling would, and writes nothing. Exit code 0 if there are no errors (warnings are
    allowed), else 1.
    """
    diagnostics = compile_policy_file(file).diagnostics
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    if form == "json":
        found = {
            "file": str(file),
            "diagnostics": [diagnostic.model_dump() for diagnostic in diagnostics],
            "errors": errors,
            "warnings": len(diagnostics) - errors,
        }
        click.echo(json.dumps(found, indent=2))
    else:
        show_diagnostics(diagnostics)
        counted = count_words(diagnostics)
        verdict = counted if errors else ", ".join(filter(None, ("ok", counted)))
        click.echo(f"{harmless(str(file))}: {verdict}")
    return 1 if errors else 0
