"""The standard library as others see it: an example and the cost of each detector.

`python tests/support/library.py > policy/std/catalogue.json` writes anew what `guardc validators`
and docs/validators.md show. `tests/std/test_catalogue.py` keeps it current, and looks for the examples.

Tokens that look real are written in the data, and in the catalogue, with a `¦` in them, which is taken out, and with
runs such as `{hex:32}`, which are filled in: scanners for secrets do not take the data for a leak.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

from guardc.compiler import compile_text
from guardc.compiler.explain import explain
from guardc.policy import check_file
from guardc.policy.checking.library import STD
from guardc.policy.model import Pattern, Words

DATA = Path(__file__).parents[1] / "std"
EXAMPLES = {path.stem: path for folder in ("data", "formats") for path in sorted((DATA / folder).glob("*.toml"))}
"""For each module the file of its examples."""

ALPHABETS = {
    "hex": "4f9a02c7d1e8b635",
    "digits": "7391824605",
    "upper": "Q7ZK2MXB4TJW9RHD5CVN",
    "lower": "k3f9xq7tz2mw5b8vhj4c",
    "alnum": "aK3fZ9xQ7tB2mW5vR8hJ4cN6pY1dG0sL",
    "url": "aK3f-Z9xQ7tB2mW_5vR8hJ4cN6pY1dG0sL",
    "base64": "aK3fZ9x/Q7tB2mW5vR8h+J4cN6pY1dG0sL",
    "base32": "k3f4xq7tz2mw5bv6hj4c",
    "upperhex": "4F9A02C7D1E8B635",
    "letters": "aKfZxQtBmWvRhJcNpYdGsL",
}


def fill(text: str) -> str:
    """A text of the data as it is meant: marks of the scanner taken out, runs filled in."""

    def run(match: re.Match[str]) -> str:
        alphabet, length = ALPHABETS[match[1]], int(match[2])
        return (alphabet * (length // len(alphabet) + 1))[:length]

    return re.sub(r"\{(\w+):(\d+)\}", run, text.replace("¦", ""))


def detectors(module: str) -> dict[str, Pattern | Words]:
    """The detectors of a module that are for others, in written order."""
    policy = check_file(STD / f"{module}.guard").policy
    assert policy is not None
    return {name: detector for name, detector in policy.detectors.items() if not name.startswith("_")}


def is_plain(text: str) -> bool:
    """Can it be shown anywhere?"""
    return all(character.isprintable() or character == "\n" for character in text)


def catalogue() -> dict[str, dict[str, object]]:
    """What the catalogue says, for each detector by its full name."""
    return {name: entry for module in sorted(EXAMPLES) for name, entry in entries(module).items()}


def entries(module: str) -> dict[str, dict[str, object]]:
    """The part of one module."""
    names = [f"{module}.{name}" for name in detectors(module)]
    compilation = compile_text(
        f"edition 1\nimport std.{module}\nguard g on input {{\nno {', '.join(names)} on fail noop\n}}\n"
    )
    assert compilation.module is not None, compilation.diagnostics
    assert compilation.plan is not None
    reports = {name: one for one in explain(compilation.module, compilation.plan).patterns for name in one.names}
    examples = tomllib.loads(EXAMPLES[module].read_text(encoding="utf-8"))
    return {
        name: {
            "engine": reports[name].engine,
            "candidates": round(reports[name].candidates, 2),
            "worst": reports[name].worst,
            "example": min(filter(is_plain, examples[name.partition(".")[2]]["found"]), key=len),
        }
        for name in names
    }


def written(entries: dict[str, dict[str, object]]) -> str:
    """The file: a line for each detector."""
    lines = [f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.stdout.write(written(catalogue()))
