"""Runs stubtest over the fast path's stub, and proves that it looks: a stub with a wrong name must fail."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

MODULE = "guardc.fastpath._core"
ALLOWED = Path(__file__).parent / "stubtest-allowlist.txt"


def stubtest(folder: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy.stubtest", MODULE, "--allowlist", str(ALLOWED), "--ignore-unused-allowlist"]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as empty:
        ran = stubtest(empty)
    sys.stdout.write(ran.stdout + ran.stderr)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
