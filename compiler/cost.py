"""The worst that one pattern can cost: a bound on the steps for 1,024 characters (a KB) of the worst text.

Vocabulary: a *step* is one character looked up in a DFA, or one thread of a simulation advanced by one
character. A search *reads on* if it goes behind the end of what it will find: a shorter match stands, and threads
that would be preferred are still alive. The next search begins behind the finding, and so may come to the same
characters again. The threads that died in vain are *doomed*: the next search drops every thread that joins one.

The bound follows from what `fastpath/scan.pxi` and `fastpath/automata.pxi` do. With L the longest match (no bound:
infinite), P the positions of the automaton, M = 1024 / (shortest match) findings at most, and C what the checks of one
candidate cost: L for one that takes nothing, L * L for the entropy, (L + 1) * P' + C' for `is`, and L + 1 times that
for `has` and `no` of a pattern with P' positions whose checks cost C'. `near` tries each place once, and looks through
what it remembers of WITHIN places on each side; `not before` tries one place, `not in`
as many as D, which stands around it, has characters:

    used by `is` only    1024 * P + P + C        one pass over the text, and what its checks cost
    DFA, L at most 64    1024 * (L + 1 + C)      a search begins once at each character, and reads at most one
                                                 more than the longest match
    checks               1024 * ((L + 1) * P + C)  a candidate that fails its check is searched again from the
                                                 next character. L is finite: the language demands it
    everything else      1024 * (5 + 2 * P)      what is read in vain, or settled: at most five times with the
                                                 DFA, which has a credit, and once with the simulation, P threads
                                                 and P doomed ones
                         + the smaller of        what is read on
          M * (L + 1) * 2 * P                    behind each finding at most L + 1 characters
          1024 * P * (P + 1)                     a search that reads on over a character has a thread there that
                                                 was not doomed, and is from then on: at most P searches come
                                                 by, with P threads among them, and each steps P doomed ones

    near                 1024 * (L' + 1) * P'    and (2 * WITHIN + L) / 64 + 2 for each candidate

So no cost grows with the text, whatever the pattern.

Not counted is the first stage (`fastpath/prefilter.pxi`), which the patterns of a guard share: the sieve, and at each
place that it lets through at most eight look-ups that tell the factors apart, and for each of these the way back from
its window to where a match could begin. That way goes over characters that are settled then, and over those between
begin and window once more for each window.

Example: `a[^b]*b|a` in a row of `a`s finds each of them and could read on to the end of the text each time. The second
search finds its threads doomed and stops at once.
"""

from __future__ import annotations

from guardc.compiler.ir import PatternIR, WordsSource
from guardc.fastpath.layout import LONGEST_CHECKED, SHORT

__all__ = ["KB", "worst_cost"]

KB = 1024


def worst_cost(pattern: PatternIR, patterns: tuple[PatternIR, ...], *, scanned: bool) -> int:
    """Steps per KB at most. `scanned` is False if only `is` uses the pattern; `patterns` are all of the module."""
    assert pattern.compiled is not None
    automaton, dfa = pattern.compiled.automaton, pattern.compiled.dfa
    longest, positions = automaton.max_length, max(1, len(automaton.positions))
    checks = _candidate_cost(pattern, patterns)
    if pattern.compiled.fuzzy is not None:
        # At worst every character begins a walk over all entries, with a row of distances for each of their characters.
        assert isinstance(pattern.source, WordsSource)
        return KB * sum(map(len, pattern.source.entries)) * (2 * pattern.source.edits + 1)
    if pattern.compiled.tree is not None:
        # A search begins once at each character, and reads as many as the longest entry has, each space as often as it
        # stands for one of an entry.
        assert isinstance(pattern.source, WordsSource)
        return KB * (max(map(len, pattern.source.entries)) + 1)
    if not scanned:
        return KB * positions + positions + checks
    if longest is not None and dfa is not None and longest <= SHORT:
        return KB * (longest + 1 + checks) + _near_cost(pattern, patterns)
    if checks:
        assert longest is not None, "a pattern with a check has a longest match"
        return KB * ((longest + 1) * positions + checks) + _near_cost(pattern, patterns)
    read_on = KB * positions * (positions + 1)
    if longest is not None:
        findings = KB // max(1, automaton.min_length)
        read_on = min(read_on, findings * (longest + 1) * 2 * positions)
    return KB * (5 + 2 * positions) + read_on


def _candidate_cost(pattern: PatternIR, patterns: tuple[PatternIR, ...]) -> int:
    """Steps for the checks of one candidate."""
    assert pattern.compiled is not None
    longest = pattern.compiled.automaton.max_length or 0
    total = 0
    for check in pattern.checks:
        if check.kind == "named":
            total += longest
        elif check.kind == "entropy":
            total += longest * longest
        elif check.kind == "not before":
            assert check.pattern is not None
            total += _reading_cost(patterns[check.pattern])
        elif check.kind == "not in":
            assert check.pattern is not None
            total += _inside_cost(patterns[check.pattern])
        elif check.kind == "near":
            total += (2 * check.within + longest) // 64 + 2
        else:
            assert check.pattern is not None
            judge = patterns[check.pattern]
            once = (longest + 1) * _positions(judge) + _candidate_cost(judge, patterns)
            total += once if check.kind == "is" else (longest + 1) * once
    return total


def _near_cost(pattern: PatternIR, patterns: tuple[PatternIR, ...]) -> int:
    """Steps per KB for looking at each place, once for each `near`."""
    total = 0
    for check in pattern.checks:
        if check.kind == "near" and check.pattern is not None:
            total += KB * _reading_cost(patterns[check.pattern])
    return total


def _reading_cost(context: PatternIR) -> int:
    """Steps for trying one place. Unbounded is only white space in words, and read once."""
    assert context.compiled is not None
    return ((context.compiled.automaton.max_length or 0) + 1) * _positions(context)


def _inside_cost(wider: PatternIR) -> int:
    """Steps for looking what lies around one match: from each place from where the match can be reached."""
    assert wider.compiled is not None
    longest = wider.compiled.automaton.max_length
    places = min(LONGEST_CHECKED, LONGEST_CHECKED if longest is None else longest) + 1
    return places * (places if wider.compiled.dfa is not None else _reading_cost(wider))


def _positions(pattern: PatternIR) -> int:
    assert pattern.compiled is not None
    return max(1, len(pattern.compiled.automaton.positions))
