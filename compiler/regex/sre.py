"""CPython's own regex front end, which has no public name: the one place that reaches for it.

From Python 3.11 on it is the package `re`: `_parser` reads a source into a tree, `_compiler` turns a tree
into the code of the matcher, `_constants` has the operators of both, `_casefix` what case folding needs
besides lower case.

Example: `list(parser.parse("a"))` is `[(codes.LITERAL, 97)]`.
"""

from __future__ import annotations

from re import _casefix, _compiler, _constants, _parser  # type: ignore[attr-defined]
from typing import Any, Final

__all__ = ["EXTRA_CASES", "codes", "compiler", "parser"]

codes: Final[Any] = _constants
compiler: Final[Any] = _compiler
parser: Final[Any] = _parser

EXTRA_CASES: Final[dict[int, tuple[int, ...]]] = _casefix._EXTRA_CASES
"""For a lower case character the other lower case characters with the same upper case."""
