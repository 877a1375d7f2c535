"""The pattern sets, and the policies of guardc for them. Every pattern is a rule of its own, as a peer's is."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks import workload
from benchmarks.scan.secrets import SECRETS

__all__ = ["LISTED_POLICY", "pattern_policy", "pattern_set"]

_DEFAULTS = ["edition 1", "", "defaults {", "    max 100_000_000 chars on fail exception", "}", ""]

# The entries stand in `entries.txt` beside it, one a line.
LISTED_POLICY = "\n".join(
    [
        *_DEFAULTS,
        'words listed = lines("entries.txt") ignore case',
        "",
        *workload.guard_lines("found", ["listed: no listed on fail refrain"]),
    ]
)


def pattern_set(name: str) -> dict[str, str]:
    """Name of a rule -> regular expression.

    Args:
        name: `twenty`; `two_hundred`, which adds 180 of secret scanners; `secrets`, the 222 of those.
    """
    secrets = {f"secret_{number}": secret.regex for number, secret in enumerate(SECRETS)}
    match name:
        case "twenty":
            return dict(workload.PATTERNS)
        case "two_hundred":
            return {**workload.PATTERNS, **dict(list(secrets.items())[:180])}
        case "secrets":
            return secrets
    raise ValueError(name)


def pattern_policy(patterns: Mapping[str, str]) -> str:
    """The source of a policy with two guards: `found` refuses a text with findings, `fixed` replaces them."""
    lines = [*_DEFAULTS, *(f"pattern {name} = {workload.literal(regex)}" for name, regex in patterns.items()), ""]
    for guard, action in (("found", "refrain"), ("fixed", "fix")):
        lines += workload.guard_lines(guard, [f"{name}: no {name} on fail {action}" for name in patterns])
    return "\n".join(lines)
