"""Where the standard library is, and what it has."""

from __future__ import annotations

from pathlib import Path

__all__ = ["STD", "standard_modules"]

STD = Path(__file__).parents[1] / "std"
"""The folder of the standard library."""


def standard_modules() -> list[str]:
    """The names of the modules of the standard library: `std.pii` and so on."""
    return sorted(f"std.{path.stem}" for path in STD.glob("*.guard"))
