"""`guardc key`: a key for a server."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guardc.cli.errors import Failed

__all__ = ["command"]


@click.command(epilog="Example: guardc key keys.jsonl --name billing --guard reply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Whose it is, for people.")
@click.option("--guard", "guards", multiple=True, metavar="NAME", help="A guard that it is for; repeat it. Else all.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["validate", "metrics", "admin"]),
    default=("validate",),
    show_default=True,
    help="What it may do: ask for verdicts, read what is counted, reload; repeat it.",
)
def command(file: Path, name: str, guards: tuple[str, ...], scopes: tuple[str, ...]) -> None:
    """Make a key for `guardc serve --keys FILE`.

    The key is printed once; FILE gets a line with its hash. To take a key back, delete its line: a server notices
    within a second.
    """
    from guardc.runtime.server.keys import make_key  # noqa: PLC0415 - `--help` does not need it

    token, line = make_key(name, guards, tuple(dict.fromkeys(scopes)))
    try:
        # For the owner alone, should it be made now. One write, so that a server that reads meanwhile sees whole lines.
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            unended = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if unended else b"") + line.encode("utf-8") + b"\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror or error}") from None
    click.echo(f"Wrote its hash to {file}. This is the key; it is not shown again:", err=True)
    click.echo(token)
