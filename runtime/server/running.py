"""The plan that runs, and how another one takes its place.

A reload reads the file, verifies it as `guardc.load` does, compares the policy's hash, and then sets one reference.
What cannot be used changes nothing: the last good plan runs on, `failed` says why, and so does the log. The same holds
for a worker that begins while others run already.

Invariant: a request that took `current` sees one plan to its end. The plan is a copy (`kept`), not the file itself:
whoever writes into the file cannot change what runs.

Example: `await running.reload()` is True if another policy runs now.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from guardc.fastpath.errors import GuardcError
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.plan import Plan
from guardc.runtime.server.answers import encode
from guardc.runtime.server.kept import Files, Kept
from guardc.runtime.server.keys import Keys, keys_of, text_of
from guardc.runtime.server.settings import Settings

__all__ = ["Current", "HandlersError", "ReloadError", "Running", "handlers_of"]

LOG = logging.getLogger("guardc.server")


class HandlersError(GuardcError):
    """What `--handlers` names is no mapping that can be imported."""


class ReloadError(GuardcError):
    """A reload changed nothing. The message says why."""


class Current:
    """What was loaded together.

    Attributes:
        plan: the plan.
        keys: who may call; None: the server asks for no keys.
        streams: the names of the guards that take texts piece by piece.
        frames: by guard, what stands around the output of a text that failed nothing, in an answer.
        since: when this policy began to run.
    """

    __slots__ = ("frames", "keys", "plan", "since", "streams")

    def __init__(self, plan: Plan, keys: Keys | None) -> None:
        self.plan = plan
        self.keys = keys
        self.streams = frozenset(name for name in plan.guards if plan.guard(name).streamed)
        self.frames = {name: _frame(name, plan.policy_hash) for name in plan.guards}
        self.since = datetime.now(UTC)


def _frame(name: str, policy_hash: str) -> tuple[bytes, bytes]:
    clean = {"guard": name, "structured": False, "passed": True, "action": None, "output": ""}
    empty: dict[str, Any] = {"failures": [], "unresolved": [], "reask": None, "error": None, "policy_hash": policy_hash}
    before, after = encode({**clean, **empty}).split('""')
    return before.encode("ascii"), after.encode("ascii")


def handlers_of(name: str | None) -> Mapping[str, Any] | None:
    """The functions that `module:mapping` names.

    Raises:
        HandlersError: there is no such thing.
    """
    if name is None:
        return None
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise HandlersError(f"--handlers {name}: write it as MODULE:MAPPING, for example app.guards:HANDLERS")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise HandlersError(f"--handlers {name}: the module cannot be imported: {error}") from None
    except AttributeError:
        raise HandlersError(f"--handlers {name}: the module has no `{attribute}`") from None
    if not isinstance(found, Mapping):
        raise HandlersError(f"--handlers {name}: it is no mapping from names to functions")
    return found


def _read(settings: Settings) -> Files:
    """The files as they are now.

    Raises:
        KeysError: the keys are no text.
        OSError: a file cannot be read.
    """
    keys = text_of(settings.keys) if settings.access == "keys" else None
    return Files(Path(settings.plan).read_bytes(), keys)


def _made(settings: Settings, handlers: Mapping[str, Any] | None, files: Files) -> Current:
    """What runs of them.

    Raises:
        GuardcError: the plan, a handler or a key is wrong.
    """
    keys = None if files.keys is None else keys_of(files.keys, settings.keys)
    try:
        plan = Plan(files.plan, handlers=handlers, source=settings.plan)
    except GuardcError as error:
        raise type(error)(f"{settings.plan}: {error}") from None
    if settings.metrics:
        plan.measure()
    return Current(plan, keys)


class Running:
    """Holds what runs, watches the files, and reloads. Belongs to one event loop.

    Attributes:
        current: what requests are to take.
        failed: why the last reload changed nothing; None: it went well.
        reloads: how many reloads brought another plan or other keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._handlers = handlers_of(settings.handlers)
        self._kept = Kept(settings.folder)
        self._seen = self._look()
        self.failed: str | None = None
        self.current = self._begin()
        self.reloads = 0
        self._lock = asyncio.Lock()

    def _load(self) -> Current:
        """Read and verify everything, as it is now.

        Raises:
            GuardcError: the plan, a handler or a key is wrong.
            OSError: a file cannot be read.
        """
        return self._kept.take(_read(self._settings), partial(_made, self._settings, self._handlers))

    def _begin(self) -> Current:
        try:
            return self._load()
        except (GuardcError, OSError) as error:
            last = self._kept.last()
            if last is None:
                raise
            current = _made(self._settings, self._handlers, last)
            self.failed = _reason(error)
            LOG.error("the files cannot be used, policy %s runs on: %s", current.plan.policy_hash[:12], self.failed)
            return current

    async def reload(self) -> bool:
        """Take over what the files say now; whether another policy runs.

        Raises:
            ReloadError: it cannot be used, and what ran before runs on.
        """
        async with self._lock:  # one after the other: the last one has the last word
            self._seen = self._look()
            try:
                new = await in_thread(CALLS, self._load)
            except (GuardcError, OSError) as error:
                self.failed = _reason(error)
                LOG.error("reload failed, policy %s runs on: %s", self.current.plan.policy_hash[:12], self.failed)
                raise ReloadError(self.failed) from None
            old = self.current
            changed = new.plan.policy_hash != old.plan.policy_hash
            if not changed:
                new.since = old.since
            self.current = new
            self.failed = None
            self.reloads += changed
            if changed:
                LOG.info("policy %s replaced by %s", old.plan.policy_hash[:12], new.plan.policy_hash[:12])
            return changed

    async def watch(self) -> None:
        """Reload whenever a file changes, until it is cancelled."""
        while True:
            await asyncio.sleep(self._settings.watch)
            if self._look() != self._seen:
                try:
                    await self.reload()
                except ReloadError:
                    continue  # it is in the log, and the next change is another chance
                except Exception:  # a fault of guardc's must not end the watch
                    LOG.exception("reload failed")

    def _look(self) -> tuple[Any, ...]:
        """What tells that a file was written or replaced."""
        return tuple(_stamp(path) for path in (self._settings.plan, self._settings.keys) if path is not None)


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116 - follows links, as those of mounted configurations are
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: it cannot be read: {error.strerror or error}"
    return str(error)
