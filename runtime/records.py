"""Outcomes as plain values that JSON can hold: what the command line prints and a server answers.

Invariant: nothing that was found is in them but by its place; the output is what the guard gave, whole.

Example: `{"guard": "question", "passed": true, "action": "fix", "output": "Write to [email]", "failures": [...], ...}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardc.fastpath._core import Failure, Outcome, Reask

if TYPE_CHECKING:
    from guardc.runtime.llm import CallOutcome

__all__ = ["failure_fields", "outcome_fields", "reasons"]


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """The outcome, in the order in which people read it."""
    reask, error = outcome.reask, outcome.error
    return {
        "guard": outcome.guard,
        "structured": outcome.structured,
        "passed": outcome.passed,
        "action": outcome.action,
        "output": outcome.output,
        "failures": [failure_fields(failure) for failure in outcome.failures],
        "unresolved": [failure_fields(failure) for failure in outcome.unresolved],
        "reask": None if reask is None else _reask(reask, outcome),
        "error": None if error is None else str(error),
    }


def failure_fields(failure: Failure) -> dict[str, Any]:
    """One failure. Its fix and what it was found by are not in it: they are parts of the text."""
    return {
        "rule": failure.rule,
        "validator": failure.validator,
        "action": failure.action,
        "message": failure.message,
        "path": failure.path,
        "source": failure.source,
        "error": failure.error,
        "value": failure.value,
        "spans": [{"start": start, "end": end, "detector": detector} for start, end, detector in failure.spans],
    }


def _reask(reask: Reask, outcome: Outcome) -> dict[str, Any]:
    asked: dict[str, Any] = {"messages": reask.messages, "instructions": reask.instructions}
    if outcome.structured:
        asked |= {"paths": reask.paths, "places": reask.places, "schema": reask.schema, "value": reask.value}
    return asked


def reasons(outcome: Outcome | CallOutcome) -> str:
    """Why an outcome did not pass, in the words of the policy; of an error in its own. Never a part of the text."""
    if outcome.error is not None:
        return str(outcome.error)
    failures = outcome.unresolved or outcome.failures
    return "; ".join(failure.message for failure in failures if failure.action != "noop")
