"""What a client sends: the address, and bodies."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from guardc.fastpath.errors import MetadataError
from guardc.runtime.guard import pairs

__all__ = ["Address", "address_of", "batch", "first_line", "headers_of", "line", "path_of", "question"]


class Address(NamedTuple):
    """Where a server is. `prefix` is what a front puts before its routes."""

    secure: bool
    host: str
    port: int | None
    prefix: str


def address_of(url: str) -> Address:
    """The parts of an address.

    Raises:
        ValueError: it is none of a server.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("the address of a server is like http://127.0.0.1:8000; a key is given as `key`")
    return Address(parts.scheme == "https", parts.hostname, parts.port, parts.path.rstrip("/"))


def headers_of(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def path_of(guard: str, route: str) -> str:
    return f"/v1/guards/{quote(guard, safe='')}/{route}"


def question(text: Any, metadata: Mapping[str, Any] | None, timeout: float | None) -> bytes:
    """The body that asks about one text.

    Raises:
        TypeError, ValueError: it cannot be written as JSON.
        MetadataError: `metadata` is neither None nor a mapping.
    """
    fields = _asking(text, metadata)
    if timeout is not None:
        fields["timeout"] = timeout
    return _encode(fields)


def batch(texts: Iterable[Any], metadata: Any, timeout: float | None) -> bytes:
    """The body that asks about many."""
    fields: dict[str, Any] = {"batch": [_asking(text, one) for text, one in pairs(texts, metadata)]}
    if timeout is not None:
        fields["timeout"] = timeout
    return _encode(fields)


def first_line(metadata: Mapping[str, Any] | None) -> bytes:
    """What a stream begins with."""
    return b"" if _checked(metadata) is None else _encode({"metadata": metadata}) + b"\n"


def line(piece: str) -> bytes:
    """A piece of a stream.

    Raises:
        TypeError: it is no `str`.
    """
    if not isinstance(piece, str):
        raise TypeError(f"a piece is a `str`, not `{type(piece).__name__}`")
    return _encode({"piece": piece}) + b"\n"


def _asking(text: Any, metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"text" if isinstance(text, str) else "value": text}
    if _checked(metadata) is not None:
        fields["metadata"] = metadata
    return fields


def _checked(metadata: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if metadata is not None and not isinstance(metadata, Mapping):
        raise MetadataError(f"metadata must be a mapping or None, not `{type(metadata).__name__}`")
    return metadata


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_plain).encode("ascii")


def _plain(value: Any) -> Any:
    """The value that a guard sees in an object of another kind."""
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    raise TypeError(f"a value of the type `{type(value).__name__}` cannot be sent: JSON has none")
