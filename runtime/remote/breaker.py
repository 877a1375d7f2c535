"""A circuit breaker: a service that fails again and again is left alone for a while, then tried with one request.

Invariants:
  - closed, everything is admitted; `FAILURES` requests in a row that fail open it;
  - open, nothing is admitted until its pause is over, and then one request at a time: if that is answered the breaker
    is closed, else the pause begins again, twice as long, `LONGEST` at most;
  - every `admit` that returned true is followed by `succeeded` or `failed`.

Example: after five requests that failed `admit()` is false for a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Breaker"]

FAILURES = 5
PAUSE = 1.0
LONGEST = 30.0


class Breaker:
    """`clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = PAUSE
        self._until: float | None = None  # None: closed
        self._probing = False

    def admits(self) -> bool:
        """Would `admit` be true?"""
        return self._until is None or (not self._probing and self._clock() >= self._until)

    def admit(self) -> bool:
        if not self.admits():
            return False
        self._probing = self._until is not None
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._pause = PAUSE
        self._until = None
        self._probing = False

    def failed(self) -> None:
        self._failures += 1
        if self._probing:
            self._pause = min(2 * self._pause, LONGEST)
        elif self._until is not None or self._failures < FAILURES:
            return  # one that was admitted before the breaker opened; or it stays closed
        self._probing = False
        self._until = self._clock() + self._pause
