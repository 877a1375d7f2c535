"""What the answers of all protocols have in common: JSON, and scores from 0 to 1.

Invariant: nothing that a service wrote is in a message.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from guardc.fastpath.errors import ServiceError
from guardc.runtime.services import Declared, Scores

__all__ = ["by_label", "encoded", "json_of", "of_found", "score_of", "wrong"]

ROUNDING = 1e-6
"""By which a probability may lie outside of 0 to 1: softmax in single precision gives 1.0000001."""


def wrong(service: Declared, what: str) -> ServiceError:
    return ServiceError("response", f"the service `{service.name}` answered {what}")


def encoded(request: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(request, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # lone surrogates cannot be sent; as escapes they can
        return json.dumps(request).encode()


def json_of(service: Declared, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise wrong(service, "what is no JSON") from None


def score_of(service: Declared, number: object) -> float:
    if isinstance(number, int | float) and not isinstance(number, bool) and -ROUNDING <= number <= 1 + ROUNDING:
        return min(1.0, max(0.0, float(number)))  # nor is it NaN
    raise wrong(service, "with a score that is no number from 0 to 1")


def by_label(service: Declared, named: Mapping[Any, object]) -> Scores:
    """The scores of one text, of which there may be more than the policy asks for."""
    if not all(label in named for label in service.labels):
        raise wrong(service, "without a score for each label")
    return tuple(score_of(service, named[label]) for label in service.labels)


def of_found(service: Declared, found: Collection[str]) -> Scores:
    """The scores of one text of which it is known what it has, and not how surely: 1 for what was found, else 0."""
    scores = [label in found for label in service.labels] if service.labels else [bool(found)]
    return tuple(map(float, scores))
