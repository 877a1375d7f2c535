"""How a command gives up: one line on stderr, in words that say what was wrong, where, and what to do.

Example: `raise Failed("support.plan cannot be written: the disk is full")`.
"""

from __future__ import annotations

from pathlib import Path

from guardc.cli.harmless import harmless

__all__ = ["Failed", "one_line", "unreadable"]


class Failed(Exception):  # noqa: N818 - it is not an error of the program
    """Ends the program with a message and an exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def one_line(message: str) -> str:
    """The message with line breaks as spaces and nothing in it that could steer a terminal."""
    return harmless(" ".join(message.split()))


def unreadable(path: str | Path, error: OSError) -> Failed:
    """Why a file cannot be read, and what to do."""
    if isinstance(error, FileNotFoundError):
        return Failed(f"{path}: there is no such file")
    if isinstance(error, IsADirectoryError):
        return Failed(f"{path}: this is a folder; give a file")
    if isinstance(error, PermissionError):
        return Failed(f"{path}: you may not read this file; check its permissions")
    return Failed(f"{path}: it cannot be read: {error.strerror or error}")
