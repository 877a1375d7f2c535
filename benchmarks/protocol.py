"""How the benchmark talks to a worker: one JSON object a line over pipes, one answer for each question.

    {"ask": "facts"}                                                   -> {"python": "3.11.7", ...}
    {"ask": "judge", "guard": "full", "text": "..."}                   -> {"passed": true, "failed": [], ...}
    {"ask": "prepare", "slot": "a", "guard": "full", "texts": ["..."]} -> {}
    {"ask": "time", "slot": "a", "calls": 100, "threads": 1}           -> {"seconds": 0.0123}
    {"ask": "pin", "cores": [1]}                                       -> {}

A worker times only its own loop, after `prepare` put a guard and its texts into a slot; pipes and JSON are
outside of it. The calls of a loop take the texts by turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Protocol, Self

__all__ = ["Subject", "Worker", "WorkerError", "serve", "timed"]

ROOT = Path(__file__).resolve().parent.parent


class WorkerError(RuntimeError):
    """A worker ended or answered with an error."""


# --- the side of the worker -------------------------------------------------------------------------------


class Subject(Protocol):
    """What is measured. `judge` says what a guard makes of a text; `batch` only runs it, once for each of `texts`.

    `lane` numbers the threads of a batch, for subjects that need something of their own in each.
    """

    def facts(self) -> dict[str, str]: ...

    def judge(self, guard: str, text: str) -> dict[str, Any]: ...

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None: ...


def serve(subject: Subject) -> None:
    """Answer questions from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    slots: dict[str, tuple[str, list[str]]] = {}
    for line in sys.stdin:
        question = json.loads(line)
        answer: dict[str, Any] = {}
        match question["ask"]:
            case "facts":
                answer = subject.facts()
            case "pin":
                os.sched_setaffinity(0, question["cores"])
            case "judge":
                answer = subject.judge(question["guard"], question["text"])
            case "prepare":
                slots[question["slot"]] = question["guard"], question["texts"]
                subject.judge(question["guard"], question["texts"][0])  # builds what the guard needs
            case "time":
                guard, texts = slots[question["slot"]]
                answer = {"seconds": timed(subject, guard, texts, question["calls"], question["threads"])}
        print(json.dumps(answer), file=answers, flush=True)


def timed(subject: Subject, guard: str, texts: list[str], calls: int, threads: int) -> float:
    """Seconds that `calls` calls take in all, shared among `threads` threads that start together."""
    if threads == 1:
        turns = islice(cycle(texts), calls)
        begin = time.perf_counter()
        subject.batch(guard, turns, 0)
        return time.perf_counter() - begin
    gate = threading.Barrier(threads)
    begins, ends = [0.0] * threads, [0.0] * threads

    def work(lane: int) -> None:
        turns = islice(cycle(texts), calls // threads)
        gate.wait()
        # Each thread reads the clock itself: who waits for them may wake up only after some of the work is done.
        begins[lane] = time.perf_counter()
        subject.batch(guard, turns, lane)
        ends[lane] = time.perf_counter()

    workers = [threading.Thread(target=work, args=(lane,)) for lane in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(ends) - min(begins)


# --- the side of the benchmark ----------------------------------------------------------------------------


class Worker:
    """A worker process: `python -m MODULE ARGUMENTS` in the root of the checkout."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the worker
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """Put a question and wait for its answer.

        Raises:
            WorkerError: the worker is gone; the message has what it wrote to standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"ask": what, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise WorkerError(f"{' '.join(self._command)} ended:\n{self._errors.read()[-4000:]}")
        return json.loads(line)

    def time(self, calls: int, threads: int, slot: str) -> float:
        """Seconds of a batch of `calls` calls of what was put into the slot."""
        return self.ask("time", slot=slot, calls=calls, threads=threads)["seconds"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._errors.close()
