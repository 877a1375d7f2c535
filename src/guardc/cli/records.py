"""Outcomes as JSON: one object for each text, on one line.

Invariant: nothing that was found is in a record but by its place; the output is what the guard gave, whole.
ASCII only, so that a lone surrogate is an escape and no encoding can break a line.

Example: `{"line": 3, "id": "q-03", "guard": "question", "passed": true, "action": "fix", ...}`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardc.cli.messages import Message
    from guardc.runtime import Failure, Outcome, Reask

__all__ = ["record"]


def record(message: Message, outcome: Outcome) -> str:
    """One line of JSON without its line break."""
    reask, error = outcome.reask, outcome.error
    fields = {
        "line": message.line,
        "id": message.id,
        "guard": outcome.guard,
        "passed": outcome.passed,
        "action": outcome.action,
        "output": outcome.output,
        "failures": [_failure(failure) for failure in outcome.failures],
        "unresolved": [_failure(failure) for failure in outcome.unresolved],
        "reask": None if reask is None else _reask(reask, outcome),
        "error": None if error is None else str(error),
    }
    return json.dumps(fields)


def _reask(reask: Reask, outcome: Outcome) -> dict[str, Any]:
    asked: dict[str, Any] = {"messages": reask.messages, "instructions": reask.instructions}
    if outcome.structured:
        asked |= {"paths": reask.paths, "schema": reask.schema, "value": reask.value}
    return asked


def _failure(failure: Failure) -> dict[str, Any]:
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
