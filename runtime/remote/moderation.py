"""The moderations of OpenAI, and of servers that speak as it does.

    POST /moderations
    {"input": ["Hello", "Idiot"], "model": "omni-moderation-latest"}
    {"results": [{"flagged": false, "category_scores": {"harassment": 0.001, ...}, ...}, ...], ...}

The address is what clients call the base URL: `https://api.openai.com/v1`.

Invariant: what `read` returns has one score for each label of each text, finite and from 0 to 1.

Source: https://platform.openai.com/docs/api-reference/moderations
"""

from __future__ import annotations

from guardc.runtime.remote.answers import by_label, encoded, json_of, wrong
from guardc.runtime.services import Declared, Scores

__all__ = ["body", "path", "read"]


def path(service: Declared) -> str:  # noqa: ARG001 - the model is in the body
    """What comes after the address."""
    return "/moderations"


def body(service: Declared, texts: list[str]) -> bytes:
    return encoded({"input": texts} | ({"model": service.model} if service.model else {}))


def read(service: Declared, texts: int, content: bytes) -> list[Scores]:
    """The scores of each text, in the order of the labels, which are names of categories.

    Raises:
        ServiceError: it is anything else.
    """
    answer = json_of(service, content)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != texts:
        raise wrong(service, "with more or fewer results than texts")
    found = []
    for result in results:
        scores = result.get("category_scores") if isinstance(result, dict) else None
        if not isinstance(scores, dict):
            raise wrong(service, "with a result that has no scores")
        found.append(by_label(service, scores))
    return found
