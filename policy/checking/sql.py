"""Checks the options of `sql`: the dialect, and what a statement must be without.

Example: `sql dialect "postgres" without "drop"` is
`PredicateTest(predicate="sql", strings=("drop",), dialect="postgres")`.
"""

from __future__ import annotations

from guardc.policy.catalog import SQL_DIALECTS, SQL_PARTS
from guardc.policy.checking.names import did_you_mean
from guardc.policy.diagnostics import Reporter
from guardc.policy.model import PredicateTest
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import PredicateNode, SqlOption, Text

__all__ = ["Sql"]


class Sql:
    """`sql` of one policy."""

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter

    def check(self, node: PredicateNode) -> PredicateTest | None:
        """The test, or None after a report."""
        seen: dict[str, Span] = {}
        dialect: str | None = None
        parts: tuple[str, ...] = ()
        good = True
        for option in node.options:
            name = option.name.text
            if name in seen:
                good = False
                self.reporter.add(
                    "G024",
                    option.name.span,
                    f"`{name}` is given twice",
                    label="given again here",
                    help="keep one of them",
                    also=[(seen[name], "first given here")],
                )
                continue
            seen[name] = option.name.span
            if name == "dialect":
                dialect = self.dialect(option)
                good = good and dialect is not None
            elif name == "without":
                known = [self.part(text) for text in option.strings]
                good = good and all(known)
                parts = tuple(dict.fromkeys(part for part in known if part))
            else:
                good = False
                self.reporter.add(
                    "G092",
                    option.name.span,
                    f"`sql` has no option `{name}`",
                    help=did_you_mean(name, ["dialect", "without"])
                    or 'write `sql dialect "postgres"`, `sql without "drop"`, or both',
                )
        return PredicateTest(predicate="sql", strings=parts, dialect=dialect) if good else None

    def dialect(self, option: SqlOption) -> str | None:
        """The dialect in small letters, or None after a report."""
        written = option.strings[0]
        name = written.value.lower()
        if len(option.strings) > 1:
            self.reporter.add(
                "G092", option.strings[1].span, "a statement has one dialect", help="write a rule for each dialect"
            )
        elif name not in SQL_DIALECTS:
            self.unknown(written, "dialect", SQL_DIALECTS)
        else:
            return name
        return None

    def part(self, written: Text) -> str | None:
        """The name of a kind of statement in small letters, or None after a report."""
        name = " ".join(written.value.lower().split())
        if name in SQL_PARTS:
            return name
        self.unknown(written, "part of a statement", SQL_PARTS)
        return None

    def unknown(self, written: Text, what: str, known: tuple[str, ...]) -> None:
        names = ", ".join(show_text(name) for name in known)
        near = did_you_mean(written.value.lower(), known)
        self.reporter.add(
            "G092",
            written.span,
            f"unknown {what} {show_text(written.value)}",
            help=near.replace("`", '"', 1).replace("`", '"') if near else f"known are {names}",
        )
