"""A model that says what a test wrote, a clock that a test moves, and guards made of a few lines.

Example: `Model("too long an answer", "short")` is called like `litellm.completion`; its `calls` are what it was given.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import Guard, load
from guardc.runtime.llm import CallError, CallOutcome
from guardc.runtime.llm.conversation import Call
from guardc.runtime.llm.drive import Clock, drive
from guardc.runtime.llm.start import Given, call_of
from guardc.runtime.llm.streams import CallStream

__all__ = [
    "HELLO",
    "BrokenOffError",
    "Model",
    "StillClock",
    "Watched",
    "call",
    "chunk",
    "chunks",
    "completion",
    "ended",
    "guard_of",
    "kind",
    "stream",
    "tool_call",
    "wanted_call",
]

HELLO = [{"role": "user", "content": "Hello."}]


def completion(message: Any, reason: str = "stop", **more: Any) -> dict[str, Any]:
    """A response; of a text, that is the content of its message."""
    if isinstance(message, str) or message is None:
        message = {"role": "assistant", "content": message}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    return {"choices": [{"message": message, "finish_reason": reason}], "usage": usage, **more}


def chunk(delta: Any, reason: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A piece of a streamed response; of a text, that is the content of its delta."""
    delta = {"content": delta} if isinstance(delta, str) else delta
    return {"choices": [{"index": index, "delta": delta, "finish_reason": reason}], **more}


def chunks(*texts: str, reason: str = "stop") -> list[dict[str, Any]]:
    """A whole streamed response, of these pieces of text."""
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    return [*map(chunk, texts), chunk({}, reason), {"choices": [], "usage": usage}]


def tool_call(name: str, arguments: Any, number: int = 0) -> dict[str, Any]:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


class Model:
    """Gives its answers in turn: texts, messages with more in them, whole responses, exceptions (which it raises), and
    functions of the arguments that give one of these. Of a streamed call they are lists of chunks, and functions of the
    arguments that return what the call is to return."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **arguments: Any) -> Any:
        self.calls.append(arguments)
        answer = self.answers.pop(0)
        if arguments.get("stream") and not isinstance(answer, Exception):
            return answer(arguments) if callable(answer) else iter(answer)
        if callable(answer):
            answer = answer(arguments)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict) and "choices" in answer:
            return answer
        return completion(answer)

    def said(self, number: int) -> str:
        """The last message of a call."""
        return str(self.calls[number]["messages"][-1]["content"])


class StillClock(Clock):
    """A clock that stands still. Pauses, which are noted, and a test move it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.pauses: list[float] = []
        self.now = lambda: self.time  # type: ignore[method-assign]
        self.chance = lambda: 1.0  # type: ignore[method-assign]
        self.sleep = self._sleep  # type: ignore[method-assign]

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def wait(self, done: threading.Event, seconds: float | None) -> bool:
        return done.wait()


def guard_of(source: str, name: str = "reply", **handlers: Any) -> Guard:
    """A guard of a policy; the edition is put before it."""
    compilation = compile_text(f"edition 1\n{source}")
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan, handlers=handlers).guard(name)


def call(guard: Guard, model: Model, clock: Clock | None = None, /, **given: Any) -> CallOutcome:
    """`Guard.call` with a model and a clock of the test."""
    return drive(wanted_call(guard, model, **given), model, clock or StillClock())


def stream(guard: Guard, model: Any, clock: Clock | None = None, /, **given: Any) -> CallStream:
    """`Guard.call(..., stream=True)` with a model and a clock of the test."""
    return CallStream(wanted_call(guard, model, **{**given, "stream": True}), model, clock or StillClock())


def wanted_call(guard: Guard, model: Any, /, **given: Any) -> Call:
    """The call that `Guard.call` makes of its arguments."""
    own = {"messages": HELLO, "model": None, "metadata": None, "timeout": 60.0, "retries": 2, "stream": False}
    own |= {name: given.pop(name) for name in tuple(given) if name in own}
    return call_of(guard, guard._question, guard._asking, Given(llm=model, arguments=given, **own))


class Watched:
    """A stream of chunks that knows whether it was closed. An exception among the chunks is raised; an event is waited
    for."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)
        self.closed = threading.Event()
        self.waiting = threading.Event()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self.parts:
            raise StopIteration
        part = self.parts.pop(0)
        if isinstance(part, threading.Event):
            self.waiting.set()
            part.wait()
            return self.__next__()
        if isinstance(part, BaseException):
            raise part
        return part

    def close(self) -> None:
        self.closed.set()

    def __call__(self, **arguments: Any) -> Any:
        return self


class BrokenOffError(Exception):
    status_code = 503


def ended(stream: CallStream) -> CallOutcome:
    assert stream.outcome is not None
    return stream.outcome


def kind(outcome: CallOutcome) -> str | None:
    assert outcome.error is None or isinstance(outcome.error, CallError)
    return None if outcome.error is None else outcome.error.kind
