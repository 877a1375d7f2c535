"""From texts to tokens, whole: nothing is cut off in silence.

A text of more tokens than the model takes is an error, or is cut into windows that overlap by a quarter. Pieces are
put together by length, so that a short text is not padded to the length of a long one.

Invariant: each token of a text is in a piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from guardc.runtime.inference.models import ModelError, UnfitError
from guardc.runtime.inference.onnx.directory import TooLong

__all__ = ["Piece", "Tokens", "by_length"]

MOST_WINDOWS = 64
"""Of a text: one that has more holds up all others."""


class Piece(NamedTuple):
    """A text, or a window of it, as a model takes it. Equally many of both."""

    ids: list[int]
    types: list[int]


class Tokens:
    """Raises:
    ModelError: the file has no tokenizer.
    ImportError: tokenizers is not installed.
    """

    def __init__(self, path: Path, most: int, too_long: TooLong) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - in an extra

        self._most = most
        self._too_long = too_long
        try:
            self._tokenizer: Any = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except OSError:
            raise
        except Exception:  # what the library raises has no class of its own
            raise ModelError(
                f"{path}: this is no tokenizer; take the tokenizer.json that came with the model"
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        added = self._tokenizer.num_special_tokens_to_add(False)
        inner = most - added
        if inner < 1:
            raise ModelError(
                f"{path}: the tokenizer adds {added} tokens, and the model takes {most}; --max-tokens is more"
            )
        if too_long == "windows":
            self._tokenizer.enable_truncation(most, stride=inner // 4)

    def pieces(self, text: str) -> list[Piece]:
        """Raises:
        UnfitError: there are none, or they would not be the whole text.
        """
        try:
            first = self._tokenizer.encode(text)
        except (UnicodeError, TypeError):
            raise UnfitError("the text has half a surrogate pair, which the model's tokenizer does not take") from None
        found = [Piece(window.ids, window.type_ids) for window in (first, *first.overflowing)]
        if len(found) > MOST_WINDOWS:
            raise UnfitError(f"the text has {len(found):,} windows, and {MOST_WINDOWS} are the most")
        if self._too_long == "error" and len(first.ids) > self._most:
            said = f"the text has {len(first.ids):,} tokens, and the model takes {self._most:,}"
            raise UnfitError(f"{said} (`--too-long windows` judges longer ones)")
        if not first.ids:
            raise UnfitError("the text has no tokens")
        return found


def by_length(pieces: list[Piece], most: int) -> Iterator[list[int]]:
    """The numbers of pieces that are padded to one length: at most so many, none of them to more than the double."""
    group: list[int] = []
    for number in sorted(range(len(pieces)), key=lambda number: len(pieces[number].ids)):
        if group and (len(group) == most or len(pieces[number].ids) > 2 * len(pieces[group[0]].ids)):
            yield group
            group = []
        group.append(number)
    if group:
        yield group
