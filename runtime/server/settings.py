"""What an operator decides about a server. Workers are given it as JSON in their environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

__all__ = ["VARIABLE", "Access", "Settings"]

VARIABLE = "GUARDC_SERVE"
"""The environment variable with the settings of a worker."""

Access = Literal["keys", "local", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a server.

    Attributes:
        plan: the file of the plan.
        access: who may call: `keys`, whoever has one; `local`, every program of this machine, which is safe only if the
            server listens on a loopback address; `open`, whoever reaches it, but for the admin routes.
        keys: the file of the keys; None: the environment variable `GUARDC_KEYS` has them.
        handlers: where the functions of the service are, as `module:mapping`; None: the plan needs none.
        origins: of web pages that browsers let call.
        max_body: bytes of a request's body, or of one line of a stream.
        max_batch: texts of one request.
        timeout: seconds for a request, or for the next piece of a stream.
        concurrency: requests that a worker has in work; more are refused.
        watch: seconds between two looks at the files.
        metrics: what happens is counted, for the page at `/metrics`.
        playground: policies that are pasted into the page may be compiled and tried.
        models: that may be asked for completions: LiteLLM's names by those that clients know.
        call_timeout: seconds for a completion, with everything that is asked again.
        folder: that the workers of this server share and nobody else may enter; None: there is one worker.
    """

    plan: str
    access: Access = "local"
    keys: str | None = None
    handlers: str | None = None
    origins: tuple[str, ...] = ()
    max_body: int = 1 << 20
    max_batch: int = 1000
    timeout: float = 30.0
    concurrency: int = 256
    watch: float = 1.0
    metrics: bool = False
    playground: bool = False
    models: Mapping[str, str] = field(default_factory=dict)
    call_timeout: float = 120.0
    folder: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        fields = json.loads(text)
        return cls(**{**fields, "origins": tuple(fields["origins"])})
