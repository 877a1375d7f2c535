"""What the compiler made of a policy: how each rule is decided, how each pattern is found, and what it costs.

Vocabulary: a *candidate* is a place where the first stage wakes the exact search of a pattern.

Candidates per KB are what ordinary text gives: how often the windows of a pattern occur, from how often its characters
follow each other (`regex.frequency`), times 1,024. The figure of a guard is another one: how many places its sieve lets
through, at which the windows of all patterns are then told apart. A bucket shared by several windows lets through more
than these together.

Worst cost per KB is a bound on the steps for 1,024 characters of the worst text (`cost`). It is far above what
happens: ordinary text costs a few steps per candidate, and what the sieve costs, a small part of a step per character.

Invariant: a report depends on the module and the plan alone, and has its things in the order of the policy.

Example: `explain(compilation.module, compilation.plan).patterns[0].factors == ('"AKIA" at the start',)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardc.compiler.cost import KB, worst_cost
from guardc.compiler.ir import GuardIR, Module, PatternIR, RegexSource, RuleIR, SearchIR, WordsSource
from guardc.compiler.passes.order import cost
from guardc.compiler.phrases import factor_words, test_words
from guardc.compiler.printer import show_action, show_condition
from guardc.compiler.streaming import StreamedGuard, StreamedRule, streamed
from guardc.compiler.value_streams import ValueRule, value_rules
from guardc.compiler.verify import fields_of
from guardc.fastpath import layout

__all__ = [
    "FREQUENT",
    "GuardReport",
    "PatternReport",
    "Report",
    "RuleReport",
    "RuleStreamReport",
    "SectionReport",
    "StreamReport",
    "explain",
]

WORD_BEGINS = 0.18
"""Words per character of ordinary text: at the begin of each the tree of a long word list is searched."""
FREQUENT = 0.02
"""Candidates per character from which on a pattern is worth a warning."""


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
    candidates: per KB of ordinary text. worst: steps per KB at most; None if a time limit is the only bound.
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
    worst: int | None
    notes: tuple[str, ...]
    warning: str | None


@dataclass(frozen=True, slots=True)
class RuleStreamReport:
    """How a stream deals with a rule.

    kind: local, limit, gate or whole, see `streaming`. at_end: the rule is judged when all of the text has left.
    waits: False if the stream never holds anything back for it. most: characters that it holds back at most, None if
    there is no bound, and `why` there is none. detector: the one that holds most.
    """

    kind: str
    at_end: bool
    waits: bool
    most: int | None
    detector: str | None
    why: str


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What a stream holds back.

    most: characters at most, of all rules; None if there is no bound but the limit. twice: a fixed text is judged
    once more on its way, which doubles what rules hold. rule: the one that holds most, None if none holds anything.
    gates: of what is doubled, the characters that gates hold on top of the other rules. limit: what the guard allows,
    None if it says nothing; on_limit: what then ends the stream, None if nothing does.
    """

    most: int | None
    twice: bool
    rule: str | None
    gates: int
    limit: int | None
    on_limit: str | None


@dataclass(frozen=True, slots=True)
class RuleReport:
    """How one rule is decided. `judged` counts from 1 in the order of judging; `source` is file and line; `stream` is
    set in a stream of texts, `values` in one of values."""

    name: str
    test: str
    on_fail: str
    on_error: str
    when: str | None
    decided_by: str
    judged: int
    source: str
    stream: RuleStreamReport | None = None
    values: str | None = None


@dataclass(frozen=True, slots=True)
class GuardReport:
    """One guard. `handlers`, `metadata`, `environment` (variables of services) and `extras` are what it needs at run
    time.

    `sieved` is what the first stage lets through to be looked at, in places per KB of ordinary text; `normalize` has
    the steps before it, `calls` what it says about calls of models. `streams` says whether texts may be given piece by
    piece; `stream` what it then holds back, if it is not on structured values. Those have `waiting`: how many rules let
    values wait for the end.
    """

    name: str
    direction: str
    roles: tuple[str, ...]
    limit: str
    rules: tuple[RuleReport, ...]
    handlers: tuple[str, ...]
    metadata: tuple[str, ...]
    environment: tuple[str, ...]
    extras: tuple[str, ...]
    patterns: int
    everywhere: tuple[str, ...]
    buckets: int
    sieved: float
    normalize: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    streams: bool = False
    stream: StreamReport | None = None
    waiting: int | None = None


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
    rates, simulated = _rates(module), module.simulated
    return Report(
        module.file,
        module.policy_hash,
        len(plan),
        sections,
        _guards(module),
        tuple(
            _pattern(pattern, module.patterns, rates.get(number), local, simulated=number in simulated)
            for number, pattern in enumerate(module.patterns)
        )
        + tuple(_search(search) for search in module.searches),
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
            compiled = module.patterns[guard.scan.patterns[slot]].compiled
            tree = compiled is not None and (compiled.tree is not None or compiled.fuzzy is not None)
            own[guard.scan.patterns[slot]] = WORD_BEGINS if tree else 1.0
        for slot, factor in guard.scan.prefilter.factors if guard.scan.prefilter else ():
            own[guard.scan.patterns[slot]] += factor.weight
        for number, rate in own.items():
            rates[number] = max(rates.get(number, 0.0), min(rate, 1.0))
    return rates


def _guards(module: Module) -> tuple[GuardReport, ...]:
    of_values = [value_rules(guard, module) for guard in module.guards]
    rules = {number: inner for found in of_values for number, inner in found.items()}
    return tuple(
        _guard(guard, module, rules.get(number), of_values[number]) for number, guard in enumerate(module.guards)
    )


def _guard(
    guard: GuardIR, module: Module, values: tuple[ValueRule, ...] | None, inside: dict[int, tuple[ValueRule, ...]]
) -> GuardReport:
    place = {number: judged for judged, number in enumerate(guard.order, start=1)}
    calls = [call for rule in guard.rules for call in rule.test.calls]
    calls += [action.call for rule in guard.rules for action in (rule.on_fail, rule.on_error) if action.call]
    called = {call.name for call in calls}
    services = [service for name, service in module.services.items() if name in called]
    needed = {name for rule in guard.rules if rule.when is not None for name in fields_of(rule.when)}
    scan = guard.scan
    buckets = scan.prefilter.buckets if scan and scan.prefilter else ()
    found = streamed(guard, module) if guard.stream and guard.root is None else None
    return GuardReport(
        name=guard.name,
        direction=guard.direction,
        roles=guard.roles,
        limit=_limit(guard, module),
        rules=tuple(
            _rule(
                rule,
                place[number],
                None if found is None else found.rules[number],
                None if values is None else values[number].said,
                module,
            )
            for number, rule in enumerate(guard.rules)
        ),
        handlers=tuple(
            f"{custom.kind} {custom.name}({', '.join(f'{one.name} {one.type}' for one in custom.parameters)})"
            for custom in module.customs.values()
            if custom.name in called and custom.name not in {*module.judges, *module.services}
        ),
        metadata=tuple(
            f"{field.name} {field.type}{'' if field.default is None else ', has a default'}"
            for field in module.metadata
            if field.name in needed
        ),
        environment=tuple(
            dict.fromkeys(name for service in services for name in (service.address, service.key) if name is not None)
        ),
        extras=tuple(
            dict.fromkeys(
                [f"guardc[{rule.test.what}]" for rule in guard.rules if rule.test.parsed]
                + ["guardc[remote]"] * bool(services)
            )
        ),
        patterns=len(scan.patterns) if scan else 0,
        everywhere=tuple(module.patterns[scan.patterns[slot]].names[0] for slot in scan.everywhere) if scan else (),
        buckets=len(buckets),
        sieved=KB * min(1.0, sum(bucket.weight for bucket in buckets)),
        normalize=guard.normalize,
        calls=_calls(guard, module),
        streams=guard.stream,
        stream=None if found is None else _stream(guard, found),
        waiting=sum(rule.waits for rules in inside.values() for rule in rules)
        if guard.stream and guard.root is not None
        else None,
    )


def _stream(guard: GuardIR, found: StreamedGuard) -> StreamReport:
    hold, worst = guard.hold, found.worst
    return StreamReport(
        most=found.most,
        twice=found.twice,
        rule=None if worst is None else worst.rule.name,
        gates=found.gates,
        limit=None if hold is None else hold.amount,
        on_limit=None if hold is None or hold.on_fail is None else show_action(hold.on_fail),
    )


def _calls(guard: GuardIR, module: Module) -> tuple[str, ...]:
    said: list[str] = []
    for asking in module.askings:
        if module.guards[asking.guard] is not guard:
            continue
        if asking.question is not None:
            said.append(f"answers {module.guards[asking.question].name}")
        if asking.reasks is not None:
            via = "" if asking.reasks.via is None else f" via {asking.reasks.via}"
            said.append(f"reasks {asking.reasks.count}{via} then {show_action(asking.reasks.then)}")
        if asking.template is not None:
            said.append("reask with words of its own")
    return tuple(said)


def _limit(guard: GuardIR, module: Module) -> str:
    if guard.inner:
        return "judges single values of a structured guard"
    structure = "" if guard.root is None else f"as json {module.nodes[guard.root].type}, "
    return f"{structure}max {guard.limit.amount:_} {guard.limit.unit} on fail {show_action(guard.limit.on_fail)}"


def _rule(rule: RuleIR, judged: int, found: StreamedRule | None, values: str | None, module: Module) -> RuleReport:
    stream = None
    if found is not None:
        held = found.held
        stream = RuleStreamReport(found.kind, rule.at_end, found.waits, held.most, held.detector, held.why)
    return RuleReport(
        name=rule.name,
        test=test_words(rule.test),
        on_fail=show_action(rule.on_fail),
        on_error=show_action(rule.on_error),
        when=None if rule.when is None else show_condition(rule.when),
        decided_by=_decided_by(rule, module),
        judged=judged,
        source=f"{rule.at.file}:{rule.at.line}",
        stream=stream,
        values=values,
    )


def _decided_by(rule: RuleIR, module: Module) -> str:
    test = rule.test
    ways = []
    if test.classifier is not None:
        ways.append("classifier")
    elif test.scanned:
        ways.append("scan")
    elif test.what == "is" and any(term.pattern is not None for term in test.terms + test.excepts):
        ways.append("second reading")
    elif test.parsed:
        ways.append("parser")
    elif not test.calls and not test.searches:
        ways.append("length" if cost(rule) == 0 else "second reading")
    if test.reads and "second reading" not in ways:
        ways.append("second reading")
    if test.call is not None and test.call.name in module.judges:
        ways.append(f"model {module.judges[test.call.name].model}")
    elif test.call is not None and test.call.name in module.services:
        service = module.services[test.call.name]
        doubt = "" if service.doubt is None else f", asked in {service.doubt[0]:g}..{service.doubt[1]:g}"
        ways.append(f"service {service.name} at env {service.address}, {service.timeout} ms{doubt}")
    elif test.calls:
        ways.append("Python handler")
    if test.searches:
        ways.append("search apart")
    return " and ".join(ways)


def _pattern(
    pattern: PatternIR, patterns: tuple[PatternIR, ...], rate: float | None, local: int, *, simulated: bool
) -> PatternReport:
    compiled = pattern.compiled
    assert compiled is not None
    automaton, dfa = compiled.automaton, compiled.dfa
    states = 0 if dfa is None else len(dfa.table) // dfa.stride
    positions = len(automaton.positions)
    everywhere = any(not factor.window for factor in compiled.factors)
    scanned = rate is not None
    if compiled.fuzzy is not None:
        engine = f"fuzzy word tree, {len(compiled.fuzzy.nodes):_} nodes, within {compiled.fuzzy.edits} edits"
    elif compiled.tree is not None:
        engine = f"word tree, {len(compiled.tree.trie.targets):_} cells"
    elif not scanned:
        engine = f"simulation of the whole text, {positions} positions"
    elif dfa is not None:
        engine = f"DFA, {states} states"
    else:
        engine = f"ordered simulation, {positions} positions"
        if compiled.sketch is not None:
            engine += f", behind a sketch of {len(compiled.sketch.table) // compiled.sketch.columns} states"
    return PatternReport(
        names=pattern.names,
        kind="regex" if isinstance(pattern.source, RegexSource) else "words",
        checks=tuple(check.text for check in pattern.checks),
        factors=tuple(factor_words(factor) for factor in compiled.factors) if scanned and not everywhere else (),
        engine=engine,
        states=states,
        positions=positions,
        size=_size(pattern, local, simulated=simulated),
        shortest=automaton.min_length,
        longest=automaton.max_length,
        candidates=KB * (rate or 0.0),
        worst=worst_cost(pattern, patterns, scanned=scanned),
        notes=compiled.notes,
        warning=_warning(pattern, rate or 0.0),
    )


def _search(search: SearchIR) -> PatternReport:
    """Of what runs apart, only the time is known: what it costs depends on the text."""
    return PatternReport(
        names=search.names,
        kind="regex",
        checks=search.checks,
        factors=(),
        engine=f"backtracking, apart, at most {search.limit} ms",
        states=0,
        positions=0,
        size=next(section.size for section in layout.SECTIONS if section.name == "SRCH"),
        shortest=0,
        longest=None,
        candidates=0.0,
        worst=None,
        notes=(),
        warning=None,
    )


def _size(pattern: PatternIR, local: int, *, simulated: bool) -> int:
    """Bytes of the records that belong to this pattern alone; `local` is what its map of characters takes."""
    assert pattern.compiled is not None
    compiled = pattern.compiled
    automaton, dfa, tree, sketch = compiled.automaton, compiled.dfa, compiled.tree, compiled.sketch
    fuzzy = compiled.fuzzy
    record = {section.name: section.size for section in layout.SECTIONS}
    edges = len(automaton.start) + sum(len(position.follow) for position in automaton.positions)
    numbers = {
        "PATT": 1,
        "KIND": len(automaton.before) + len(automaton.after),
        "TRUE": sum(len(row) for row in automaton.truth),
        "EDGE": edges if simulated else 0,
        "POSN": len(automaton.positions) if simulated else 0,
        "DTAB": (0 if dfa is None else len(dfa.table) + len(dfa.starts)) + (0 if sketch is None else len(sketch.table)),
        "FNOD": 0 if fuzzy is None else len(fuzzy.nodes),
        "FEDG": 0 if fuzzy is None else len(fuzzy.edges),
        "FSYM": 0 if fuzzy is None else len(fuzzy.symbols),
        "FBIT": 0 if fuzzy is None else len(fuzzy.filter),
        "CELL": 0 if tree is None else len(tree.trie.targets),
    }
    return local + sum(count * record[name] for name, count in numbers.items())


def _warning(pattern: PatternIR, rate: float) -> str | None:
    assert pattern.compiled is not None
    factors = pattern.compiled.factors
    if not factors:
        return "it can never match; delete it, or mend its regex"
    if pattern.compiled.tree is not None or pattern.compiled.fuzzy is not None:
        return None
    if rate <= FREQUENT:
        return None
    if pattern.compiled.automaton.min_length == 0:
        return "it can match the empty string, so it is searched at every place; make a part of it required"
    if isinstance(pattern.source, WordsSource):
        return "its words begin with what is frequent in any text; give it fewer or longer words"
    return (
        "nothing rare is in every match, so it is searched often; "
        "require a fixed word or a sign such as `@` or `_` near its start"
    )
