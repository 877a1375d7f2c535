"""Runs stubtest over the fast path's stub, and proves that it looks: a stub with a wrong name must fail.

Where stubtest does not find the stub (in an editable install, say) it reports success without comparing anything.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def stubtest(folder: str) -> subprocess.CompletedProcess[str]:
    """Compare stub and extension, a package in `folder` going before the installed one."""
    command = [sys.executable, "-m", "mypy.stubtest", "guardc.fastpath._core"]
    environment = {**os.environ, "PYTHONPATH": folder, "MYPYPATH": folder}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def main() -> int:
    with tempfile.TemporaryDirectory() as empty:
        ran = stubtest(empty)
    sys.stdout.write(ran.stdout + ran.stderr)
    if ran.returncode:
        return ran.returncode
    spec = importlib.util.find_spec("guardc")
    assert spec is not None
    assert spec.origin is not None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(Path(spec.origin).parent, Path(folder) / "guardc")
        stub = Path(folder) / "guardc" / "fastpath" / "_core.pyi"
        stub.write_text(stub.read_text(encoding="utf-8").replace("def unwrap(", "def unwarp("), encoding="utf-8")
        if "unwarp" not in stubtest(folder).stdout:
            sys.stdout.write("stubtest did not notice a stub with a wrong name: it compares nothing\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
