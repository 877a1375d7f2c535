"""A policy for streams with the detectors that the tests of streams use, and the rules that a test gives it."""

from __future__ import annotations

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

__all__ = ["HEAD", "fed", "guard"]

HEAD = r"""
edition 1
pattern email  = /[a-z.]{1,30}@[a-z]{1,30}\.[a-z]{2,10}/
pattern order  = /\bORD-\d{4}\b/
pattern secret = /key_[a-z]{3,8}/
words   rivals = ["Globex", "Umbrella"] ignore case
words   spaced = ["Initech Cloud"] ignore case
custom predicate polite
metadata {
    tier string = "free"
    age number
}
guard reply on output stream {
    hold at most 1000 chars on fail exception
    %s
}
"""


def guard(*rules: str, **handlers: object) -> Guard:
    source = HEAD % "\n    ".join(rules)
    if "polite" not in source.partition("guard")[2]:
        source = source.replace("custom predicate polite\n", "")
    compilation = compile_text(source)
    assert compilation.plan is not None, compilation.diagnostics
    return load(compilation.plan, handlers=handlers).guard("reply")


def fed(made: Guard, *pieces: str) -> list[str]:
    """What leaves with each piece, and at the end."""
    stream = made.stream()
    return [*(stream.feed(piece) for piece in pieces), stream.close()]
