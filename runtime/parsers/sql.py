"""Is a text SQL, and free of some kinds of statements? By sqlglot.

sqlglot reads many dialects and forgives much. What it takes for a mere expression (`hello world` is a name with an
alias) is no statement here, and what it hands on unread (it calls that a command) is never free of anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from guardc.runtime.parsers.deadline import NAME

__all__ = ["sql_judge"]

# What sqlglot may call a statement. A version that lacks one of them reads it as something else.
_STATEMENTS = tuple(
    found
    for name in (
        "Query", "DML", "Create", "Alter", "Drop", "TruncateTable", "Merge", "Command", "Set", "Use", "Transaction",
        "Commit", "Rollback", "Describe", "Pragma", "Grant", "Revoke", "Copy", "LoadData", "Attach", "Detach", "Show",
        "Kill", "Comment", "Analyze", "Cache", "Uncache", "Refresh",
    )
    if (found := getattr(exp, name, None)) is not None
)  # fmt: skip


class _Silence(logging.Filter):
    """sqlglot logs the text of what it cannot read. Texts of guards stay out of logs; those of others are theirs."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - the signature of a filter
        return threading.current_thread().name != NAME


logging.getLogger("sqlglot").addFilter(_Silence())


def sql_judge(dialect: str, parts: Sequence[str]) -> Callable[[str], bool]:
    """What says whether a text is one or more SQL statements without the parts.

    Args:
        dialect: as sqlglot calls it; empty for its own, which is near to the standard.
        parts: kinds of statements and parts of them, in small letters: `drop`, `load data`.

    Raises:
        LookupError: sqlglot has no such dialect or part.
    """
    if dialect and sqlglot.Dialect.classes.get(dialect) is None and dialect not in {d.value for d in sqlglot.Dialects}:
        raise LookupError(dialect)
    unwanted = tuple(_kind(part) for part in parts)

    def judge(text: str) -> bool:
        try:
            # Versions of sqlglot differ in how they type a statement.
            read: list[Any] = [one for one in sqlglot.parse(text, read=dialect or None) if not _is_nothing(one)]
        except SqlglotError:
            return False
        if not read or not all(isinstance(statement, _STATEMENTS) for statement in read):
            return False
        if not unwanted:
            return True
        return not any(statement.find(exp.Command, *unwanted) is not None for statement in read)

    return judge


def _is_nothing(statement: object) -> bool:
    """What stands between two semicolons may be nothing but a comment."""
    return statement is None or isinstance(statement, exp.Semicolon)


def _kind(part: str) -> type[exp.Expression]:
    name = {"truncate": "TruncateTable"}.get(part, part.title().replace(" ", ""))
    kind = getattr(exp, name, None)
    if kind is None:
        raise LookupError(part)
    found: type[exp.Expression] = kind
    return found
