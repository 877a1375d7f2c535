"""Writes docs/validators.md: everything that a rule can test or find, from the catalogue and the standard library.

`python -m guardc.policy.reference > docs/validators.md` writes it anew; a test keeps it current.

Example: the section of `json` says how it is written, that it is a predicate, that it has no fix of its own, what it
costs, and has one rule with it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from guardc.policy.catalog import ACTIONS, BACKTRACKING, CHECKS, COSTS, DETECTORS, TESTS
from guardc.policy.checking.checker import check_file
from guardc.policy.checking.library import STD
from guardc.policy.model import Words

__all__ = ["BEFORE", "reference"]

BEFORE = """\
import std.pii

pattern order_id = /ORD-[0-9]{8}/
pattern contact  = /[+][0-9]{7,15}/
text    prompt   = "You are the assistant of a small bank. Never speak about other banks."
"""
"""What the examples take for defined."""

_KINDS = {
    "detector": "A test with detectors.",
    "measure": "A measure: a number that is compared.",
    "predicate": "A predicate: it holds or not.",
}


_HEAD = f"""\
# Validators

Everything that a rule can test or find. This page is written from the catalogue that the checker reads, and from
the standard library: `python -m guardc.policy.reference > docs/validators.md`. The examples run as tests, with
these definitions before them:

```
{BEFORE.rstrip()}
```

Every test takes every [action](language.md#actions); those without a fix of their own take `fix to "TEXT"`. What a
test means exactly is in [semantics.md](semantics.md); which validator of the Guardrails hub it replaces, in
[migration.md](migration.md). A text that is empty, huge or hostile is judged like any other, in time linear in the
text, and nothing raises; only what needs a parser has limits, and beyond them the rule's `on error` decides.
"""


def reference() -> str:
    """The page, ending in a newline."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from _HEAD.split("\n")
    yield "## Tests"
    for entry in TESTS.values():
        fix = f"{entry.own_fix}." if entry.own_fix else "none of its own."
        yield from _entry(entry.name, entry.form, f"{_KINDS[entry.kind]} Holds if {entry.holds}.", fix, entry.cost)
        if entry.extra is not None:
            yield f"- needs: `pip install 'guardc[{entry.extra}]'`"
        yield f"- example: `{entry.example}`"
    yield ""
    yield "## Detectors of the language"
    for detector in DETECTORS.values():
        yield from _entry(
            detector.name, detector.form, f"A detector. Finds {detector.finds}.", f"{detector.own_fix}.", detector.cost
        )
        yield f"- example: `{detector.example}`"
    yield ""
    yield "## Detectors of the standard library"
    yield ""
    yield f"All are found in the guard's scan ({COSTS['scan']}), and a plain fix of `no` replaces them by their kind in"
    yield "square brackets. [standard-library.md](standard-library.md) says what each finds and leaves alone."
    for path in sorted(STD.glob("*.guard")):
        yield from _module(path)
    yield ""
    yield "## Detectors of a policy"
    yield ""
    yield "Patterns, cucumber expressions and word lists are [defined](language.md#finding-patterns-and-word-lists) by"
    yield "the policy and found in the guard's scan. After the regex may stand:"
    yield ""
    yield f"- `{BACKTRACKING.form}`: {BACKTRACKING.does}. Example: `{BACKTRACKING.example}`"
    yield from (f"- `where {name}`: {meaning}" for name, meaning in CHECKS.items())
    yield ""
    yield "## On-fail actions"
    yield ""
    yield "| action | what comes out | example |"
    yield "|---|---|---|"
    yield from (f"| `{_cell(action.form)}` | {action.does} | `{action.example}` |" for action in ACTIONS.values())


def _entry(name: str, form: str, says: str, fix: str, cost: str) -> Iterator[str]:
    yield ""
    yield f"### {name}"
    yield ""
    yield says
    yield ""
    yield f"- written: `{form}`"
    yield f"- fix: {fix}"
    yield f"- cost: {COSTS[cost]}"


def _module(path: Path) -> Iterator[str]:
    policy = check_file(path).policy
    assert policy is not None
    abouts = _abouts(path.read_text(encoding="utf-8"))
    yield ""
    yield f"### std.{path.stem}"
    yield ""
    yield "| detector | kind | finds | example |"
    yield "|---|---|---|---|"
    for name, detector in policy.detectors.items():
        kind = "word list" if isinstance(detector, Words) else "pattern"
        full = f"{path.stem}.{name}"
        yield f"| `{full}` | {kind} | {_cell(abouts.get(name, ''))} | `no {full} on fail fix` |"


def _abouts(source: str) -> dict[str, str]:
    """Of each definition the first line of the comment right above it."""
    found = {}
    block: list[str] = []
    for line in source.split("\n"):
        defined = re.match(r"(?:pattern|words)\s+(\w+)\s*=", line)
        if defined is not None and block:
            found[defined[1]] = block[0].rstrip(".")
        block = [*block, line.removeprefix("#").strip()] if line.startswith("#") else []
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" not in text else text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
