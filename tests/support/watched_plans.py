"""A policy with something of everything that telemetry tells of, and texts for it with a secret in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import Plan, load

__all__ = ["SECRET", "SECRETS", "plan_of", "run_all", "watched_plan"]

SECRET = "ann.secretive@example.com"
SECRETS = (SECRET, "secretive", "4111111111111111", "zebra-key")
"""What must not leave, in whatever form it stands in the texts."""

POLICY = """edition 1
import std.pii

custom predicate polite

shape Note {
    title   string  no pii.email            on fail fix with "[{kind}]"
    places  map of string                   on fail exception
    size    number in 0..10                 on fail fix
}

guard reply on output stream {
    max 300 chars                           on fail exception
    no pii.email                            on fail fix with "[{kind}]"
    no pii.card                             on fail refrain
}

guard slow on output {
    polite                                  on fail refrain on error refrain
}

guard question on input {
    no pii.email                            on fail noop
}

guard note on output as json Note {
    max 8_000 chars                         on fail exception
}
"""


def plan_of(source: str, **given: Any) -> Plan:
    compilation = compile_text(source, "sample.guard")
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan, **given)


def watched_plan(polite: Callable[[str], Any] = lambda text: "rude" not in text, **given: Any) -> Plan:
    return plan_of(POLICY, handlers={"polite": polite}, **given)


def run_all(plan: Plan) -> list[Any]:
    """Every way in, with texts that pass and texts that do not; the outcomes."""
    reply, note = plan.guard("reply"), plan.guard("note")
    card = "4111111111111111"
    outcomes: list[Any] = [
        reply.validate("nothing here"),
        reply.validate(f"Write to {SECRET}, or to {SECRET}."),
        reply.validate(f"Card {card}."),
        reply.validate(f"{SECRET} " * 30),
        reply.validate([{"role": "assistant", "content": f"Write to {SECRET}"}, {"role": "assistant", "content": "x"}]),
        plan.guard("question").validate(f"I am {SECRET}"),
        plan.guard("slow").validate("be nice"),
        plan.guard("slow").validate("be rude"),
        note.validate({"title": f"Of {SECRET}", "places": {"zebra-key": "x"}, "size": 11}),
        note.validate({"title": 1, "places": {"zebra-key": 5}, "size": 1}),
        note.validate("no JSON, but zebra-key"),
    ]
    for pieces in (["Write to ", SECRET, " now."], ["Card ", card, "."]):
        stream = reply.stream()
        for piece in pieces:
            stream.feed(piece)
        stream.close()
        outcomes.append(stream.outcome)
    return outcomes
