"""The ASGI application of `guardc infer`: lets requests in, and waits for their scores.

    GET  /v2                     what the server is         GET  /v2/models/M         what a model takes and gives
    GET  /v2/health/live         it runs                    GET  /v2/models/M/ready   it may be asked
    GET  /v2/health/ready        it may be asked            POST /v2/models/M/infer   the scores of texts

After `M` there may be `/versions/1`, the only one.

Invariant: whatever happens, an answer that has no scores has the form of the protocol, `{"error": "..."}`; a request
that nobody waits for any more takes its texts out of the batches.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import traceback
from collections.abc import Sequence
from typing import Any

from guardc.runtime.inference.batching import Batched
from guardc.runtime.inference.models import Model, Scores, UnfitError
from guardc.runtime.inference.protocol import VERSION, answer, asked, model_metadata, server_metadata
from guardc.runtime.inference.settings import Settings
from guardc.runtime.remote.batches import BusyError
from guardc.runtime.server.access import allow, caller_of
from guardc.runtime.server.answers import Exchange, Receive, Scope, Send, send_json
from guardc.runtime.server.bodies import read
from guardc.runtime.server.gone import GoneError, unless_gone
from guardc.runtime.server.keys import Caller, keys_of, text_of
from guardc.runtime.server.limit import Limit
from guardc.runtime.server.refusals import Refusal

__all__ = ["Application"]

LOG = logging.getLogger("guardc.infer")
RETRY = ((b"retry-after", b"1"),)
CLOSE = ((b"connection", b"close"),)
PROBES = ("/v2/health/live", "/v2/health/ready")


class Application:
    """For any server of ASGI applications that has a lifespan, in one process.

    Raises:
        KeysError: a key is wrong.
        OSError: the file of keys cannot be read.
    """

    def __init__(self, models: Sequence[Model], settings: Settings) -> None:
        self._settings = settings
        self._models = {model.name: model for model in models}
        self._keys = keys_of(text_of(settings.keys), settings.keys) if settings.access == "keys" else None
        self._batched: dict[str, Batched] = {}
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        try:
            status, fields = await self._answer(Exchange(scope, receive, send, dict(scope["headers"])))
            await send_json(send, status, fields)
        except Refusal as refusal:
            await _refuse(send, refusal)
        except GoneError:
            return
        except Exception as error:
            # The message of an error may have text of the request in it; its place has not.
            place = "".join(traceback.format_tb(error.__traceback__))
            LOG.error("a request ended in %s\n%s", type(error).__name__, place)
            with contextlib.suppress(RuntimeError):  # an answer has begun: it breaks off
                await _refuse(send, Refusal("internal", "the model could not score", help="the log has the place"))

    async def _answer(self, exchange: Exchange) -> tuple[int, Any]:
        path: str = exchange.scope["path"]
        if path in PROBES:  # answered however much is in work
            _method(exchange, "GET")
            return 200, {path.rpartition("/")[2]: True}
        if self._in_work >= self._settings.concurrency:
            raise _busy(f"{self._in_work:,} requests are in work, which is all that this server takes")
        self._in_work += 1
        try:
            caller = caller_of(exchange.headers, self._settings.access, self._keys)
            if path == "/v2":
                allow(caller, "validate")
                _method(exchange, "GET")
                return 200, server_metadata()
            return await self._of_model(path, exchange, caller)
        finally:
            self._in_work -= 1

    async def _of_model(self, path: str, exchange: Exchange, caller: Caller | None) -> tuple[int, Any]:
        root, _, rest = path.partition("/v2/models/")
        name, *steps = rest.split("/")
        if root or not name:
            raise Refusal("not_found", "there is no such route", where="path", help="the routes begin with /v2/models/")
        allow(caller, "validate", name, "model")
        model = self._models.get(name)
        if model is None:
            has = ", ".join(f"`{known}`" for known in self._models)
            raise Refusal("not_found", "there is no model of this name", where="path", help=f"this server has {has}")
        if steps[:1] == ["versions"]:
            if steps[1:2] != [VERSION]:
                said = "the model has no such version"
                raise Refusal("not_found", said, where="path", help=f"leave it out, or ask for version {VERSION}")
            steps = steps[2:]
        if steps == ["infer"]:
            _method(exchange, "POST")
            return 200, await self._inferred(model, exchange)
        if steps in ([], ["ready"]):
            _method(exchange, "GET")
            return 200, {"name": name, "ready": True} if steps else model_metadata(model)
        help_ = "a model has /infer and /ready"
        raise Refusal("not_found", "there is no such route", where="path", help=help_)

    async def _inferred(self, model: Model, exchange: Exchange) -> dict[str, Any]:
        settings = self._settings
        reading = True
        with Limit(settings.timeout) as limit:
            try:
                data = await read(exchange, settings.max_body)
                reading = False
                question = asked(data, settings.max_batch)
                results = await unless_gone(exchange.receive, self._batched[model.name].scores(question.texts))
            except asyncio.CancelledError:
                if not limit.is_over():
                    raise
                if reading:
                    help_ = "send it faster, or start the server with a longer --timeout"
                    raise Refusal("too_slow", "the body did not come in time", help=help_, headers=CLOSE) from None
                help_ = "send fewer or shorter texts, or start the server with a longer --timeout"
                raise Refusal("timeout", "the scores were not there in time", help=help_) from None
        return answer(model, question.id, [_scored(model, number, result) for number, result in enumerate(results)])

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        for name, model in self._models.items():
            self._batched[name] = Batched(model, self._settings.batch, self._settings.delay)
            LOG.info("model %s runs on %s; its scores: %s", name, model.runs_on, ", ".join(model.labels))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for batched in self._batched.values():
            batched.close()
        await send({"type": "lifespan.shutdown.complete"})


def _scored(model: Model, number: int, result: Scores | BaseException) -> Scores:
    if isinstance(result, UnfitError):
        place = f"$.inputs[0].data[{number}]"
        raise Refusal("bad_request", str(result), where=place, help="the other texts can be asked without it")
    if isinstance(result, BusyError):
        raise _busy("too many texts wait for the model")
    if isinstance(result, BaseException):
        raise result
    if len(result) != len(model.labels) or not all(map(math.isfinite, result)):
        raise ArithmeticError("the model gave no number")
    return result


def _busy(message: str) -> Refusal:
    return Refusal("busy", message, help="try again after the seconds that `Retry-After` says", headers=RETRY)


def _method(exchange: Exchange, method: str) -> None:
    if exchange.scope["method"] != method:
        allowed = ((b"allow", method.encode("ascii")),)
        raise Refusal(
            "method_not_allowed", f"this route takes {method}", where="path", help=f"send a {method}", headers=allowed
        )


async def _refuse(send: Send, refusal: Refusal) -> None:
    """In the form of the protocol: one line. A place is said if it is one in the body."""
    said = refusal.message
    if refusal.where is not None and refusal.where.startswith("$"):
        said = f"{refusal.where}: {said}"
    if refusal.help is not None:
        said = f"{said}; {refusal.help}"
    await send_json(send, refusal.status, {"error": said}, refusal.headers)
