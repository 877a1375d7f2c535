"""Looks at what a call was given, before anything is done. What is wrong here is a mistake of the program, and
raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from guardc.fastpath import layout
from guardc.fastpath.errors import MetadataError
from guardc.runtime.asking import Asking
from guardc.runtime.guard import Guard
from guardc.runtime.llm.answers import plain
from guardc.runtime.llm.conversation import Call
from guardc.runtime.llm.provider import Provided, takes_schemas

__all__ = ["Given", "call_of"]

_OWN = {
    "num_retries": "guardc tries again itself: say how often with `retries`",
    "max_retries": "guardc tries again itself: say how often with `retries`",
}


class Given(NamedTuple):
    """The arguments of `Guard.call`, which describes them."""

    messages: Iterable[Any]
    model: str | None
    llm: Callable[..., Any] | None
    metadata: Mapping[str, Any] | None
    timeout: float | None
    retries: int
    arguments: dict[str, Any]
    stream: bool = False


def call_of(guard: Guard, question: Guard | None, asking: Asking, given: Given) -> Call:
    """The call as the conversation takes it

    Raises:
        TypeError, ValueError, MetadataError: as `Guard.call`.
    """
    if guard.direction != "output":
        raise ValueError(f"guard `{guard.name}` is on input: call the guard on output that judges the answer")
    if not guard.roles & 1 << layout.ROLES.index("assistant"):
        raise ValueError(f"guard `{guard.name}` does not judge what the assistant says: add `assistant` after `from`")
    if given.metadata is not None and not isinstance(cast("object", given.metadata), Mapping):
        raise MetadataError(f"metadata must be a mapping, not `{type(given.metadata).__name__}`")
    if given.llm is not None and not callable(given.llm):
        raise TypeError(f"`llm` must be a function that is called as `litellm.completion`, not `{given.llm!r}`")
    if given.model is None and given.llm is None:
        raise TypeError("name a model: call(model=..., messages=...)")
    _numbers(given.timeout, given.retries)
    choices = 1
    if given.stream:
        guard.stream(given.metadata)  # raises, if it does not take streams
        choices = _choices(given.arguments)
    arguments = _arguments(given.arguments, stream=given.stream)
    provided = given.llm is None or isinstance(given.llm, Provided)
    if given.model is not None:
        arguments = {"model": given.model, **arguments}
    return Call(
        guard=guard,
        question=question,
        asking=asking,
        messages=_messages(given.messages),
        arguments=arguments,
        metadata=given.metadata,
        schemas=takes_schemas if provided and guard.opens is not None else _always,
        timeout=given.timeout,
        retries=given.retries,
        choices=choices,
        apart=choices == 1 or given.llm is not None,
        provided=provided,
    )


def _always(model: str | None) -> bool:  # noqa: ARG001 - nothing is known of a function of the service
    return True


def _numbers(timeout: Any, retries: Any) -> None:
    if timeout is not None:
        if not isinstance(timeout, int | float) or isinstance(timeout, bool):
            raise TypeError(f"`timeout` is a number of seconds or None, not `{type(timeout).__name__}`")
        if not timeout > 0:
            raise ValueError("`timeout` is more than 0 seconds")
    if not isinstance(retries, int) or isinstance(retries, bool):
        raise TypeError(f"`retries` is a whole number, not `{type(retries).__name__}`")
    if retries < 0:
        raise ValueError("`retries` is 0 or more")


def _choices(given: dict[str, Any]) -> int:
    """How many answers a stream has."""
    choices = given.get("n")
    if choices is None:
        return 1
    if not isinstance(choices, int) or isinstance(choices, bool):
        raise TypeError(f"`n` is a whole number, not `{type(choices).__name__}`")
    if choices < 1:
        raise ValueError("`n` is 1 or more")
    return choices


def _arguments(given: dict[str, Any], *, stream: bool) -> dict[str, Any]:
    for name, why in _OWN.items():
        if name in given:
            raise ValueError(f"`{name}` is not taken: {why}")
    kept = {**given, "num_retries": 0, "max_retries": 0}
    if stream:
        return {"stream_options": {"include_usage": True}, **kept, "stream": True}
    if given.get("n") not in {None, 1}:
        raise ValueError("`n` is not taken: `call` judges one answer, but with `stream=True`")
    kept.pop("n", None)
    return kept


def _messages(given: Any) -> list[Any]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"`messages` is a list of chat messages, not `{type(given).__name__}`")
    messages = [plain(message) for message in given]
    for number, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise TypeError(f"messages[{number}] must be a mapping with `role` and `content`")
    if not messages:
        raise ValueError("`messages` is empty: there is nothing to answer")
    return messages
