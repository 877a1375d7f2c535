"""Reading the files of a policy.

Invariant: nothing here raises for what a file is or is not; the reason comes back in the author's words.

Example: `read(Path("missing.guard"), POLICY_LIMIT)` is `Unreadable("there is no such file")`.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path

__all__ = ["POLICY_LIMIT", "WORDS_LIMIT", "Unreadable", "only_in", "read", "read_bytes", "unusable"]

POLICY_LIMIT = 2 * 1024 * 1024
"""Bytes of a policy file at most: a hundred times more than anyone reads, and checked in seconds."""

WORDS_LIMIT = 64 * 1024 * 1024
"""Bytes of a file of words at most."""

MAX_SHOWN = 200
"""Bytes that are shown of a line that is not UTF-8."""

_folders: tuple[Path, ...] = ()


def only_in(*folders: Path) -> None:
    """From now on this process reads files of policies from these folders alone. For programs that compile what
    strangers write."""
    global _folders  # noqa: PLW0603 - it holds for the process
    _folders = tuple(folder.resolve() for folder in folders)


@dataclass(frozen=True)
class Unreadable:
    """Why a file cannot be read. `help` is the mend, if there is one; `text` is what could be read, up to the
    end of the line with the character at `offset`, which is the one to blame."""

    reason: str
    help: str | None = None
    text: str = ""
    offset: int = 0


def read_bytes(path: Path, limit: int) -> bytes | Unreadable:
    """The content of a file."""
    if _folders and not any(path.resolve().is_relative_to(folder) for folder in _folders):
        return Unreadable("files are not read here", "write what is in it into the policy")
    try:
        # Opening a pipe or a device could wait for ever.
        if path.exists() and not path.is_file():
            return Unreadable("it is a folder" if path.is_dir() else "it is no ordinary file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return Unreadable("there is no such file")
    except PermissionError:
        return Unreadable("reading it is not permitted")
    except (OSError, ValueError) as error:
        return Unreadable((getattr(error, "strerror", None) or "it cannot be opened").lower())
    if len(data) > limit:
        size = f"{limit // 1024**2} MB" if limit >= 1024**2 else f"{limit // 1024} KB"
        return Unreadable(f"it is larger than {size}")
    return data


def read(path: Path, limit: int) -> str | Unreadable:
    """The text of a file, without its byte order mark."""
    data = read_bytes(path, limit)
    if isinstance(data, Unreadable):
        return data
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(data.removeprefix(BOM_UTF8), error.start)
    return Unreadable("it is not text") if "\0" in text else text


def _not_utf8(data: bytes, start: int) -> Unreadable:
    good = data[:start].decode("utf-8")
    end = data.find(b"\n", start)
    rest = data[start : end if end >= 0 else len(data)][:MAX_SHOWN].decode("utf-8", "replace")
    line = good.count("\n") + 1
    reason = f"it is not UTF-8 text (line {line})"
    return Unreadable(reason, "save the file as UTF-8", good + rest, len(good))


def unusable(text: str) -> str | None:
    """Why a text that did not come from a file cannot be a policy, or None."""
    if len(text) > POLICY_LIMIT:
        return f"it is larger than {POLICY_LIMIT // 1024**2} MB"
    if "\0" in text:
        return "it is not text"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "it contains half a surrogate pair"
    return None
