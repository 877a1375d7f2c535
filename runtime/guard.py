"""A guard as a service uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from guardc.fastpath import _core
from guardc.fastpath._core import Outcome
from guardc.runtime.asking import Asking
from guardc.runtime.watching import Watchers

if TYPE_CHECKING:
    from guardc.runtime.llm import CallOutcome, CallStream

__all__ = ["Guard", "pairs"]


class Guard(_core.Guard):
    """The rules of a policy for one direction, ready to judge texts. Made by `Plan.guard`.

    A guard has no state: calls may come from any number of threads at the same time. On long texts the scan runs
    without the interpreter lock.

    Attributes:
        name: the guard's name in the policy.
        direction: `"input"` or `"output"`.
    """

    __slots__ = ("_asking", "_llm", "_question", "_watchers")

    _asking: Asking
    _llm: Callable[..., Any] | None
    _question: Guard | None
    _watchers: Watchers

    def prepare(
        self, asking: Asking, guards: Mapping[str, Guard], llm: Callable[..., Any] | None, watchers: Watchers
    ) -> None:
        """Take over what the policy says about calls, from all guards of the plan the one that judges what is asked,
        and who watches the plan."""
        self._watchers = watchers
        self._asking = asking
        self._llm = llm
        self._question = None if asking.question is None else guards[asking.question]

    def validate_within(self, text: Any, metadata: Mapping[str, Any] | None, timeout: float) -> Outcome:
        """What `validate` does with a `timeout`: judged as an `AsyncGuard` does, on a loop in the background."""
        from guardc.runtime.asynchronous import AsyncGuard  # noqa: PLC0415 - brings asyncio
        from guardc.runtime.asynchronous.background import result  # noqa: PLC0415

        return result(lambda: AsyncGuard(self).validate(text, metadata, timeout=timeout))

    def validate_many(
        self,
        texts: Iterable[Any],
        metadata: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[Outcome]:
        """Judge several texts; the same as `validate` on each.

        Args:
            texts: the texts, or lists of chat messages; for a guard `as json` the values, or their JSON texts.
            metadata: one mapping for all texts, or one (or None) per text.
            timeout: seconds for all texts together, or None; as that of `validate`.

        Returns:
            One outcome per text, in their order.

        Raises:
            TypeError: a text is not a `str` and the guard is on texts, or `texts` is a single `str`.
            ValueError: there are more or fewer metadata than texts.
        """
        if timeout is None:
            return [self.validate(text, one) for text, one in pairs(texts, metadata)]
        from guardc.runtime.asynchronous import AsyncGuard  # noqa: PLC0415 - brings asyncio
        from guardc.runtime.asynchronous.background import result  # noqa: PLC0415

        return result(lambda: AsyncGuard(self).validate_many(texts, metadata, timeout=timeout))

    @overload
    def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: Literal[False] = False,
        **arguments: Any,
    ) -> CallOutcome: ...

    @overload
    def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: Literal[True],
        **arguments: Any,
    ) -> CallStream: ...

    def call(
        self,
        *,
        messages: Iterable[Any],
        model: str | None = None,
        llm: Callable[..., Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = 60.0,
        retries: int = 2,
        stream: bool = False,
        **arguments: Any,
    ) -> CallOutcome | CallStream:
        """Call a model through LiteLLM, judge its answer, and ask again as the policy says.

        If the policy says that this guard `answers` another one, that judges the messages first: what it fixed is
        sent, and if it does not let them through, no model is called.

        Args:
            messages: of the chat, as LLM APIs have them. They are not changed.
            model: as LiteLLM names it, e.g. `gpt-4o-mini`, `anthropic/claude-sonnet-4-5` or `ollama/llama3`.
            llm: called in place of `litellm.completion`, with the same arguments, and returns the same or a mapping of
                the same form. Then `model` may be left out.
            metadata: a mapping with the fields that the policy's conditions name.
            timeout: seconds for everything together, or None. When they have passed, an answer is not waited for any
                longer, nor a validator that is slow: its rule ends in an error, and `on error` decides.
            retries: how often, in all, a call is tried again to which no answer came: after a rate limit, a time-out,
                an error of the service. How often an answer is asked again is for the policy to say.
            stream: give text on while the answer comes. The guard must be `on output stream`. No answer is asked again;
                `timeout` counts the time that the reader of the text takes, too; `n` may be more than 1.
            arguments: go to the model as they are: `temperature`, `tools`, `api_base`, ... If the guard is `as json`
                and the model takes one, `response_format` is the JSON Schema of its shape, unless it is given; None:
                there is none.

        Returns:
            The `CallOutcome`; with `stream` a `CallStream`, which has it at its end. What happens to the call is in it,
            and is not raised.

        Raises:
            ImportError: LiteLLM is not installed, and there is no `llm`.
            TypeError: `messages` is no list of messages, an argument is not as described, or the guard is no stream.
            ValueError: an argument is not taken here, or the guard does not judge answers.
            MetadataError: `metadata` is neither None nor a mapping.
        """
        from guardc.runtime.llm.drive import Clock, drive  # noqa: PLC0415 - only calls need it
        from guardc.runtime.llm.provider import litellm_completion  # noqa: PLC0415
        from guardc.runtime.llm.start import Given, call_of  # noqa: PLC0415

        llm = self._llm if llm is None else llm
        given = Given(messages, model, llm, metadata, timeout, retries, arguments, stream)
        wanted = call_of(self, self._question, self._asking, given)
        completion = litellm_completion() if llm is None else llm
        if stream:
            from guardc.runtime.llm.streams import CallStream  # noqa: PLC0415

            return CallStream(wanted, completion, Clock())
        return drive(wanted, completion, Clock())


def pairs(texts: Iterable[Any], metadata: Any) -> list[tuple[Any, Mapping[str, Any] | None]]:
    """Each text with its metadata, as `validate_many` is given them."""
    if isinstance(texts, str):
        raise TypeError("validate_many takes several texts; use validate for one")
    if metadata is None or isinstance(metadata, Mapping):
        return [(text, metadata) for text in texts]
    return list(zip(texts, metadata, strict=True))
