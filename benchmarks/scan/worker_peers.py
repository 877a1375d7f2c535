"""The worker for the peers; runs in their environment. Its guards are named `ENGINE/WORKLOAD`, as `re, spans/twenty`.

WORKLOAD is a pattern set of `policies`, or for pyahocorasick the number of entries of the word list.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.protocol import serve
from benchmarks.scan.engines import ENGINES, AhoCorasick, Engine
from benchmarks.scan.lists import entries
from benchmarks.scan.policies import pattern_set

__all__ = ["PeersSubject"]

_PACKAGES = ("google-re2", "hyperscan", "regex", "pyahocorasick", "Django")


def _build(name: str) -> Engine:
    engine, workload = name.split("/")
    if engine == "pyahocorasick":
        return AhoCorasick(entries(int(workload)))
    return ENGINES[engine](pattern_set(workload))


class PeersSubject:
    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            self._engines[name] = _build(name)
        return self._engines[name]

    def facts(self) -> dict[str, str]:
        """Versions, and where Django's message catalogues are; nothing about what is not installed."""
        found = {}
        for package in _PACKAGES:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
        if "Django" in found:
            found["catalogues"] = str(Path(import_module("django").__path__[0]))
        return found

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        """What the engine found; with `absent`, the engine's module is not there and nothing was judged."""
        try:
            engine = self._engine(guard)
        except ModuleNotFoundError as missing:
            return {"absent": missing.name}
        return {"kind": engine.kind, "found": engine.found(engine.scan(text))}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002 - one engine serves all threads
        scan = self._engine(guard).scan
        for text in texts:
            scan(text)


if __name__ == "__main__":
    serve(PeersSubject())
