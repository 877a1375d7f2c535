"""A service that scores texts by the Open Inference Protocol, and misbehaves in turns. A process of its own.

    python -m benchmarks.soak.service PORT SECONDS

Each way of behaving lasts some seconds, then comes the next; every other turn it behaves. `GET /turns` says how often
it did what. It is a model, too, which always behaves: it answers with the text of the number in `seed`, in pieces.
"""

from __future__ import annotations

import asyncio
import collections
import json
import sys
import time

from aiohttp import web

from benchmarks.soak.policies import TEXTS, score_of

__all__ = ["TURNS"]

TURNS = (
    "well",
    "slow",
    "well",
    "errors",
    "well",
    "garbage",
    "well",
    "silent",
    "well",
    "wrong shape",
    "well",
    "hangs up",
)
"""`slow`: after the guard's time. `silent`: never answers. `hangs up`: in the middle of the answer."""


PIECE = 200
"""Characters of a piece of an answer."""


def event(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def application(seconds: float) -> web.Application:
    began = time.monotonic()
    done: collections.Counter[str] = collections.Counter()

    async def infer(request: web.Request) -> web.StreamResponse:
        turn = TURNS[int((time.monotonic() - began) / seconds) % len(TURNS)]
        done[turn] += 1
        texts = (await request.json())["inputs"][0]["data"]
        scores = [score_of(text) for text in texts]
        shape = [len(texts)]
        if turn == "errors":
            return web.Response(status=500, text="no")
        if turn == "garbage":
            return web.Response(text="<html>", content_type="application/json")
        if turn == "silent":
            await asyncio.sleep(60)
        if turn == "slow":
            await asyncio.sleep(0.4)
        if turn == "wrong shape":
            shape = [len(texts) + 1]
        output = {"name": "scores", "shape": shape, "datatype": "FP32", "data": scores}
        answer = json.dumps({"model_name": "toxicity", "outputs": [output]})
        if turn == "hangs up":
            broken = web.StreamResponse(headers={"Content-Length": str(len(answer))})
            await broken.prepare(request)
            await broken.write(answer[: len(answer) // 2].encode())
            assert request.transport is not None
            request.transport.close()
            return broken
        return web.Response(text=answer, content_type="application/json")

    async def complete(request: web.Request) -> web.StreamResponse:
        text = TEXTS[(await request.json())["seed"]]
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for start in range(0, len(text), PIECE):
            await answer.write(event({"content": text[start : start + PIECE]}, None))
        await answer.write(event({}, "stop") + b"data: [DONE]\n\n")
        return answer

    async def turns(_: web.Request) -> web.Response:
        return web.json_response(done)

    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/v2/models/toxicity/infer", infer)
    app.router.add_post("/chat/completions", complete)
    app.router.add_get("/turns", turns)
    return app


if __name__ == "__main__":
    web.run_app(application(float(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None)
