"""What an operator decides about a server of models."""

from __future__ import annotations

from dataclasses import dataclass

from guardc.runtime.server.settings import Access

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a server.

    Attributes:
        access: who may call, as in `runtime.server.settings`; there is nothing here that only some may do.
        keys: the file of the keys, read once; None: the environment variable `GUARDC_KEYS` has them.
        max_body: bytes of a request's body.
        max_batch: texts of one request.
        timeout: seconds for a request.
        concurrency: requests in work; more are refused.
        batch: the most texts that go through a model together.
        delay: seconds that a text waits for others.
    """

    access: Access = "local"
    keys: str | None = None
    max_body: int = 1 << 20
    max_batch: int = 1000
    timeout: float = 30.0
    concurrency: int = 256
    batch: int = 32
    delay: float = 0.002
