"""What a request for a completion asks.

Parameters that are known go to the model as they are. The others are refused, for a parameter that LiteLLM knows and
this does not may say where a request goes, or with which key. So are those that bring back more of the answer than the
guard judges: probabilities of tokens, sound, several answers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from guardc.runtime.server.bodies import kind, read_json, wrong
from guardc.runtime.server.refusals import Refusal

__all__ = ["Asked", "asked_in"]

PASSED_ON = frozenset(
    {
        "frequency_penalty", "function_call", "functions", "logit_bias", "max_completion_tokens", "max_tokens",
        "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "reasoning_effort",
        "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "temperature", "tool_choice",
        "tools", "top_p", "user", "verbosity",
    }
)  # fmt: skip
OWN = frozenset({"model", "messages", "stream", "stream_options", "guardc", "n", "logprobs", "modalities"})


class Asked(NamedTuple):
    """A request.

    Attributes:
        model: the name that the client knows.
        messages: of the chat.
        stream: the answer is wanted as it comes.
        usage: of a stream, tokens are wanted in a chunk at its end.
        metadata: for the conditions of the guards.
        arguments: everything else that the model is called with.
    """

    model: str
    messages: list[Any]
    stream: bool
    usage: bool
    metadata: dict[str, Any] | None
    arguments: dict[str, Any]


def asked_in(data: bytes) -> Asked:
    """What a body asks.

    Raises:
        Refusal: it is not what the route takes.
    """
    fields = read_json(data)
    if not isinstance(fields, dict):
        raise wrong("$", f"{kind(fields)} instead of an object", "send a request as clients of OpenAI do")
    for name, value in fields.items():
        if name not in PASSED_ON and name not in OWN:
            raise _not_taken(name, value)
    _judged_whole(fields)
    model, messages = _given(fields, "model", str), _given(fields, "messages", list)
    stream = _given(fields, "stream", bool, False)
    options = _given(fields, "stream_options", dict, {})
    arguments = {name: value for name, value in fields.items() if name in PASSED_ON and value is not None}
    return Asked(model, messages, stream, options.get("include_usage") is True, _metadata(fields), arguments)


def _not_taken(name: str, value: Any) -> Refusal:
    shown = name if name.isidentifier() and len(name) <= 30 else "(a key)"
    said = f"{kind(value)} under a key that is not taken here"
    return wrong(f"$.{shown}", said, "leave it out; docs/server.md lists what is passed on to models")


def _judged_whole(fields: dict[str, Any]) -> None:
    """Refuse what would bring more of an answer than is judged."""
    if fields.get("n") not in {None, 1}:
        raise wrong("$.n", "several answers are wanted, and this route gives one", "send one request for each")
    if fields.get("logprobs"):
        raise wrong("$.logprobs", "the tokens of an answer are not those that the guard lets through", "leave it out")
    if fields.get("modalities") not in (None, ["text"]):
        raise wrong("$.modalities", "the guard judges texts alone", 'leave it out, or send ["text"]')


_MUST: Any = object()


def _given(fields: dict[str, Any], name: str, wanted: type, otherwise: Any = _MUST, within: str = "$") -> Any:
    value = fields.get(name)
    if value is None and otherwise is not _MUST:
        return otherwise
    if not isinstance(value, wanted) or (wanted is not bool and not value and otherwise is _MUST):
        found = "it is missing" if name not in fields else "it is empty" if isinstance(value, wanted) else kind(value)
        described = {str: "a string", list: "an array", bool: "true or false", dict: "an object"}[wanted]
        raise wrong(f"{within}.{name}", found, f"send {described}")
    return value


def _metadata(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Of the guards: `{"guardc": {"metadata": {...}}}`. What OpenAI calls metadata is something else."""
    given = _given(fields, "guardc", dict, {})
    if given.keys() - {"metadata"}:
        raise wrong("$.guardc", "there is more in it than `metadata`", 'send {"metadata": {...}}')
    metadata: dict[str, Any] | None = _given(given, "metadata", dict, None, "$.guardc")
    return metadata
