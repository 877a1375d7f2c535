"""The page for Prometheus: what the guards of the running plan counted, and the server beside them.

After a reload the plan's counters begin anew, as those of a process that was started again do; Prometheus takes that
for what it is. The server's own go on. Of several workers each has series of its own, with its place as the label
`worker`: a sum of theirs would fall when one of them begins anew, and nobody could tell by how much.

Example: `page({"": counts(running, load)})` is the page of a worker that is alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from guardc.runtime.telemetry import Snapshot, snapshot
from guardc.runtime.telemetry.page import page_of

if TYPE_CHECKING:
    from guardc.runtime.server.running import Running

__all__ = ["OWN", "Counts", "Load", "counts", "page"]

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


class Counts(NamedTuple):
    """What one worker has counted.

    Attributes:
        guards: by the guards of its plan.
        own: by itself, in the order of `OWN`.
    """

    guards: Snapshot
    own: tuple[int, ...]

    def to_fields(self) -> list[object]:
        """For another worker."""
        return [self.guards.to_json(), self.own]

    @classmethod
    def from_fields(cls, fields: list[object]) -> Self:
        """What `to_fields` made."""
        guards, own = fields
        assert isinstance(guards, str)
        assert isinstance(own, list)
        return cls(Snapshot.from_json(guards), tuple(own))


def counts(running: Running, load: Load) -> Counts:
    """What this worker has counted. Its plan is measured."""
    own = (load.in_work, load.refused, running.reloads, int(running.failed is not None))
    return Counts(snapshot(running.current.plan), own)


def page(workers: Mapping[str, Counts]) -> str:
    """The page, in the text format of Prometheus, of workers by their labels; the empty one is no label."""
    parts = [page_of([({"worker": name} if name else {}, found.guards) for name, found in workers.items()])]
    for number, (metric, kind, meaning) in enumerate(OWN):
        parts.append(f"# HELP {metric} {meaning}\n# TYPE {metric} {kind}\n")
        for name, found in workers.items():
            label = f'{{worker="{name}"}}' if name else ""
            parts.append(f"{metric}{label} {found.own[number]}\n")
    return "".join(parts)
