"""Scores of texts by batches across requests: what came together goes through the model together.

While a model works on one batch, the next gathers. A text that nobody waits for any more when its batch leaves does
not leave with it (`runtime/remote/batches.py`, which services gather their texts with, too).

Example: 32 requests of one text each, at the same time, are one batch of 32.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from guardc.runtime.inference.models import Model, Scores
from guardc.runtime.remote.batches import Batches, Settle

__all__ = ["Batched"]


class Batched:
    """A model and the thread that it works on. For one loop, on which it is made.

    Args:
        size: the most texts of a batch.
        delay: seconds that a text waits for others.
    """

    def __init__(self, model: Model, size: int, delay: float) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guardc-infer")
        self._batches: Batches[str, Scores] = Batches(self._send, size, delay, 1)

    async def scores(self, texts: list[str]) -> list[Scores | BaseException]:
        """Of each text, or why it has none: an `UnfitError`, a `BusyError` if too many texts wait, or what the model
        raised. Cancelled, it takes those texts along that have not left yet."""
        return await asyncio.gather(*map(self._batches.ask, texts), return_exceptions=True)

    async def _send(self, texts: list[str], settle: Settle[Scores]) -> None:
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._thread, self._model.score, texts)
        except Exception as error:
            for number in range(len(texts)):
                settle(number, error)
            return
        for number, result in enumerate(results):
            settle(number, result)

    def close(self) -> None:
        """Let the thread end after what it works on."""
        self._thread.shutdown(wait=False, cancel_futures=True)
