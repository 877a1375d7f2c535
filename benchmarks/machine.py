"""Facts about the machine that belong beside the figures."""

from __future__ import annotations

import datetime as dt
import os
import platform
from pathlib import Path

__all__ = ["machine_facts"]


def machine_facts() -> dict[str, str | int]:
    """Processor, cores that may be used, kernel, date."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "Linux": platform.release(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
