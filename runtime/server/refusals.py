"""Answers that are no verdict: what was wrong, where, and what to do.

The form is the same everywhere: `{"error": {"code", "message", "where", "help"}}`. Codes are stable; the words are for
people.

Example: `raise Refusal(404, "unknown_guard", "there is no guard `repyl`", where="path", help="...")`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CODES", "Refusal"]

CODES = {
    "bad_json": "400: the body is not JSON",
    "bad_request": "400: the body is JSON, but not what the route takes",
    "no_key": "401: there is no key, or none that is known",
    "forbidden": "403: the key is not for this guard or route, or the request comes from elsewhere",
    "not_found": "404: there is no such route",
    "unknown_guard": "404: the plan that runs has no such guard",
    "unknown_model": "404: the server does not know the model that is asked for",
    "method_not_allowed": "405: the route takes another method",
    "too_slow": "408: the body did not come in time",
    "too_large": "413: the body, a line or the batch is larger than the server takes",
    "wrong_type": "415: the content type is not that of the route",
    "bad_plan": "422: a reload found a plan or keys that cannot be used; what ran before runs on",
    "rate_limited": "429: the model takes no more calls for now",
    "internal": "500: a fault of the server; its log has the place",
    "upstream": "502: the model could not be called, or gave no answer that can be judged",
    "busy": "503: too many requests are in work; `Retry-After` says when to try again",
    "timeout": "504: the verdict, or the answer of the model, was not there in time",
}
"""All codes, each with its status and what it means."""


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Ends a request.

    Args:
        code: one of `CODES`.
        message: what was wrong. Never contains text of the request but names of guards, fields and routes.
        where: the place: a path into the body like `$.batch[3].text`, or `path`, or `headers`; None: no place.
        help: what to do.
        headers: of the answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: str | None = None,
        help: str | None = None,  # noqa: A002 - what it is called in the answer
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = int(CODES[code].partition(":")[0])
        self.code = code
        self.message = message
        self.where = where
        self.help = help
        self.headers = headers

    def fields(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {"code": self.code, "message": self.message, "where": self.where, "help": self.help}}
