"""`POST /v1/playground`: compile a policy and try it on a text.

The compiler is no part of what a server loads, and what it is given here comes from anybody who may call. So each trial
is a process of its own (`guardc.playground`) with an empty environment: it reads no files, has limits of memory and
processor time, and is killed when the time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

from guardc.runtime.server.answers import Exchange, send_body
from guardc.runtime.server.bodies import CLOSE, is_json, kind, read, read_json, wrong
from guardc.runtime.server.gone import unless_gone
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.settings import Settings

__all__ = ["Playground"]

COMMAND = (sys.executable, "-I", "-m", "guardc.playground")
PATIENCE = 30.0
"""Seconds for a trial: a policy with the whole catalogue of secrets takes ten to compile."""
LARGEST = 1 << 23
"""Bytes of an answer."""
MOST_POLICY = 100_000
MOST_TEXT = 20_000
"""Characters."""
WAITING = 4
"""Trials that may wait for the one that runs."""


class Playground:
    """The trials of one worker, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request.

        Raises:
            Refusal: it is not what the route takes, takes too long, or others wait already.
        """
        if not self._settings.playground:
            help_ = "start the server with --playground"
            raise Refusal("not_found", "this server compiles no policies", where="path", help=help_, headers=CLOSE)
        if not is_json(exchange.headers):
            help_ = "send `Content-Type: application/json`"
            message = "the content type is not application/json"
            raise Refusal("wrong_type", message, where="headers", help=help_, headers=CLOSE)
        question = _question(read_json(await read(exchange, self._settings.max_body)))
        if self._waiting > WAITING:
            retry = ((b"retry-after", b"5"),)
            raise Refusal("busy", "others try their policies already", help="try again in a moment", headers=retry)
        self._waiting += 1
        try:
            answer = await unless_gone(exchange.receive, self._tried(question))
        finally:
            self._waiting -= 1
        await send_body(exchange.send, 200, answer)

    async def _tried(self, question: dict[str, Any]) -> bytes:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                cwd="/",
                limit=LARGEST,
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    assert process.stdin is not None
                    assert process.stdout is not None
                    process.stdin.write(json.dumps(question).encode("ascii") + b"\n")
                    process.stdin.close()
                    answer = await process.stdout.readline()
            except (TimeoutError, ValueError):
                help_ = "take a smaller policy; patterns with large counts take longest"
                raise Refusal("timeout", f"the trial did not end within {PATIENCE:g} seconds", help=help_) from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if not answer.endswith(b"\n"):
            help_ = "take a smaller policy; patterns with large counts need most memory"
            raise Refusal("too_large", "the trial needs more than it may have", where="$.policy", help=help_)
        return answer


def _question(fields: Any) -> dict[str, Any]:
    if not isinstance(fields, dict) or not fields.keys() <= {"policy", "text", "guard", "piece"}:
        raise wrong("$", "it is no object with `policy`, `text`, `guard` and `piece`", "send the policy as `policy`")
    question = {"text": "", "guard": None, "piece": 8, **fields}
    for name, most in (("policy", MOST_POLICY), ("text", MOST_TEXT)):
        value = question.get(name)
        if not isinstance(value, str):
            raise wrong(f"$.{name}", f"{kind(value)} instead of a string", "send a string")
        if len(value) > most:
            raise wrong(f"$.{name}", f"it has {len(value):,} characters", f"send at most {most:,}")
    if not isinstance(question["guard"], str | None):
        raise wrong("$.guard", f"{kind(question['guard'])} instead of a string", "send the name of a guard")
    piece = question["piece"]
    if not isinstance(piece, int) or isinstance(piece, bool) or not 1 <= piece <= MOST_TEXT:
        raise wrong("$.piece", "it is no number of characters", "send a whole number from 1 on")
    return question
