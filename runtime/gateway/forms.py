"""Streams of other forms than chat completions: responses, messages, text completions.

LiteLLM knows where the texts are in them. The stream is gathered and judged when it has ended; LiteLLM writes what the
guard gives into the events. Where it cannot, nothing leaves.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any

from litellm.exceptions import GuardrailRaisedException
from litellm.proxy.guardrails.guardrail_hooks.unified_guardrail.unified_guardrail import resolve_endpoint_translation
from litellm.proxy.policy_engine.pipeline_executor import UndeliverableStreamRewrite

if TYPE_CHECKING:
    from litellm.integrations.custom_guardrail import CustomGuardrail

__all__ = ["gathered"]


async def gathered(
    guardrail: CustomGuardrail, events: AsyncIterator[Any], key: Any, request_data: dict[str, Any]
) -> AsyncGenerator[Any, None]:
    """The events, with what the guard gives in them.

    Args:
        key: of the client, as LiteLLM describes it; it has the route.

    Raises:
        GuardrailRaisedException: they are not let through, or cannot be judged.
    """
    kept = [event async for event in events]
    found = resolve_endpoint_translation(key, kept[0])
    translation = None if found is None else found[1]
    if translation is None or not translation.delivers_ended_stream_rewrites:
        raise _not_judged(guardrail)
    try:
        judged: Any = await translation.process_output_streaming_response(
            responses_so_far=kept,
            guardrail_to_apply=guardrail,
            litellm_logging_obj=request_data.get("litellm_logging_obj"),
            user_api_key_dict=key,
            request_data=request_data,
            deliver_ended_stream_rewrites=True,
        )
    except UndeliverableStreamRewrite:
        raise _not_judged(guardrail) from None
    for event in judged:
        yield event


def _not_judged(guardrail: CustomGuardrail) -> GuardrailRaisedException:
    said = "a streamed answer of this form cannot be judged; ask without `stream`, or for a chat completion"
    return GuardrailRaisedException(guardrail.guardrail_name, said, should_wrap_with_default_message=False)
