"""How pieces of a text are framed in an answer: as server-sent events, as lines of JSON, or not at all.

A frame cuts the bytes into *parts*: a piece of the text with the value that it stood in, or bytes that have none. What
is not as its content type says is an error, for what is in it was not judged.

Sources: https://html.spec.whatwg.org/multipage/server-sent-events.html; `data: [DONE]` is OpenAI's.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from guardc.runtime.middleware.routes import Place

__all__ = ["Events", "Frame", "Lines", "Part", "Text"]

LARGEST = 1 << 20
"""Bytes of one event or line."""
DONE = b"[DONE]"


class Part(NamedTuple):
    """A part of an answer.

    Attributes:
        piece: of the text; None: there is none in it.
        value: that the piece stood in.
        raw: the bytes, if there is no piece.
        last: says that nothing follows.
    """

    piece: str | None
    value: Any
    raw: bytes = b""
    last: bool = False


class Frame(Protocol):
    """Cuts an answer, and writes pieces of it."""

    def cut(self, body: bytes, *, last: bool) -> Iterator[Part]:
        """The parts that have come with these bytes.

        Raises:
            ValueError: they are not what their content type says.
        """
        ...

    def piece(self, like: Any, text: str) -> bytes:
        """A piece, in a value like another one."""
        ...

    def said(self, value: Any) -> bytes:
        """A JSON value of the middleware's own; nothing where there is no form for it."""
        ...


class Events:
    """Server-sent events. At the place `$` the data are the text, else they are JSON."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._bare = place.written == "$"
        self._rest = b""

    def cut(self, body: bytes, *, last: bool) -> Iterator[Part]:
        *events, self._rest = (self._rest + body).replace(b"\r\n", b"\n").split(b"\n\n")
        if last:
            events.append(self._rest)
        _not_larger(self._rest)
        for event in events:
            data = b"\n".join(
                line[5:].removeprefix(b" ")
                for line in event.split(b"\n")
                if line == b"data" or line.startswith(b"data:")
            )
            if not data or data == DONE:
                if event.strip():
                    yield Part(None, None, event + b"\n\n", last=data == DONE)
            elif self._bare:
                yield Part(data.decode("utf-8"), None)
            else:
                yield _in_json(self._place, data, event + b"\n\n")

    def piece(self, like: Any, text: str) -> bytes:
        if self._bare:
            return b"".join(b"data: %s\n" % line.encode("utf-8") for line in text.split("\n")) + b"\n"
        return self.said(self._place.replaced(like, text))

    def said(self, value: Any) -> bytes:
        return b"data: " + json.dumps(value).encode("ascii") + b"\n\n"


class Lines:
    """A JSON value in each line."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rest = b""

    def cut(self, body: bytes, *, last: bool) -> Iterator[Part]:
        *lines, self._rest = (self._rest + body).split(b"\n")
        if last:
            lines.append(self._rest)
        _not_larger(self._rest)
        for line in lines:
            if line.strip():
                yield _in_json(self._place, line, line + b"\n")

    def piece(self, like: Any, text: str) -> bytes:
        return self.said(self._place.replaced(like, text))

    def said(self, value: Any) -> bytes:
        return json.dumps(value).encode("ascii") + b"\n"


class Text:
    """Nothing but the text, in UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def cut(self, body: bytes, *, last: bool) -> Iterator[Part]:
        text = self._decoder.decode(body, last)
        if text:
            yield Part(text, None)

    def piece(self, like: Any, text: str) -> bytes:  # noqa: ARG002 - it stood in nothing
        return text.encode("utf-8")

    def said(self, value: Any) -> bytes:  # noqa: ARG002 - there is no form for it
        return b""


def _in_json(place: Place, data: bytes, raw: bytes) -> Part:
    value = json.loads(data)
    piece = place.of(value)
    return Part(piece, value) if isinstance(piece, str) else Part(None, None, raw)


def _not_larger(rest: bytes) -> None:
    if len(rest) > LARGEST:
        raise ValueError
