"""The course of a call, from the question to the outcome. It decides what is to be done and does nothing itself.

`conversation` is a generator. It yields *wishes*: `Ask` (call the model), `Judge` (run a guard, which may be slow),
`Pause`. Whoever drives it sends back what came of it, or throws in what the call of the model raised; it returns the
outcome. So one implementation serves services with threads and services with an event loop.

Two budgets that are independent: *reasks* are the policy's, for answers that came and did not pass; *retries* are the
service's, for calls to which no answer came, and may come a moment later. The deadline is over everything.

Invariant: whatever a model does, the generator ends with an outcome, and every call of a model is among its attempts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple

from guardc.fastpath._core import Outcome, Reask, read_json
from guardc.fastpath.errors import ValidationError
from guardc.runtime.asking import Asking
from guardc.runtime.guard import Guard
from guardc.runtime.llm.answers import Answer, read_answer, text_of, tool_names
from guardc.runtime.llm.errors import CallError, retry_after, told_apart
from guardc.runtime.llm.outcome import Attempt, CallOutcome
from guardc.runtime.llm.prompts import again_with, instructions, unusable
from guardc.runtime.slow import Judging
from guardc.runtime.watching import Asker

__all__ = ["Ask", "Call", "Course", "Judge", "Pause", "Sought", "Wish", "conversation"]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
"""Seconds before a call is tried again: twice as long each time, and up to half of it left to chance, so that
services that were refused together do not come back together."""


_OF_THE_ANSWER = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "response_format", "num_retries", "max_retries"}
)


class Ask(NamedTuple):
    """Call the model: `completion(**arguments)`, and give up after `timeout` seconds (None: never)."""

    arguments: dict[str, Any]
    timeout: float | None


class Judge(NamedTuple):
    """`guard.validate(value, metadata)`. What is slow in it may take `timeout` seconds (None: as long as it takes)."""

    guard: Judging
    value: Any
    metadata: Mapping[str, Any] | None
    timeout: float | None


class Pause(NamedTuple):
    """Wait."""

    seconds: float


Wish = Ask | Judge | Pause


class Call(NamedTuple):
    """A call as the service wants it.

    Attributes:
        guard: judges the answer.
        question: judges the messages, or None.
        asking: what the policy says about reasks.
        messages: of the chat, mappings.
        arguments: everything else that the model is called with.
        schemas: whether a model takes a JSON Schema of its answer. One that the service was given with the `arguments`
            is of the whole answer, and is not used for parts of it.
        timeout: seconds for all of it, or None.
        retries: calls that may be tried again.
        choices: how many answers are wanted. More than one only in streams.
        provided: the model is called by guardc, not by a function of the service.
        apart: whether a finish reason is that of the choice it comes with. LiteLLM gives those of all choices to the
            first one.
    """

    guard: Guard
    question: Guard | None
    asking: Asking
    messages: list[Any]
    arguments: dict[str, Any]
    metadata: Mapping[str, Any] | None
    schemas: Callable[[str | None], bool]
    timeout: float | None
    retries: int
    choices: int = 1
    apart: bool = True
    provided: bool = False


class Sought(NamedTuple):
    """What of an answer is judged. `part`: where it was, `content`, `arguments` of the only call, or the whole
    `message`."""

    value: Any
    part: str


def _in_parts(reask: Reask) -> bool:
    """Are values within the whole asked again?"""
    return bool(reask.paths) and () not in reask.places


def _is_whole(reask: Reask, text: str) -> bool:
    """Is an answer the whole value once more, though parts of it were asked for? Some models know no better."""
    reading = read_json(text, "{")
    answer = reading.value if reading.error is None else None
    if not isinstance(answer, dict) or any(path in answer for path in reask.paths):
        return False
    return all(place[0] in answer for place in reask.places)


def conversation(
    call: Call, now: Callable[[], float], chance: Callable[[], float]
) -> Generator[Wish, Any, CallOutcome]:
    """The course of one call.

    Args:
        call: what is wanted.
        now: seconds of a clock that only goes forward.
        chance: a number in 0..1, evenly spread.
    """
    outcome = yield from Course(call, now, chance).run()
    call.guard._watchers.called(call, (outcome,))
    return outcome


class Course:
    """State of one call."""

    def __init__(self, call: Call, now: Callable[[], float], chance: Callable[[], float]) -> None:
        self.call = call
        self.watchers = call.guard._watchers
        self.now = now
        self.chance = chance
        self.model = ""
        self.offered = tool_names(call.arguments)
        self.end = None if call.timeout is None else now() + call.timeout
        self.retries = call.retries
        self.reasks = call.asking.reasks
        self.messages = list(call.messages)
        self.attempts: list[Attempt] = []
        self.question: Outcome | None = None
        self.judged: Outcome | None = None

    def run(self) -> Generator[Wish, Any, CallOutcome]:
        unasked = yield from self.judge_question()
        if unasked is not None:
            return unasked
        pending: Reask | None = None
        while True:
            answer = yield from self.answer(pending)
            if isinstance(answer, CallError):
                return self.failed(answer, pending)
            assert answer.message is not None
            if answer.error is None:
                sought = self.sought(answer.message)
                value = sought.value if pending is None else self.merged(pending, sought.value)
                outcome: Outcome = yield Judge(self.call.guard, value, self.call.metadata, self.left())
                self.judged = outcome
                self.attempts[-1] = self.attempts[-1]._replace(outcome=outcome)
                if outcome.reask is None:
                    return self.decided(outcome, answer.message, sought)
                pending = outcome.reask
            else:
                assert answer.again is not None
                pending = unusable(answer.again, pending)
            if not self.reasks:
                return self.used_up(pending, answer.error)
            self.reasks -= 1
            self.messages += again_with(answer.message, instructions(pending, self.call.asking.template))

    def judge_question(self) -> Generator[Wish, Any, CallOutcome | None]:
        """Judge the messages, if somebody does. The outcome of the call, if they are not let through."""
        if self.call.question is None:
            return None
        self.question = yield Judge(self.call.question, self.messages, self.call.metadata, self.left())
        assert self.question is not None
        if not self.question.passed:
            return self.not_asked(self.question)
        self.messages = list(self.question.output)
        return None

    # --- one answer ---

    def answer(self, pending: Reask | None) -> Generator[Wish, Any, Answer | CallError]:
        """An answer that can be judged or asked again, or why none comes."""
        tried = 0
        while True:
            left = self.left()
            if left is not None and left <= 0:
                return self.too_late()
            arguments, limit = self.arguments(pending)
            self.model = str(arguments.get("model") or "")
            started = self.now()
            asked, attempt = self.watchers.asks(self.asker(apart=False), arguments), None
            try:
                response = yield Ask(arguments, limit if left is None else min(left, limit or left))
            except Exception as error:
                failure = told_apart(error, self.model or "the model")
                attempt = self.attempt(started, error=failure)
            else:
                answer = read_answer(response, self.model or "the model", self.offered)
                attempt = self.attempt(
                    started,
                    message=answer.message,
                    error=answer.error,
                    finish_reason=answer.finish_reason,
                    usage=answer.usage,
                    cost=answer.cost,
                )
                return answer.error if answer.error is not None and answer.again is None else answer
            finally:
                self.watchers.answered(asked, attempt)
                if attempt is not None:
                    self.attempts.append(attempt)
            pause = self.pause(failure, tried)
            if pause is None:
                return failure
            tried += 1
            yield Pause(pause)

    def arguments(self, pending: Reask | None) -> tuple[dict[str, Any], float | None]:
        """What the model is called with, and the seconds that the policy gives it. A model of the policy gets nothing
        that was meant for another one, keys least of all; only what says how to answer.

        The answer is described by a JSON Schema if the guard is `as json`, the
        service takes one, and the caller gave none; where only parts are asked again it is theirs."""
        given, limit = dict(self.call.arguments), None
        via = None if pending is None else self.call.asking.via
        if via is not None:
            given = {name: value for name, value in given.items() if name in _OF_THE_ANSWER} | via.arguments
            limit = via.timeout
        takes = self.call.schemas(given.get("model"))
        own = "response_format" in given
        wanted = given.pop("response_format", None)
        if pending is not None and _in_parts(pending):
            if wanted is not None or (takes and not own):
                wanted = self.format(pending.schema)
        elif takes and not own:
            wanted = self.format(self.call.guard.schema)
        described = {} if wanted is None else {"response_format": wanted}
        return {**given, **described, "messages": list(self.messages)}, limit

    def format(self, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        """As OpenAI has it. Services take schemas of objects only; `strict` would allow but a part of what
        shapes can say."""
        if schema is None or schema.get("type") != "object":
            return None
        described = {"name": self.call.guard.name[:64], "schema": schema, "strict": False}
        return {"type": "json_schema", "json_schema": described}

    def attempt(self, started: float, **known: Any) -> Attempt:
        return Attempt(self.model, tuple(self.messages), seconds=self.now() - started, **known)

    def asker(self, *, apart: bool) -> Asker:
        return Asker("guard", self.call.guard.name, self.call.provided, apart)

    def left(self) -> float | None:
        return None if self.end is None else self.end - self.now()

    def too_late(self) -> CallError:
        return CallError("timeout", f"the call did not come to an end within {self.call.timeout} s")

    def pause(self, failure: CallError, tried: int) -> float | None:
        """How long to wait before the call is tried again, which is then one of the retries: as long as the service
        asks for, else longer each time. None: it is not tried again."""
        if not failure.passing or not self.retries:
            return None
        pause = retry_after(failure)
        if pause is None:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**tried) * (0.5 + 0.5 * self.chance())
        left = self.left()
        if left is not None and pause >= left:
            return None
        self.retries -= 1
        return pause

    # --- what of it is judged ---

    def sought(self, message: Mapping[str, Any]) -> Sought:
        """A text guard judges the content, or the whole message if there is more in it. A guard `as json` judges the
        value in the content; without content, the arguments of the only call."""
        content = text_of(message)
        if self.call.guard.opens is None:
            more = [key for key, item in message.items() if item and key not in {"role", "content"}]
            plain = isinstance(message.get("content"), str) and not more
            return Sought(content, "content") if plain else Sought([dict(message)], "message")
        calls: list[Any] = list(message.get("tool_calls") or [])
        if not content.strip() and len(calls) == 1 and isinstance(calls[0].get("function"), Mapping):
            return Sought(calls[0]["function"].get("arguments") or "{}", "arguments")
        return Sought(content, "content")

    def merged(self, pending: Reask, value: Any) -> Any:
        """The value with what was asked again in it. An answer about the whole value is judged as it came: so it is the
        guard that reads it, and says what is wrong with it."""
        return pending.merge(value) if _in_parts(pending) and not _is_whole(pending, value) else value

    # --- the ends ---

    def outcome(self, **known: Any) -> CallOutcome:
        return CallOutcome(
            guard=self.call.guard.name,
            structured=self.call.guard.opens is not None,
            attempts=tuple(self.attempts),
            question=self.question,
            judged=self.judged,
            **known,
        )

    def nothing(self, action: str | None) -> Any:
        """The output where an action gives none: what the guard gives after `refrain`."""
        if action != "refrain":
            return None
        opens = self.call.guard.opens
        return "" if opens is None else [] if opens == "[" else {}

    def not_asked(self, question: Outcome) -> CallOutcome:
        """The messages were not let through, and no model was called."""
        return self.outcome(
            passed=False, output=self.nothing(question.action), action=question.action, error=question.error
        )

    def failed(self, error: CallError, pending: Reask | None) -> CallOutcome:
        return self.outcome(passed=False, output=None, action=None, error=error, reask=pending)

    def used_up(self, pending: Reask, error: CallError | None) -> CallOutcome:
        """The last answer would have to be asked again, and may not."""
        asking = self.call.asking
        made: Exception | None = error
        if asking.then == "exception" and (error is None or asking.message is not None):
            judged = self.judged if error is None else None
            failures = () if judged is None else judged.unresolved or judged.failures
            made = ValidationError(asking.message or "; ".join(pending.messages), failures)
            made.__cause__ = error
        return self.outcome(
            passed=False, output=self.nothing(asking.then), action=asking.then, error=made, reask=pending
        )

    def decided(self, outcome: Outcome, message: dict[str, Any], sought: Sought) -> CallOutcome:
        """The guard decided about the last answer."""
        output = outcome.output
        if not outcome.passed:
            output = self.nothing(outcome.action)
            return self.outcome(passed=False, output=output, action=outcome.action, error=outcome.error)
        released: dict[str, Any]
        if sought.part == "message":
            released = output[0]
            output = text_of(released)
        elif self.call.guard.opens is None:
            released = {**message, "content": output}
        else:
            # Only what was judged leaves: neither the prose around the value, nor what stands beside it in the message.
            text = json.dumps(output, ensure_ascii=False)
            released = {"role": "assistant", "content": text}
            if sought.part == "arguments":
                called = message["tool_calls"][0]
                function = {**called["function"], "arguments": text}
                released = {"role": "assistant", "content": None, "tool_calls": [{**called, "function": function}]}
        return self.outcome(passed=True, output=output, action=outcome.action, message=released)
