"""What commands that listen have in common: who may call, sizes of requests, and their logs."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guardc.cli.errors import Failed

if TYPE_CHECKING:
    from guardc.runtime.server.settings import Access

__all__ = ["access_of", "check_compiled", "logging_by", "size"]

UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20}


def size(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """Bytes: `64KB`, `1 MB` or a number."""
    text = value.strip().lower()
    digits = text.rstrip("bkm ")
    factor = UNITS.get(text[len(digits) :].strip() or "b")
    if not digits.isascii() or not digits.isdigit() or factor is None or int(digits) < 1:
        raise click.BadParameter(f"{value} is no size; write it as 500000, 64KB or 1MB")
    return int(digits) * factor


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
