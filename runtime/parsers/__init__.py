"""What needs a parser that is not ours: SQL, HTML and OpenAPI, by libraries of the extras of the same names.

`resolve` brings them in when a plan is loaded that needs them; `deadline` keeps a text from holding them for ever.

Vocabulary: a *judge* takes a text and says whether it is what its predicate asks for; a *parser* is a judge behind the
limits that every text is under.
"""

from guardc.runtime.parsers.resolve import resolve_parsers

__all__ = ["resolve_parsers"]
