"""Guards in LiteLLM's proxy: a guardrail of its configuration that judges by a plan.

    guardrail.py   the class that the configuration names, and what it is given there
    requests.py    texts of a request, judged before a model is called
    replies.py     texts and calls of an answer that has come
    streaming.py   a chat completion on its way, chunk by chunk
    forms.py       streams of other forms, which LiteLLM gathers and takes apart

What LiteLLM hands over is judged by the places that it finds texts in; what it puts back there is what the guard gives.

Invariant: of an answer nothing leaves that the guard has not let through.

Source: https://docs.litellm.ai/docs/proxy/guardrails/custom_guardrail
"""

from __future__ import annotations

from guardc.runtime.gateway.guardrail import Guardrail

__all__ = ["Guardrail"]
