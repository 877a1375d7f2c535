"""The program: its commands by group, and how errors end.

Exit codes: 0 success; 1 the policy, the plan or a file is at fault; 2 the command line is; 3 and 4 belong to
`guardc run`. 130 after an interrupt, 141 if whoever read the output left (as a shell reports SIGINT and
SIGPIPE).

Example: a new command is a module `guardc.cli.NAME` with a click command `command`, and a row in `GROUPS`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import IO, Any, NoReturn

import click

from guardc.cli.errors import Failed, one_line
from guardc.version import __version__

__all__ = ["GROUPS", "app"]

GROUPS = (
    (
        "Write a policy",
        (
            ("init", "Write a commented policy to start from."),
            ("check", "Say what is wrong with a policy."),
            ("validators", "List what a policy can test and do."),
            ("shape", "Print a pydantic model or JSON Schema as shapes."),
        ),
    ),
    (
        "Build",
        (
            ("compile", "Compile a policy into a plan."),
            ("fit", "Train a classifier on labelled texts."),
            ("explain", "Show how each rule is decided and what it costs."),
            ("schema", "Print a shape as JSON Schema."),
        ),
    ),
    (
        "Use",
        (
            ("run", "Judge texts by a policy or a plan."),
            ("serve", "Serve a plan over HTTP."),
            ("infer", "Serve models that score texts over HTTP."),
            ("key", "Make a key for a server."),
            ("top", "Show what happens in servers now."),
        ),
    ),
)
"""The commands by group, with what the help says about each: listing them imports none."""


class ReaderLeftError(Exception):
    """Whoever read the output reads no more."""


class Program(click.Group):
    """Finds commands by name, imports the one that is called, and ends every error in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [name for _, commands in GROUPS for name, _ in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"guardc.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415 - only a mistake needs it

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            mend = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"guardc has no command `{args[0]}`; {mend}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        width = max(len(name) for _, commands in GROUPS for name, _ in commands)
        for title, commands in GROUPS:
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click would end the program with its own exit code
            raise ReaderLeftError from None

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        extra["standalone_mode"] = False
        for stream in (sys.stdout, sys.stderr):
            # A terminal may not know a character; that must not end the program.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            code = super().main(args, prog_name or "guardc", **extra)
            sys.stdout.flush()
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "guardc"
            _report(f"{_plain(error)} (see `{path} --help`)")
            sys.exit(2)
        except Failed as error:
            _report(str(error))
            sys.exit(error.code)
        except click.ClickException as error:
            _report(_plain(error))
            sys.exit(error.exit_code)
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(130)
        except (ReaderLeftError, BrokenPipeError):
            _abandon(sys.stdout)
            sys.exit(141)
        except OSError as error:  # the disk is full, the terminal is gone
            _abandon(sys.stdout)
            _report(f"the output cannot be written: {error.strerror or error}")
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def _plain(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _report(message: str) -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _abandon(sys.stdout)
    click.echo(f"guardc: error: {one_line(message)}", err=True)


def _abandon(stream: IO[str]) -> None:
    """Let the interpreter's last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.command(
    cls=Program,
    epilog="Start here: guardc init my.guard",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="guardc %(version)s")
def app() -> None:
    """Compile guard policies for LLM applications, and judge texts by them.

    A policy is a .guard file. Compile it into a plan, and a service judges every prompt and answer by the
    plan in microseconds.
    """
