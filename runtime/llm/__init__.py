"""Calls of a model with a guard around them: judge what is asked, call, judge the answer, ask again.

`conversation` decides and does nothing itself; `drive` does what it wants done. Imported by the first `Guard.call`.
"""

from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import Attempt, CallOutcome, Usage

__all__ = ["Attempt", "CallError", "CallOutcome", "Usage"]
