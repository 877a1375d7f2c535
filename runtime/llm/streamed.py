"""The course of a streamed call, from the question to the outcomes. Like `conversation`, it does nothing itself.

`streamed` is a generator with more wishes: `Ask` here begins a stream, `Next` is its next chunk, `Leave` gives a part
of it on, `Shut` closes the stream. Whoever drives it sends back what came of it, throws in what the model's side
raised, or a `CallError` of the kind `closed` when nobody wants the rest; it returns the outcomes, one for each choice.

Text leaves as the guard lets it; of a guard `as json` the values in the text, when they have ended. Everything else in
a message (calls of tools, reasoning) is kept until the answer has ended, and judged as a whole, as `conversation`
judges it. Nothing is asked again.

Invariant: what has left of a choice that passed is its output; of another one, what came first of it as it was fixed. A
call is tried again only as long as nothing has left and nothing was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from guardc.fastpath._core import Field, Outcome, Stream, ValueStream
from guardc.runtime.llm.answers import cost_of, plain, read_answer, text_of, usage_of
from guardc.runtime.llm.conversation import Ask, Call, Course, Judge, Pause, Wish
from guardc.runtime.llm.deltas import Pieces
from guardc.runtime.llm.errors import CallError, told_apart
from guardc.runtime.llm.outcome import Attempt, CallOutcome, Usage

__all__ = ["END", "Leave", "Next", "Shut", "StreamWish", "closed", "streamed"]

END: Final = object()
"""In place of a chunk: there is none any more."""


class Next(NamedTuple):
    """The next chunk, or `END`. Not waited for longer than `timeout` seconds (None: as long as it takes)."""

    timeout: float | None


class Leave(NamedTuple):
    """Text of a choice that may be given on, or a field of its value."""

    choice: int
    given: str | Field


class Shut(NamedTuple):
    """Close the stream of the model, if one is open."""


StreamWish = Wish | Next | Leave | Shut


def closed() -> CallError:
    """What is thrown in when the stream is closed before its end."""
    return CallError("closed", "the stream was closed before the answer had ended")


def streamed(
    call: Call, now: Callable[[], float], chance: Callable[[], float]
) -> Generator[StreamWish, Any, tuple[CallOutcome, ...]]:
    """The course of one streamed call; see `conversation`."""
    outcomes = yield from _Streamed(call, now, chance).outcomes()
    call.guard._watchers.called(call, outcomes)
    return outcomes


class _Choice:
    """State of one answer."""

    def __init__(self, number: int, stream: Stream | ValueStream) -> None:
        self.number = number
        self.stream = stream
        self.pieces = Pieces()
        self.reason: str | None = None
        self.left: list[Any] = []
        self.outcome: CallOutcome | None = None

    @property
    def released(self) -> Any:
        return "".join(self.left) if isinstance(self.stream, Stream) else tuple(self.left)

    def feed(self, said: str) -> list[Any]:
        """What may leave when the answer goes on so."""
        given = self.stream.feed(said)
        return given if isinstance(given, list) else [given]

    @property
    def untouched(self) -> bool:
        """Can the model be called again, and nobody would notice?"""
        return not (self.left or self.stream.stopped or self.reason)


class _End:
    """The end of a stream of values, which is judged like a text by a guard."""

    def __init__(self, stream: ValueStream) -> None:
        self.stream = stream
        self.rest: list[Field] = []

    def validate(self, _text: Any, _metadata: Any) -> Outcome:
        self.rest = self.stream.close()  # judges what was fed; raises if something slow is to be asked first
        assert self.stream.outcome is not None
        return self.stream.outcome


class _Streamed(Course):
    """State of one streamed call."""

    def __init__(self, call: Call, now: Callable[[], float], chance: Callable[[], float]) -> None:
        super().__init__(call, now, chance)
        self.choices: list[_Choice] = []
        self.started = 0.0
        self.seconds = 0.0
        self.first: float | None = None
        self.usage = Usage()
        self.cost: float | None = None

    def outcomes(self) -> Generator[StreamWish, Any, tuple[CallOutcome, ...]]:
        failure: CallError | None
        try:
            unasked = yield from self.judge_question()
            if unasked is not None:
                return (unasked,) * self.call.choices
            failure = yield from self.read()
            yield Shut()
            for choice in self.choices:
                if not self.settled(choice, failure):
                    yield from self.judge(choice)
        except CallError as error:  # the driver threw it in: nobody wants the rest
            failure = error
        if not self.choices:
            assert failure is not None
            return (self.failed(failure, None),) * self.call.choices
        outcomes: list[CallOutcome] = []
        for choice in self.choices:
            if choice.outcome is None:
                self.settled(choice, failure)
            assert choice.outcome is not None
            choice.outcome.released = choice.released
            outcomes.append(choice.outcome)
        return tuple(outcomes)

    # --- reading ---

    def read(self) -> Generator[StreamWish, Any, CallError | None]:
        """Read a stream to its end, or until all answers are decided. Why neither came, or None."""
        tried = 0
        while True:
            self.choices = []
            left = self.left()
            if left is not None and left <= 0:
                return self.too_late()
            arguments, _ = self.arguments(None)
            self.model = str(arguments.get("model") or "")
            self.choices = [
                _Choice(number, self.call.guard.stream(self.call.metadata)) for number in range(self.call.choices)
            ]
            self.usage, self.cost, self.started, self.first = Usage(), None, self.now(), None
            asked, ended = self.watchers.asks(self.asker(apart=True), arguments), None
            try:
                failure = yield from self.read_once(Ask(arguments, left))
                ended = self.ended(self.choices[0], error=failure)
            finally:
                self.watchers.answered(asked, ended)
            self.seconds = self.now() - self.started
            if failure is None or not all(choice.untouched for choice in self.choices):
                return failure
            pause = self.pause(failure, tried)
            if pause is None:
                return failure
            tried += 1
            self.attempts.append(self.attempt(self.started, error=failure, message=self.choices[0].pieces.message))
            yield Shut()
            self.choices = []
            yield Pause(pause)

    def read_once(self, ask: Ask) -> Generator[StreamWish, Any, CallError | None]:
        try:
            yield ask
            while not all(choice.stream.stopped for choice in self.choices):
                left = self.left()
                if left is not None and left <= 0:
                    return self.too_late()
                chunk = yield Next(left)
                if chunk is END:
                    break
                for choice, parts in self.take(chunk):
                    yield from self.leave(choice, parts)
        except Exception as error:
            return told_apart(error, self.model or "the model")
        return None

    def take(self, chunk: Any) -> Iterator[tuple[_Choice, list[Any]]]:
        """What may leave after a chunk.

        Raises:
            CallError: it is no chunk.
        """
        came = plain(chunk)
        listed = came.get("choices") if isinstance(came, Mapping) else None
        if not isinstance(came, Mapping) or not (isinstance(listed, list | tuple) or came.get("usage")):
            raise self.no_chunk()
        if came.get("usage"):
            self.usage = usage_of(came)
        cost = cost_of(chunk)
        self.cost = self.cost if cost is None else cost
        for item in listed or ():
            entry = plain(item)
            if not isinstance(entry, Mapping):
                raise self.no_chunk()
            number, delta = entry.get("index") or 0, plain(entry.get("delta"))
            if not isinstance(number, int) or not isinstance(delta, Mapping | None):
                raise self.no_chunk()
            if not 0 <= number < len(self.choices) or self.choices[number].stream.stopped:
                continue  # nobody asked for it; nothing more of it leaves
            choice = self.choices[number]
            try:
                said = choice.pieces.take(delta or {})
            except ValueError:
                raise self.no_chunk() from None
            if self.first is None and any(part for key, part in (delta or {}).items() if key != "role"):
                self.first = self.now() - self.started
            reason = entry.get("finish_reason")
            choice.reason = reason if isinstance(reason, str) else choice.reason
            yield choice, choice.feed(said)

    def no_chunk(self) -> CallError:
        return CallError("response", f"what {self.model or 'the model'} sent is no chunk of a completion")

    # --- deciding ---

    def settled(self, choice: _Choice, failure: CallError | None) -> bool:
        """Settle an answer that a rule stopped, or that did not come. One that has its finish reason came, whatever
        became of the stream after it."""
        stopped: Outcome | None = choice.stream.outcome if choice.stream.stopped else None
        if stopped is not None:
            message = choice.pieces.message or {}
            self.settle(choice, stopped, None, lambda: self.decided(stopped, message, self.sought(message)))
            return True
        whole = choice.reason is not None and self.call.apart
        if failure is not None and (failure.kind == "closed" or not whole):
            self.settle(choice, None, failure, lambda: self.failed(failure, None))
            return True
        return False

    def judge(self, choice: _Choice) -> Generator[StreamWish, Any, None]:
        """Judge an answer that came, as a whole."""
        listed = {"choices": [{"message": choice.pieces.message, "finish_reason": choice.reason}]}
        answer = read_answer(listed, self.model or "the model", self.offered)
        error, message = answer.error, answer.message or {}
        if error is not None:
            self.settle(choice, None, error, lambda: self.failed(error, None))
            return
        sought = self.sought(message)
        if sought.part == "arguments":  # the text of such an answer has no values in it
            choice.stream = self.call.guard.stream(self.call.metadata)
            yield from self.leave(choice, choice.feed(sought.value))
            if self.settled(choice, None):
                return
        end = _End(choice.stream) if isinstance(choice.stream, ValueStream) else None
        judging = self.call.guard if end is None else end
        outcome: Outcome = yield Judge(judging, sought.value, self.call.metadata, self.left())
        rest: list[Any] = []
        if end is not None:
            rest = end.rest
        elif outcome.passed:
            whole = text_of(outcome.output[0]) if sought.part == "message" else outcome.output
            rest = [whole[len(choice.released) :]]
        reask = outcome.reask
        if reask is not None:
            self.settle(choice, outcome, None, lambda: self.used_up(reask, None))
        else:
            self.settle(choice, outcome, None, lambda: self.decided(outcome, message, sought))
        yield from self.leave(choice, rest)

    def leave(self, choice: _Choice, parts: Iterable[Any]) -> Generator[StreamWish, Any, None]:
        """Give on what may leave of a choice."""
        for part in parts:
            if part != "":
                choice.left.append(part)
                yield Leave(choice.number, part)

    def settle(
        self, choice: _Choice, outcome: Outcome | None, error: CallError | None, make: Callable[[], CallOutcome]
    ) -> None:
        """Make the outcome of an answer, whose last attempt is its own."""
        earlier = self.attempts
        last = self.ended(choice, outcome=outcome, error=error)
        self.attempts = [*earlier, last._replace(seconds=self.seconds)]
        self.judged = outcome
        choice.outcome = make()
        self.attempts = earlier

    def ended(self, choice: _Choice, *, error: CallError | None, outcome: Outcome | None = None) -> Attempt:
        """The request that gave this answer."""
        return self.attempt(
            self.started,
            message=choice.pieces.message,
            outcome=outcome,
            error=error,
            finish_reason=choice.reason,
            usage=self.usage,
            cost=self.cost,
            first=self.first,
        )
