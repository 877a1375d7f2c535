"""What the kernel says of a process and its children."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

__all__ = ["Use", "family", "use"]


class Use(NamedTuple):
    """What processes use.

    Attributes:
        memory: proportional set size in bytes: what several map is shared among them.
        descriptors: open files and connections.
        threads: of all.
    """

    memory: int
    descriptors: int
    threads: int


def family(pid: int) -> list[int]:
    """The process and its children, that one first."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names alone
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(name))
    return [pid, *sorted(found)]


def use(pid: int) -> Use:
    """What a process uses now."""
    folder = Path(f"/proc/{pid}")
    lines = (folder / "smaps_rollup").read_text(encoding="ascii").splitlines()
    (memory,) = (int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return Use(memory, len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir())))
