"""What the compiler made of a policy: how each rule is decided, how each pattern is found, and what it costs.

Vocabulary: a *candidate* is a place where the first stage wakes the exact search of a pattern; a *step*
is one character looked up in a DFA, or one thread of a simulation advanced by one character.

Candidates per KB are what ordinary text gives: how often the characters of a window occur together if
each comes on its own (`regex.frequency`), times 1,024. A bucket shared by several windows lets through
more than each of them; the figure is the bucket's, in the guard where it is highest.

Worst cost per KB is a bound on the steps in the first 1,024 characters of the worst text. It is computed
from what `fastpath/scan.pxi` does, with L the longest match (1,024 if there is no bound, or a larger one)
and P the positions of the automaton:

    DFA, L at most 64    1024 * (L + 1)      a search begins once at each character, and reads at most one
                                             more than the longest match
    everything else      1024 * (5 + P)      searches that fail read each character at most five times with the
                                             DFA, and once with the simulation: P threads
                         + M * (L + 1) * P   after each of the M = 1024 / (shortest match) findings the search
                                             goes on behind it, wherever it had read to
    used by `is` only    1025 * P            one pass over the text
    checks               1024 * (L + 1) * P  a candidate that fails its check is searched again from the next
                         + 1024 * L each     character; a check reads its finding once

It is far above what happens: ordinary text costs one step per character in the first stage, and a few per
candidate.

Invariant: a report depends on the module and the plan alone, and has its things in the order of the policy.

Example: `explain(compilation.module, compilation.plan).patterns[0].factors == ('"AKIA" at the start',)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardc.compiler.ir import GuardIR, Module, PatternIR, RegexSource, RuleIR, Term, TestIR, WordsSource
from guardc.compiler.passes.order import cost
from guardc.compiler.printer import show_action, show_condition, show_value
from guardc.compiler.regex import CharSet, Factor, window_weight
from guardc.compiler.regex.classes import digit_set, space_set, word_set
from guardc.compiler.verify import fields_of
from guardc.fastpath import layout
from guardc.policy.model import Call

__all__ = [
    "FREQUENT",
    "GuardReport",
    "PatternReport",
    "Report",
    "RuleReport",
    "SectionReport",
    "explain",
]

KB = 1024
SHORT = 64
"""Matches up to this long are searched by the DFA alone (`SHORT` of fastpath/scan.pxi)."""
FREQUENT = 0.02
"""Candidates per character from which on a pattern is worth a warning."""

MOST_RANGES = 5
"""Ranges of a set of characters that are written out."""
_PLAIN = "_.:;,/@#=+*<>(){}|~!?%&$'`"

_NAMED = {
    named: escape
    for escape, found in ((r"\d", digit_set(0)), (r"\s", space_set(0)), (r"\w", word_set(0)))
    for named, escape in ((found, escape), (~found, escape.upper()))
}
"""The classes that a regex names. Those of ASCII read well as they are."""


@dataclass(frozen=True, slots=True)
class SectionReport:
    """A section of the plan and its size."""

    name: str
    title: str
    size: int


@dataclass(frozen=True, slots=True)
class PatternReport:
    """How one pattern is found.

    names: all names it goes by. kind: `regex` or `words`. checks: what a match must pass besides.
    factors: what the first stage looks for, in words; empty if the pattern is searched at every place.
    engine: the second stage. states: of the DFA, 0 without one. size: bytes of its own tables in the plan.
    longest: of a match, in characters; None if unbounded.
    candidates: per KB of ordinary text. worst: steps per KB at most.
    warning: None, or what makes it slow and what to do.
    """

    names: tuple[str, ...]
    kind: str
    checks: tuple[str, ...]
    factors: tuple[str, ...]
    engine: str
    states: int
    positions: int
    size: int
    shortest: int
    longest: int | None
    candidates: float
    worst: int
    notes: tuple[str, ...]
    warning: str | None


@dataclass(frozen=True, slots=True)
class RuleReport:
    """How one rule is decided. `judged` counts from 1 in the order of judging; `source` is file and line."""

    name: str
    test: str
    on_fail: str
    on_error: str
    when: str | None
    decided_by: str
    judged: int
    source: str


@dataclass(frozen=True, slots=True)
class GuardReport:
    """One guard. `handlers`, `metadata` and `extras` are what it needs at run time.

    `candidates` is per KB of ordinary text.
    """

    name: str
    direction: str
    limit: str
    rules: tuple[RuleReport, ...]
    handlers: tuple[str, ...]
    metadata: tuple[str, ...]
    extras: tuple[str, ...]
    patterns: int
    everywhere: tuple[str, ...]
    buckets: int
    candidates: float


@dataclass(frozen=True, slots=True)
class Report:
    """A whole policy."""

    file: str
    policy_hash: str
    size: int
    sections: tuple[SectionReport, ...]
    guards: tuple[GuardReport, ...]
    patterns: tuple[PatternReport, ...]


def explain(module: Module, plan: bytes) -> Report:
    """The report on a module that went through all passes, and its plan."""
    sections = _sections(plan)
    local = next(section.size for section in sections if section.name == "LOCL") // max(1, len(module.patterns))
    rates = _rates(module)
    return Report(
        module.file,
        module.policy_hash,
        len(plan),
        sections,
        tuple(_guard(guard, module) for guard in module.guards),
        tuple(_pattern(pattern, rates.get(number), local) for number, pattern in enumerate(module.patterns)),
    )


def _sections(plan: bytes) -> tuple[SectionReport, ...]:
    table = plan[layout.HEADER.size :][: len(layout.SECTIONS) * layout.SECTION_ENTRY.size]
    lengths = [entry[3] for entry in layout.SECTION_ENTRY.iter_unpack(table)]
    return tuple(
        SectionReport(section.name, section.title, length)
        for section, length in zip(layout.SECTIONS, lengths, strict=True)
    )


def _rates(module: Module) -> dict[int, float]:
    """Candidates per character of each pattern that is scanned for, in the guard where they are most."""
    rates: dict[int, float] = {}
    for guard in module.guards:
        if guard.scan is None:
            continue
        own = dict.fromkeys(guard.scan.patterns, 0.0)
        for slot in guard.scan.everywhere:
            own[guard.scan.patterns[slot]] = 1.0
        for bucket in guard.scan.buckets:
            weight = window_weight(bucket.window)
            for slot, _ in bucket.entries:
                own[guard.scan.patterns[slot]] += weight
        for number, rate in own.items():
            rates[number] = max(rates.get(number, 0.0), min(rate, 1.0))
    return rates


# --- guards ---------------------------------------------------------------------------------------


def _guard(guard: GuardIR, module: Module) -> GuardReport:
    place = {number: judged for judged, number in enumerate(guard.order, start=1)}
    calls = [call for rule in guard.rules for call in rule.test.calls]
    calls += [action.call for rule in guard.rules for action in (rule.on_fail, rule.on_error) if action.call]
    called = {call.name for call in calls}
    needed = {name for rule in guard.rules if rule.when is not None for name in fields_of(rule.when)}
    scan = guard.scan
    buckets = scan.buckets if scan else ()
    return GuardReport(
        name=guard.name,
        direction=guard.direction,
        limit=f"max {guard.limit.amount:_} {guard.limit.unit} on fail {show_action(guard.limit.on_fail)}",
        rules=tuple(_rule(rule, place[number]) for number, rule in enumerate(guard.rules)),
        handlers=tuple(
            f"{custom.kind} {custom.name}({', '.join(f'{one.name} {one.type}' for one in custom.parameters)})"
            for custom in module.customs.values()
            if custom.name in called
        ),
        metadata=tuple(
            f"{field.name} {field.type}{'' if field.default is None else ', has a default'}"
            for field in module.metadata
            if field.name in needed
        ),
        extras=(),
        patterns=len(scan.patterns) if scan else 0,
        everywhere=tuple(module.patterns[scan.patterns[slot]].names[0] for slot in scan.everywhere) if scan else (),
        buckets=len(buckets),
        candidates=KB * sum(window_weight(bucket.window) * len(bucket.entries) for bucket in buckets),
    )


def _rule(rule: RuleIR, judged: int) -> RuleReport:
    return RuleReport(
        name=rule.name,
        test=_test_words(rule.test),
        on_fail=show_action(rule.on_fail),
        on_error=show_action(rule.on_error),
        when=None if rule.when is None else show_condition(rule.when),
        decided_by=_decided_by(rule),
        judged=judged,
        source=f"{rule.at.file}:{rule.at.line}",
    )


def _decided_by(rule: RuleIR) -> str:
    test = rule.test
    ways = []
    if test.scanned:
        ways.append("scan")
    elif test.what == "is" and any(term.pattern is not None for term in test.terms + test.excepts):
        ways.append("second reading")
    elif not test.calls:
        ways.append("length" if cost(rule) == 0 else "second reading")
    if test.calls:
        ways.append("Python handler")
    return " and ".join(ways)


# --- patterns -------------------------------------------------------------------------------------


def _pattern(pattern: PatternIR, rate: float | None, local: int) -> PatternReport:
    compiled = pattern.compiled
    assert compiled is not None
    automaton, dfa = compiled.automaton, compiled.dfa
    states = 0 if dfa is None else len(dfa.table) // dfa.stride
    positions = len(automaton.positions)
    everywhere = any(not factor.window for factor in compiled.factors)
    scanned = rate is not None
    if not scanned:
        engine = f"simulation of the whole text, {positions} positions"
    elif dfa is not None:
        engine = f"DFA, {states} states"
    else:
        engine = f"ordered simulation, {positions} positions"
    return PatternReport(
        names=pattern.names,
        kind="regex" if isinstance(pattern.source, RegexSource) else "words",
        checks=pattern.checks,
        factors=tuple(_factor_words(factor) for factor in compiled.factors) if scanned and not everywhere else (),
        engine=engine,
        states=states,
        positions=positions,
        size=_size(pattern, local),
        shortest=automaton.min_length,
        longest=automaton.max_length,
        candidates=KB * (rate or 0.0),
        worst=_worst(pattern, scanned),
        notes=compiled.notes,
        warning=_warning(pattern, rate or 0.0),
    )


def _size(pattern: PatternIR, local: int) -> int:
    """Bytes of the records that belong to this pattern alone; `local` is what its map of characters takes."""
    assert pattern.compiled is not None
    automaton, dfa = pattern.compiled.automaton, pattern.compiled.dfa
    record = {section.name: section.size for section in layout.SECTIONS}
    edges = len(automaton.start) + sum(len(position.follow) for position in automaton.positions)
    numbers = {
        "PATT": 1,
        "KIND": len(automaton.before) + len(automaton.after),
        "TRUE": sum(len(row) for row in automaton.truth),
        "EDGE": edges,
        "POSN": len(automaton.positions),
        "DTAB": 0 if dfa is None else len(dfa.table) + len(dfa.starts),
    }
    return local + sum(count * record[name] for name, count in numbers.items())


def _worst(pattern: PatternIR, scanned: bool) -> int:
    assert pattern.compiled is not None
    automaton, dfa = pattern.compiled.automaton, pattern.compiled.dfa
    positions = max(1, len(automaton.positions))
    if not scanned:
        return (KB + 1) * positions + KB * len(set(pattern.checks))
    longest = KB if automaton.max_length is None else min(automaton.max_length, KB)
    checks = KB * longest * len(set(pattern.checks))
    if dfa is not None and automaton.max_length is not None and automaton.max_length <= SHORT:
        return KB * (longest + 1) + checks
    if checks:
        return KB * (longest + 1) * positions + checks
    findings = KB // max(1, automaton.min_length)
    return KB * (5 + positions) + findings * (longest + 1) * positions


def _warning(pattern: PatternIR, rate: float) -> str | None:
    assert pattern.compiled is not None
    factors = pattern.compiled.factors
    if not factors:
        return "it can never match; delete it, or mend its regex"
    if rate <= FREQUENT:
        return None
    own = sum(factor.weight for factor in factors)
    if pattern.compiled.automaton.min_length == 0:
        return "it can match the empty string, so it is searched at every place; make a part of it required"
    if own <= FREQUENT:
        return (
            "the guard looks for so much that the first stage has to look for it together with other things; "
            "drop detectors that this guard does not need"
        )
    if isinstance(pattern.source, WordsSource):
        return "its words begin with what is frequent in any text; give it fewer or longer words"
    return (
        "nothing rare is in every match, so it is searched often; "
        "require a fixed word or a sign such as `@` or `_` near its start"
    )


# --- words ----------------------------------------------------------------------------------------


def _test_words(test: TestIR) -> str:
    """A test in the spelling of the language, whatever name its rule has."""
    words = "" if test.what == "custom" else test.what
    if test.what == "count":
        words = f"count({', '.join(_term(term) for term in test.terms)})"
    elif test.terms:
        words = f"{words} {', '.join(_term(term) for term in test.terms)}"
    if test.excepts:
        words += f" except {', '.join(_term(term) for term in test.excepts)}"
    if test.call is not None:
        words = _call(test.call)
    if test.strings:
        words += " " + ", ".join(show_value(text) for text in test.strings)
    if test.ignore_case:
        words += " ignore case"
    return words + _range(test)


def _range(test: TestIR) -> str:
    low, high = test.low, test.high
    if low is not None and high is not None and not test.low_open and not test.high_open:
        return f" in {show_value(low)}..{show_value(high)}"
    words = "" if low is None else f" {'>' if test.low_open else '>='} {show_value(low)}"
    return words + ("" if high is None else f" {'<' if test.high_open else '<='} {show_value(high)}")


def _term(term: Term) -> str:
    return term.name if term.call is None else _call(term.call)


def _call(call: Call) -> str:
    return f"{call.name}({', '.join(show_value(value) for value in call.arguments)})" if call.arguments else call.name


def _factor_words(factor: Factor) -> str:
    """A factor as `"AKIA" at the start`, `"@" [0-9A-Za-z] after 1 to 64 characters`."""
    window = _window_words(factor.window)
    if factor.max_back is None:
        assert factor.walk is not None
        return f"{window} after {factor.min_back} or more of {_chars_words(factor.walk)}"
    if factor.max_back == 0:
        return f"{window} at the start"
    if factor.min_back == factor.max_back:
        return f"{window} after {factor.max_back} character{'' if factor.max_back == 1 else 's'}"
    if factor.min_back == 0:
        return f"{window} after up to {factor.max_back} character{'' if factor.max_back == 1 else 's'}"
    return f"{window} after {factor.min_back} to {factor.max_back} characters"


def _window_words(window: tuple[CharSet, ...]) -> str:
    """A window, neighbours that are one letter each as one string: `"ghp_"`, `"ign" in any case`."""
    parts: list[str] = []
    run, folded = "", False
    for chars in (*window, None):
        letter, folds = _letter(chars) if chars is not None else ("", False)
        # A character without case continues either kind of string.
        caseless = letter.lower() == letter.upper()
        if run and (not letter or (folds != folded and not caseless)):
            parts.append(_quoted(run, folded))
            run = ""
        if letter:
            folded = folds if not run or run.lower() == run.upper() else folded
            run += letter
        elif chars is not None:
            parts.append(_chars_words(chars))
    return " ".join(parts)


def _quoted(text: str, folded: bool) -> str:
    return show_value(text) + (" in any case" if folded and text.lower() != text.upper() else "")


def _letter(chars: CharSet) -> tuple[str, bool]:
    """The one character of a set, or the one letter whose cases it has; empty if it is more."""
    if len(chars) == 1:
        only = chr(chars.ranges[0][0])
        return (only, False) if " " <= only <= "~" else ("", False)
    if len(chars) > 4:
        return "", False
    members = [chr(point) for point in chars]
    lower = {"i" if member in "ıİ" else member.upper().lower() for member in members}
    first = min(lower)
    return (first, True) if len(lower) == 1 and first in members and first.upper() in members else ("", False)


def _chars_words(chars: CharSet) -> str:
    """A set of characters: `[0-9A-Z]`, `[^"]`, with dots where it has many more ranges."""
    if not chars:
        return "[]"
    rest = ~chars
    if not rest:
        return "any character"
    if chars in _NAMED:
        return _NAMED[chars]
    if len(rest) < len(chars) and len(rest.ranges) <= MOST_RANGES:
        return f"[^{_ranges(rest)}]"
    return f"[{_ranges(chars)}]"


def _ranges(chars: CharSet) -> str:
    shown = [
        _name(low) if low == high else f"{_name(low)}{'' if high == low + 1 else '-'}{_name(high)}"
        for low, high in chars.ranges[:MOST_RANGES]
    ]
    return "".join(shown) + ("…" if len(chars.ranges) > MOST_RANGES else "")


def _name(point: int) -> str:
    character = chr(point)
    if character.isascii() and (character.isalnum() or character in _PLAIN):
        return character
    if character in '\\-[]^"':
        return "\\" + character
    short = {0x20: " ", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}.get(point)
    return short or (
        f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
    )
