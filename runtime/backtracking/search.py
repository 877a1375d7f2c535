"""The regexes of a plan that are searched for apart, as the fast path calls them.

A plan comes from outside: what it says of a search is checked at load, except the regex itself, which is compiled where
it can do no harm.

Example: a plan with `pattern doubled = /(\\w+) \\1/ backtracking` has one `Search`, and `search("a a", whole=False)` is
`[(0, 3)]`.
"""

from __future__ import annotations

import re

from guardc.fastpath import layout
from guardc.fastpath.errors import PlanError
from guardc.fastpath.reader import Sections
from guardc.runtime.backtracking.forks import LOCK

__all__ = ["Search", "resolve_searches"]

FLAGS = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


class Search:
    """One record of section SRCH.

    Attributes:
        name: of the pattern, for messages.
        regex: in UTF-8, lone surrogates as three bytes.
        flags: of `re`.
        limit: of one search, in milliseconds.
        checks: what a match must pass besides, as bits.
    """

    __slots__ = ("checks", "flags", "limit", "name", "regex")

    def __init__(self, name: str, regex: str, flags: str, limit: int, checks: int) -> None:
        if (
            not 1 <= limit <= layout.LONGEST_SEARCH
            or not set(flags) <= FLAGS.keys()
            or checks >> len(layout.APART_CHECKS)
        ):
            raise PlanError("section SRCH of the plan is damaged: a search that cannot be; compile the policy again")
        self.name = name
        self.regex = regex.encode("utf-8", "surrogatepass")
        self.flags = int(sum(FLAGS[flag] for flag in set(flags)))
        self.limit = limit
        self.checks = checks

    def __call__(self, text: str, *, whole: bool) -> list[tuple[int, int]]:
        """Search a text.

        Args:
            text: where to search.
            whole: whether the whole text must match.

        Returns:
            The findings as (start, end) in characters, in the order of the text.

        Raises:
            SearchError: the limit passed, the process ended, `re` raised, or no process was to be had.
        """
        with LOCK:
            from guardc.runtime.backtracking.pool import find  # noqa: PLC0415 - loading a plan needs none of it

        return find(self, text, whole=whole)


def resolve_searches(sections: Sections) -> tuple[Search, ...]:
    """The searches of section SRCH, in its order.

    Raises:
        PlanError: a record says what no search can do.
    """
    strings = sections.strings
    return tuple(
        Search(strings[name], strings[regex], strings[flags], limit, checks)
        for name, regex, flags, limit, checks in sections.cold["SRCH"]
    )
