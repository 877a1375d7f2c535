"""What forks of the service ask for: a lock that no other thread holds while one happens.

A child has the memory of its parent and but one of its threads. What another thread was doing just then, importing a
module or starting a process, would stay half done for ever.

Invariant: the hooks are registered before anything is locked. Hooks that come while a fork is under way would unlock
what they did not lock.

Example: `with LOCK: import something`.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable

__all__ = ["IN_CHILD", "LOCK"]

LOCK = _thread.RLock()
"""Reentrant: a signal handler may fork while its thread holds it. (`threading` takes time to import.)"""
IN_CHILD: list[Callable[[], None]] = []
"""Called in each child, with the lock held."""


def _after_in_child() -> None:
    for call in IN_CHILD:
        call()
    LOCK.release()


os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=_after_in_child)
