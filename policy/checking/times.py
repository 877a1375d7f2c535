"""Checks a time that is given as a limit.

Invariant: what comes back is whole milliseconds from 1 to `LONGEST`, or None after a report.

Example: `0.5 s` is 500.
"""

from __future__ import annotations

from fractions import Fraction

from guardc.policy.catalog import TIMES
from guardc.policy.checking.names import did_you_mean
from guardc.policy.diagnostics import Reporter
from guardc.policy.reading.syntax import Quantity

__all__ = ["LONGEST", "milliseconds"]

LONGEST = 60_000
"""A text that waits for longer is lost to whoever asked."""

_USUAL = {"msec": "ms", "msecs": "ms", "millis": "ms", "sec": "s", "secs": "s", "second": "s", "seconds": "s"}
"""What others call the units."""


def milliseconds(written: Quantity, reporter: Reporter) -> int | None:
    """The time in milliseconds."""
    number, unit = written.number.span.text, written.unit
    if unit is None:
        reporter.add("G033", written.span, "a time needs a unit", help=f"write `{number} ms`, or `s` for seconds")
        return None
    if unit.text not in TIMES:
        usual = _USUAL.get(unit.text.lower())
        reporter.add(
            "G016",
            unit.span,
            f"unknown unit of time `{unit.text}`",
            help=(f"did you mean `{usual}`?" if usual else did_you_mean(unit.text, TIMES)) or "the units are ms and s",
        )
        return None
    # Exact, so that `0.29 s` is 290 ms.
    time = Fraction(repr(written.number.value)) * TIMES[unit.text]
    if time.denominator != 1:
        reporter.add("G032", written.span, "a time is given in whole milliseconds", label="has a fraction of one")
    elif not 1 <= time <= LONGEST:
        reporter.add("G032", written.span, "a time is at least 1 ms and at most 60 s", help="write one between them")
    else:
        return int(time)
    return None
