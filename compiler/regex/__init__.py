"""From a Python regex or a word list to automata that find exactly what `re` finds, in linear time.

In the order in which a pattern passes them: `parse` (with `sre`, `classes`, `locate`, `atomic`) reads it into
`nodes`, `program` (with `ahead`) unrolls these into steps, or `words` makes the steps of a word list; `build`
(with `alphabet`) makes the `automaton`; `dfa` makes that deterministic where it stays small; `factors` (with
`ways`, `frequency`) chooses what the first stage of the scan looks for. `compiled` has it all in a row.
"""

from guardc.compiler.regex.automaton import ACCEPT, Automaton, Edge, Position
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.compiled import CompiledPattern, compile_pattern, compile_words
from guardc.compiler.regex.dfa import MATCH, Dfa
from guardc.compiler.regex.errors import PatternTooLarge, UnsupportedPattern
from guardc.compiler.regex.factors import Factor, window_weight
from guardc.compiler.regex.frequency import likelihood
from guardc.compiler.regex.fuzzy import FuzzyTree
from guardc.compiler.regex.words import WordTree

__all__ = [
    "ACCEPT",
    "MATCH",
    "Automaton",
    "CharSet",
    "CompiledPattern",
    "Dfa",
    "Edge",
    "Factor",
    "FuzzyTree",
    "PatternTooLarge",
    "Position",
    "UnsupportedPattern",
    "WordTree",
    "compile_pattern",
    "compile_words",
    "likelihood",
    "window_weight",
]
