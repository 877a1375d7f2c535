"""One trial: diagnostics, what the compiler makes of the policy, the outcome of a text, and its stream in pieces."""

from __future__ import annotations

import dataclasses
from typing import Any, NoReturn

from guardc.compiler import compile_text
from guardc.compiler.explain import explain
from guardc.fastpath._core import Outcome, Stream
from guardc.fastpath.errors import GuardcError
from guardc.policy import render
from guardc.runtime import Guard, Plan
from guardc.runtime.records import outcome_fields

__all__ = ["MOST_PIECES", "tried"]

MOST_PIECES = 400
"""Pieces of a stream that are shown; a longer text comes in longer pieces."""


def tried(question: dict[str, Any]) -> dict[str, Any]:
    """What becomes of a policy and a text.

    Args:
        question: `policy` and `text`, strings; `guard`, the name of one, or None for the first; `piece`, characters
            of a piece of the stream.

    Returns:
        `diagnostics`, each with its `shown` form; and, if the policy compiles, `guards`, the `report` of the compiler,
        the `outcome` and the `stream`; or in `trouble` why the text is not judged.
    """
    compilation = compile_text(question["policy"])
    answer: dict[str, Any] = {
        "diagnostics": [
            {**diagnostic.model_dump(), "shown": render([diagnostic]).rsplit("\n\n", 1)[0]}
            for diagnostic in compilation.diagnostics
        ],
        "guards": [],
        "report": None,
        "guard": None,
        "outcome": None,
        "stream": None,
        "trouble": None,
    }
    if compilation.plan is None or compilation.module is None:
        return answer
    answer["report"] = dataclasses.asdict(explain(compilation.module, compilation.plan))
    try:
        plan = Plan(compilation.plan, llm=_no_model)
        if plan.waits:
            raise GuardcError("the policy asks functions, models, services or searches apart, which is not done here")
    except GuardcError as error:
        answer["trouble"] = str(error)
        return answer
    guards = [plan.guard(name) for name in plan.guards]
    answer["guards"] = [
        {"name": guard.name, "direction": guard.direction, "stream": _streams(guard)} for guard in guards
    ]
    chosen = next((guard for guard in guards if guard.name == question["guard"]), guards[0] if guards else None)
    if chosen is not None:
        answer["guard"] = chosen.name
        try:
            answer["outcome"] = outcome_fields(chosen.validate(question["text"]))
            if _streams(chosen):
                answer["stream"] = replayed(chosen.stream(), question["text"], question["piece"])
        except GuardcError as error:  # metadata that the policy must be given
            answer["trouble"] = str(error)
    return answer


def replayed(stream: Stream, text: str, size: int) -> dict[str, Any]:
    """The stream of a text in pieces of so many characters: of each what it was, what may leave with it, and how many
    characters are held then."""
    size = max(size, -(-len(text) // MOST_PIECES), 1)
    steps = []
    for start in range(0, len(text), size):
        piece = text[start : start + size]
        steps.append({"piece": piece, "released": stream.feed(piece), "held": stream.held, "stopped": stream.stopped})
        if stream.stopped:
            break
    if not stream.stopped:
        steps.append({"piece": "", "released": stream.close(), "held": 0, "stopped": stream.stopped})
    outcome: Outcome | None = stream.outcome
    assert outcome is not None
    return {"steps": steps, "action": outcome.action, "passed": outcome.passed}


def _streams(guard: Guard) -> bool:
    """Does it take texts piece by piece? Values that come in pieces are not replayed."""
    return guard.streamed and guard.opens is None


def _no_model(**_: Any) -> NoReturn:
    raise GuardcError("no model is asked here")
