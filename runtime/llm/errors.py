"""What can go wrong with a call of a model, told apart.

A message has the model's name, a status and the name of an exception in it, and nothing that a service wrote: that may
repeat the question, or a key. The exception itself is the `cause`.
"""

from __future__ import annotations

import math
from typing import Any

from guardc.fastpath.errors import GuardcError

__all__ = ["CallError", "retry_after", "told_apart"]

_TIMEOUTS = frozenset({"Timeout", "APITimeoutError", "TimeoutException", "TimeoutError"})
_FILTERS = frozenset({"content_filter", "content_policy_violation"})
_CONNECTIONS = frozenset({"APIConnectionError", "ConnectionError", "ConnectError"})


class CallError(GuardcError):
    """No answer came, or none that can be judged. Kept in `CallOutcome.error` and `Attempt.error`; `unwrap` raises it.

    Attributes:
        kind: what happened.
            `timeout`: the deadline passed, or the service gave up.
            `rate limit`, `unavailable`, `connection`: the service said that it cannot now, or cannot be reached.
            `rejected`: the service does not take the call (a wrong key, unknown model, too long a conversation).
            `content filter`, `refusal`: the service, the model will not answer this.
            `empty`: an answer with nothing in it. `tool call`: a call of a tool that cannot be run.
            `response`: what came back is no completion. `failed`: anything else that was raised.
            `closed`: the stream was closed before the answer had ended.
        passing: whether the same call may succeed a moment later.
        cause: the exception behind it, or None.
    """

    def __init__(self, kind: str, message: str, *, passing: bool = False, cause: Exception | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.passing = passing
        self.cause = cause
        self.__cause__ = cause


def told_apart(error: Exception, model: str) -> CallError:
    """The error of a call that raised, by what LiteLLM's exceptions have in common with those of other clients."""
    names = {base.__name__ for base in type(error).__mro__}
    within = getattr(error, "original_exception", None)
    if "MidStreamFallbackError" in names and isinstance(within, Exception):
        return told_apart(within, model)  # LiteLLM wraps what happens to a stream that has begun
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    raised = type(error).__name__

    def made(kind: str, said: str, *, passing: bool = False) -> CallError:
        return CallError(kind, f"{model} {said} ({raised})", passing=passing, cause=error)

    if isinstance(error, CallError):
        return error
    codes = _codes(error)
    if "ContentPolicyViolationError" in names or codes & _FILTERS:
        return made("content filter", "did not answer: its content filter stopped the call")
    if names & _TIMEOUTS or status in {408, 504}:
        return made("timeout", "did not answer in time", passing=True)
    if "insufficient_quota" in codes:
        return made("rejected", "does not take the call: the quota is used up")
    if status == 429:
        return made("rate limit", "takes no more calls for now: status 429", passing=True)
    if names & _CONNECTIONS:
        return made("connection", "could not be reached, or broke off", passing=True)
    if status is not None and status >= 500:
        return made("unavailable", f"is not available: status {status}", passing=True)
    if status is not None and status >= 400:
        return made("rejected", f"does not take the call: status {status}")
    return made("failed", "could not be called: an exception was raised")


def _codes(error: Exception) -> set[str]:
    """What the service itself calls the error, in the form of OpenAI."""
    body = getattr(error, "body", None)
    named = [getattr(error, "code", None), *((body.get("code"), body.get("type")) if isinstance(body, dict) else ())]
    return {code for code in named if isinstance(code, str)}


def retry_after(error: CallError) -> float | None:
    """The seconds that the service asks to wait (`Retry-After`, RFC 9110; a date is not read), or None."""
    response: Any = getattr(error.cause, "response", None)
    headers = getattr(response, "headers", None)
    try:
        seconds = float(headers.get("retry-after")) if headers is not None else math.nan
    except (TypeError, ValueError, AttributeError):
        return None
    return seconds if 0 <= seconds < math.inf else None
