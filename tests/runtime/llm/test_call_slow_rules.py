"""Calls by guards whose rules are slow: the deadline of a call is for judging, too."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from llm_script import HELLO, Model, chunk, guard_of

HANGS = "custom predicate polite\nguard question on input {\n    polite on fail refrain on error ERROR\n}\n"
HANGS += "guard reply on output MODE\n    answers question\n    polite on fail refrain on error ERROR\n}"


@pytest.mark.parametrize("mode", ["{", "stream {\n    hold at most 99 chars on fail refrain"])
@pytest.mark.parametrize(("on_error", "hangs_at"), [("exception", 1), ("noop", 1), ("exception", 2), ("noop", 2)])
def test_a_validator_that_hangs_is_not_waited_for(on_error: str, hangs_at: int, mode: str) -> None:
    never, calls = threading.Event(), []
    streamed = mode != "{"

    def polite(_text: str) -> bool:
        calls.append(threading.current_thread())
        return len(calls) != hangs_at or never.wait(60)

    source = HANGS.replace("ERROR", on_error).replace("MODE", mode)
    guard = guard_of(source, polite=polite)
    given = {"messages": HELLO, "llm": Model([chunk("ok", "stop")] if streamed else "ok"), "timeout": 0.2}
    try:
        if streamed:
            with guard.call(**given, stream=True) as stream:
                left = "".join(stream)
            outcome = stream.outcome
        else:
            outcome = guard.call(**given)
            left = outcome.output or ""
    finally:
        never.set()
    assert outcome is not None
    if on_error == "exception":
        assert (outcome.passed, outcome.action, left) == (False, "exception", "")
        assert "TimeoutError" in str(outcome.error)
    else:
        # The question's time was all of it; the answer came within its own.
        late = hangs_at == 1
        assert (outcome.passed, left) == (not late, "" if late else "ok")
        assert getattr(outcome.error, "kind", None) == ("timeout" if late else None)


def test_without_anything_slow_judging_stays_on_the_thread() -> None:
    threads = set()

    class Metadata(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            threads.add(threading.get_ident())
            return True

    guard = guard_of("metadata {\n    b bool\n}\nguard reply on output {\n    when b: chars <= 5 on fail exception\n}")
    assert guard.call(messages=HELLO, llm=Model("ok"), metadata=Metadata(b=True)).passed
    assert threads == {threading.get_ident()}
