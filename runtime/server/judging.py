"""`POST /v1/guards/{guard}/validate`: verdicts.

A short text of a policy that waits for nothing is judged at once. Everything else is judged as an `AsyncGuard` does:
slow validators at the same time, long texts on a thread, all within the server's time limit.

Example: `{"text": "Write to ann@example.com"}` is answered with the outcome and the hash of the policy.
"""

from __future__ import annotations

import asyncio
from typing import Any

from guardc.fastpath._core import Outcome
from guardc.fastpath.errors import UnknownGuardError
from guardc.runtime.asynchronous.guard import AsyncGuard
from guardc.runtime.asynchronous.passes import LONG, is_long
from guardc.runtime.guard import Guard
from guardc.runtime.records import outcome_fields
from guardc.runtime.server.answers import Exchange, send_body, send_json
from guardc.runtime.server.bodies import CLOSE, Batch, Question, is_json, question, read, wrong
from guardc.runtime.server.limit import Limit
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.running import Current
from guardc.runtime.server.settings import Settings

__all__ = ["guard_of", "late", "validate"]


def guard_of(current: Current, name: str) -> Guard:
    """The guard of that name.

    Raises:
        Refusal: the plan has none.
    """
    try:
        return current.plan.guard(name)
    except UnknownGuardError:
        message = f"the plan that runs has no guard `{name}`"
        raise Refusal("unknown_guard", message, where="path", help="GET /v1/guards lists them") from None


async def validate(settings: Settings, current: Current, name: str, exchange: Exchange) -> None:
    """Answer one request."""
    guard = guard_of(current, name)
    if not is_json(exchange.headers):
        raise Refusal(
            "wrong_type",
            "the content type is not application/json",
            where="headers",
            help="send `Content-Type: application/json`",
            headers=CLOSE,
        )
    reading = True
    with Limit(settings.timeout) as limit:
        try:
            data = await read(exchange, settings.max_body)
            reading = False
            asked = question(data, structured=guard.opens is not None, most=settings.max_batch)
            outcome = await _judged(current, guard, asked)
        except asyncio.CancelledError:
            if not limit.is_over():
                raise
            raise late(settings, reading=reading) from None
    fields: dict[str, Any]
    if isinstance(outcome, list):
        fields = {"outcomes": [outcome_fields(one) for one in outcome]}
    elif asked.literal is not None and outcome.action is None and not outcome.structured:
        # Most texts are like this: nothing failed, and the output is the text, which need not be written anew.
        before, after = current.frames[name]
        await send_body(exchange.send, 200, b"".join((before, asked.literal, after)))
        return
    else:
        fields = outcome_fields(outcome)
    fields["policy_hash"] = current.plan.policy_hash
    await send_json(exchange.send, 200, fields)


async def _judged(current: Current, guard: Guard, asked: Question | Batch) -> Outcome | list[Outcome]:
    if isinstance(asked, Batch):
        texts = [one.asked for one in asked.questions]
        metadata = [one.metadata for one in asked.questions]
        try:
            return await AsyncGuard(guard).validate_many(texts, metadata, timeout=asked.timeout)
        except TypeError as error:
            raise _not_judged(error, "$.batch") from None
    try:
        if current.plan.waits or is_long(asked.asked, LONG):
            return await AsyncGuard(guard).validate(asked.asked, asked.metadata, timeout=asked.timeout)
        return guard.validate(asked.asked, asked.metadata)
    except TypeError as error:  # of messages that are none
        raise _not_judged(error, "$.messages") from None


def _not_judged(error: TypeError, where: str) -> Refusal:
    return wrong(where, str(error), "send messages as APIs of models have them, with `role` and `content`")


def late(settings: Settings, *, reading: bool) -> Refusal:
    """The time is over; the body was not there yet, or it was being judged."""
    if reading:
        return Refusal(
            "too_slow",
            f"the body did not come within {settings.timeout:g} seconds",
            help="send it at once, or start the server with a larger --timeout",
            headers=CLOSE,
        )
    return Refusal(
        "timeout",
        f"there was no verdict within {settings.timeout:g} seconds; nothing may pass",
        help="send a `timeout` below that, and `on error` of slow rules decides; or start it with a larger --timeout",
    )
