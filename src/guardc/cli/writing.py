"""Writing a file so that nobody ever sees half of it.

The bytes go into a new file in the same folder, which then takes the place of the old one: whoever has the
old plan mapped keeps it whole.

Example: `write_atomically(Path("support.plan"), plan)`.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from guardc.cli.errors import Failed

__all__ = ["check_writable", "write_atomically"]


def check_writable(path: Path) -> None:
    """Raises `Failed` if `write_atomically` would: for what takes minutes before it writes."""
    folder = _target(path).parent
    try:
        folder.stat()
    except OSError as error:
        raise _unwritable(path, error) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(path, PermissionError())


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` into `path`, with mode 0644 less the umask. A link is followed. Raises `Failed`."""
    target = _target(path)
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from None
        raise


def _target(path: Path) -> Path:
    """The file that is to be replaced or made, links followed."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else stat.S_IFREG
    except OSError as error:
        raise _unwritable(path, error) from None
    if stat.S_ISDIR(mode):
        raise Failed(f"{path} cannot be written: it is a folder; give the name of a file")
    if not stat.S_ISREG(mode):
        raise Failed(f"{path} cannot be written: it is a device or a pipe, and only a file can be replaced")
    return target


def _unwritable(path: Path, error: OSError) -> Failed:
    if isinstance(error, FileNotFoundError):
        return Failed(f"{path} cannot be written: there is no folder `{path.parent}`; make it first")
    if isinstance(error, PermissionError):
        return Failed(f"{path} cannot be written: you may not write into `{path.parent}`")
    return Failed(f"{path} cannot be written: {error.strerror or error}")
