"""The class that LiteLLM's configuration names.

LiteLLM finds the texts: `apply_guardrail` is its one interface for all that it serves (chat completions, responses,
messages, text completions). Chunks of streamed chat completions alone are taken as they come, for the guard can say of
each what may leave; answers in other forms LiteLLM gathers, and gives when they are whole.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from litellm.exceptions import GuardrailRaisedException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.types.guardrails import GuardrailEventHooks
from litellm.types.utils import ModelResponseStream

from guardc.fastpath.errors import GuardcError
from guardc.runtime.gateway import replies, requests
from guardc.runtime.gateway.forms import gathered
from guardc.runtime.gateway.streaming import BlockedError, guarded
from guardc.runtime.plan import load
from guardc.runtime.records import reasons

if TYPE_CHECKING:
    from guardc.fastpath._core import Outcome
    from guardc.runtime.guard import Guard
    from guardc.runtime.llm.outcome import CallOutcome

__all__ = ["Guardrail", "GuardrailError"]

SIDES = {GuardrailEventHooks.pre_call.value: "input", GuardrailEventHooks.post_call.value: "output"}
"""The guard that is needed, by the mode."""


class GuardrailError(GuardcError):
    """The configuration names what is not there."""


class Guardrail(CustomGuardrail):
    """A guardrail of LiteLLM's proxy.

    Args:
        plan: the path of a compiled plan. It is loaded when the proxy starts.
        input: the guard that judges requests, in the mode `pre_call`.
        output: the guard that judges answers, in the mode `post_call`.
        timeout: seconds for what is slow in a guard, or None.
        settings: what LiteLLM gives to every guardrail: `guardrail_name`, `event_hook`, `default_on`, ...

    Raises:
        GuardrailError: a guard is missing, is on the other side, or judges values where texts come.
        PlanError, UnknownGuardError: as `guardc.load` and `Plan.guard`.
    """

    def __init__(
        self,
        plan: str | Path | None = None,
        input: str | None = None,  # noqa: A002 - as the policy calls it
        output: str | None = None,
        timeout: float | None = None,
        **settings: Any,
    ) -> None:
        # Else LiteLLM takes streams of other forms than chat completions for what may only be blocked, and drops fixes.
        settings["mask_response_content"] = True
        settings["supported_event_hooks"] = [GuardrailEventHooks.pre_call, GuardrailEventHooks.post_call]
        super().__init__(**settings)
        if plan is None:
            raise GuardrailError(f"guardrail `{self.guardrail_name}`: there is no plan; add `plan: PATH`")
        self._plan = load(plan)
        self._seconds = timeout
        self._guards: dict[str, Guard] = {}
        for side, name in (("input", input), ("output", output)):
            if name is not None:
                self._guards[side] = self._on(side, name)
        for mode in _modes(self.event_hook):
            side = SIDES[mode]
            if side not in self._guards:
                said = f"guardrail `{self.guardrail_name}`: mode {mode} needs a guard; add `{side}: NAME`"
                raise GuardrailError(said)

    def _on(self, side: str, name: str) -> Guard:
        guard = self._plan.guard(name)
        if guard.direction != side:
            said = f"guardrail `{self.guardrail_name}`: guard `{name}` is on {guard.direction}, not on {side}"
            raise GuardrailError(said)
        if side == "input" and guard.opens is not None:
            said = f"guardrail `{self.guardrail_name}`: guard `{name}` judges values, and requests are texts"
            raise GuardrailError(said)
        return guard

    async def apply_guardrail(
        self,
        inputs: Any,
        request_data: dict[str, Any],
        input_type: Literal["request", "response"],
        logging_obj: Any = None,  # noqa: ARG002 - LiteLLM gives it by name
    ) -> Any:
        """Judge what LiteLLM found in a request or an answer.

        Returns:
            The inputs, with what the guard gives in the places of what was judged.

        Raises:
            GuardrailRaisedException: it is not let through, or cannot be judged.
        """
        asked = input_type == "request"
        guard = self._guards["input" if asked else "output"]
        judge = requests.judge if asked else replies.judge
        try:
            outcome, given = await judge(guard, inputs, metadata_of(request_data), self._seconds)
        except (TypeError, ValueError) as error:  # of messages and metadata; names places, no texts
            raise GuardrailRaisedException(
                self.guardrail_name, str(error), should_wrap_with_default_message=False
            ) from None
        if outcome is not None:
            self._block(outcome)
        return given

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """Give on what may leave of an answer that comes in chunks.

        Raises:
            GuardrailRaisedException: it is not let through, or the rest of it is not.
        """
        chunks = aiter(response)
        first = await anext(chunks, None)
        if first is None:
            return
        again = _with(first, chunks)
        if isinstance(first, ModelResponseStream):
            leaving = guarded(self._guards["output"], again, request_data, metadata_of(request_data), self._seconds)
        else:
            leaving = gathered(self, again, user_api_key_dict, request_data)
        async with aclosing(leaving):
            try:
                async for chunk in leaving:
                    yield chunk
            except BlockedError as error:
                self._block(error.outcome)

    def _block(self, outcome: Outcome | CallOutcome) -> NoReturn:
        """Raise what LiteLLM answers with status 400, in the words of the policy."""
        raise GuardrailRaisedException(
            guardrail_name=self.guardrail_name,
            message=reasons(outcome),
            should_wrap_with_default_message=False,
            blocked_content=True,
        )


def metadata_of(request_data: Mapping[str, Any]) -> dict[str, Any]:
    """For the conditions of guards: the metadata that a client sends, and over it those of its key, which the operator
    wrote."""
    found: dict[str, Any] = {}
    for place in ("metadata", "litellm_metadata"):
        kept = request_data.get(place)
        if not isinstance(kept, Mapping):
            continue
        for part in ("requester_metadata", "user_api_key_metadata"):
            given = kept.get(part)
            if isinstance(given, Mapping):
                found.update(given)
    return found


def _modes(event_hook: Any) -> list[str]:
    """Which modes a guardrail runs in, as far as that is known before a request."""
    listed = event_hook if isinstance(event_hook, list) else [event_hook]
    return [mode for mode in (getattr(one, "value", one) for one in listed) if mode in SIDES]


async def _with(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for item in rest:
        yield item
