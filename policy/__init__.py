"""What an author wrote, read and checked: source text to `Policy`, with diagnostics.

The way of a policy: `reading` (source text to syntax tree; `recovery` when it does not parse), `checking`
(imports, names, types, and what is hardly meant). `model` is what comes out; `catalog` is what the language
has built in; `codes`, `diagnostics` and `render` are how mistakes are told; `std` is the standard library.

Example: `check_file("support.guard").policy`.
"""

from __future__ import annotations

from guardc.policy.checking.checker import Checked, check_file, check_text
from guardc.policy.diagnostics import Diagnostic, Label, make
from guardc.policy.model import Policy
from guardc.policy.reading.source import Source, Span
from guardc.policy.render import render

__all__ = [
    "Checked",
    "Diagnostic",
    "Label",
    "Policy",
    "Source",
    "Span",
    "check_file",
    "check_text",
    "make",
    "render",
]
