"""Limits of time and size for parsers that have none of their own.

There are texts of a few hundred characters on which such a parser is busy for ever, or recurses until Python stops it.
So each text is judged in a thread of its own. If the time is over, `SystemExit` is raised in that thread
(`PyThreadState_SetAsyncExc`), which ends it, silently, at its next instruction. Machine code has no such instructions,
and keeps the interpreter to itself as long as it runs: `resolve` sees to it that the parsers are plain Python, and a
judge to it that no regex of a text is run.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

from guardc.fastpath.errors import SearchError

__all__ = ["LONGEST", "NAME", "SECONDS", "limited"]

LONGEST = 100_000
"""Characters of a text at most."""
SECONDS = 1.0
"""For one text, as a clock on the wall shows it."""
NAME = "guardc parser"
"""Of the threads, so that others can tell what they log."""

_PATIENCE = 40
"""How often a thread is told to end, 50 ms apart: a parser may catch what it should not."""


def limited(kind: str, judge: Callable[[str], bool]) -> Callable[[str], bool]:
    """The judge behind limits.

    Args:
        kind: of the predicate, for messages.
        judge: says whether a text is what it is to be; may raise, and take for ever.

    Returns:
        A function that answers as `judge` does, and raises what it raises, or `SearchError` if the text is too long
        or the time was over.
    """

    def parser(text: str) -> bool:
        if len(text) > LONGEST:
            raise SearchError(f"`{kind}` judges texts of at most {LONGEST:,} characters")
        answers: list[bool | Exception] = []
        ending = threading.Event()

        def work() -> None:
            try:
                answers.append(judge(text))
            except Exception as error:  # handed on to who asked
                answers.append(error)
            except SystemExit:
                pass
            finally:
                ending.set()

        thread = threading.Thread(target=work, name=NAME, daemon=True)
        thread.start()
        try:
            thread.join(SECONDS)
        finally:
            _end(thread, ending)
        if not answers:
            raise SearchError(f"`{kind}` was given up: the text takes the parser longer than {SECONDS:g} s")
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return parser


def _end(thread: threading.Thread, ending: threading.Event) -> None:
    """Tell the thread to end, until it does."""
    for _ in range(_PATIENCE):
        if not thread.is_alive() or thread.ident is None:
            return
        if not ending.is_set():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join(0.05)
