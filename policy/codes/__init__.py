"""Every diagnostic code, with the page that explains it.

Vocabulary: an *entry* is a code with its title, its severity, an explanation, a policy that gets it and one
that does not. Codes are for ever: a code that is no longer given is not used again for something else.

To add a code, add its entry to `language` (writing and names), `meaning` (values, tests, actions, guards), `shapes`,
`catalogue` (what single tests take), `calls` or `streams`, and a golden case to tests/policy/diagnostics, and write the
pages with `python -m guardc.policy.codes --write docs/diagnostics`.

Example: `CODES["G012"].title` is `"unknown detector"`.
"""

from __future__ import annotations

from guardc.policy.codes.calls import ENTRIES as CALLS
from guardc.policy.codes.catalogue import ENTRIES as CATALOGUE
from guardc.policy.codes.entry import Code
from guardc.policy.codes.language import ENTRIES as LANGUAGE
from guardc.policy.codes.meaning import ENTRIES as MEANING
from guardc.policy.codes.shapes import ENTRIES as SHAPES
from guardc.policy.codes.streams import ENTRIES as STREAMS

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = {entry.code: entry for entry in (*LANGUAGE, *MEANING, *SHAPES, *CATALOGUE, *CALLS, *STREAMS)}
