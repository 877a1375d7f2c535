"""What `stream`, `hold` and `at end` mean to `validate`: nothing."""

from __future__ import annotations

import pytest

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

RULES = """
words   rivals = ["Globex"]
pattern key    = /k_[a-z]{2,8}/
guard g on output%s {%s
    no rivals on fail fix
    no key on fail refrain
    chars in 3..20 on fail fix
    lower case%s on fail filter
    json%s on fail noop
}
"""


def guard(stream: str, hold: str, at_end: str) -> Guard:
    compilation = compile_text("edition 1\n" + RULES % (stream, hold, at_end, at_end))
    assert compilation.plan is not None, compilation.diagnostics
    return load(compilation.plan).guard("g")


@pytest.mark.parametrize(
    "text", ["", "a", "hello", "Globex", "globex is Globex", "k_abc", "[1]", "x" * 30, "Hello " * 5]
)
def test_a_guard_that_is_a_stream_judges_a_whole_text_like_any_other(text: str) -> None:
    plain = guard("", "", "").validate(text)
    streamed = guard(" stream", "\n    hold at most 60 chars on fail exception", " at end").validate(text)
    assert (streamed.passed, streamed.output, streamed.action) == (plain.passed, plain.output, plain.action)
    assert [(one.rule, one.spans, one.fix) for one in streamed.failures] == [
        (one.rule, one.spans, one.fix) for one in plain.failures
    ]
