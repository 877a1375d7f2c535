"""Guards of a server, used like those of a plan: `guardc.Client` and `guardc.AsyncClient`.

Vocabulary: a *served* guard, stream, outcome or failure is one that a server made; it has the attributes of the local
one.

`sync` has the client on the standard library alone, `asynchronous` the one for asyncio, on aiohttp; `outcomes` reads
what the server answers, `wire` writes what it is asked, and both are the same for the two.

Invariant: what is no verdict is an exception. Nothing passes because a server could not be reached.

Example: `Client("http://127.0.0.1:8000").guard("reply").validate("Hello").passed`.
"""

from __future__ import annotations

from guardc.runtime.client.errors import ServerError
from guardc.runtime.client.outcomes import ServedFailure, ServedOutcome
from guardc.runtime.client.sync import Client, ServedGuard, ServedStream

__all__ = ["Client", "ServedFailure", "ServedGuard", "ServedOutcome", "ServedStream", "ServerError"]
