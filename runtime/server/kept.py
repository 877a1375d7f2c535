"""The files that run, as all workers of a server have them: the last good plan and the last good keys.

A worker reads a file once and lets nobody change under its guards what it has read. Alone, it has a copy in memory.
Several have a copy in a folder that is theirs alone, and map it: memory holds a plan once, however many workers there
are. That copy is also what a worker begins with that takes the place of one that died while the files were bad.

Invariant: what is in the folder has run. Whoever reads it sees all of one plan, as it is replaced by renaming.

Example: `Kept(folder).take(files, make)` is what `make` makes of the files; if it raises, nothing is kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

__all__ = ["Files", "Kept"]

T = TypeVar("T")


class Files(NamedTuple):
    """What a server reads.

    Attributes:
        plan: the bytes of the plan.
        keys: the text of the file of keys; None: the server asks for none.
    """

    plan: bytes | mmap.mmap
    keys: str | None


class Kept:
    """Keeps them in a folder; None: nothing is kept, for a worker that is alone."""

    def __init__(self, folder: str | None) -> None:
        self._folder = None if folder is None else Path(folder)

    def take(self, files: Files, make: Callable[[Files], T]) -> T:
        """What `make` makes of the files, which are the last good ones then. What it raises goes through."""
        if self._folder is None:
            return make(files)
        with self._alone(self._folder):
            plan, keys, new = self._folder / "plan", self._folder / "keys", self._folder / "new"
            same = plan.exists() and plan.read_bytes() == files.plan
            if not same:
                new.write_bytes(files.plan)
            with (plan if same else new).open("rb") as file:
                # An empty file cannot be mapped; `make` says what is wrong with it.
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if len(files.plan) else b""
            made = make(Files(mapped, files.keys))
            if not same:
                new.rename(plan)
            if files.keys is not None:
                new.write_text(files.keys, encoding="utf-8")
                new.rename(keys)
            return made

    def last(self) -> Files | None:
        """The last good files; None: none has run."""
        if self._folder is None:
            return None
        with self._alone(self._folder):
            plan, keys = self._folder / "plan", self._folder / "keys"
            if not plan.exists():
                return None
            return Files(plan.read_bytes(), keys.read_text(encoding="utf-8") if keys.exists() else None)

    @staticmethod
    @contextlib.contextmanager
    def _alone(folder: Path) -> Iterator[None]:
        """One worker after the other: the second finds what the first has kept, and maps the same."""
        with (folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
