"""Outcomes as JSON: one object for each text, on one line.

Invariant: nothing that was found is in a record but by its place; the output is what the guard gave, whole.
ASCII only, so that a lone surrogate is an escape and no encoding can break a line.

Example: `{"line": 3, "id": "q-03", "guard": "question", "passed": true, "action": "fix", ...}`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from guardc.runtime.records import outcome_fields

if TYPE_CHECKING:
    from guardc.cli.messages import Message
    from guardc.runtime import Outcome

__all__ = ["record"]


def record(message: Message, outcome: Outcome) -> str:
    """One line of JSON without its line break."""
    return json.dumps({"line": message.line, "id": message.id, **outcome_fields(outcome)})
