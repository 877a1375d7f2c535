"""What the regex compiler refuses, besides what `re` itself refuses with `re.error`.

Messages are lower case, without a final period, and name the construct as the author wrote it; a hint offers
the mend.
"""

from __future__ import annotations

__all__ = ["PatternTooLarge", "UnsupportedPattern"]


class UnsupportedPattern(ValueError):  # noqa: N818 - it says what the pattern is, as `re` would accept it
    """A pattern that `re` accepts but that no linear-time automaton reproduces here.

    `start` and `end` are offsets into the regex source, half-open; both are None if no single place is to
    blame.
    """

    def __init__(self, reason: str, hint: str = "", start: int | None = None, end: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.start = start
        self.end = end


class PatternTooLarge(UnsupportedPattern):
    """A pattern or a word list whose automaton passes a budget."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
