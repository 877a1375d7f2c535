"""`guardc run`: judge texts."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from guardc.cli.errors import one_line, unreadable
from guardc.cli.loading import load_any
from guardc.cli.messages import BadLine, Message, form_of, read_messages
from guardc.cli.metadata import read_metadata

if TYPE_CHECKING:
    from guardc.runtime import Guard, Outcome, Plan

__all__ = ["command"]

NOT_PASSED = 3
BAD_INPUT = 4

Show = Callable[[Message, "Outcome", int], None]


@click.command(epilog="Example: guardc run support.plan messages.jsonl --guard reply")
@click.argument("policy", type=click.Path(path_type=Path), metavar="POLICY_OR_PLAN")
@click.argument("input_", default="-", metavar="[INPUT]")
@click.option("--guard", "chosen", metavar="NAME", help="The guard for texts that name none.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Blocks for people, or one JSON object a line.",
)
@click.option(
    "--input",
    "input_form",
    type=click.Choice(["auto", "text", "lines", "jsonl"]),
    default="auto",
    show_default=True,
    help="One text, one text a line, or one JSON value a line. auto: JSON lines for .jsonl and .ndjson, else one text.",
)
@click.option("--metadata", "given", multiple=True, metavar="NAME=VALUE", help="A field for conditions; repeat it.")
@click.option("--clear", is_flag=True, help="Show what was found. By default only its first character is shown.")
@click.option("--exit-code", is_flag=True, help="End with code 3 if some text did not pass.")
def command(  # noqa: PLR0913, PLR0917 - one for each option
    policy: Path,
    input_: str,
    chosen: str | None,
    form: str,
    input_form: str,
    given: tuple[str, ...],
    clear: bool,
    exit_code: bool,
) -> int:
    """Judge the texts in INPUT by a policy or a plan.

    INPUT is a file, or - (the default) for standard input. A JSON line is a string, or an object with
    "text", or "messages" of a chat, and, if you like, "guard", "metadata" and "id". A line break at the
    end of a file is not part of the text. Bad lines are reported and left out.

    Exit codes: 0 every text was judged, whatever the verdicts; 1 the policy or plan cannot be used; 2 the
    command line is wrong; 3 with --exit-code, some text did not pass; 4 some input could not be read
    (wins over 3).
    """
    loaded = load_any(policy)
    guards = _Guards(loaded.plan, chosen)
    metadata = read_metadata(given, loaded.metadata()) if given else {}
    form_in = form_of(input_) if input_form == "auto" else input_form
    if form_in != "jsonl":
        guards.default()
    bad = failed = 0
    with _open(input_) as stream, _shower(form, clear) as show:
        for message in read_messages(stream, form_in):
            if isinstance(message, BadLine):
                reason: str | None = message.reason
            else:
                guard, reason = guards.of(message)
            if isinstance(message, BadLine) or guard is None:
                bad += 1
                sys.stdout.flush()
                place = "standard input" if input_ == "-" else input_
                click.echo(one_line(f"guardc: {place}:{message.line}: {reason}"), err=True)
                continue
            fields = {**metadata, **message.metadata}
            begin = perf_counter_ns()
            try:
                outcome = guard.validate(message.text if message.chat is None else message.chat, fields)
            except TypeError as error:  # of messages that are none
                bad += 1
                click.echo(one_line(f"guardc: {input_}:{message.line}: {error}"), err=True)
                continue
            taken = perf_counter_ns() - begin
            failed += not outcome.passed
            show(message, outcome, taken)
    if bad:
        return BAD_INPUT
    return NOT_PASSED if exit_code and failed else 0


class _Guards:
    """Which guard judges a message: the one it names, else the one that was chosen, else the only one."""

    def __init__(self, plan: Plan, chosen: str | None) -> None:
        self._plan = plan
        self._known = ", ".join(f"`{name}`" for name in plan.guards) or "none"
        if chosen is not None and chosen not in plan.guards:
            raise click.UsageError(f"--guard {chosen}: there is no such guard; there are {self._known}")
        if not plan.guards:
            raise click.UsageError("the policy has no guard, so there is nothing to judge by")
        self._default = chosen if chosen is not None or len(plan.guards) > 1 else plan.guards[0]

    def default(self) -> None:
        """Demand that there is a guard for texts that name none."""
        if self._default is None:
            raise click.UsageError(f"there are several guards; choose one with --guard: {self._known}")

    def of(self, message: Message) -> tuple[Guard | None, str | None]:
        """The guard, or why there is none."""
        name = message.guard if message.guard is not None else self._default
        if name is None:
            return None, f"the line names no `guard`, and there are several: {self._known}; give --guard"
        if name not in self._plan.guards:
            return None, f"there is no guard `{name}`; there are {self._known}"
        return self._plan.guard(name), None


@contextlib.contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        if sys.stdin.isatty():
            click.echo("Type the text, then Ctrl-D on a line of its own.", err=True)
        yield sys.stdin.buffer
        return
    path = Path(name)
    try:
        stream = path.open("rb")
        stream.peek(1)  # a folder opens, and fails when it is read
    except OSError as error:
        raise unreadable(path, error) from None
    with stream:
        yield stream


@contextlib.contextmanager
def _shower(form: str, clear: bool) -> Iterator[Show]:
    if form == "json":
        from guardc.cli.records import record  # noqa: PLC0415 - each format loads what it needs

        def show(message: Message, outcome: Outcome, _nanoseconds: int) -> None:
            sys.stdout.write(record(message, outcome) + "\n")
            # Whoever waits for an answer before the next question gets it at once; files come in blocks.
            if not regular:
                sys.stdout.flush()

        regular = _is_regular(sys.stdout)
        yield show
        return

    from guardc.cli.verdicts import VerdictPrinter  # noqa: PLC0415 - see above

    printer = VerdictPrinter(clear=clear)
    yield printer.show
    printer.summary()


def _is_regular(stream: Any) -> bool:
    import os  # noqa: PLC0415
    import stat  # noqa: PLC0415

    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
