"""Puts an answer together from the pieces of a stream.

Vocabulary: a *chunk* is what a streamed completion yields, an object or a mapping: `{"choices": [{"index": 0, "delta":
    {"content": "Hel"}}]}`. Its *deltas* are pieces of messages, each for the choice with its index.

Example: `{"content": "Hel"}` and `{"content": "lo"}` are `{"role": "assistant", "content": "Hello"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guardc.runtime.llm.answers import plain

__all__ = ["Pieces"]

_NOT_IN_PIECES = frozenset({"role", "id", "type", "name", "index"})
"""Strings under these keys come whole, and some services repeat them; all others are continued."""


class Pieces:
    """The message of one choice, as far as it has come."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._calls: list[dict[str, Any]] = []
        self._places: dict[Any, dict[str, Any]] = {}
        self.begun = False

    def take(self, delta: Mapping[str, Any]) -> str:
        """Put a delta to what has come.

        Returns:
            The text in it.

        Raises:
            ValueError: it is not as a delta should be.
        """
        self.begun = True
        content = delta.get("content")
        calls = delta.get("tool_calls")
        if not isinstance(content, str | None) or not isinstance(calls, list | tuple | None):
            raise ValueError("a delta is not as it should be")
        for call in calls or ():
            self._take_call(plain(call))
        _continue(self._message, {key: item for key, item in delta.items() if key != "tool_calls"})
        return content or ""

    def _take_call(self, call: Any) -> None:
        """The next piece of a call of a tool. Services that send no index send whole calls, or give the id again."""
        if not isinstance(call, Mapping):
            raise ValueError("a call of a tool is not as it should be")
        place = call.get("index")
        if place is None:
            place = call.get("id") or (len(self._calls) if _names_a_function(call) or not self._calls else None)
        known = self._calls[-1] if place is None else self._places.get(place)
        if known is None:
            known = {}
            self._calls.append(known)
            self._places[place] = known
        _continue(known, {key: item for key, item in call.items() if key != "index"})

    @property
    def message(self) -> dict[str, Any] | None:
        """A message of the assistant; None if nothing has come."""
        if not self.begun:
            return None
        made = {"role": "assistant", "content": None, **self._message}
        if self._calls:
            made["tool_calls"] = [dict(call) for call in self._calls]
        return made


def _names_a_function(call: Mapping[str, Any]) -> bool:
    function = plain(call.get("function"))
    return isinstance(function, Mapping) and bool(function.get("name"))


def _continue(known: dict[str, Any], piece: Mapping[str, Any]) -> None:
    for key, given in piece.items():
        item = plain(given)
        before = known.get(key)
        if item is None:
            continue
        if isinstance(item, Mapping):
            inner = dict(before) if isinstance(before, Mapping) else {}
            _continue(inner, item)
            known[key] = inner
        elif isinstance(item, list | tuple) and isinstance(before, list):
            known[key] = [*before, *item]
        elif isinstance(item, str) and isinstance(before, str) and key not in _NOT_IN_PIECES:
            known[key] = before + item
        else:
            known[key] = list(item) if isinstance(item, tuple) else item
