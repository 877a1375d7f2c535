"""What commands that listen have in common: their options, who may call, sizes of requests, and their logs."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guardc.cli.errors import Failed

if TYPE_CHECKING:
    from guardc.runtime.server.settings import Access

__all__ = ["access_of", "check_compiled", "listens", "logging_by"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20}


def _size(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """Bytes: `64KB`, `1 MB` or a number."""
    text = value.strip().lower()
    digits = text.rstrip("bkm ")
    factor = UNITS.get(text[len(digits) :].strip() or "b")
    if not digits.isascii() or not digits.isdigit() or factor is None or int(digits) < 1:
        raise click.BadParameter(f"{value} is no size; write it as 500000, 64KB or 1MB")
    return int(digits) * factor


def listens(port: int) -> Callable[[_Command], _Command]:
    """Give a command the options of all that listen, at this port if it is told no other."""
    options = (
        click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
        click.option(
            "--port", type=click.IntRange(0, 65535), default=port, show_default=True, help="0: any that is free."
        ),
        click.option("--keys", type=click.Path(path_type=Path), help="Who may call: a file that `guardc key` writes."),
        click.option("--without-keys", is_flag=True, help="Whoever reaches a --host that is not loopback may call."),
        click.option(
            "--max-body", callback=_size, default="1MB", metavar="SIZE", show_default=True, help="The largest request."
        ),
        click.option(
            "--max-batch", type=click.IntRange(1), default=1000, show_default=True, help="Texts of one request."
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(0, min_open=True),
            default=30.0,
            show_default=True,
            help="Seconds for a request.",
        ),
        click.option(
            "--concurrency",
            type=click.IntRange(1),
            default=256,
            show_default=True,
            help="Requests that a process has in work; more are answered with 503.",
        ),
        click.option(
            "--grace",
            type=click.IntRange(0),
            default=30,
            show_default=True,
            help="Seconds that requests in work have to end at a shutdown.",
        ),
        click.option("--access-log", is_flag=True, help="Log a line for each request. Never a text."),
    )

    def add(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def logging_by(usual: dict[str, Any]) -> dict[str, Any]:
    """Uvicorn's configuration of logging, which its workers take over, with the lines of the server in it."""
    ours = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return {**usual, "loggers": {**usual["loggers"], "guardc": ours}}


def access_of(host: str, keys: Path | None, without_keys: bool) -> Access:
    from guardc.runtime.server.keys import VARIABLE  # noqa: PLC0415 - `--help` does not need it

    if keys is not None or os.environ.get(VARIABLE):
        if without_keys:
            raise click.UsageError(f"there are keys and --without-keys; leave one out (or unset {VARIABLE})")
        return "keys"
    if _is_loopback(host):
        return "local"
    if not without_keys:
        raise click.UsageError(
            f"--host {host} can be reached from elsewhere: give --keys FILE (`guardc key` makes it), "
            "or --without-keys if whoever reaches it may call"
        )
    return "open"


def check_compiled(path: Path) -> None:
    """Raises:
    Failed: the file is a policy, and no plan.
    OSError: it cannot be read.
    """
    from guardc.fastpath.layout import MAGIC  # noqa: PLC0415 - see above

    with path.open("rb") as file:
        if path.suffix == ".guard" and file.read(len(MAGIC)) != MAGIC:
            raise Failed(f"{path}: this is a policy; compile it first: guardc compile {path}")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
