"""Judges: models that judge texts by one criterion of the policy, as measures and predicates.

What a judge says is remembered: the same prompt is asked once, as long as it is among the last `REMEMBERED`. Kept is a
hash of the prompt, not the text.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from guardc.fastpath._core import Outcome, Times
from guardc.runtime.asking import Criterion
from guardc.runtime.guard import Guard
from guardc.runtime.slow import RUN, Wish, timed
from guardc.runtime.watching import Watchers

__all__ = ["REMEMBERED", "Completion", "Judge", "JudgedGuard"]

REMEMBERED = 1024

Completion = Callable[..., Any]
"""`litellm.completion`, or something that is called as it is and returns what it returns."""

_metadata: ContextVar[Mapping[str, Any] | None] = ContextVar("_metadata", default=None)
"""Of the text that is being judged: a validator is given the text alone, and prompts may name fields."""


class JudgedGuard(Guard):
    """A guard of a policy whose judges name metadata."""

    __slots__ = ()

    def validate(
        self, text: Any, metadata: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Outcome:
        token = _metadata.set(metadata)
        try:
            return super().validate(text, metadata, timeout=timeout)
        finally:
            _metadata.reset(token)


class Judge:
    """Called with a text like a custom validator. Threads may share it.

    Attributes:
        criterion: of the policy.
    """

    def __init__(self, criterion: Criterion, llm: Completion | None, watchers: Watchers) -> None:
        self.criterion = criterion
        self._llm = llm
        self._watchers = watchers
        self._known: OrderedDict[bytes, float | bool] = OrderedDict()
        self._lock = threading.Lock()
        self._times: Times | None = None

    def measure(self, times: Times) -> None:
        """Add the times that its model takes from now on."""
        self._times = times

    def __call__(self, text: str) -> float | bool:
        """The score, 0 to 1, or whether the criterion holds.

        Raises:
            CallError: the model could not be called, or did not say.
            PendingError: it is to be asked (`runtime/slow.py`).
            MetadataError: a field that the prompt names is missing, or of another type.
        """
        from guardc.runtime.llm.judges import ask, ask_async, digest, prompt  # noqa: PLC0415 - only judges need it

        messages = prompt(self.criterion, text, _metadata.get() or {})
        key = digest(messages)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        run = RUN.get()
        function: Callable[..., Any] = ask if run is None else ask_async
        if self._times is not None:
            function = timed(function, self._times, asynchronous=run is not None)
        asked = self.criterion, messages, self._llm, self._watchers
        said: float | bool = (
            function(*asked) if run is None else run.answer((self, key), Wish(function, True, asked, {}))
        )
        with self._lock:
            self._known[key] = said
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return said
