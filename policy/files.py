"""Reading the files of a policy.

Invariant: nothing here raises for what a file is or is not; the reason comes back in the author's words.

Example: `read(Path("missing.guard"), POLICY_LIMIT)` is `Unreadable("there is no such file")`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["POLICY_LIMIT", "WORDS_LIMIT", "Unreadable", "read", "unusable"]

POLICY_LIMIT = 2 * 1024 * 1024
"""Bytes of a policy file at most: a hundred times more than anyone reads, and checked in seconds."""

WORDS_LIMIT = 64 * 1024 * 1024
"""Bytes of a file of words at most."""


@dataclass(frozen=True)
class Unreadable:
    """Why a file cannot be read."""

    reason: str


def read(path: Path, limit: int) -> str | Unreadable:
    """The text of a file, without its byte order mark."""
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
        return Unreadable(f"it is larger than {limit // 1024**2} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Unreadable(f"it is not UTF-8 text (line {line})")
    return Unreadable("it is not text") if "\0" in text else text


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
