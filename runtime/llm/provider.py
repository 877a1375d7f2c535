"""LiteLLM: imported when a model is called for the first time, for it takes seconds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardc.runtime.judging import Completion
    from guardc.runtime.llm.direct import Target
    from guardc.runtime.llm.outcome import Usage

__all__ = ["Provided", "litellm_acompletion", "litellm_completion", "located", "takes_schemas"]

_ALIKE = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_KEY", "https://api.openai.com/v1"),
    "hosted_vllm": ("HOSTED_VLLM_API_BASE", "HOSTED_VLLM_API_BASE", "HOSTED_VLLM_API_KEY", None),
}
"""Providers that speak OpenAI's API as it is: the variables with the address and the key, as LiteLLM reads them."""


class Provided:
    """A completion that is guardc's own, not a function of the service: LiteLLM knows its models, and `extra_headers`
    go with its requests."""


def litellm_completion() -> Completion:
    """What calls a model through LiteLLM.

    Raises:
        ImportError: it is not installed.
    """
    litellm = _litellm()
    return lambda **arguments: litellm.completion(**_usable(arguments))


def litellm_acompletion() -> Completion:
    """The same for asyncio: what it returns is to be awaited."""
    litellm = _litellm()

    async def completion(**arguments: Any) -> Any:
        return await litellm.acompletion(**_usable(arguments))

    return completion


def _litellm() -> Any:
    first = "litellm" not in sys.modules
    # Without this the import fetches a table of prices from the network.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        import litellm  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "litellm":
            raise
        raise ImportError(
            "calls of models need LiteLLM: pip install 'guardc[llm]', or pass a function of your own as llm=..."
        ) from None
    if first:
        litellm.suppress_debug_info = True  # advice that it prints when a call fails
    return litellm


def _usable(arguments: dict[str, Any]) -> dict[str, Any]:
    # Else it looks for servers of tools among them, with a library that need not be installed.
    return {**arguments, "_skip_mcp_handler": True} if "tools" in arguments else arguments


def takes_schemas(model: str | None) -> bool:
    """Whether LiteLLM knows that the model takes a JSON Schema of its answer."""
    return model is not None and bool(_litellm().supports_response_schema(model=model))


def located(model: str) -> Target | None:
    """Where a model is, if its service speaks OpenAI's API as it is; None: it is called through LiteLLM.

    Raises:
        ValueError: LiteLLM knows no provider of it, or there is no address.
    """
    from guardc.runtime.llm.direct import Target  # noqa: PLC0415 - brings aiohttp

    litellm = _litellm()
    try:
        name, provider, key, base = litellm.get_llm_provider(model)
    except litellm.BadRequestError:
        raise ValueError(
            f"LiteLLM knows no provider of `{model}`; write it as PROVIDER/MODEL, as in openai/gpt-4o-mini"
        ) from None
    if provider not in _ALIKE:
        return None
    first, second, secret, usual = _ALIKE[provider]
    base = base or os.environ.get(first) or os.environ.get(second) or usual
    if base is None:
        raise ValueError(f"there is no address for `{model}`: set the environment variable {first}")
    key = os.environ.get(secret) or key

    def price(usage: Usage) -> float | None:
        try:
            prompt, completion = litellm.cost_per_token(
                model=name,
                custom_llm_provider=provider,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
            )
        except Exception:  # a model that its table of prices has not
            return None
        return float(prompt + completion)

    return Target(base.rstrip("/"), key, name, price)
