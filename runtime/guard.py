"""A guard as a service uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guardc.fastpath import _core
from guardc.fastpath._core import Outcome

__all__ = ["Guard"]


class Guard(_core.Guard):
    """The rules of a policy for one direction, ready to judge texts. Made by `Plan.guard`.

    A guard has no state: calls may come from any number of threads at the same time. On long texts the scan runs
    without the interpreter lock.

    Attributes:
        name: the guard's name in the policy.
        direction: `"input"` or `"output"`.
    """

    __slots__ = ()

    def validate_many(
        self, texts: Iterable[Any], metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None
    ) -> list[Outcome]:
        """Judge several texts; the same as `validate` on each.

        Args:
            texts: the texts, or lists of chat messages; for a guard `as json` the values, or their JSON texts.
            metadata: one mapping for all texts, or one (or None) per text.

        Returns:
            One outcome per text, in their order.

        Raises:
            TypeError: a text is not a `str` and the guard is on texts, or `texts` is a single `str`.
            ValueError: there are more or fewer metadata than texts.
        """
        if isinstance(texts, str):
            raise TypeError("validate_many takes several texts; use validate for one")
        if metadata is None or isinstance(metadata, Mapping):
            return [self.validate(text, metadata) for text in texts]
        return [self.validate(text, one) for text, one in zip(texts, metadata, strict=True)]
