"""Requests to services that speak OpenAI's API, without a library between: LiteLLM says where they are and which key is
theirs, and the bytes of their answers are read here.

LiteLLM takes 0.2 ms of processor time for each chunk of a stream, and some milliseconds before a request. For a server
that passes on the streams of many that is most of what it does. What LiteLLM would change on the way there is nothing
of: the parameters are those of this API already.

Vocabulary: a *chunk* is a piece of a streamed completion (`deltas`); an *event* is a line `data: ...` with one in it
(server-sent events, as OpenAI's API has them: https://platform.openai.com/docs/api-reference/chat-streaming).

Invariant: no message of an error has anything in it that a service wrote.

Example: `await Direct(session, {"openai/m": target}, acompletion)(model="openai/m", messages=[...])`.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import aiohttp

from guardc.runtime.llm.answers import usage_of
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import Usage
from guardc.runtime.llm.provider import Provided

if TYPE_CHECKING:
    from guardc.runtime.judging import Completion

__all__ = ["Chunks", "Direct", "StatusError", "Target"]

LARGEST = 1 << 24
"""Bytes of an answer, or of one event of a stream."""
CONNECT = 10.0
"""Seconds for a connection."""
_NOT_SENT = frozenset({"num_retries", "max_retries"})


class Target(NamedTuple):
    """Where a model is.

    Attributes:
        base: the address that clients call the base URL, without a slash at its end.
        key: a bearer token, or None.
        model: what the service calls it.
        price: US dollars of what was used, or None if they are not known.
    """

    base: str
    key: str | None
    model: str
    price: Callable[[Usage], float | None]


class Priced(dict[str, Any]):
    """A completion or a chunk that says what was used, with what that costs where `answers.cost_of` looks for it."""

    def __init__(self, said: Mapping[str, Any], price: Callable[[Usage], float | None]) -> None:
        super().__init__(said)
        self._hidden_params = {"response_cost": price(usage_of(said))}


class StatusError(Exception):
    """A service answered with a status that is no success. `errors.told_apart` looks at these attributes, which are
    those of other clients' exceptions.

    Attributes:
        status_code: of HTTP.
        body: what the service calls the error, `{"code", "type"}`, if it says so.
        response: has the `headers`.
    """

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        super().__init__(f"status {status}")
        self.status_code = status
        error = body.get("error") if isinstance(body, dict) else None
        self.body = error if isinstance(error, dict) else None
        self.response = _Response(headers)


class _Response(NamedTuple):
    headers: Mapping[str, str]


class Direct(Provided):
    """Called in place of `litellm.acompletion`, for the event loop of its session.

    Args:
        session: that keeps the connections.
        targets: of models, by LiteLLM's names.
        otherwise: calls all other models.
    """

    def __init__(self, session: aiohttp.ClientSession, targets: Mapping[str, Target], otherwise: Completion) -> None:
        self._session = session
        self._targets = targets
        self._otherwise = otherwise

    async def __call__(self, *, model: str, **arguments: Any) -> Any:
        """A completion as a mapping, or its `Chunks`; of other models what the other function returns.

        Raises:
            StatusError: the service refused.
            CallError: it cannot be reached, or what it sent is no completion.
            Exception: what the other function raised.
        """
        target = self._targets.get(model)
        if target is None:
            return await self._otherwise(model=model, **arguments)
        return await self._post(target, **arguments)

    async def _post(
        self,
        target: Target,
        *,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> Any:
        sent = {name: value for name, value in arguments.items() if name not in _NOT_SENT and value is not None}
        headers = {} if target.key is None else {"Authorization": f"Bearer {target.key}"}
        streams = bool(sent.get("stream"))
        try:
            response = await self._session.post(
                f"{target.base}/chat/completions",
                json={**sent, "model": target.model},
                headers={**(extra_headers or {}), **headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None if streams else timeout, sock_connect=CONNECT),
            )
            if response.status == 200 and streams:
                return Chunks(response, target.price)
            async with response:
                data = await response.content.read(LARGEST + 1)
                body = _decoded(data) if len(data) <= LARGEST and response.content.at_eof() else None
        except (OSError, aiohttp.ClientError) as error:
            raise unreachable(error) from error
        if response.status != 200:
            raise StatusError(response.status, body, response.headers)
        return Priced(body, target.price) if isinstance(body, dict) and body.get("usage") else body


class Chunks:
    """The chunks of a stream. An asynchronous iterator; `aclose` closes the connection."""

    def __init__(self, response: aiohttp.ClientResponse, price: Callable[[Usage], float | None]) -> None:
        self._response = response
        self._price = price
        self._rest = b""
        self._ready: deque[Any] = deque()
        self._done = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while not self._ready and not self._done:
            try:
                data = await self._response.content.readany()
            except (OSError, aiohttp.ClientError) as error:
                raise unreachable(error) from error
            if not data:
                raise CallError("connection", "the stream of the model broke off", passing=True)
            self._take(data)
        if self._ready:
            return self._ready.popleft()
        raise StopAsyncIteration

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LARGEST:
            raise CallError("response", "an event in the stream of the model is too large")
        for line in lines:
            if not line.startswith(b"data:"):
                continue  # comments, names of events, the blank lines between them
            said = line[5:].strip()
            if said == b"[DONE]":
                self._done = True
                return
            chunk = _decoded(said)
            if isinstance(chunk, dict) and chunk.get("error"):
                raise StatusError(_status_in(chunk["error"]), chunk, {})
            priced = isinstance(chunk, dict) and chunk.get("usage")
            self._ready.append(Priced(chunk, self._price) if priced else chunk)

    async def aclose(self) -> None:
        """Close the connection, unless everything was read: then it is for the next request."""
        if self._done:
            self._response.release()
        else:
            self._response.close()


def unreachable(error: Exception) -> CallError:
    kind = "timeout" if isinstance(error, TimeoutError) else "connection"
    said = "did not answer in time" if kind == "timeout" else "could not be reached, or broke off"
    return CallError(kind, f"the model {said} ({type(error).__name__})", passing=True, cause=error)


def _decoded(data: bytes) -> Any:
    """None of what is no JSON, which is then no completion."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(data)
    return None


def _status_in(error: Any) -> int:
    """The status that an error in a stream would have had before it."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500
