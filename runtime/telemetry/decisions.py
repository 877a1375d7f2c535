"""A log of what guards decided, for an auditor: everything but the text.

One line of JSON for each run. What was found stands there as an HMAC by a key of the service: who has the key can tell
whether a text that he knows was found, and whether two findings were the same; nobody else can, and nobody can read it
back. See docs/telemetry.md for the fields.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from guardc.fastpath._core import Failure, Outcome, found_texts

if TYPE_CHECKING:
    from guardc.runtime.guard import Guard
    from guardc.runtime.plan import Plan

__all__ = ["DecisionLog", "shown_path"]

SHORTEST_KEY = 16
_STEP = re.compile(r"""\.([^.\[]+) | \[(\d+)\] | \["(?:[^"\\]|\\.)*"\]""", re.DOTALL | re.VERBOSE)
_OF_MESSAGES = frozenset({"content", "text", "tool_calls", "function", "arguments", "refusal", "reasoning_content"})


class DecisionLog:
    """Writes a line for each run of the plans that it watches. Threads share it, and processes may share its file.

    Args:
        path: of the file, which is added to and made if need be, for its owner alone to read.
        key: of the HMAC, at least 16 bytes; a secret of the service, that is kept apart from the log.
        now: the time, for tests.

    Raises:
        ValueError: the key is too short.
        OSError: the file cannot be opened.

    Example: `DecisionLog("decisions.jsonl", key=os.environb[b"AUDIT_KEY"]).watch(plan)`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        key: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the key has {len(key)} bytes; at least {SHORTEST_KEY} are needed to hide short findings")
        self._key = bytes(key)
        self._now = now
        self._lock = threading.Lock()
        # Every line is one write: with O_APPEND lines of several processes do not mix.
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.key_id: str = hashlib.sha256(b"guardc key id\0" + self._key).hexdigest()[:16]

    def watch(self, plan: Plan) -> None:
        """Write a line for each run of the plan's guards from now on."""
        hashed, known = plan.policy_hash, _known_steps(plan)

        def write(guard: Guard, outcome: Outcome, nanoseconds: int) -> None:
            self._write(self._line(hashed, known, guard, outcome, nanoseconds))

        write.__qualname__ = type(self).__qualname__
        plan.watch_runs(write)

    def hmac(self, text: str) -> str:
        """What stands in the log for this text."""
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Write no more. Again: nothing."""
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _line(
        self, hashed: str, known: frozenset[str], guard: Guard, outcome: Outcome, nanoseconds: int
    ) -> dict[str, Any]:
        line: dict[str, Any] = {
            "time": self._now().isoformat(timespec="microseconds"),
            "policy": hashed,
            "guard": guard.name,
            "direction": guard.direction,
            "passed": outcome.passed,
            "action": outcome.action,
            "microseconds": round(nanoseconds / 1000, 1),
        }
        if outcome.action is not None:
            line["key"] = self.key_id
            line["failures"] = self._failures(outcome.failures, known)
            if outcome.unresolved:
                line["unresolved"] = self._failures(outcome.unresolved, known)
        return line

    def _failures(self, failures: Iterable[Failure], known: frozenset[str]) -> list[dict[str, Any]]:
        return [self._failure(failure, known) for failure in failures]

    def _failure(self, failure: Failure, known: frozenset[str]) -> dict[str, Any]:
        said: dict[str, Any] = {
            "rule": failure.rule,
            "source": failure.source,
            "validator": failure.validator,
            "action": failure.action,
            "path": shown_path(failure.path, known),
            "spans": [
                {"start": span.start, "end": span.end, "detector": span.detector, "hmac": self.hmac(found)}
                for span, found in zip(failure.spans, found_texts(failure), strict=True)
            ],
        }
        if failure.error is not None:
            said["error"] = "error" if failure.cause is None else type(failure.cause).__name__
        return said

    def _write(self, line: dict[str, Any]) -> None:
        data = (json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n").encode()
        with self._lock:
            if self._file is None:
                return
            while data:
                data = data[os.write(self._file, data) :]


def shown_path(path: str, known: frozenset[str]) -> str:
    """A path in which only indexes and keys stand that the policy, or an API of models, has named: other keys are words
    of whoever wrote the value, and become `*`."""
    shown = ["$"]
    for step in _STEP.finditer(path.removeprefix("$")):
        name, index = step.groups()
        if index is not None:
            shown.append(f"[{index}]")
        else:
            shown.append(f".{name}" if name in known else ".*")
    return "".join(shown)


def _known_steps(plan: Plan) -> frozenset[str]:
    found = set(_OF_MESSAGES)

    def collect(schema: Any) -> None:
        if isinstance(schema, dict):
            properties = schema.get("properties")
            found.update(properties if isinstance(properties, dict) else ())
            for inner in schema.values():
                collect(inner)
        elif isinstance(schema, list):
            for inner in schema:
                collect(inner)

    for name in plan.guards:
        collect(plan.guard(name).schema)
    return frozenset(found)
