"""The processes that search, shared by all plans and threads: at most `MOST`, started when they are needed, and kept.

Vocabulary: a process is *idle*, or *taken* by one thread. The *limit* is what the policy gives one search; waiting for
a process, its start, and the compilation of a regex that is new to it do not count, but have a bound of their own.

Invariants:
  - a process that did not answer is killed before anything else happens, and another takes its place;
  - no process outlives this one by more than its search: at exit all are killed, after a crash they find their input
    closed, or their alarm goes off;
  - after a fork the child has no processes, and no open end of those of its parent.

Example: `find(search, "a a", whole=False)` is `[(0, 3)]` if the regex of `search` is `(a) \\1`.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING

from guardc.fastpath.errors import SearchError
from guardc.runtime.backtracking.forks import IN_CHILD, LOCK
from guardc.runtime.backtracking.process import Process
from guardc.runtime.backtracking.worker import FOUND, REQUEST

if TYPE_CHECKING:
    from guardc.runtime.backtracking.search import Search

__all__ = ["MOST", "Pool", "find"]

MOST = max(2, min(8, os.cpu_count() or 1))
"""Processes at once. More than processors would only share their limits."""
PATIENCE = 10.0
"""Seconds until a process must be idle or started. It takes some milliseconds, unless the machine is overloaded."""
KNOWN = 256
"""Regexes that a process is taken to know. Python's `re` keeps 512."""


def request(search: Search, text: bytes, limit: float, *, whole: bool = False) -> bytes:
    record = (whole, search.flags, search.checks, round(limit * 1000), len(search.regex), len(text))
    return REQUEST.pack(*record) + search.regex + text


def prepare(process: Process, search: Search) -> None:
    """Have a process compile a regex, so that its first search takes no longer than the others."""
    if (search.regex, search.flags) in process.known:
        return
    process.ask(request(search, b"", PATIENCE), time.monotonic() + PATIENCE)
    if len(process.known) == KNOWN:
        process.known.clear()
    process.known.add((search.regex, search.flags))


class Pool:
    """The processes. All threads of this process may use it at the same time.

    Args:
        most: how many there may be at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._begin()

    def _begin(self) -> None:
        # No process is started during a fork: the child would have an open end of it that it does not know.
        self._changed = threading.Condition(LOCK)
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._closed = False

    def find(self, search: Search, text: str, *, whole: bool) -> list[tuple[int, int]]:
        """What `Search.__call__` gives and raises."""
        name, limit = search.name, search.limit / 1000
        question = request(search, text.encode("utf-8", "surrogatepass"), limit, whole=whole)
        process = self._take(name)
        late = f"the process to search for `{name}` was not ready within {PATIENCE:.0f} s"
        ended = f"the process to search for `{name}` ended before it was ready"
        try:
            prepare(process, search)
            late = f"the search for `{name}` took longer than {search.limit} ms"
            ended = f"the process that searched for `{name}` ended"
            status, body = process.ask(question, time.monotonic() + limit)
        except BaseException as error:
            self._drop(process)
            if isinstance(error, TimeoutError):
                raise SearchError(late) from None
            if isinstance(error, (OSError, EOFError)):
                raise SearchError(ended) from None
            raise
        self._give_back(process)
        if status != FOUND:
            raise SearchError(f"the search for `{name}` raised {body.decode()}")
        offsets = iter(memoryview(body).cast("Q"))
        return list(zip(offsets, offsets, strict=True))

    def _take(self, name: str) -> Process:
        """An idle process, or a new one."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not self._closed:
                if self._idle:
                    process = self._idle.pop()
                    if process.alive:
                        return process
                    # Somebody else ended it.
                    self._all.discard(process)
                    process.end()
                elif len(self._all) < self.most:
                    try:
                        process = Process()
                    except OSError as error:
                        why = error.strerror or error
                        raise SearchError(f"the process to search for `{name}` cannot be started: {why}") from None
                    self._all.add(process)
                    return process
                elif not self._changed.wait(deadline - time.monotonic()):
                    raise SearchError(f"no process was free to search for `{name}` within {PATIENCE:.0f} s")
        raise SearchError(f"there is no search for `{name}`: the service is about to end")

    def _give_back(self, process: Process) -> None:
        with self._changed:
            if process in self._all:
                self._idle.append(process)
                self._changed.notify()

    def _drop(self, process: Process) -> None:
        process.end()
        with self._changed:
            self._all.discard(process)
            self._changed.notify()

    def close(self) -> None:
        """Kill all processes, and start no others."""
        with self._changed:
            self._closed = True
            for process in self._all:
                process.end()
            self._all.clear()
            self._idle.clear()
            self._changed.notify_all()

    def forget(self) -> None:
        """After a fork, in the child: begin anew, without the processes of the parent."""
        for process in self._all:
            process.forget()
        self._begin()


_POOL = Pool()
find = _POOL.find
atexit.register(_POOL.close)
IN_CHILD.append(_POOL.forget)
