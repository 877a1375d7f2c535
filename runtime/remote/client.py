"""HTTP by aiohttp: one session, and so one pool of connections, for all services of a process.

Invariant: what comes back is a status and the whole content, at most `LARGEST` bytes; everything else is a
`ServiceError` that says nothing of what the service wrote.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from guardc.fastpath.errors import ServiceError
from guardc.runtime.asynchronous.background import at_end

if TYPE_CHECKING:
    import aiohttp

__all__ = ["post"]

LARGEST = 16 << 20
KEPT = 30.0
"""Seconds that a connection is kept for the next request."""

_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
"""Of this process, and of those that it was forked from: closed here, a session would end its connections there."""


def _session() -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None:
        import aiohttp  # noqa: PLC0415 - only services need it

        # How many there are at the same time is for each service to say.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT)
        # No cookies, proxies or redirects: what was asked is asked of the address, and of nobody else.
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "guardc"},
        )
        _sessions[loop] = session
        at_end(loop, session.close)
    return session


async def post(name: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the content of an answer. How long that may take is for the caller to say.

    Raises:
        ServiceError: the service could not be reached, broke off, or answers without end.
    """
    try:
        async with _session().post(url, data=body, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                return response.status, b""
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > LARGEST:
                    raise ServiceError("response", f"the service `{name}` answered more than {LARGEST >> 20} MB")
            return response.status, bytes(content)
    except ServiceError:
        raise
    except Exception as error:  # aiohttp's, the system's, and those of parsers that were given garbage
        said = f"the service `{name}` could not be reached, or broke off ({type(error).__name__})"
        raise ServiceError("connection", said, passing=True) from error
