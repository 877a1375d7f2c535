"""Where the standard library is, and what it has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["STD", "Cost", "StandardDetector", "standard_detectors", "standard_modules"]

STD = Path(__file__).parents[1] / "std"
"""The folder of the standard library."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What finding it takes, as `guardc explain` has it: measured by the compiler, kept in policy/std/catalogue.json.

    engine: how it is searched for, where the first stage proposes it. candidates: places that this proposes per KB of
    ordinary text. worst: steps per KB of the worst text at most.
    """

    engine: str
    candidates: float
    worst: int

    def __str__(self) -> str:
        often = f"{self.candidates:g}" if self.candidates >= 0.01 else "fewer than 0.01"
        return f"{self.engine}; {often} candidates per KB of ordinary text, at most {self.worst:_} steps per KB"


@dataclass(frozen=True, slots=True)
class StandardDetector:
    """A detector of the standard library that rules can name.

    name: with its module, `pii.email`. kind: `pattern` or `word list`. finds: the first line of its comment.
    example: a text with what it finds between « and ». A ¦ is to be taken out, and `{hex:32}` stands for so many
    characters of a kind: scanners for secrets do not take it for a leak.
    """

    name: str
    kind: str
    finds: str
    cost: Cost
    example: str


def standard_modules() -> list[str]:
    """The names of the modules of the standard library: `std.pii` and so on."""
    return sorted(f"std.{path.stem}" for path in STD.glob("*.guard"))


def standard_detectors(module: str) -> Iterator[StandardDetector]:
    """The detectors of a module (`std.pii`) in written order, without those whose names begin with `_`."""
    stem = module.removeprefix("std.")
    known = json.loads((STD / "catalogue.json").read_text(encoding="utf-8"))
    comment: list[str] = []
    for line in (STD / f"{stem}.guard").read_text(encoding="utf-8").split("\n"):
        defined = re.match(r"(pattern|words)\s+([^_\W]\w*)\s*=", line)
        if defined is not None:
            name = f"{stem}.{defined[2]}"
            entry = known[name]
            example = entry.pop("example")
            kind = "word list" if defined[1] == "words" else "pattern"
            yield StandardDetector(name, kind, _summary(comment), Cost(**entry), example)
        if not re.match(r"(pattern|words)\s+_", line):  # which stands between what it is for and the comment on that
            comment = [*comment, line.removeprefix("#").strip()] if line.startswith("#") else []


def _summary(comment: list[str]) -> str:
    """The sentences of a comment's first line; if none ends there, the first sentence."""
    if not comment:
        return ""
    first = comment[0]
    if not first.endswith("."):
        ended = [first[: end.start()] for end in re.finditer(r"\.(?= [A-Z])", first)]
        first = ended[-1] if ended else re.split(r"\.(?= [A-Z]|$)", " ".join(comment), maxsplit=1)[0]
    return first.rstrip(".")
