"""The texts that `guardc run` judges: whole files, lines, or JSON lines.

Vocabulary: a *message* is a text with what came along; a *bad line* is one that holds no message. A bad
line is reported and the run goes on.

Invariant: one line is in memory at a time, whatever the input's length. What is said about a bad line never
quotes its text: it may hold what nobody should see in a log.

Example: `{"id": 7, "guard": "reply", "text": "Hello", "metadata": {"tier": "pro"}}`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["BadLine", "Message", "form_of", "read_messages"]


@dataclass(frozen=True, slots=True)
class Message:
    """`guard` is None if the input names none; `id` is any JSON value, None if there is none. `chat` is a list of chat
    messages to be judged in the place of a text; `text` is then its JSON."""

    line: int
    text: str
    guard: str | None = None
    id: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    chat: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    line: int
    reason: str


class _BadValueError(Exception):
    """What the module `json` reads and JSON does not have."""


KEYS = frozenset({"text", "messages", "guard", "metadata", "id"})
"""What a line may say once."""


def form_of(name: str) -> str:
    """How a file is read if nobody says: `jsonl` by its ending, everything else as one `text`."""
    return "jsonl" if Path(name).suffix.lower() in {".jsonl", ".ndjson"} else "text"


def read_messages(stream: BinaryIO, form: str) -> Iterator[Message | BadLine]:
    """The messages of a stream. `form` is `text`, `lines` or `jsonl`."""
    if form == "text":
        yield _decoded(1, stream.read())
        return
    for number, raw in enumerate(stream, start=1):
        line = _decoded(number, raw)
        if isinstance(line, Message):
            if not line.text.strip():
                continue
            if form == "jsonl":
                line = _parsed(number, line.text)
        yield line


def _decoded(number: int, raw: bytes) -> Message | BadLine:
    """A text without the line break at its end, which belongs to the file and not to the text."""
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return Message(number, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return BadLine(number, f"not UTF-8 (byte {error.start + 1}: 0x{raw[error.start]:02x})")


def _parsed(number: int, text: str) -> Message | BadLine:
    doubled: list[str] = []

    def note_doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        doubled[:] = [name for name in counts if name in KEYS and counts[name] > 1]  # the outermost object is the last
        return dict(pairs)

    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite_float, object_pairs_hook=note_doubled)
    except json.JSONDecodeError as error:
        return BadLine(number, f"not JSON (column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]})")
    except _BadValueError as error:
        return BadLine(number, str(error))
    except RecursionError:
        return BadLine(number, "not readable: nested too deep")
    except ValueError:
        return BadLine(number, "not readable: a number is too long")
    if isinstance(value, str):
        return Message(number, value)
    if not isinstance(value, dict):
        return BadLine(number, f"{_kind(value)} instead of a string or an object with `text`")
    if doubled:
        return BadLine(number, f"`{doubled[0]}` stands in the object twice")
    if ("text" in value) == ("messages" in value):
        both = "both `text` and `messages`" if "text" in value else "neither `text` nor `messages`"
        return BadLine(number, f"the object has {both}")
    checks = (
        ("text", str, "a string"),
        ("messages", list, "an array"),
        ("guard", str, "a string"),
        ("metadata", dict, "an object"),
    )
    for name, wanted, words in checks:
        if name not in value or (value[name] is None and name not in {"text", "messages"}):
            continue
        if not isinstance(value[name], wanted):
            return BadLine(number, f"`{name}` is {_kind(value[name])} instead of {words}")
    chat = value.get("messages")
    judged = value["text"] if chat is None else json.dumps(chat, ensure_ascii=False)
    return Message(number, judged, value.get("guard"), value.get("id"), value.get("metadata") or {}, chat)


def _no_constant(name: str) -> Any:
    raise _BadValueError(f"not JSON ({name} is none of its numbers)")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):  # it could not be written as JSON again
        raise _BadValueError("not readable: a number is too large")
    return number


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")
