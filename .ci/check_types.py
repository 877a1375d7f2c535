"""Runs mypy --strict over the installed package, and fails if it checked fewer files than the tree has.

mypy finds modules by path: run from the root it would check the rooms under wrong names, or silently not at all.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("src/guardc", "policy", "compiler", "runtime", "fastpath", "training", "grammars")


def main() -> int:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py*") if file.suffix in (".py", ".pyi")]
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "-p", "guardc"]
        ran = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=False)
    sys.stdout.write(ran.stdout + ran.stderr)
    if ran.returncode:
        return ran.returncode
    counted = re.search(r"in (\d+) source files", ran.stdout)
    if counted is None or int(counted[1]) != len(files):
        sys.stdout.write(f"the tree has {len(files)} files to check\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
