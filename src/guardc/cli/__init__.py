"""The command line: `guardc COMMAND ...`.

One command per module, with the command's name. `app` has the table of commands and turns errors into one
line on stderr; what several commands need is in modules that are named after what they do (`compiling`,
`reading`, `excerpt`, `verdicts`, ...).

Invariant: no mistake of a user ends in a traceback, and nothing of a judged text reaches the terminal
that could steer it. Importing this package imports none of the commands: `guardc run x.plan` needs no
compiler.

Example: `guardc run support.plan messages.jsonl`.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """The entry point of the `guardc` program. Ends the process."""
    from guardc.cli.app import app  # noqa: PLC0415 - `import guardc.cli` needs no click

    app(prog_name="guardc")
