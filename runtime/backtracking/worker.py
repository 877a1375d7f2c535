"""The program of a process that searches texts with `re`: `python -I -S worker.py`.

It answers one request after the other on its standard input, a socket, and leaves when that is closed. The process that
asks imports this module for the layout of requests and answers; it must import nothing that takes time.

Vocabulary: a *request* is a `REQUEST` record, a regex and a text, both in UTF-8 with lone surrogates as three bytes. An
*answer* is an `ANSWER` record and what it announces: spans as pairs of u64, or the name of the exception that `re`
raised.

Invariant: after a request comes exactly one answer, or the end of the process. A search that nobody watches any more
ends by itself: an alarm is set to go off some time after its limit.

Example: the regex `(a)\\1` and the text `aab` are answered with `FOUND`, two offsets, 0 and 2.
"""

from __future__ import annotations

import re
import signal
import struct
import sys

__all__ = ["ANSWER", "CHECKS", "FOUND", "RAISED", "REQUEST", "main"]

REQUEST = struct.Struct("=BIIIIQ")
"""1 if the whole text must match, flags of `re`, checks as bits, milliseconds, bytes of regex and text."""
ANSWER = struct.Struct("=BQ")
"""`FOUND` or `RAISED`, bytes that follow."""
FOUND, RAISED = 0, 1

GRACE = 1.0
"""Seconds behind its limit after which a search ends by itself."""


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B over the decimal digits; at least two."""
    digits = [int(c) for c in reversed(text) if c.isdecimal()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return len(digits) >= 2 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def mod97(text: str) -> bool:
    """ISO/IEC 7064 MOD 97-10 as ISO 13616 uses it: the first four characters count last."""
    compact = [c for c in text if c != "-" and not c.isspace()]
    if len(compact) < 5:
        return False
    remainder = 0
    for c in compact[4:] + compact[:4]:
        if c.isdecimal():
            remainder = (10 * remainder + int(c)) % 97
        elif c.isascii() and c.isalpha():
            remainder = (100 * remainder + int(c, 36)) % 97
        else:
            return False
    return remainder == 1


CHECKS = (luhn, mod97)
"""By the number of their bit, as in the plan."""


def passes(text: str, checks: int) -> bool:
    return all(check(text) for bit, check in enumerate(CHECKS) if checks >> bit & 1)


def spans(regex: re.Pattern[str], text: str, checks: int, whole: bool) -> list[int]:
    """Start and end of each finding, in one row: docs/semantics.md, section 2; of the whole text, section 3."""
    if whole:
        return [0, len(text)] if regex.fullmatch(text) and passes(text, checks) else []
    found: list[int] = []
    if not checks:
        for match in regex.finditer(text):
            found += match.span()
        return found
    place = 0
    while (next_match := regex.search(text, place)) is not None:
        start, end = next_match.span()
        if passes(next_match[0], checks):
            found += (start, end)
            place = end  # not empty: a check needs digits or letters
        else:
            # A candidate that failed hides nothing that begins inside it.
            place = start + 1
            if place > len(text):
                break
    return found


def read(size: int) -> bytes:
    data = sys.stdin.buffer.read(size)
    if len(data) < size:
        raise EOFError
    return data


def answer(record: bytes) -> bytes:
    """The answer to the request that begins with `record`."""
    whole, flags, checks, limit, regex_size, text_size = REQUEST.unpack(record)
    regex, text = read(regex_size), read(text_size)
    signal.setitimer(signal.ITIMER_REAL, limit / 1000 + GRACE)
    try:
        compiled = re.compile(str(regex, "utf-8", "surrogatepass"), flags)
        found = spans(compiled, str(text, "utf-8", "surrogatepass"), checks, bool(whole))
        status, body = FOUND, struct.pack(f"={len(found)}Q", *found)
    except Exception as error:
        # Its name only: its message may hold parts of the text.
        status, body = RAISED, type(error).__name__.encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return ANSWER.pack(status, len(body)) + body


def main() -> None:
    # Whatever the parent does with its alarms, here one ends the process.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    while True:
        sys.stdout.buffer.write(answer(read(REQUEST.size)))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:  # noqa: SIM105 - contextlib takes time to import
        main()
    except (EOFError, OSError):
        pass  # nobody asks any more
