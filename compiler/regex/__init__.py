"""From a Python regex or a word list to automata that find exactly what `re` finds, in linear time."""

from guardc.compiler.regex.automaton import ACCEPT, Automaton, Edge, Position
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.compiled import CompiledPattern, compile_pattern, compile_words
from guardc.compiler.regex.dfa import MATCH, Dfa
from guardc.compiler.regex.errors import PatternTooLarge, UnsupportedPattern
from guardc.compiler.regex.factors import Factor, window_weight

__all__ = [
    "ACCEPT",
    "MATCH",
    "Automaton",
    "CharSet",
    "CompiledPattern",
    "Dfa",
    "Edge",
    "Factor",
    "PatternTooLarge",
    "Position",
    "UnsupportedPattern",
    "compile_pattern",
    "compile_words",
    "window_weight",
]
