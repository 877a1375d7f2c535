"""What a server answers, as objects with the attributes of the local ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from guardc.fastpath._core import Field, Reask, Span
from guardc.fastpath.errors import UnknownGuardError, ValidationError
from guardc.runtime.client.errors import ServerError

__all__ = ["ServedFailure", "ServedOutcome", "fields_of", "outcome_of", "refused", "released"]

_Model = TypeVar("_Model")


@dataclass(frozen=True, slots=True)
class ServedFailure:
    """One rule that did not hold; the attributes of a `Failure` but `fix` and `cause`, which stay on the server."""

    rule: str
    validator: str
    action: str
    message: str
    path: str
    source: str
    spans: tuple[Span, ...]
    value: int | float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ServedOutcome:
    """What a guard of a server says about one text; the attributes of an `Outcome`, and `policy_hash` of the policy
    that judged."""

    passed: bool
    structured: bool
    output: Any
    action: str | None
    guard: str
    failures: tuple[ServedFailure, ...]
    unresolved: tuple[ServedFailure, ...]
    reask: Reask | None
    policy_hash: str

    @property
    def error(self) -> ValidationError | None:
        """A `ValidationError` if a failure's action is `exception` and it decided; else None."""
        if self.action != "exception":
            return None
        stopped = tuple(failure for failure in self.failures if failure.action == "exception")
        return ValidationError("; ".join(failure.message for failure in stopped), stopped)

    def unwrap(self) -> Any:
        """The output of an outcome that passed.

        Raises:
            ValidationError: it did not pass.
        """
        if self.passed:
            return self.output
        if self.error is not None:
            raise self.error
        failures = self.unresolved or self.failures
        said = [failure.message for failure in failures if failure.action != "noop"]
        raise ValidationError("; ".join(said), failures)

    def parse(self, model: type[_Model]) -> _Model:
        """The output of an outcome that passed, as `model.model_validate` makes it.

        Raises:
            ValidationError: it did not pass.
            pydantic.ValidationError: the model asks for more than the shape.
        """
        return model.model_validate(self.unwrap())  # type: ignore[attr-defined, no-any-return]


def outcome_of(fields: Mapping[str, Any], policy_hash: str) -> ServedOutcome:
    """The outcome in an answer."""
    reask = fields["reask"]
    return ServedOutcome(
        passed=fields["passed"],
        structured=fields["structured"],
        output=fields["output"],
        action=fields["action"],
        guard=fields["guard"],
        failures=tuple(_failure(failure) for failure in fields["failures"]),
        unresolved=tuple(_failure(failure) for failure in fields["unresolved"]),
        reask=None if reask is None else _reask(reask),
        policy_hash=policy_hash,
    )


def _failure(fields: Mapping[str, Any]) -> ServedFailure:
    spans = tuple(Span(span["start"], span["end"], span["detector"]) for span in fields["spans"])
    return ServedFailure(**{**fields, "spans": spans})


def _reask(fields: Mapping[str, Any]) -> Reask:
    return Reask(
        tuple(fields["messages"]),
        fields["instructions"],
        tuple(fields.get("paths", ())),
        fields.get("schema"),
        fields.get("value"),
        tuple(map(tuple, fields.get("places", ()))),
    )


def released(fields: Mapping[str, Any]) -> Any:
    """What a piece of a stream let go: a text, or of a guard `as json` its fields."""
    if "text" in fields:
        return fields["text"]
    return [Field(field["path"], field["value"], tuple(field["place"])) for field in fields["fields"]]


def fields_of(status: int, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a request.

    Raises:
        ServerError: it is a refusal, or none of a guardc server.
        UnknownGuardError: the plan has no such guard.
    """
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if status == 200 and isinstance(fields, dict):
        return fields
    raise refused(status, fields, headers)


def refused(status: int, fields: Any, headers: Mapping[str, str]) -> Exception:
    """The exception for a refusal."""
    error = fields.get("error") if isinstance(fields, dict) else None
    if not isinstance(error, dict):
        message = (
            f"the answer, of status {status}, is none of a guardc server; check the address, and what is in between"
        )
        return ServerError(message, code="not_guardc", status=status)
    message = error["message"] if error["help"] is None else f"{error['message']}; {error['help']}"
    if error["code"] == "unknown_guard":
        return UnknownGuardError(message)
    seconds = headers.get("Retry-After", "")
    return ServerError(
        message if error["where"] is None else f"{error['where']}: {message}",
        code=error["code"],
        status=status,
        where=error["where"],
        retry_after=float(seconds) if seconds.isdigit() else None,
    )
