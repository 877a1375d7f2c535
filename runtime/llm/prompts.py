"""What a model is told when it is asked again. Deterministic: the same failures give the same words.

Example: `instructions(reask, "Mend this:\\n{requirements}")` is `"Mend this:\\n- words is 301, must be at most 300"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from guardc.fastpath._core import Reask
from guardc.runtime.llm.answers import arguments_of, text_of

__all__ = ["again_with", "instructions", "unusable"]

_PIECE = re.compile(r"\{\{|\}\}|\{(requirements|paths|schema)\}")
_NOT_RUN = "This call was not run."


def instructions(reask: Reask, template: str | None) -> str:
    """The words of one reask.

    Args:
        reask: what is asked again.
        template: the author's words, with `{requirements}`, `{paths}` and `{schema}`; None for the usual ones.
    """
    if template is None:
        return reask.instructions
    schema = reask.schema if isinstance(reask.schema, str | None) else json.dumps(reask.schema, ensure_ascii=False)
    known = {
        "requirements": "\n".join([f"- {message}" for message in reask.messages]),
        "paths": ", ".join(reask.paths),
        "schema": schema or "",
    }
    return _PIECE.sub(lambda match: match.group()[0] if match[1] is None else known[match[1]], template)


def unusable(requirement: str, before: Reask | None) -> Reask:
    """What is asked again if there is nothing to judge: the same as before, if something was asked again before."""
    if before is None:
        said = f"The answer does not meet these requirements:\n- {requirement}\nAnswer again and meet all of them."
        return Reask((requirement,), said)
    messages = tuple(dict.fromkeys((requirement, *before.messages)))
    return before._replace(messages=messages, instructions=f"- {requirement}\n{before.instructions}")


def again_with(message: Mapping[str, Any], words: str) -> list[dict[str, Any]]:
    """What follows in the conversation: the answer, and what is asked again.

    Services want an answer to every call of a tool, and read its arguments: those that are no JSON are left out. An
    empty answer is left out altogether, for some services refuse a conversation with one.
    """
    asked = {"role": "user", "content": words}
    calls = message.get("tool_calls")
    if not calls:
        return [dict(message), asked] if text_of(message).strip() or message.get("function_call") else [asked]
    if not all(_has_identity(call) for call in calls):
        without = {key: item for key, item in message.items() if key != "tool_calls"}
        return [without, asked] if text_of(without).strip() else [asked]
    kept = [_readable(call) for call in calls]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": _NOT_RUN} for call in kept]
    return [{**message, "tool_calls": kept}, *results, asked]


def _has_identity(call: Any) -> bool:
    if not isinstance(call, Mapping) or not isinstance(call.get("id"), str):
        return False
    function = call.get("function")
    if function is None:
        return call.get("type") != "function"
    return isinstance(function, Mapping) and bool(function.get("name"))


def _readable(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    if function is None:
        return dict(call)
    arguments = function.get("arguments")
    if isinstance(arguments, str) and arguments.strip() and arguments_of(arguments) is not None:
        return dict(call)
    return {**call, "function": {**function, "arguments": "{}"}}
