"""Routes that are guarded, and places in JSON.

A *place* is a path such as `$.messages[-1].content`: `$` is the whole, `.name` a member of an object, `[0]` an item of
an array, counted from the end if it is negative.

Example: `Place("$.a[1]").of({"a": [1, 2]})` is `2`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Place", "Route"]

STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[(-?\d+)\]")


class Place:
    """Where in a JSON value a text stands.

    Raises:
        ValueError: it is no path.
    """

    def __init__(self, written: str) -> None:
        self.written = written
        steps = list(STEP.finditer(written, 1))
        if written[:1] != "$" or "".join(step[0] for step in steps) != written[1:]:
            raise ValueError(f"{written} is no place in JSON; write it as $.answer or $.messages[-1].content")
        self._steps: list[str | int] = [step[1] if step[2] is None else int(step[2]) for step in steps]

    def of(self, whole: Any) -> Any:
        """What stands there; None if there is nothing."""
        value: Any = whole
        for step in self._steps:
            try:
                if isinstance(step, str):
                    value = value[step] if isinstance(value, dict) else None
                else:
                    value = value[step] if isinstance(value, list) else None
            except (KeyError, IndexError):
                return None
        return value

    def replaced(self, value: Any, new: Any) -> Any:
        """The value with something else there. The value itself may be changed."""
        if not self._steps:
            return new
        *way, last = self._steps
        inner = value
        for step in way:
            inner = inner[step]
        inner[last] = new
        return value


@dataclass(frozen=True, kw_only=True)
class _Sides:
    input: str | None = None
    text: str = "$"
    output: str | None = None
    answer: str = "$"
    metadata: Callable[[MutableMapping[str, Any]], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Route(_Sides):
    """Requests that are guarded.

    Attributes:
        method: of HTTP.
        path: as the application has it; `{name}` stands for one part of it.
        input: the guard that judges what is asked, or None.
        text: the place of the text in the body of a request: a string, or a list of chat messages.
        output: the guard that judges what is answered, or None.
        answer: the place of the text in an answer: in a JSON body, or in the JSON of each event or line of a stream.
            In an answer that is plain text it means nothing.
        metadata: is called with the ASGI scope of a request, for the conditions of both guards.
        places: of the text and of the answer.
    """

    method: str
    path: str
    places: tuple[Place, Place] = field(init=False, repr=False, compare=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.input is None and self.output is None:
            raise ValueError(f"{self.method} {self.path}: name a guard as `input`, as `output`, or both")
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path}: a path begins with a slash")
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^{}/]*\})", self.path)
        )
        object.__setattr__(self, "_pattern", re.compile(pattern))  # frozen dataclasses set theirs so, too
        object.__setattr__(self, "places", (Place(self.text), Place(self.answer)))

    def takes(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether a request is one of these."""
        return scope["method"] == self.method and self._pattern.fullmatch(scope["path"]) is not None
