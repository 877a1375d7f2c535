"""Is a text SQL, and free of some kinds of statements? By sqlglot.

sqlglot reads many dialects and forgives much. What it takes for a mere expression (`hello world` is a name with an
alias) is no statement here, and what it hands on unread (it calls that a command; the body of a function as a string
and a comment that some database executes are such, too) is never free of anything.

A statement may do within a clause what another statement does: `MERGE ... WHEN MATCHED THEN DELETE` has a `delete`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
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

_EXECUTED = ("!", "M!")
"""How comments begin that MySQL and MariaDB execute."""
_MYSQL = ("mysql", "doris", "starrocks")
"""Here two hyphens begin a comment only before white space; not every version of sqlglot knows."""
_RESERVED = frozenset(
    ("alter", "create", "delete", "drop", "grant", "insert", "merge", "revoke", "select", "truncate", "update")
)
"""In T-SQL a statement may follow another without a sign between them. sqlglot takes the first word of such a one for a
name, in `select 1 delete from t` for an alias; unquoted they are the names of nothing."""
_WITHOUT_SEMICOLONS = ("", "tsql")


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
    words = _RESERVED.intersection(parts) if dialect in _WITHOUT_SEMICOLONS else frozenset()
    language = sqlglot.Dialect.get_or_raise(dialect or None)

    def judge(text: str) -> bool:
        try:
            tokens = language.tokenize(text)
            # Versions of sqlglot differ in how they type a statement.
            read: list[Any] = [one for one in language.parser().parse(tokens, text) if not _is_nothing(one)]
        except SqlglotError:
            return False
        if not read or not all(isinstance(statement, _STATEMENTS) for statement in read):
            return False
        if not unwanted:
            return True
        comments = [comment for token in tokens for comment in token.comments]
        if any(_may_be_executed(comment, text, dialect) for comment in comments):
            return False
        return not any(_has(node, unwanted, words) for statement in read for node in statement.walk())

    return judge


def _may_be_executed(comment: str, text: str, dialect: str) -> bool:
    """Do databases execute what sqlglot takes for a comment? Not all let comments stand within comments."""
    if comment.startswith(_EXECUTED) or "/*" in comment:
        return True
    return dialect in _MYSQL and not comment[:1].isspace() and bool(comment) and f"--{comment}" in text


def _has(node: Any, unwanted: tuple[type[exp.Expression], ...], words: frozenset[str]) -> bool:
    """Is this part of a statement unwanted, or might it be?"""
    if isinstance(node, (exp.Command, *unwanted)) or _is_unread_body(node):
        return True
    if isinstance(node, exp.Identifier) and not node.args.get("quoted") and node.name.lower() in words:
        return True
    return any(issubclass(kind, unwanted) for kind in _amounts_to(node))


def _is_unread_body(node: Any) -> bool:
    """A function or procedure whose body is a string."""
    if not isinstance(node, exp.Create) or str(node.args.get("kind")).upper() not in {"FUNCTION", "PROCEDURE"}:
        return False
    body = node.args.get("expression")
    return body is not None and any(
        isinstance(one, exp.RawString | exp.Heredoc) or (isinstance(one, exp.Literal) and one.is_string)
        for one in (body, *body.expressions)
    )


def _amounts_to(node: Any) -> Iterator[type[exp.Expression]]:
    """The statements that do what a clause does."""
    if isinstance(node, exp.When):
        then: Any = node.args.get("then")
        if not isinstance(then, exp.Insert | exp.Update) and then.name.upper() != "DO NOTHING":
            yield exp.Delete
    elif isinstance(node, exp.OnConflict):
        action = node.args.get("action")
        if node.expressions or (action is not None and action.name.upper().endswith("UPDATE")):
            yield exp.Update
    elif isinstance(node, exp.Insert):
        replaces = str(node.args.get("alternative")).upper() == "REPLACE"
        if replaces:
            yield exp.Update
        if replaces or node.args.get("overwrite"):
            yield exp.Delete


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
