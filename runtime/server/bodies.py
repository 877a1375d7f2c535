"""Bodies of requests: their size, and what they ask.

A request asks about one text, `{"text": ...}`, `{"messages": [...]}` or `{"value": ...}`, with `metadata` and `timeout`
if the caller likes, or about many, `{"batch": [{"text": ...}, ...]}`, each with metadata of its own.

Invariant: a body is what every parser of JSON takes it for: no key stands twice, numbers are those of JSON.

Example: `question(b'{"text": "Hello"}', structured=False, most=1000)` is `Question("Hello", None, None)`.
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from guardc.fastpath._core import single_text
from guardc.runtime.server.answers import Exchange
from guardc.runtime.server.gone import GoneError
from guardc.runtime.server.refusals import Refusal

__all__ = ["Batch", "Question", "is_json", "question", "read", "read_json"]

CLOSE = ((b"connection", b"close"),)
"""What is left of a body that is not read must not be taken for the next request."""
ASKING = ("text", "messages", "value")


class Question(NamedTuple):
    """One thing to judge. `literal` is the text as it stands in the body, if it stands there alone."""

    asked: Any
    metadata: dict[str, Any] | None
    timeout: float | None
    literal: bytes | None = None


class Batch(NamedTuple):
    """Several of them."""

    questions: list[Question]
    timeout: float | None
    literal: None = None


class _DoubledError(Exception):
    pass


class _NumberError(Exception):
    pass


async def read(exchange: Exchange, most: int) -> bytes:
    """The whole body.

    Raises:
        Refusal: it is too large.
        GoneError: the client hung up before its end.
    """
    length = exchange.headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > most:
        raise too_large(most)
    receive = exchange.receive
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        if len(body) > most:
            raise too_large(most)
        return body
    parts, size = [body], len(body)
    while True:
        if message["type"] == "http.disconnect":
            raise GoneError
        if size > most:
            raise too_large(most)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
        body = message.get("body", b"")
        parts.append(body)
        size += len(body)


def too_large(most: int, what: str = "the body") -> Refusal:
    return Refusal(
        "too_large",
        f"{what} is larger than the {most:,} bytes that this server takes",
        help="send less at a time, or start the server with a larger --max-body",
        headers=CLOSE,
    )


def is_json(headers: dict[bytes, bytes]) -> bool:
    """Whether the content type says so. A browser asks before it sends that to another site; other types it sends."""
    kind = headers.get(b"content-type", b"")
    return kind == b"application/json" or kind.partition(b";")[0].strip().lower() == b"application/json"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DoubledError
    return made


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NumberError
    return number


def _constant(_: str) -> Any:
    raise _NumberError


_decoder: Any = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number, parse_constant=_constant)
_scan = _decoder.scan_once
BLANK = " \t\n\r"


def _decode(text: str) -> Any:
    """What the decoder's own `decode` does, without two searches for blanks."""
    start = 0 if text.startswith("{") else len(text) - len(text.lstrip(BLANK))
    try:
        value, end = _scan(text, start)
    except StopIteration as stopped:
        raise json.JSONDecodeError("Expecting value", text, stopped.value) from None
    if end != len(text) and text[end:].strip(BLANK):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def read_json(data: bytes, where: str = "$", like: str = '{"text": "..."}') -> Any:
    """The value of a JSON text in UTF-8; `like` is an example of what may be sent.

    Raises:
        Refusal: it is none; the message names no part of it.
    """
    try:
        return _decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
    except _DoubledError:
        reason = "a key stands twice in an object"
    except _NumberError:
        reason = "a number is none of JSON, or too large"
    except RecursionError:
        reason = "it is nested too deep"
    except ValueError:
        reason = "a number is too long"
    raise Refusal("bad_json", f"not JSON: {reason}", where=where, help=f"send an object like {like}")


def question(data: bytes, *, structured: bool, most: int) -> Question | Batch:
    """What a body asks of a guard; `structured` if that is `as json`; at most so many texts.

    Raises:
        Refusal: it is not what the route takes.
    """
    single = single_text(data)
    if single is not None:
        return Question(single[0], None, None, single[1])
    fields = read_json(data)
    if not isinstance(fields, dict):
        raise wrong("$", f"{kind(fields)} instead of an object", 'send an object like {"text": "..."}')
    timeout = fields.get("timeout")
    if timeout is not None and (not isinstance(timeout, int | float) or isinstance(timeout, bool) or not timeout > 0):
        raise wrong("$.timeout", "it is not a number of seconds above 0", "leave it out, or send a number like 2.5")
    if "batch" not in fields:
        return _one(fields, "$", structured, timeout, ("metadata", "timeout"))
    batch = fields["batch"]
    if not isinstance(batch, list):
        raise wrong("$.batch", f"{kind(batch)} instead of an array", 'send an array of objects like {"text": "..."}')
    if len(batch) > most:
        message = f"the batch has {len(batch):,} texts; this server takes {most:,} at a time"
        raise Refusal("too_large", message, where="$.batch", help="send several requests, or start it with --max-batch")
    for name in fields:
        if name not in ("batch", "timeout"):
            raise wrong(f"$.{_named(name)}", "beside `batch` only `timeout` may stand", "put it into each item")
    questions = []
    for number, item in enumerate(batch):
        place = f"$.batch[{number}]"
        if not isinstance(item, dict):
            raise wrong(place, f"{kind(item)} instead of an object", 'send an object like {"text": "..."}')
        questions.append(_one(item, place, structured, None, ("metadata",)))
    return Batch(questions, timeout)


def _one(
    fields: dict[str, Any], place: str, structured: bool, timeout: float | None, others: tuple[str, ...]
) -> Question:
    found = [name for name in fields if name in ASKING]
    if len(found) != 1:
        message = "it has " + (" and ".join(f"`{name}`" for name in found) or "none of `text`, `messages` and `value`")
        raise wrong(place, message, "send exactly one of `text`, `messages` and `value`")
    for name in fields:
        if name not in ASKING and name not in others:
            known = ", ".join(f"`{other}`" for other in others)
            raise wrong(f"{place}.{_named(name)}", "this is not known here", f"beside the text there may be {known}")
    name = found[0]
    asked = fields[name]
    if name == "text":
        if not isinstance(asked, str):
            raise wrong(f"{place}.text", f"{kind(asked)} instead of a string", "send what is no string as `value`")
    elif name == "messages":
        if not isinstance(asked, list):
            raise wrong(f"{place}.messages", f"{kind(asked)} instead of an array", "send a list of chat messages")
        if structured:
            raise wrong(f"{place}.messages", "the guard is `as json` and takes no messages", "send `value` or `text`")
    elif not structured and not isinstance(asked, list):
        message = f"{kind(asked)}, and the guard judges texts and lists of messages"
        raise wrong(f"{place}.value", message, "send a string as `text`; values are for guards `as json`")
    metadata = fields.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise wrong(
            f"{place}.metadata", f"{kind(metadata)} instead of an object", "send the fields of the policy's `metadata`"
        )
    return Question(asked, metadata, timeout)


def wrong(where: str, message: str, help: str) -> Refusal:  # noqa: A002 - as the answer calls it
    return Refusal("bad_request", message, where=where, help=help)


def _named(name: str) -> str:
    """A key of the body as a place. Callers mistype names; what is longer may be a text."""
    return name if name.isidentifier() and len(name) <= 30 else "(a key)"


def kind(value: Any) -> str:
    """What a JSON value is, for messages."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")
