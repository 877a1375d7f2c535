"""LiteLLM: imported when a model is called for the first time, for it takes seconds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardc.runtime.judging import Completion

__all__ = ["litellm_acompletion", "litellm_completion", "takes_schemas"]


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
