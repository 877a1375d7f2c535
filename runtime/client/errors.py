"""What a client raises when there is no verdict."""

from __future__ import annotations

from guardc.fastpath.errors import GuardcError

__all__ = ["ServerError", "unreachable"]


class ServerError(GuardcError):
    """A server gave no verdict: it refused, was busy, or could not be reached. Then nothing may pass.

    Attributes:
        code: the server's word for it (docs/server.md), or `unreachable`.
        status: of HTTP; None: there was no answer.
        where: the place that was wrong, if the server names one.
        retry_after: seconds after which to try again, if the server says so.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        where: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.where = where
        self.retry_after = retry_after


def unreachable(host: str, error: Exception) -> ServerError:
    """What a client raises when the connection failed."""
    what = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached, or hung up"
    return ServerError(f"the server at {host} {what}: {type(error).__name__}", code="unreachable")
