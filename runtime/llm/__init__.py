"""Calls of a model with a guard around them: judge what is asked, call, judge the answer, ask again.

`conversation` decides and does nothing itself; `drive` does what it wants done, `drive_async` for asyncio.
Of answers that are streamed, `streamed` decides, and `streams` and `streams_async` do. Imported by the first
`Guard.call`.
"""

from guardc.runtime.llm.errors import CallError
from guardc.runtime.llm.outcome import Attempt, CallOutcome, Usage
from guardc.runtime.llm.streams import CallStream

__all__ = ["Attempt", "CallError", "CallOutcome", "CallStream", "Usage"]
