"""The benchmarks are not installed: they are found as in a run from the root of the tree."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The package `benchmarks` with its modules that need no peer."""
    monkeypatch.syspath_prepend(ROOT)
    for name in ("plot", "workload", "scan.measure", "scan.plot", "scan.report", "scan.worker_guardc"):
        importlib.import_module(f"benchmarks.{name}")
    return sys.modules["benchmarks"]
