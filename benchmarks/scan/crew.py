"""The worker processes of a run, each started when it is first needed and again if it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.peer import guardrails_environment, peer_python
from benchmarks.protocol import Worker

__all__ = ["Crew"]


class Crew:
    """Workers by name: `guardc`, `peers`, `guardrails`. They run on one and the same core until `use` says otherwise.

    Args:
        folder: where the plans are, and where the home directory of Guardrails is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cores = [max(os.sched_getaffinity(0))]
        self._workers: dict[str, Worker] = {}
        self._start: dict[str, Callable[[], Worker]] = {
            "guardc": self._guardc,
            "peers": self._peers,
            "guardrails": self._guardrails,
        }

    def __getitem__(self, name: str) -> Worker:
        if name not in self._workers:
            self._workers[name] = self._start[name]()
            self._workers[name].ask("pin", cores=self._cores)
        return self._workers[name]

    def use(self, cores: list[int]) -> None:
        """Run all workers on these cores."""
        self._cores = cores
        for worker in self._workers.values():
            worker.ask("pin", cores=cores)

    def dismiss(self, name: str) -> None:
        """End a worker; the next use starts a new one."""
        if name in self._workers:
            self._workers.pop(name).__exit__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for name in list(self._workers):
            self.dismiss(name)

    def _guardc(self) -> Worker:
        return Worker([sys.executable, "-m", "benchmarks.scan.worker_guardc", str(self._folder)], os.environ)

    def _peers(self) -> Worker:
        return Worker([peer_python("scan"), "-m", "benchmarks.scan.worker_peers"], os.environ)

    def _guardrails(self) -> Worker:
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        command = [peer_python("guardrails"), "-m", "benchmarks.worker_guardrails"]
        return Worker(command, guardrails_environment(home))
