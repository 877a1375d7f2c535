"""What the kernel says about processes: children of this one, and whether one is still there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["PATIENCE", "children", "eventually", "runs", "zombies"]

PATIENCE = 30.0
"""Seconds within which anything that a test waits for has happened, also on a busy machine."""


def _stat(pid: int) -> tuple[str, int] | None:
    """The state and the parent of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1])


def _of(parent: int) -> dict[int, str]:
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        stat = _stat(int(name)) if name.isdigit() else None
        if stat is not None and stat[1] == parent:
            found[int(name)] = stat[0]
    return found


def children() -> set[int]:
    """The processes that search for this one."""

    def searches(pid: int) -> bool:
        try:
            return b"worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False

    return {pid for pid, state in _of(os.getpid()).items() if state != "Z" and searches(pid)}


def zombies() -> set[int]:
    """Children that ended and that nobody waited for."""
    return {pid for pid, state in _of(os.getpid()).items() if state == "Z"}


def runs(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and stat[0] != "Z"


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds at some time soon."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
