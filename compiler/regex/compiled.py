"""One pattern or word list from source to tables: the steps of this folder in order.

    source -> parse: nodes -> program: steps -> build: automaton -> determinize: DFA
    word list ------------- words ------^                       \\-> choose_factors

Invariant: equal arguments give equal results, whatever was compiled before.

Example: `compile_pattern("AKIA[0-9A-Z]{16}", "")` has a DFA and the one factor `AKIA` at distance 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardc.compiler.regex.ahead import program_of
from guardc.compiler.regex.build import build
from guardc.compiler.regex.dfa import (
    MAX_STATES,
    MAX_TABLE_BYTES,
    MAX_WORD_STATES,
    MAX_WORD_TABLE_BYTES,
    Dfa,
    determinize,
)
from guardc.compiler.regex.factors import EVERYWHERE, Factor, choose_factors
from guardc.compiler.regex.fuzzy import FuzzyTree, fuzzy_tree
from guardc.compiler.regex.parse import parse
from guardc.compiler.regex.sketch import Sketch, sketch_of
from guardc.compiler.regex.words import WordTree, word_program, word_regex, word_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardc.compiler.regex.automaton import Automaton
    from guardc.compiler.regex.program import Program

__all__ = ["FEW_WORDS", "CompiledPattern", "compile_pattern", "compile_words"]

FEW_WORDS = 256
"""A list of no more entries is compiled like a regex: its windows find a place in the guard's first stage."""


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """One pattern or word list. `dfa` is None where it would not help or not fit; `notes` are lines for
    `explain`.

    `sketch` is for a pattern without a DFA that has factors, and not too large for it.
    If `factors` is empty the pattern cannot match at all. A long word list has a `tree`, one with
    `within` or `leet` is `fuzzy`; both have an automaton without positions.
    """

    automaton: Automaton
    dfa: Dfa | None
    factors: tuple[Factor, ...]
    notes: tuple[str, ...]
    tree: WordTree | None = None
    sketch: Sketch | None = None
    fuzzy: FuzzyTree | None = None


def compile_pattern(regex: str, flags: str) -> CompiledPattern:
    """Compile a regex as `re` reads it. `flags` are letters of `aimsx`.

    Raises `re.error` where `re` does, UnsupportedPattern for what only this compiler refuses, PatternTooLarge
    over a budget.
    """
    node, warnings = parse(regex, flags)
    notes = [f"`re` warns: {warning[:1].lower()}{warning[1:]}" for warning in warnings]
    return _finished(program_of(node), notes, MAX_STATES, MAX_TABLE_BYTES, tree=False)


def compile_words(
    entries: Sequence[str], *, ignore_case: bool, anywhere: bool, leet: bool = False, edits: int = 0
) -> CompiledPattern:
    """Compile a word list, as `docs/semantics.md` defines what it finds.

    `entries` are not empty and have no white space but single spaces between other characters.
    """
    if entries and (leet or edits):
        automaton, fuzzy = fuzzy_tree(entries, ignore_case=ignore_case, anywhere=anywhere, leet=leet, edits=edits)
        return CompiledPattern(automaton, None, (EVERYWHERE,), (), fuzzy=fuzzy)
    if len(entries) > FEW_WORDS:
        tree = word_tree(entries, ignore_case=ignore_case, anywhere=anywhere)
        if tree is not None:
            return CompiledPattern(tree[0], None, (EVERYWHERE,), (), tree[1])
    program = word_program(entries, ignore_case=ignore_case, anywhere=anywhere)
    if program is None:
        return compile_pattern(word_regex(entries, anywhere=anywhere), "i" if ignore_case else "")
    return _finished(program, [], MAX_WORD_STATES, MAX_WORD_TABLE_BYTES, tree=True)


def _finished(program: Program, notes: list[str], max_states: int, max_bytes: int, *, tree: bool) -> CompiledPattern:
    automaton = build(program)
    dfa = None
    if not automaton.start:
        notes.append("it can never match")
    elif automaton.min_length == 0:
        notes.append("no DFA: it can match the empty string, so every boundary is a candidate")
    else:
        dfa = determinize(automaton, max_states=max_states, max_bytes=max_bytes, tree=tree)
        if dfa is None:
            notes.append(f"no DFA: it would pass {max_states:_} states or {max_bytes // 1024} KiB; simulated instead")
    factors = choose_factors(automaton)
    sketch = None
    if dfa is None and automaton.start and EVERYWHERE not in factors:
        sketch = sketch_of(automaton, _walk(automaton, factors))
    return CompiledPattern(automaton, dfa, factors, tuple(notes), sketch=sketch)


def _walk(automaton: Automaton, factors: tuple[Factor, ...]) -> int:
    """The classes of the walks of all factors, that of a final newline with the newline's, as a bit mask."""
    walk = 0
    for number, chars in enumerate(automaton.classes):
        if any(chars.ranges[0][0] in factor.walk for factor in factors):
            walk |= 1 << number
            if "\n" in chars and automaton.final_newline is not None:
                walk |= 1 << automaton.final_newline
    return walk
