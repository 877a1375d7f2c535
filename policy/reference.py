"""Writes docs/validators.md: everything that a rule can test or find, from the catalogue and the standard library.

`python -m guardc.policy.reference > docs/validators.md` writes it anew; a test keeps it current.

Example: the section of `json` says how it is written, that it is a predicate, that it has no fix of its own, what it
costs, and has one rule with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from guardc.policy.catalog import ACTIONS, BACKTRACKING, CHECKS, COSTS, DETECTORS, TESTS
from guardc.policy.checking.library import standard_detectors, standard_modules

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

_LIBRARY = """\
All are used like `no pii.email on fail fix`, or with `has` or `is`, and found in the one scan of the guard.
A plain fix of `no` replaces them by their kind in square brackets. [standard-library.md](standard-library.md) says
what each finds and leaves alone. The classifiers of `std.models` are in [models.md](models.md).

- cost: *how* is what searches where the first stage of the scan proposes a candidate; *candidates* are these places,
  per KB of ordinary text; *worst* bounds the steps for a KB of the worst text. `guardc explain` has them for a policy.
- example: what is found stands between « and ». In those of credentials `¦` is to be taken out, and `{hex:32}`
  stands for so many random characters of a kind: scanners for secrets do not take this page for a leak. `␤` is a
  line break. The examples run as tests."""


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
    yield from _LIBRARY.split("\n")
    for module in standard_modules():
        yield from _module(module)
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


def _module(module: str) -> Iterator[str]:
    detectors = list(standard_detectors(module))
    if not detectors:
        return
    yield ""
    yield f"### {module}"
    yield ""
    yield "| detector | kind | finds | how | candidates | worst | example |"
    yield "|---|---|---|---|---|---|---|"
    for one in detectors:
        cost = f"{one.cost.engine} | {one.cost.candidates:g} | {one.cost.worst:_}"
        yield f"| `{one.name}` | {one.kind} | {_cell(one.finds)} | {cost} | {_code(one.example)} |"


def _code(text: str) -> str:
    """An example as code in a cell."""
    shown = text.replace("|", "\\|").replace("\n", "\u2424")
    fence = "``" if "`" in shown else "`"
    padding = " " if fence == "``" or shown.startswith(" ") or shown.endswith(" ") else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" not in text else text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
