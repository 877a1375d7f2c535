"""Keys: who may use which guards, and for what.

A key is a token, `guardc_ID_SECRET`, of which the server keeps a hash. A file of keys has one JSON object a line:

    {"id": "3f9a0c1d", "name": "billing", "sha256": "...", "guards": ["reply"], "scopes": ["validate"]}

`guards` may be left out: all of them. Scopes are `validate`, for verdicts, `chat`, for completions, which cost money,
`metrics`, for what is counted, and `admin`, for reloads.

The secret has 256 bits that nobody chose, so that one round of SHA-256 keeps it: there is nothing to guess. Hashes are
compared in constant time.

Example: `keys_of(text, "keys.jsonl").of(b"Bearer guardc_3f9a0c1d_...")` is the `Caller`, or None.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from guardc.fastpath.errors import GuardcError

__all__ = ["EVERYBODY", "SCOPES", "VARIABLE", "Caller", "Keys", "KeysError", "keys_of", "make_key", "text_of"]

SCOPES = ("validate", "chat", "metrics", "admin")
VARIABLE = "GUARDC_KEYS"
"""The environment variable that has the lines of a file of keys."""
FIELDS = {"id", "name", "sha256", "guards", "scopes"}
NOBODY = bytes(32)


class KeysError(GuardcError):
    """The keys cannot be used. The message names the line, never a hash."""


class Caller(NamedTuple):
    """Who a request comes from.

    Attributes:
        name: of the key, for people.
        guards: that it may use; None: all.
        scopes: what it may do.
    """

    name: str
    guards: frozenset[str] | None
    scopes: frozenset[str]

    def may(self, scope: str, guard: str | None = None) -> bool:
        return scope in self.scopes and (guard is None or self.guards is None or guard in self.guards)


EVERYBODY = Caller("everybody", None, frozenset({"validate"}))
"""Who calls a server that asks for no keys."""


class Keys:
    """All keys of a server."""

    def __init__(self, known: dict[str, tuple[bytes, Caller]]) -> None:
        self._known = known

    def __len__(self) -> int:
        return len(self._known)

    def of(self, header: bytes) -> Caller | None:
        """Whose key an `Authorization` header has; None: nobody's."""
        kind, _, token = header.partition(b" ")
        token = token.strip()
        parts = token.split(b"_", 2)
        if kind.lower() != b"bearer" or len(parts) != 3:
            return None
        given = hashlib.sha256(token).digest()
        kept, caller = self._known.get(parts[1].decode("latin-1"), (NOBODY, None))
        return caller if hmac.compare_digest(given, kept) else None


def make_key(name: str, guards: tuple[str, ...], scopes: tuple[str, ...]) -> tuple[str, str]:
    """A new token, and the line that lets a server know it."""
    identity = secrets.token_hex(4)
    token = f"guardc_{identity}_{secrets.token_urlsafe(32)}"
    fields: dict[str, Any] = {"id": identity, "name": name, "sha256": hashlib.sha256(token.encode("ascii")).hexdigest()}
    if guards:
        fields["guards"] = list(guards)
    fields["scopes"] = list(scopes)
    return token, json.dumps(fields)


def text_of(path: str | None) -> str:
    """The text of a file of keys; without one that of the environment.

    Raises:
        KeysError: it is no text.
        OSError: the file cannot be read.
    """
    if path is None:
        return os.environ.get(VARIABLE, "")
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise KeysError(f"{path}: this is not UTF-8; make keys with `guardc key`") from None


def keys_of(text: str, path: str | None) -> Keys:
    """The keys in the text of that file; None: of the environment.

    Raises:
        KeysError: there are none, or a line is wrong.
    """
    source = path or VARIABLE
    known: dict[str, tuple[bytes, Caller]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        identity, kept, caller = _read(f"{source}:{number}", line)
        if identity in known:
            raise KeysError(f"{source}:{number}: there is a key with this `id` already; make another with `guardc key`")
        known[identity] = kept, caller
    if not known:
        raise KeysError(f"{source}: there is no key; make one with `guardc key`")
    return Keys(known)


def _read(place: str, line: str) -> tuple[str, bytes, Caller]:
    try:
        fields = json.loads(line)
    except ValueError:
        raise KeysError(f"{place}: this is not JSON; make keys with `guardc key`") from None
    if not isinstance(fields, dict) or not {"id", "name", "sha256", "scopes"} <= set(fields) <= FIELDS:
        raise KeysError(f"{place}: a key is an object with `id`, `name`, `sha256`, `scopes` and, if you like, `guards`")
    identity, name, guards, scopes = fields["id"], fields["name"], fields.get("guards"), fields["scopes"]
    if not isinstance(identity, str) or not isinstance(name, str) or "_" in identity:
        raise KeysError(f"{place}: `id` and `name` are strings, and `id` has no underscore")
    try:
        kept = bytes.fromhex(fields["sha256"])
    except (TypeError, ValueError):
        kept = b""
    if len(kept) != len(NOBODY):
        raise KeysError(f"{place}: `sha256` is no hash of 64 hexadecimal digits")
    if not _strings(scopes) or not scopes or not set(scopes) <= set(SCOPES):
        raise KeysError(f"{place}: `scopes` is a list of {' and '.join(f'`{scope}`' for scope in SCOPES)}")
    if guards is not None and not _strings(guards):
        raise KeysError(f"{place}: `guards` is a list of names of guards; leave it out for all of them")
    return identity, kept, Caller(name, None if guards is None else frozenset(guards), frozenset(scopes))


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
