"""The guard of `benchmarks.serve_peer` as Guardrails' server reads it from a configuration file.

The twenty patterns and the length of the other benchmarks, by its published validators. Runs in the peer's environment.
"""

from __future__ import annotations

from guardrails import Guard

from benchmarks import workload
from benchmarks.worker_guardrails import absent, length

__all__ = ["full"]

full = Guard(name="full").use(*[absent(regex) for regex in workload.PATTERNS.values()], length())
full.id = "full"
