"""Two policies that answer differently, the texts that are sent, and what each policy says of each.

The policies differ in the marker of their fixes, so every answer tells by which of them it was judged; the answer also
names it (`policy_hash`), and the two must agree. What is expected comes from the same plans in this process, where a
function has the place of the service.
"""

from __future__ import annotations

import functools
import json
import random
from typing import Any

from benchmarks import workload
from guardc.compiler import compile_text
from guardc.runtime import Plan, load
from guardc.runtime.records import outcome_fields

__all__ = ["BROKEN", "MARKERS", "TEXTS", "VALUES", "Expected", "compiled", "score_of"]

MARKERS = ("[one]", "[two]")
BROKEN = "exception"
"""What `on error` says of texts that the service gave no score of."""

POLICY = """edition 1

import std.pii
import std.secrets

service toxicity at env("SOAK_URL") {{
    protocol v2
    timeout 250 ms
    batch 32 within 2 ms
    calls 8
    on error exception
}}

shape Ticket {{
    priority one of "low", "high"   on fail fix to "low"
    note     string words in 1..40  on fail reask
}}

guard question on input {{
    no secrets.any                  on fail exception "Please do not paste credentials."
    no pii.email, pii.phone         on fail fix with "{marker}"
}}
guard scored on input {{
    toxicity.score < 0.5            on fail refrain "{marker}"
}}
guard reply on output stream {{
    hold at most 400 chars          on fail exception
    no pii.email                    on fail fix with "{marker}"
    no secrets.any                  on fail exception
}}
guard ticket on output as json Ticket {{
    $.note: no pii.email            on fail fix with "{marker}"
}}
"""


@functools.cache
def compiled(marker: str) -> bytes:
    plan = compile_text(POLICY.format(marker=marker)).plan
    assert plan is not None
    return plan


def score_of(text: str) -> float:
    """What the service says, if it says something."""
    return 0.9 if "vile" in text else 0.1


def _texts() -> list[str]:
    draw = random.Random(11)
    found = (
        "ann@example.com",
        "AKIAQYLPMN5HFNGJ7V2D",
        "+1 (212) 555-0187",
        "a vile thing",
        "nothing at all",
        "日本語 ✓",
    )
    texts = [workload.clean_text(size) for size in (20, 200, 2_000, 20_000)]
    for _ in range(36):
        words = workload.clean_text(draw.choice((60, 200, 800, 3_000))).split(" ")
        for _ in range(draw.randrange(4)):
            words.insert(draw.randrange(len(words)), draw.choice(found))
        texts.append(" ".join(words))
    return texts


TEXTS = _texts()
VALUES: list[Any] = [
    {"priority": priority, "note": note}
    for priority in ("low", "high", "urgent")
    for note in ("Call back.", "Write to ann@example.com today.", "")
]


class Expected:
    """What the plans say.

    Attributes:
        plans: by their hashes.
    """

    def __init__(self) -> None:
        made = [load(compiled(marker), services={"toxicity": score_of}) for marker in MARKERS]
        self.plans: dict[str, Plan] = {plan.policy_hash: plan for plan in made}
        self._known: dict[tuple[str, str, int], dict[str, Any]] = {}

    def fields(self, policy_hash: str, guard: str, number: int) -> dict[str, Any]:
        """Of the text of that number, or of a guard `as json` the value, as a server answers it."""
        key = policy_hash, guard, number
        if key not in self._known:
            asked = VALUES[number] if guard == "ticket" else TEXTS[number]
            outcome = self.plans[policy_hash].guard(guard).validate(asked)
            self._known[key] = json.loads(json.dumps(outcome_fields(outcome)))
        return self._known[key]
