"""The page for Prometheus: what the guards of the running plan counted, and the server beside them.

After a reload the plan's counters begin anew, as those of a process that was started again do; Prometheus takes that
for what it is. The server's own go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardc.runtime.telemetry import prometheus

if TYPE_CHECKING:
    from guardc.runtime.server.running import Running

__all__ = ["OWN", "Load", "page"]

OWN = (
    ("guardc_server_requests_in_work", "gauge", "Requests that are being answered."),
    ("guardc_server_requests_refused_total", "counter", "Requests that were refused since too many were in work."),
    ("guardc_server_reloads_total", "counter", "Reloads that brought another policy."),
    ("guardc_server_reload_failed", "gauge", "1 if the last reload failed, and what ran before runs on."),
)
"""Name, type and meaning of what the server counts itself."""


@dataclass(slots=True)
class Load:
    """What is going on in a worker.

    Attributes:
        in_work: requests that are being answered.
        refused: requests that were refused since too many were.
    """

    in_work: int = 0
    refused: int = 0


def page(running: Running, load: Load) -> str:
    """The page, in the text format of Prometheus."""
    amounts = (load.in_work, load.refused, running.reloads, int(running.failed is not None))
    own = [
        f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {amount}\n"
        for (name, kind, meaning), amount in zip(OWN, amounts, strict=True)
    ]
    return prometheus(running.current.plan) + "".join(own)
