"""Builds a wheel and compares its contents with the tree: every module and data file, nothing else."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("policy", "compiler", "runtime", "fastpath", "training", "grammars")
SHIPPED = {
    ".py",
    ".pyi",
    ".pyx",
    ".pxi",
    ".h",
    ".lark",
    ".guard",
    ".json",
    ".txt",
    ".dat",
    ".weights",
    ".html",
    ".css",
    ".js",
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name]


def expected() -> set[str]:
    names = {f"guardc/fastpath/_core{sysconfig.get_config_var('EXT_SUFFIX')}"}
    for path in tracked():
        room = path.parts[0]
        if path.suffix not in SHIPPED and path.name != "py.typed":
            continue
        if room in ROOMS:
            names.add(f"guardc/{path.as_posix()}")
        elif path.parts[:2] == ("src", "guardc"):
            names.add(Path(*path.parts[1:]).as_posix())
    return names


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (wheel,) = Path(folder).glob("*.whl")
        size = wheel.stat().st_size
        with zipfile.ZipFile(wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
    missing, extra = expected() - names, names - expected()
    for name in sorted(missing):
        sys.stdout.write(f"missing from the wheel: {name}\n")
    for name in sorted(extra):
        sys.stdout.write(f"not in the tree: {name}\n")
    sys.stdout.write(f"{wheel.name}: {len(names)} files, {size // 1024} KB\n")
    return 1 if missing or extra else 0


if __name__ == "__main__":
    sys.exit(main())
