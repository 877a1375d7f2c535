"""What is recorded of one diagnostic code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Code"]


@dataclass(frozen=True)
class Code:
    """One code. `wrong` is a whole policy that gets the diagnostic, `right` the same policy mended; either
    is empty where no single policy shows it."""

    code: str
    title: str
    severity: Literal["error", "warning"]
    explanation: str
    wrong: str = ""
    right: str = ""
