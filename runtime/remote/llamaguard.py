"""Llama Guard behind a server of chat completions (vLLM, Ollama, llama.cpp, and services).

    POST /chat/completions
    {"model": "meta-llama/Llama-Guard-3-8B", "messages": [{"role": "user", "content": "..."}], "temperature": 0, ...}
    {"choices": [{"message": {"content": "unsafe\\nS1,S10"}, "finish_reason": "stop"}]}

Its answer is `safe`, or `unsafe` and the categories on the next line. A category that is there scores 1, any other 0.
The address is what clients call the base URL.

Invariant: what `read` returns has one score for each label, or the one of `unsafe`; an answer of another form is none.

Source: https://github.com/meta-llama/PurpleLlama/blob/main/Llama-Guard3/8B/MODEL_CARD.md
"""

from __future__ import annotations

import re
from typing import Any

from guardc.runtime.remote.answers import encoded, json_of, of_found, wrong
from guardc.runtime.services import Declared, Scores

__all__ = ["body", "path", "read"]

LONGEST = 64
"""Tokens of an answer: all categories take about fifty."""
ANSWER = re.compile(r"\s*(?:(safe)|unsafe\s*\n\s*(S\d{1,2}(?:\s*,\s*S\d{1,2})*))\s*", re.ASCII)


def path(service: Declared) -> str:  # noqa: ARG001 - the model is in the body
    """What comes after the address."""
    return "/chat/completions"


def body(service: Declared, texts: list[str]) -> bytes:
    (text,) = texts  # the language lets no batches be declared
    messages = [{"role": "user", "content": text}]
    return encoded({"model": service.model, "messages": messages, "temperature": 0, "max_tokens": LONGEST})


def read(service: Declared, texts: int, content: bytes) -> list[Scores]:  # noqa: ARG001 - it is one
    """The scores of the text, in the order of the labels.

    Raises:
        ServiceError: it is anything else.
    """
    said = _said(json_of(service, content))
    answer = None if said is None else ANSWER.fullmatch(said)
    if answer is None:
        raise wrong(service, "neither `safe` nor `unsafe` with categories")
    return [of_found(service, re.findall(r"S\d+", answer[2] or ""))]  # what is unsafe has a category


def _said(answer: Any) -> str | None:
    """The text of a completion that has ended by itself."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    if not isinstance(choice, dict) or choice.get("finish_reason") not in {"stop", None}:
        return None
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else None
