"""Completions, chunks and errors, as clients of OpenAI's API read them.

An answer that a guard blocks is a completion with the finish reason `content_filter`, as services with a filter of
their own have it; `refusal` has the words of the policy. Beside what that API has, `guardc` says what the guards said.

Source: https://platform.openai.com/docs/api-reference/chat/object, .../chat-streaming
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.runtime.llm.errors import CallError, retry_after
from guardc.runtime.llm.outcome import CallOutcome
from guardc.runtime.records import failure_fields, reasons
from guardc.runtime.server.refusals import Refusal

__all__ = ["Form", "error_fields", "refused"]

BLOCKED = "content_filter"
FILTERED = frozenset({"content filter", "refusal"})
"""Kinds of errors with which a model says that it will not answer; that is an answer."""
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def error_fields(refusal: Refusal) -> dict[str, Any]:
    """The body of a refusal."""
    usual = "invalid_request_error" if refusal.status < 500 else "server_error"
    place = None if refusal.where is None else refusal.where.removeprefix("$.")
    said = refusal.message if refusal.help is None else f"{refusal.message}; {refusal.help}"
    return {
        "error": {
            "message": said if place is None else f"{place}: {said}",
            "type": TYPES.get(refusal.status, usual),
            "param": place,
            "code": refusal.code,
        }
    }


def refused(outcome: CallOutcome) -> Refusal | None:
    """Why there is no answer, if there is none; None: there is one, be it that it is blocked."""
    error = outcome.error
    if not isinstance(error, CallError) or error.kind in FILTERED:
        return None
    if error.kind == "rate limit":
        seconds = retry_after(error)
        headers = () if seconds is None else ((b"retry-after", b"%d" % max(1, round(seconds))),)
        return Refusal("rate_limited", str(error), help="try again later", headers=headers)
    if error.kind == "timeout":
        return Refusal("timeout", str(error), help="try again, or start the server with a larger --call-timeout")
    status = getattr(error.cause, "status_code", None)
    if error.kind == "rejected" and status in {400, 404, 413, 422}:
        return Refusal("bad_request", str(error), help="look at the parameters, and at the length of the conversation")
    return Refusal("upstream", str(error), help="try again later; the operator finds it in the metrics of calls")


class Form:
    """One answer, as a completion or as its chunks."""

    def __init__(self, model: str, policy_hash: str) -> None:
        self._model = model
        self._policy_hash = policy_hash
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def completion(self, outcome: CallOutcome) -> dict[str, Any]:
        message = {"role": "assistant", "content": _content(outcome), "refusal": _refusal(outcome)}
        if outcome.passed and outcome.message is not None:
            message = {**message, **outcome.message}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(outcome)}
        return {
            **self._frame("chat.completion"),
            "choices": [choice],
            "usage": outcome.usage._asdict(),
            "guardc": self._said(outcome),
        }

    def chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._frame("chat.completion.chunk"), "choices": [choice]}

    def rest(self, outcome: CallOutcome, *, whole: bool) -> list[dict[str, Any]]:
        """The chunks at the end; the `whole` content is among them, or was shown as far as it goes."""
        chunks = []
        content = _content(outcome) if whole else None
        if content:
            chunks.append(self.chunk({"content": content}))
        message = (outcome.message if outcome.passed else None) or {}
        calls = message.get("tool_calls")
        if calls:
            listed = [{"index": number, **call} for number, call in enumerate(calls)]
            chunks.append(self.chunk({"tool_calls": listed}))
        if message.get("function_call"):
            chunks.append(self.chunk({"function_call": message["function_call"]}))
        refusal = _refusal(outcome)
        if refusal is not None:
            chunks.append(self.chunk({"refusal": refusal}))
        chunks.append({**self.chunk({}, _reason(outcome)), "guardc": self._said(outcome)})
        return chunks

    def usage(self, outcome: CallOutcome) -> dict[str, Any]:
        """The chunk with the tokens."""
        return {**self._frame("chat.completion.chunk"), "choices": [], "usage": outcome.usage._asdict()}

    def _frame(self, what: str) -> dict[str, Any]:
        return {"id": self._id, "object": what, "created": self._created, "model": self._model}

    def _said(self, outcome: CallOutcome) -> dict[str, Any]:
        """What the guards said, without a text."""
        return {
            "policy_hash": self._policy_hash,
            "guard": outcome.guard,
            "passed": outcome.passed,
            "action": outcome.action,
            "failures": [failure_fields(failure) for failure in outcome.failures],
            "unresolved": [failure_fields(failure) for failure in outcome.unresolved],
            "question": None if outcome.question is None else _question(outcome.question),
            "attempts": len(outcome.attempts),
        }


def _question(outcome: Outcome) -> dict[str, Any]:
    failures = [failure_fields(failure) for failure in outcome.failures]
    return {"guard": outcome.guard, "passed": outcome.passed, "action": outcome.action, "failures": failures}


def _content(outcome: CallOutcome) -> str | None:
    """What may be shown: the text, the JSON text of a value; after `refrain` what is empty; else nothing."""
    if outcome.passed and outcome.message is not None:
        content = outcome.message.get("content")
        return content if isinstance(content, str) else None
    output = outcome.output
    return output if isinstance(output, str | None) else json.dumps(output)


def _reason(outcome: CallOutcome) -> str:
    if not outcome.passed:
        return BLOCKED
    return (outcome.attempts[-1].finish_reason if outcome.attempts else None) or "stop"


def _refusal(outcome: CallOutcome) -> str | None:
    """The words of the policy, or that the model would not answer; never what it said itself, which was not judged."""
    return None if outcome.passed else reasons(outcome) or None
