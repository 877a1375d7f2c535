"""Which models may be asked for, by the names that clients know, and how each is called.

A model whose service speaks OpenAI's API is called directly, at the address and with the key that LiteLLM would take
from the environment; any other through LiteLLM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guardc.fastpath.errors import GuardcError
from guardc.runtime.asynchronous.threads import CALLS, in_thread
from guardc.runtime.server.refusals import Refusal

if TYPE_CHECKING:
    from guardc.runtime.judging import Completion

__all__ = ["Models", "ModelsError"]


class ModelsError(GuardcError):
    """A model cannot be called as the operator wants it."""


class Models:
    """All of them. For one event loop.

    Args:
        names: LiteLLM's names by those that clients know.

    Attributes:
        names: the same.
        completion: calls them in place of `litellm.acompletion`; None until they are opened.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.completion: Completion | None = None
        self._session: Any = None

    async def open(self) -> None:
        """Find out where they are. LiteLLM is imported for it, which takes seconds.

        Raises:
            ModelsError: there is no such model, or no address of it.
            ImportError: LiteLLM is not installed.
        """
        if not self.names:
            return
        from guardc.runtime.llm.provider import litellm_acompletion, located  # noqa: PLC0415 - only who has models

        otherwise = await in_thread(CALLS, litellm_acompletion)
        import aiohttp  # noqa: PLC0415 - LiteLLM brings it

        from guardc.runtime.llm.direct import Direct  # noqa: PLC0415 - for aiohttp

        targets = {}
        for name, called in self.names.items():
            try:
                target = located(called)
            except ValueError as error:
                raise ModelsError(f"--model {name}: {error}") from None
            if target is not None:
                targets[called] = target
        # As many connections as there are requests in work, which the server limits.
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self.completion = Direct(self._session, targets, otherwise)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def called(self, name: str) -> str:
        """What LiteLLM calls the model of that name.

        Raises:
            Refusal: there is none.
        """
        if not self.names:
            raise Refusal("not_found", "this server calls no models", where="path", help="start it with --model NAME")
        if name not in self.names:
            known = ", ".join(f"`{known}`" for known in self.names)
            message = "this server does not know the model that is asked for"
            raise Refusal("unknown_model", message, where="$.model", help=f"ask for {known}")
        return self.names[name]
