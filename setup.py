"""Builds guardc: maps the rooms of the tree under one import name and compiles the fast path.

The face lives in `src/guardc`; every other room is a folder at the root (`policy/`, `compiler/`, ...) that is
installed as `guardc.<room>`. Everything static is in pyproject.toml.
"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
ROOMS = ("policy", "compiler", "runtime", "fastpath", "training", "grammars")

# What is shipped besides Python modules: sources of the fast path, stubs, the grammar, the standard library,
# the page of the server.
DATA = [
    "*.pyx",
    "*.pxi",
    "*.h",
    "*.pyi",
    "*.lark",
    "*.guard",
    "*.json",
    "*.txt",
    "*.dat",
    "*.weights",
    "*.html",
    "*.css",
    "*.js",
    "py.typed",
]


def package_directories() -> dict[str, str]:
    """Every package with the folder that holds it, sub-packages included.

    Computed from the tree, so that a new folder with an `__init__.py` is never missing from a wheel.
    """
    directories = {"guardc": "src/guardc"}
    for init in sorted((ROOT / "src/guardc").rglob("*/__init__.py")):
        folder = init.parent.relative_to(ROOT)
        directories[".".join(folder.parts[1:])] = folder.as_posix()
    for room in ROOMS:
        for init in sorted((ROOT / room).rglob("__init__.py")):
            folder = init.parent.relative_to(ROOT)
            directories["guardc." + ".".join(folder.parts)] = folder.as_posix()
    return directories


def main() -> None:
    directories = package_directories()
    core = Extension(
        "guardc.fastpath._core",
        ["fastpath/_core.pyx"],
        # -g0: the debug information of the usual build flags makes the module five times as large.
        extra_compile_args=["-O3", "-g0", "-fno-strict-aliasing"],
        depends=[*map(str, sorted(Path("fastpath").glob("*.pxi"))), *map(str, sorted(Path("fastpath").glob("*.h")))],
    )
    setup(
        packages=list(directories),
        package_dir=directories,
        package_data=dict.fromkeys(directories, DATA),
        ext_modules=cythonize(
            [core],
            include_path=["fastpath"],
            compiler_directives={
                "language_level": 3,
                "boundscheck": False,
                "wraparound": False,
                "initializedcheck": False,
                "cdivision": True,
                "embedsignature": False,
                "auto_pickle": False,
                "freethreading_compatible": True,
            },
        ),
    )


if __name__ == "__main__":
    main()
