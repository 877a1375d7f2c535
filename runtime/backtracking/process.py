"""One process that searches, seen from the process that asks it.

Invariant: a `Process` that raised anything is in an unknown state and must be ended; one that answered can be asked
again, by any thread, but by one at a time.

Example: `Process().ask(request, time.monotonic() + 0.05)` gives the answer's status and body, or raises `TimeoutError`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time

from guardc.runtime.backtracking.worker import ANSWER

__all__ = ["Process"]

PROGRAM = os.path.join(os.path.dirname(__file__), "worker.py")  # noqa: PTH118, PTH120 - pathlib is slow to import
REAPING = 1.0
"""Seconds that the end of a killed process may take. It takes less, unless the machine is out of order."""


class Process:
    """A running `worker.py`.

    Attributes:
        known: the regexes that it has compiled, with their flags.

    Raises:
        OSError: it cannot be started.
    """

    __slots__ = ("_child", "_socket", "known")

    def __init__(self) -> None:
        if not sys.executable or getattr(sys, "frozen", False):
            # A frozen program would start itself again.
            raise OSError("there is no Python interpreter")
        self._socket, theirs = socket.socketpair()
        self.known: set[tuple[bytes, int]] = set()
        with theirs:
            try:
                self._child = subprocess.Popen(
                    # Neither the environment nor the packages of the service have a part in it.
                    [sys.executable, "-I", "-S", PROGRAM],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    process_group=0,  # an interrupt from the keyboard is meant for the service
                )
            except BaseException:
                self._socket.close()
                raise

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def ask(self, request: bytes, deadline: float) -> tuple[int, bytearray]:
        """Send a request, with the regex and the text that it announces.

        Args:
            request: all of it.
            deadline: of the answer, in `time.monotonic` seconds.

        Returns:
            The status of the answer, and its body.

        Raises:
            TimeoutError: the deadline passed.
            OSError, EOFError: the process ended.
        """
        self._wait(deadline)
        # Where the service has SIGPIPE end it, the end of another process must not.
        self._socket.sendall(request, getattr(socket, "MSG_NOSIGNAL", 0))
        status, size = ANSWER.unpack(self._receive(ANSWER.size, deadline))
        return status, self._receive(size, deadline)

    def _wait(self, deadline: float) -> None:
        """Have the next operation on the socket wait until the deadline."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def _receive(self, size: int, deadline: float) -> bytearray:
        received = bytearray(size)
        place = 0
        while place < size:
            self._wait(deadline)
            count = self._socket.recv_into(memoryview(received)[place:])
            if count == 0:
                raise EOFError
            place += count
        return received

    def end(self) -> None:
        """Kill the process, and wait until it is gone."""
        self._socket.close()
        self._child.kill()
        # Should it take longer, `subprocess` looks after it when it starts the next one.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(REAPING)

    def forget(self) -> None:
        """Let go of a process that belongs to the parent of this one: a copy of its socket would keep it alive."""
        self._socket.close()
        self._child.returncode = 0  # not a child of this process, so there is nothing to wait for
