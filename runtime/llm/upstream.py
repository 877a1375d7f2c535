"""The stream of a model, read on a thread of its own, so that a deadline and a close can come in between.

A chunk is read when it is asked for: in between nobody reads, and the stream is closed by the thread that closes it. If
it is closed while the thread waits for the service, the connection is shut down under it, where it can be found.
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from queue import SimpleQueue
from typing import Any

from guardc.runtime.llm.drive import Clock, Completion
from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.streamed import END, closed

__all__ = ["Upstream"]


class _Job:
    """Something to be done on the thread that reads."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job.run()
        del job  # what it holds is not held until the next one comes


class Upstream:
    """One call of a completion that streams. For one thread, but `close` may be called from any.

    Attributes:
        response: what the completion returned.
    """

    def __init__(self, completion: Completion, clock: Clock) -> None:
        self._completion = completion
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._job: _Job | None = None
        self._begun = False
        self._over = False
        self.response: Any = None
        self._chunks: Iterator[Any] | None = None

    def open(self, arguments: dict[str, Any], timeout: float | None) -> None:
        """Call the completion.

        Raises:
            CallError: this was closed meanwhile.
            TimeoutError: it did not return in time.
            Exception: what it raised.
        """
        given = arguments if timeout is None else {**arguments, "timeout": timeout}

        def work() -> None:
            self.response = self._completion(**given)

        self._do(work, timeout)

    def refuse_asynchronous(self) -> None:
        """Raise a TypeError if what the completion returned can only be read on an event loop."""
        response = self.response
        if hasattr(response, "__await__") or (hasattr(response, "__aiter__") and not hasattr(response, "__iter__")):
            if isinstance(response, Coroutine):
                response.close()
            raise TypeError("the model is called by an asynchronous function: its streams are for an `AsyncGuard`")

    def next(self, timeout: float | None) -> Any:
        """The next chunk, or `END`.

        Raises:
            CallError: this was closed meanwhile, or there are no chunks in what the completion returned.
            TimeoutError: none came in time.
            Exception: what the stream raised.
        """
        return self._do(self._read, timeout)

    def _read(self) -> Any:
        if self._chunks is None:
            if isinstance(self.response, Mapping | str | bytes) or not hasattr(self.response, "__iter__"):
                raise CallError("response", "what the model returned is no stream of chunks")
            self._chunks = iter(self.response)
        return next(self._chunks, END)

    def _do(self, work: Callable[[], Any], timeout: float | None) -> Any:
        job = _Job(work)
        with self._lock:
            if self._over:
                raise closed()
            if not self._begun:
                self._begun = True
                context = contextvars.copy_context()
                thread = threading.Thread(
                    target=context.run, args=(_work, self._jobs), name="guardc-stream", daemon=True
                )
                thread.start()
            self._job = job
            self._jobs.put(job)
        if not self._clock.wait(job.done, timeout):
            raise TimeoutError  # the thread still waits; the job stays, so that `close` knows
        with self._lock:
            self._job = None
        if job.error is not None:
            raise job.error
        return job.result

    def close(self) -> None:
        """Close the stream, and wake up who waits for a chunk. Again: nothing."""
        with self._lock:
            if self._over:
                return
            self._over = True
            job, begun = self._job, self._begun
        if job is None or job.done.is_set():
            self._shut()
        else:
            self._jobs.put(_Job(self._shut))
            job.error = closed()
            job.done.set()
            _cut(self.response)
        if begun:
            self._jobs.put(None)

    def _shut(self) -> None:
        response, chunks, self.response, self._chunks = self.response, self._chunks, None, None
        for stream in (chunks, response):
            close = getattr(stream, "close", None)
            if callable(close):
                with contextlib.suppress(Exception):
                    close()


def _cut(response: Any) -> None:
    """Shut the connection down of a stream that a thread waits for: to close it would not wake the thread. httpx has
    the socket, LiteLLM and the clients of OpenAI have the response of httpx; of others, the thread waits until the
    service says something, or its client gives up."""
    for holder in (response, getattr(response, "completion_stream", None)):
        extensions = getattr(getattr(holder, "response", None), "extensions", None)
        network = extensions.get("network_stream") if isinstance(extensions, Mapping) else None
        with contextlib.suppress(Exception):
            network.get_extra_info("socket").shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
