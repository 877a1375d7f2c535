"""That guardc and its peers find the same, before anything is timed.

What is compared depends on what a peer tells (`engines`): spans with spans; the set of patterns where it tells only
that; and of Hyperscan, which reports every end, the set of patterns, and that each span of guardc ends where it
reports an end, with a start no later than the span's.
"""

from __future__ import annotations

from benchmarks.protocol import Worker
from benchmarks.scan.engines import Found

__all__ = ["DisagreementError", "agree", "compare_found"]


class DisagreementError(AssertionError):
    """Two sides found different things. The message names the pattern and the offsets, not the text."""


def compare_found(ours: Found, theirs: Found, kind: str) -> int:
    """Hold two sides to each other; returns how many patterns and spans were compared.

    Raises:
        DisagreementError: they differ.
    """
    if set(ours) != set(theirs):
        only = {"guardc": sorted(set(ours) - set(theirs)), "the peer": sorted(set(theirs) - set(ours))}
        raise DisagreementError(f"patterns found by one side only: {only}")
    if kind == "which":
        return len(ours)
    for name, spans in ours.items():
        mine, other = [tuple(span) for span in spans], [tuple(span) for span in theirs[name]]
        if kind == "spans" and mine != other:
            raise DisagreementError(f"{name}: spans of one side only: {sorted(set(mine) ^ set(other))[:10]}")
        if kind == "ends":
            starts: dict[int, int] = {}
            for start, end in other:
                starts[end] = min(start, starts.get(end, start))
            missing = [span for span in mine if not starts.get(span[1], span[0] + 1) <= span[0]]
            if missing:
                raise DisagreementError(f"{name}: spans whose end is not reported: {missing[:10]}")
    return len(ours) + sum(map(len, ours.values()))


def agree(guardc: Worker, guard: str, peers: Worker, engine: str, texts: dict[str, str]) -> int | None:
    """Compare a guard with an engine on some texts; how many verdicts were equal, None if the engine is absent.

    Raises:
        DisagreementError: naming engine and text.
    """
    for name, text in texts.items():
        other = peers.ask("judge", guard=engine, text=text)
        if "absent" in other:
            return None
        mine = guardc.ask("judge", guard=guard, text=text)
        if "failed" in other:  # Guardrails names the rules that failed
            other = {"found": {name: [] for name in other["failed"]}, "kind": "which"}
        try:
            compare_found(mine["found"], other["found"], other["kind"])
        except DisagreementError as difference:
            raise DisagreementError(f"guardc ({guard}) and {engine} on {name}: {difference}") from None
    return len(texts)
