"""What may take longer than microseconds: custom validators and actions, judges, searches and parsers.

The fast path calls all of them as functions, and waits. An `AsyncGuard` does not: it judges a text in a *run*. While
there is one, what is asked for the first time becomes a *wish*, and whoever asks gets a `PendingError`. All wishes of a
pass are then fulfilled at the same time (`runtime/asynchronous/passes.py`), and the text is judged again, until nothing
is left to wish. So the fast path decides in both kinds of guards, and they cannot differ.

Invariant: an answer is asked for once in a run; asked again, it is the same, whether it is a value or an exception.

Example: in a run, `Slow(slow_check, asynchronous=False)("text")` raises `PendingError`, and once the wish is fulfilled
it returns what `slow_check("text")` returned.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from guardc.fastpath.errors import PendingError

if TYPE_CHECKING:
    from guardc.fastpath._core import Outcome

__all__ = ["RUN", "Answer", "Judging", "Run", "Slow", "Wish", "is_asynchronous"]


class Wish(NamedTuple):
    """`function(*positional, **named)`, which is to be awaited if it is `asynchronous`."""

    function: Callable[..., Any]
    asynchronous: bool
    positional: tuple[Any, ...]
    named: dict[str, Any]


class Answer(NamedTuple):
    """What came of a wish: a value, or an error."""

    value: Any = None
    error: BaseException | None = None
    traceback: TracebackType | None = None


class Judging(Protocol):
    """What judges like a guard."""

    def validate(self, text: Any, metadata: Any, /) -> Outcome: ...


class Run:
    """The judging of one text.

    Attributes:
        end: when nothing slow is waited for any longer, by the clock of `time.monotonic`, or None.
        answers: what is known.
        wishes: what the last pass asked for and is not known.
    """

    __slots__ = ("_asked", "answers", "end", "wishes")

    def __init__(self, end: float | None = None) -> None:
        self.end = end
        self.answers: dict[Hashable, Answer] = {}
        self.wishes: dict[Hashable, Wish] = {}
        self._asked: dict[Hashable, int] = {}

    def judge(self, guard: Judging, text: Any, metadata: Any) -> Outcome | None:
        """One pass: the outcome, or None if there are wishes."""
        self.wishes = {}
        self._asked = {}
        token = RUN.set(self)
        try:
            return guard.validate(text, metadata)
        except PendingError:
            return None
        finally:
            RUN.reset(token)

    def answer(self, key: Hashable, wish: Wish) -> Any:
        """The answer that is known by this key.

        Raises:
            PendingError: there is none yet.
            BaseException: it is this error.
        """
        answer = self.answers.get(key)
        if answer is None:
            self.wishes[key] = wish
            raise PendingError
        if answer.error is not None:
            raise answer.error.with_traceback(answer.traceback)
        return answer.value

    def turn(self, key: Hashable) -> int:
        """How often something was asked in this pass before. What changes the world is done as often as a guard
        without a run would do it."""
        count = self._asked.get(key, 0)
        self._asked[key] = count + 1
        return count


RUN: ContextVar[Run | None] = ContextVar("RUN", default=None)
"""Set during a pass alone: what fulfils wishes does not see it, so that guards can be used within validators."""


class Slow:
    """A function that the fast path calls with a text (and an action with its failure, too).

    Args:
        function: what it stands for.
        asynchronous: whether what the function returns is to be awaited. Without a run that happens on a loop in the
            background.
    """

    __slots__ = ("_asynchronous", "_function")

    def __init__(self, function: Callable[..., Any], *, asynchronous: bool) -> None:
        self._function = function
        self._asynchronous = asynchronous

    def __call__(self, text: str, *failure: Any, **arguments: Any) -> Any:
        run = RUN.get()
        if run is not None:
            key = self._key(run, text, failure, arguments)
            return run.answer(key, Wish(self._function, self._asynchronous, (text, *failure), arguments))
        if not self._asynchronous:
            answer = self._function(text, *failure, **arguments)
            if not hasattr(type(answer), "__await__"):
                return answer
            call: Callable[[], Any] = lambda: answer  # noqa: E731 - a function that returns an awaitable
        else:
            call = functools.partial(self._function, text, *failure, **arguments)
        from guardc.runtime.asynchronous.background import result  # noqa: PLC0415 - brings asyncio

        return result(call)

    def _key(self, run: Run, text: str, failure: tuple[Any, ...], arguments: dict[str, Any]) -> Hashable:
        # 1, 1.0 and True are equal, and different arguments.
        given = tuple((name, type(value), value) for name, value in arguments.items())
        if not failure:
            return (self, text, given)
        (failed,) = failure
        key = (self, text, given, failed.path, failed.rule, failed.source, failed.spans)
        return (*key, run.turn(key))


def is_asynchronous(function: Any) -> bool:
    """Is it a coroutine function, an object that is called as one, or a `partial` of these?"""
    import inspect  # noqa: PLC0415 - slow to import, and only handlers and calls of models need it

    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(type(function), "__call__", None)  # noqa: B004 - it is not asked whether it can be called
    )


class Kept:
    """What an iterator gave, and the error it ended in: an answer must be the same however often it is looked at."""

    __slots__ = ("_error", "_items")

    def __init__(self, items: Iterator[Any]) -> None:
        self._items: list[Any] = []
        self._error: Exception | None = None
        try:
            self._items.extend(items)
        except Exception as error:  # raised where it would have been
            self._error = error

    def __iter__(self) -> Iterator[Any]:
        yield from self._items
        if self._error is not None:
            raise self._error
