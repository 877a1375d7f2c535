"""`guardc init`: a commented policy to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from guardc.cli.errors import Failed

__all__ = ["command"]


@click.command(epilog="Example: guardc init support.guard")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write a commented policy to FILE, to start from.

    A file that exists is left alone.
    """
    try:
        starter = resources.files("guardc.policy").joinpath("starter.guard").read_bytes()
    except OSError:
        raise Failed("the starter policy is missing from this installation; install guardc again") from None
    try:
        with file.open("xb") as target:
            target.write(starter)
    except FileExistsError:
        raise Failed(f"{file} exists already and was left as it is; choose another name") from None
    except FileNotFoundError:
        raise Failed(f"{file} cannot be written: there is no folder `{file.parent}`; make it first") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror or error}") from None
    click.echo(f"wrote {file}")
    click.echo(
        f"""
What now:
  1. read it, and change it to what you need
  2. guardc check {file}          what is wrong with it
  3. guardc run {file} FILE       judge the text in FILE, or what you type
  4. guardc compile {file}        the plan that a service loads
`guardc validators` lists everything that a rule can say."""
    )
