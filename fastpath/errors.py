"""The errors that loading and running a plan can raise.

All of them derive from `GuardcError`, so that a service can catch one class.
"""

from __future__ import annotations

__all__ = [
    "GuardcError",
    "HandlerError",
    "MetadataError",
    "PendingError",
    "PlanError",
    "SearchError",
    "ServiceError",
    "UnknownGuardError",
    "ValidationError",
]


class GuardcError(Exception):
    """Base of every error that guardc raises on purpose."""


class PlanError(GuardcError):
    """A plan cannot be used: not a plan, damaged, or of a format that this version does not read.

    The message names the part of the plan that is wrong and what to do.
    """


class HandlerError(GuardcError):
    """A custom validator or action that the plan needs was not handed over, or cannot be called as declared."""


class MetadataError(GuardcError, TypeError):
    """The `metadata` argument is not a mapping. (A missing or ill-typed field is an outcome, not an exception.)"""


class PendingError(BaseException):
    """What a handler raises whose answer is not there yet: there is no outcome, and the text is to be judged again once
    it is. All other rules are judged first, so that whatever can be asked at the same time has been.

    It is no `Exception`: nothing may take it for the failure of a rule. Never raised to the service.
    """


class SearchError(GuardcError):
    """A search that runs apart, or a parser, did not come to an end. Never raised to the service: it is the `cause`
    of a failure.

    The message names the pattern or the predicate and never contains the text.
    """


class ServiceError(GuardcError):
    """A service of a policy gave no score. While texts are judged it is the `cause` of a failure, and is not raised;
    `load` raises it for a service that cannot be asked. The message never contains a text, an address or a key.

    Attributes:
        kind: what happened.
            `address`: at load, the environment lacks an address or a key, or something else was given than services.
            `timeout`: there was no answer in time. `connection`: it could not be reached, or broke off.
            `unavailable`: status 429 or 500 and more. `rejected`: any other status but 200.
            `response`: what came back is not what was asked for.
            `open`: it failed again and again, and is left alone for a while. `busy`: too many texts wait for it.
        passing: whether the same request may succeed a moment later.
        of_text: whether it may be the fault of a single text of the request.
    """

    def __init__(self, kind: str, message: str, *, passing: bool = False, of_text: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.passing = passing
        self.of_text = of_text

    def again(self) -> ServiceError:
        """The same for another text: an exception that is raised in two places mixes up their tracebacks."""
        error = ServiceError(self.kind, str(self), passing=self.passing, of_text=self.of_text)
        error.__cause__ = self.__cause__
        return error


class UnknownGuardError(GuardcError, KeyError):
    """The plan has no guard of that name."""

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0])


class ValidationError(GuardcError):
    """A rule with the action `exception` did not hold. Raised by `Outcome.unwrap()`, kept in `Outcome.error`.

    Attributes:
        failures: the failures whose action was `exception`, in written order.
    """

    def __init__(self, message: str, failures: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.failures = failures
