"""A budget of requests that are made again: of a service that is in trouble, tries must not double the load.

Invariant: in the long run at most `SHARE` of the requests are made again, and at most `MOST` in a row.

Example: a service that is down for a thousand requests is asked 110 times more, not a thousand.
"""

from __future__ import annotations

__all__ = ["Budget"]

SHARE = 0.1
MOST = 10.0


class Budget:
    def __init__(self) -> None:
        self._left = MOST

    def earn(self) -> None:
        """A request was made."""
        self._left = min(MOST, self._left + SHARE)

    def spend(self) -> bool:
        """May one be made again?"""
        if self._left < 1:
            return False
        self._left -= 1
        return True
