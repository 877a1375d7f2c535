"""The workers of one server, asked by one of them: what they counted, and to reload.

A request reaches one worker, and asks for what all of them have. Each worker has a *place*, a number from 0 that is its
own while it lives, and listens at a socket in the folder of the server, which nobody else may enter. A question is a
line with a word; the answer is JSON, and the end of the connection.

Invariant: a sibling that does not answer in time is left out. It never holds up the worker that asks.

Example: `await siblings.ask("counts")` has the answers of the others, by their places.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, Any

__all__ = ["Answer", "Siblings"]

LOG = logging.getLogger("guardc.server")
PATIENCE = 2.0
"""Seconds for all answers to a question."""

Answer = Callable[[], Awaitable[Any]]


class Siblings:
    """What one worker knows of the others.

    Args:
        folder: of the server.
        answers: what this worker answers, by the words of questions.

    Attributes:
        place: of this worker, from when it is opened.
    """

    def __init__(self, folder: str, answers: Mapping[str, Answer]) -> None:
        self._folder = Path(folder)
        self._answers = answers
        self._lock: IO[bytes] | None = None
        self._server: asyncio.Server | None = None
        self.place = 0

    async def open(self) -> None:
        """Take the first place that is free, and listen there."""
        self._lock = self._taken()
        while self._lock is None:
            self.place += 1
            self._lock = self._taken()
        path = self._socket(self.place)
        path.unlink(missing_ok=True)  # of who had the place and died
        self._server = await asyncio.start_unix_server(self._listen, path)

    async def close(self) -> None:
        assert self._server is not None
        assert self._lock is not None
        self._server.close()
        self._socket(self.place).unlink(missing_ok=True)
        self._lock.close()

    async def ask(self, question: str) -> dict[int, Any]:
        """The answers of the others, by place."""
        places = [int(path.stem) for path in self._folder.glob("*.socket")]
        others = [place for place in sorted(places) if place != self.place]
        answers = await asyncio.gather(*(self._asked(place, question) for place in others))
        return {place: answer for place, answer in zip(others, answers, strict=True) if answer is not None}

    async def _asked(self, place: int, question: str) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._socket(place))
                with contextlib.closing(writer):
                    writer.write(question.encode("ascii") + b"\n")
                    return json.loads(await reader.read())
        except (OSError, TimeoutError, ValueError):
            LOG.warning("worker %d did not answer `%s`", place, question)
            return None

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                question = (await reader.readline()).decode("ascii", "replace").strip()
                if question in self._answers:
                    writer.write(json.dumps(await self._answers[question]()).encode("ascii"))
                    await writer.drain()

    def _taken(self) -> IO[bytes] | None:
        """The lock of the place, if nobody holds it. The system lets go of it when a worker dies."""
        lock = (self._folder / f"{self.place}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        return lock

    def _socket(self, place: int) -> Path:
        return self._folder / f"{place}.socket"
