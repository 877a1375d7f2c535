"""What an author wrote, read and checked: source text to `Policy`, with diagnostics.

The way of a policy: `files` and `source` (text), `parser` with `recovery` (syntax tree), `modules` (imports),
`check_*` (meaning), `lints` (what is hardly meant), `checker` (all of it). `model` is what comes out;
`codes`, `diagnostics` and `render` are how mistakes are told.

Example: `check_file("support.guard").policy`.
"""

from __future__ import annotations

from guardc.policy.checker import Checked, check_file, check_text
from guardc.policy.diagnostics import Diagnostic, Label, make
from guardc.policy.model import Policy
from guardc.policy.render import render
from guardc.policy.source import Source, Span

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
