"""Reads what a completion returned: the message, what it cost, and whether there is anything in it to judge.

Vocabulary: a *response* is what `litellm.completion` returns, or a mapping of the same form.

Invariant: nothing here raises, whatever mapping the response is.

Example: of `{"choices": [{"message": {"role": "assistant", "content": ""}}]}` the error has the kind `empty`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from guardc.fastpath._core import read_json
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import Usage

__all__ = ["Answer", "arguments_of", "cost_of", "plain", "read_answer", "text_of", "tool_names", "usage_of"]


class Answer(NamedTuple):
    """An answer of a model.

    Attributes:
        message: the assistant's message, without entries that are None. None if there is none.
        error: why it cannot be judged; None if it can.
        again: what it must be like, for a model that is asked again; None if asking again is no use.
    """

    message: dict[str, Any] | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost: float | None = None
    error: CallError | None = None
    again: str | None = None


def plain(value: Any) -> Any:
    """A mapping of a mapping or of an object that has `model_dump`; anything else as it is."""
    if isinstance(value, Mapping):
        return value
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else value


def tool_names(arguments: Mapping[str, Any]) -> frozenset[str] | None:
    """Names of the functions that a call offers; None if it offers none, or something else than functions."""
    tools = arguments.get("tools")
    if not isinstance(tools, list | tuple) or not tools:
        return None
    names = {tool["function"].get("name") for tool in map(plain, tools) if _is_function(tool)}
    return frozenset(names) if len(names) == len(tools) else None


def _is_function(tool: Any) -> bool:
    return isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping)


def read_answer(response: Any, model: str, offered: Collection[str] | None) -> Answer:
    """The answer in a response.

    Args:
        response: what a completion returned.
        model: its name, for messages.
        offered: names of tools that may be called; None if that is not known.
    """
    given = plain(response)
    choices = given.get("choices") if isinstance(given, Mapping) else None
    choice = plain(choices[0]) if isinstance(choices, list | tuple) and choices else None
    message = plain(choice.get("message")) if isinstance(choice, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        error = CallError("response", f"what {model} returned is no completion: it has no `choices[0].message`")
        return Answer(error=error)
    kept = {"role": "assistant", "content": None} | {key: item for key, item in message.items() if item is not None}
    if kept["role"] != "assistant":
        kept["role"] = "assistant"
    reason = choice.get("finish_reason")
    answer = Answer(kept, reason if isinstance(reason, str) else None, usage_of(given), cost_of(response))
    return _looked_into(answer, kept, model, offered)


def _looked_into(answer: Answer, message: dict[str, Any], model: str, offered: Collection[str] | None) -> Answer:
    if answer.finish_reason == "content_filter":
        error = CallError("content filter", f"{model} did not answer: its content filter stopped the answer")
        return answer._replace(error=error)
    calls = message.get("tool_calls")
    if calls:
        wrong = _wrong_calls(calls, offered)
        if wrong is not None:
            return answer._replace(error=CallError("tool call", f"{model} called a tool wrongly: {wrong}"), again=wrong)
    elif not text_of(message).strip() and not message.get("function_call"):
        if message.get("refusal"):
            return answer._replace(error=CallError("refusal", f"{model} refused to answer"))
        cut = ": the limit of tokens was reached before it began" if answer.finish_reason == "length" else ""
        error = CallError("empty", f"the answer of {model} is empty{cut}")
        return answer._replace(error=error, again="the answer must not be empty")
    return answer


def _wrong_calls(calls: Any, offered: Collection[str] | None) -> str | None:
    """What is wrong with calls of tools, in words without the text of an argument; None if they can be run."""
    if not isinstance(calls, list | tuple):
        return "calls of tools must be a list"
    for call in calls:
        if not isinstance(call, Mapping):
            return "a call of a tool must be an object"
        if "function" not in call and isinstance(call.get("type"), str) and call["type"] != "function":
            continue  # of another kind, with arguments of its own form
        function = call.get("function")
        function = function if isinstance(function, Mapping) else {}
        name = function.get("name")
        if not isinstance(name, str) or not name:
            return "a call of a tool must name a function"
        if offered is not None and name not in offered:
            return f"only these functions can be called: {', '.join(sorted(offered))}"
        arguments = function.get("arguments")
        if not (arguments is None or (isinstance(arguments, str) and arguments_of(arguments) is not None)):
            return f"the arguments of {name if offered is not None else 'a function'} must be one JSON object"
    return None


def arguments_of(text: str) -> dict[str, Any] | None:
    """The arguments of a call; None if they are no JSON object. Without a text there are none."""
    if not text.strip():
        return {}
    reading = read_json(text, "{")
    whole = reading.error is None and not reading.repairs and not (text[: reading.start] + text[reading.end :]).strip()
    return reading.value if whole and isinstance(reading.value, dict) else None


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message: its content, or the texts among the parts of it."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list | tuple) else ()
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
    return "".join([text for text in texts if isinstance(text, str)])


def usage_of(given: Mapping[str, Any]) -> Usage:
    """The tokens that a response or a chunk says were used."""
    usage = plain(given.get("usage"))
    if not isinstance(usage, Mapping):
        return Usage()
    counts = (usage.get(name) for name in Usage._fields)
    return Usage(*(count if isinstance(count, int) and count > 0 else 0 for count in counts))


def cost_of(response: Any) -> float | None:
    """What LiteLLM reckons from its table of prices."""
    hidden = getattr(response, "_hidden_params", None)
    cost = hidden.get("response_cost") if isinstance(hidden, Mapping) else None
    return float(cost) if isinstance(cost, int | float) else None
