"""What a call of a model returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from guardc.fastpath._core import Failure, Outcome, Reask
from guardc.fastpath.errors import ValidationError
from guardc.runtime.llm.errors import CallError

if TYPE_CHECKING:
    from guardc.fastpath._core import _Validates

    Model = TypeVar("Model", bound=_Validates)

__all__ = ["Attempt", "CallOutcome", "Usage"]


class Usage(NamedTuple):
    """Tokens, as the service counts them; 0 where it does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Attempt(NamedTuple):
    """One call of a model.

    Attributes:
        model: its name; empty if the service was called without one.
        messages: what was sent.
        message: the answer as it came, a mapping with `role` and `content`. Not judged: it is for looking into. None if
            none came.
        outcome: what the guard said about the answer; None if there was nothing to judge. After a partial reask it is
            about the value with the answer in it.
        error: why there was no answer that could be judged, or None.
        finish_reason: as the service gives it (`stop`, `length`, `tool_calls`, ...), or None.
        usage: tokens of this call.
        cost: in US dollars, or None if it is not known.
        seconds: from the call to the answer.
        first: of a stream: from the call to the first piece of the answer, in seconds; None if none came.
    """

    model: str
    messages: tuple[Any, ...]
    message: dict[str, Any] | None = None
    outcome: Outcome | None = None
    error: CallError | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost: float | None = None
    seconds: float = 0.0
    first: float | None = None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What the answer failed."""
        return () if self.outcome is None else self.outcome.failures


class CallOutcome:
    """What became of a call.

    Attributes:
        passed: True only if `output` satisfies every rule whose action is not `noop`.
        output: what may be used: the text of the answer, or its value if the guard is `as json`; as it came, fixed,
            empty after `refrain`, or None.
        message: the answer as an assistant's message, with calls of tools, ready to be put into a conversation. Judged
            and fixed like `output`. None unless the call passed.
        action: name of the action that decided; None if nothing failed, or if no answer could be judged.
        guard: name of the guard.
        structured: the guard is `as json`.
        question: what the input guard said about the messages; None if there is none.
        judged: what the guard said about the last answer that it judged; None if there was none.
        reask: what would be asked next, had the policy allowed for another time; else None.
        error: why there is no output: a `CallError`, or a `ValidationError` if an action `exception` decided; else
            None.
        attempts: every call of a model, in order.
        released: what had left, of a stream, whether it passed or not: the text; of a guard `as json` a tuple of
            `Field`s. Else empty.
    """

    __slots__ = (
        "action",
        "attempts",
        "error",
        "guard",
        "judged",
        "message",
        "output",
        "passed",
        "question",
        "reask",
        "released",
        "structured",
    )

    def __init__(
        self,
        *,
        guard: str,
        structured: bool,
        passed: bool,
        output: Any,
        action: str | None,
        attempts: tuple[Attempt, ...],
        message: dict[str, Any] | None = None,
        question: Outcome | None = None,
        judged: Outcome | None = None,
        reask: Reask | None = None,
        error: Exception | None = None,
    ) -> None:
        self.guard = guard
        self.structured = structured
        self.passed = passed
        self.output = output
        self.action = action
        self.attempts = attempts
        self.message = message
        self.question = question
        self.judged = judged
        self.reask = reask
        self.error = error
        self.released: Any = () if structured else ""

    @property
    def _last(self) -> Outcome | None:
        """What the failures are about: the last answer, or the messages if they were not let through."""
        return self.judged if self.question is None or self.question.passed else self.question

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What the last answer failed; what the messages failed, if the input guard did not let them through."""
        return () if self._last is None else self._last.failures

    @property
    def unresolved(self) -> tuple[Failure, ...]:
        """What the last answer failed after it was fixed; empty unless a fix was tried and did not hold."""
        return () if self._last is None else self._last.unresolved

    @property
    def usage(self) -> Usage:
        """Tokens of all attempts together."""
        return Usage(*(sum(counts) for counts in zip(*(attempt.usage for attempt in self.attempts), strict=True)))

    @property
    def cost(self) -> float | None:
        """US dollars of those attempts whose cost is known; None if that of none is."""
        known = [attempt.cost for attempt in self.attempts if attempt.cost is not None]
        return sum(known) if known else None

    def unwrap(self) -> Any:
        """The output of a call that passed.

        Raises:
            CallError: no answer came that could be judged.
            ValidationError: the last answer, or what was asked, did not pass.
        """
        if self.passed:
            return self.output
        if self.error is not None:
            raise self.error
        failures = self.unresolved or self.failures
        said = "; ".join([failure.message for failure in failures if failure.action != "noop"])
        raise ValidationError(said, failures)

    def parse(self, model: type[Model]) -> Model:
        """The output of a call that passed, as `model.model_validate` makes it: an object of a pydantic model.

        Raises:
            CallError, ValidationError: as `unwrap`.
            pydantic.ValidationError: the model asks for more than the shape.
        """
        return model.model_validate(self.unwrap())

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else "not passed"
        return f"<CallOutcome of {self.guard!r}: {verdict}, action={self.action}, attempts={len(self.attempts)}>"
