"""What `normalize` does to a single character, as tables of the plan: `letters` says what looks like what, `table` puts
everything into arrays. What needs more than one character (escapes, the words that are folded) is in
`fastpath/normalize.pxi`.
"""

from guardc.compiler.normalization.table import NormalizationTable, normalization_table

__all__ = ["NormalizationTable", "normalization_table"]
