"""What of a structured value, or of chat messages, may be shown without `--clear`, and what is masked there.

Vocabulary: a *secret* is what a finding covers, in the string at its path. A *hidden* value failed as a whole, without
saying where in it: it is masked from end to end. Measures (`chars`, `count`, a number's range) hide nothing: they say
how much there is, and not what.

The rule: strings and keys are shown with every place masked that reads like a secret, wherever it stands. A string of
the output that was not in the judged value is shown if it is known what the fixes at its path made of their findings
(`showing`); if that is not known, none of it is.

Example: with `$.mail: no pii.email on fail noop`, `{"mail": "to ann@example.com"}` is shown as `{"mail": "to a•••"}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from guardc.cli.excerpt import MASK, Range, masked, merged
from guardc.cli.showing import MOST_WORK, all_scanned, loose_marks

if TYPE_CHECKING:
    from guardc.runtime import Failure, Outcome

__all__ = ["Masking"]

_STRENGTH = ("noop", "custom", "fix", "fix_reask", "reask", "filter", "refrain", "exception")
_LONGEST_KEY = 60
_UNKNOWN = object()


@dataclass
class _AtPath:
    """What of an outcome is about one string."""

    output: str
    failures: list[Failure]
    action: str


class Masking:
    """The masks of one outcome. `judged` is the value that was judged, `chat` whether it is chat messages."""

    def __init__(self, judged: Any, outcome: Outcome, *, chat: bool) -> None:
        self._judged = judged
        self._outcome = outcome
        self._chat = chat
        self._values: dict[str, list[Any]] = {}
        self._strings: set[str] = set()
        self._size = 0
        for path, value in self._walk(judged, "$"):
            self._values.setdefault(path, []).append(value)
            if isinstance(value, str):
                self._strings.add(value)
                self._size += len(value)
        self._secrets: set[str] = set()
        self._hidden_paths: set[str] = set()
        self._hidden: set[tuple[type, Any]] = set()
        self._sure = all_scanned(outcome) and all(self._note(failure) for failure in outcome.failures)
        self._sure = self._sure and self._size * len(self._secrets) <= MOST_WORK

    def judged(self) -> Any:
        """The judged value with masks; None if it must not be shown."""
        return self._shown(self._judged, self._judged, "$") if self._sure else None

    def output(self) -> Any:
        """The output with masks; None if it must not be shown."""
        return self._shown(self._outcome.output, self._judged, "$") if self._sure else None

    # --- what is secret ---

    def _note(self, failure: Failure) -> bool:
        """Keeps what the failure says is secret. False if that is not to be found in the value."""
        values = self._values.get(failure.path, [])
        if failure.spans:
            texts = [value for value in values if isinstance(value, str)]
            self._secrets |= {text[start:end] for text in texts for start, end, _ in failure.spans} - {""}
            return bool(texts)
        absent = failure.validator in {"missing", "json"} or (failure.path == "$" and failure.validator == "has")
        if self._outcome.structured and failure.value is None and not absent:
            self._hidden_paths.add(failure.path)
            for value in values:
                self._hidden |= {_key(inner) for _, inner in self._walk(value, "$") if _is_scalar(inner)}
        return True

    def _walk(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Every value in a value, and its path as failures show it."""
        yield path, value
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._walk(self._read(key, inner), path + _step(key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from self._walk(inner, f"{path}[{index}]")

    def _read(self, key: str, value: Any) -> Any:
        """Arguments of calls in chat messages are JSON within a string (docs/semantics.md, 11)."""
        if not self._chat or key != "arguments" or not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value

    # --- what is shown ---

    def _shown(self, value: Any, before: Any, path: str) -> Any:
        """A value with masks. `before` is what the judged value has at this place, if that is known."""
        if path in self._hidden_paths and (before is _UNKNOWN or value == before):
            return MASK
        if isinstance(value, dict):
            return {self._masked(key, ()): self._member(key, inner, before, path) for key, inner in value.items()}
        if isinstance(value, list):
            places = [_UNKNOWN if before is _UNKNOWN or isinstance(before, list) else None] * len(value)
            if isinstance(before, list) and len(before) == len(value):
                places = before  # else items were dropped, and which is not known
            return [
                self._shown(inner, place, f"{path}[{index}]")
                for index, (inner, place) in enumerate(zip(value, places, strict=True))
            ]
        if _is_scalar(value) and _key(value) in self._hidden:
            return MASK
        return self._text(value, before, path) if isinstance(value, str) else value

    def _member(self, key: str, value: Any, before: Any, path: str) -> Any:
        place = before.get(key) if isinstance(before, dict) else before if before is _UNKNOWN else None
        read = self._read(key, value)
        shown = self._shown(read, self._read(key, place), path + _step(key))
        return json.dumps(shown, ensure_ascii=False) if read is not value else shown

    def _text(self, text: str, before: Any, path: str) -> str:
        if text in self._strings:
            return self._masked(text, ())
        if before is _UNKNOWN:
            return MASK
        if not isinstance(before, str):
            return self._masked(text, ())  # a default, or what `fix to` says
        failures = [failure for failure in self._outcome.failures if failure.path == path]
        known = merged((start, end) for failure in failures for start, end, _ in failure.spans)
        if not all(any(first <= start and end <= last for first, last in known) for start, end in self._places(before)):
            return MASK  # a secret stands here where no rule looked for it, and may have been changed
        action = max((failure.action for failure in failures), key=_STRENGTH.index, default="noop")
        marks = loose_marks(before, _AtPath(text, failures, action))
        return MASK if marks is None else self._masked(text, marks)

    def _masked(self, text: str, marks: Iterable[Range]) -> str:
        shown, end = "", 0
        for start, stop in merged([*marks, *self._places(text)]):
            shown += text[end:start] + masked(text[start:stop])
            end = stop
        return shown + text[end:]

    def _places(self, text: str) -> Iterator[Range]:
        """Everything that reads like a secret."""
        for secret in self._secrets:
            at = text.find(secret)
            while at >= 0:
                yield at, at + len(secret)
                at = text.find(secret, at + 1)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list) and value is not None and not isinstance(value, bool)


def _key(value: Any) -> tuple[type, Any]:
    return (str if isinstance(value, str) else float, value)


def _step(key: str) -> str:
    """A key as the paths of failures show it (`key_step` of the fast path)."""
    shown = key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "..."
    if key.isascii() and key.isidentifier():
        return "." + shown
    return '["' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in shown) + '"]'
