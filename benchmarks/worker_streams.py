"""The workers for streams: an answer goes through piece by piece, in pieces of equal length.

    python -m benchmarks.worker_streams PLAN        # guardc
    python -m benchmarks.worker_streams             # the peers, in their environment

A guard is a name and the length of pieces: `full 4`, or `full 0` for the whole text at once; `litellm 4`, `re-scan 4`.
LiteLLM's filter is the guardrail of its proxy, with the same patterns as custom ones, masking. Its chunks are made
beforehand. `re-scan` is what LLM Guard's scanner `Regex` does with a text, a `search` of each pattern, over all
that has come, after each piece.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from importlib.metadata import version
from typing import Any

from benchmarks.protocol import serve
from benchmarks.workload import PATTERNS

__all__ = ["GuardcStreams", "PeerStreams"]


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


class GuardcStreams:
    def __init__(self, plan: str) -> None:
        import guardc  # noqa: PLC0415 - the peers' environment does not have it

        self._plan = guardc.load(plan)
        self._cut: dict[tuple[str, int], list[str]] = {}

    def facts(self) -> dict[str, str]:
        return {"guardc": version("guardc")}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        name, _, size = guard.partition(" ")
        if size == "0":
            outcome = self._plan.guard(name).validate(text)
            return {"passed": outcome.passed, "left": outcome.output}
        stream = self._plan.guard(name).stream()
        left = [stream.feed(piece) for piece in cut(text, int(size))] + [stream.close()]
        return {"passed": stream.outcome is not None and stream.outcome.passed, "left": "".join(left)}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002 - one guard serves all threads
        name, _, number = guard.partition(" ")
        chosen, size = self._plan.guard(name), int(number)
        for text in texts:
            if size == 0:
                chosen.validate(text).passed  # noqa: B018 - reading the verdict is part of what is timed
                continue
            if (text, size) not in self._cut:
                self._cut[text, size] = cut(text, size)
            stream = chosen.stream()
            for piece in self._cut[text, size]:
                stream.feed(piece)
            stream.close()


class PeerStreams:
    def __init__(self) -> None:
        self._patterns = [re.compile(pattern) for pattern in PATTERNS.values()]
        self._built: dict[tuple[str, int], Callable[[], str]] = {}

    def facts(self) -> dict[str, str]:
        return {"LiteLLM": version("litellm")}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        return {"left": self._runner(guard, text)()}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002
        for text in texts:
            self._runner(guard, text)()

    def _runner(self, guard: str, text: str) -> Callable[[], str]:
        name, _, number = guard.partition(" ")
        key = guard, hash(text)
        if key not in self._built:
            pieces = cut(text, int(number))
            self._built[key] = self._litellm(pieces) if name == "litellm" else self._rescan(pieces)
        return self._built[key]

    def _rescan(self, pieces: list[str]) -> Callable[[], str]:
        def run() -> str:
            text = ""
            for piece in pieces:
                text += piece
                if any(pattern.search(text) for pattern in self._patterns):
                    return ""
            return text

        return run

    def _litellm(self, pieces: list[str]) -> Callable[[], str]:
        from litellm.proxy.guardrails.guardrail_hooks.litellm_content_filter.content_filter import (  # noqa: PLC0415
            ContentFilterGuardrail,
        )
        from litellm.types.guardrails import ContentFilterAction, ContentFilterPattern  # noqa: PLC0415
        from litellm.types.utils import Delta, ModelResponseStream, StreamingChoices  # noqa: PLC0415

        patterns = [
            ContentFilterPattern(pattern_type="regex", pattern=pattern, name=name, action=ContentFilterAction.MASK)
            for name, pattern in PATTERNS.items()
        ]
        guardrail = ContentFilterGuardrail(guardrail_name="filter", patterns=patterns)
        chunks = [
            ModelResponseStream(choices=[StreamingChoices(index=0, delta=Delta(content=piece))]) for piece in pieces
        ]
        chunks[-1].choices[0].finish_reason = "stop"

        async def answer() -> AsyncIterator[Any]:
            for chunk, piece in zip(chunks, pieces, strict=True):
                chunk.choices[0].delta.content = piece
                yield chunk

        async def filtered() -> str:
            hook = guardrail.async_post_call_streaming_iterator_hook(None, answer(), {"metadata": {}})
            return "".join([chunk.choices[0].delta.content or "" async for chunk in hook])

        return lambda: asyncio.run(filtered())


if __name__ == "__main__":
    serve(GuardcStreams(sys.argv[1]) if len(sys.argv) > 1 else PeerStreams())
