"""The parsers of a plan, as the fast path calls them.

Example: a plan with the rule `sql without "drop"` has a parser at the place of that rule, and None at all others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES

from guardc.fastpath import layout
from guardc.fastpath.errors import PlanError
from guardc.fastpath.reader import Sections

__all__ = ["Parser", "resolve_parsers"]

Parser = Callable[[str], bool]

MODULES = {"sql": "sqlglot", "html": "html5lib", "openapi": "openapi_spec_validator"}
"""The predicates that need a parser, with the library that has it. Each is in the extra of the predicate's name."""

_PLAIN = {"sql": "pip uninstall sqlglotc"}
"""How a library that is compiled becomes a plain one."""


def resolve_parsers(sections: Sections) -> tuple[Parser | None, ...]:
    """One entry per record of section RULE; empty if no rule needs a parser.

    Raises:
        PlanError: a library is not installed, or compiled, or a rule asks for what the library does not know.
    """
    predicate = layout.TESTS.index("predicate")
    kinds = {layout.PREDICATES.index(name): name for name in MODULES}
    rules = sections.cold["RULE"]
    if not any(record[4] == predicate and record[5] in kinds for record in rules):
        return ()
    return tuple(
        _parser(kinds[record[5]], record, sections) if record[4] == predicate and record[5] in kinds else None
        for record in rules
    )


def _parser(kind: str, record: tuple[int, ...], sections: Sections) -> Parser:
    strings = sections.strings
    first, count = record[13:15]
    given = [strings[entry] for (entry,) in sections.cold["LIST"][first : first + count]]
    where = f"{strings[record[2]]}:{record[3]}"
    try:
        import_module(MODULES[kind])
    except ImportError:
        raise PlanError(
            f"`{kind}` ({where}) needs {MODULES[kind]}, which is not installed: pip install 'guardc[{kind}]'"
        ) from None
    if _is_compiled(MODULES[kind]):
        raise PlanError(
            f"`{kind}` ({where}) needs {MODULES[kind]} in plain Python: the compiled one that is installed cannot be "
            f"stopped when a text takes it too long; {_PLAIN.get(kind, 'install it without its compiled modules')}"
        )
    from guardc.runtime.parsers.deadline import limited  # noqa: PLC0415 - only plans with parsers need it

    if kind == "sql":
        from guardc.runtime.parsers.sql import sql_judge  # noqa: PLC0415

        if not given:
            raise PlanError("section RULE of the plan is damaged: `sql` without its dialect; compile the policy again")
        try:
            return limited(kind, sql_judge(given[0], given[1:]))
        except LookupError:
            raise PlanError(f"`sql` ({where}) asks for what the installed sqlglot does not know; upgrade it") from None
    if kind == "html":
        from guardc.runtime.parsers.markup import is_html  # noqa: PLC0415

        return limited(kind, is_html)
    from guardc.runtime.parsers.openapi import is_openapi  # noqa: PLC0415

    return limited(kind, is_openapi)


def _is_compiled(library: str) -> bool:
    """Is a module of the library, of those that are imported, machine code? `deadline` stops nothing but Python."""
    return any(
        name.startswith(f"{library}.") and str(getattr(module, "__file__", "")).endswith(tuple(EXTENSION_SUFFIXES))
        for name, module in list(sys.modules.items())
    )
