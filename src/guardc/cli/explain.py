"""`guardc explain`: how each rule is decided, how each pattern is found, and what it costs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.compiling import compile_or_fail
from guardc.cli.harmless import harmless

if TYPE_CHECKING:
    from guardc.compiler.explain import (
        GuardReport,
        PatternReport,
        Report,
        RuleReport,
        RuleStreamReport,
        StreamReport,
    )

__all__ = ["command"]

WIDTH = 100
LONGEST_TEST = 160
MANY = 20
"""Patterns from which on the costliest are named before the table."""
NAMED = 5
"""How many of them."""
Line = tuple[int, str, str]
"""Indent, text, style."""

LEGEND = (
    "Candidates: places in 1 KB of ordinary text where the exact search of the pattern begins, expected. "
    "Worst: steps that the worst possible KB can cost, at most. Real texts stay far below it. "
    "`limit`: only the time limit of the pattern bounds it."
)


@click.command(epilog="Example: guardc explain support.guard")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(file: Path, form: str) -> None:
    """Show what the compiler makes of the policy in FILE.

    By rule: what decides it, and when. By pattern: what the scan looks for, how a match is confirmed, how
    large the tables are, and what ordinary and hostile texts cost.
    """
    compilation = compile_or_fail(file)
    from guardc.compiler.explain import explain  # noqa: PLC0415 - loaded with the compiler

    assert compilation.module is not None
    assert compilation.plan is not None
    report = explain(compilation.module, compilation.plan)
    if form == "json":
        click.echo(json.dumps(dataclasses.asdict(report), indent=2))
        return
    from guardc.cli.page import Page  # noqa: PLC0415 - only for text

    page = Page(WIDTH)
    for indent, line, style in _lines(report, page.width - 2):
        page.line(harmless(line), style, indent=indent, hanging=2)


def _lines(report: Report, width: int) -> Iterator[Line]:
    yield 0, f"{report.file}: policy {report.policy_hash[:12]}, plan {report.size:,} bytes", "bold"
    for guard in report.guards:
        yield 0, "", ""
        yield from _guard(guard)
    if len(report.patterns) >= MANY:
        yield 0, "", ""
        yield from _costliest(report.patterns)
    if report.patterns:
        yield 0, "", ""
        yield from _patterns(report, width)
    yield 0, "", ""
    yield 0, "plan by section", "bold"
    for section in report.sections:
        if section.size:
            yield 2, f"{section.name}  {section.size:>11,}  {section.title}", ""


def _guard(guard: GuardReport) -> Iterator[Line]:
    roles = f" from {', '.join(guard.roles)}" if guard.roles else ""
    stream = " stream" if guard.streams else ""
    yield 0, f"guard {guard.name} on {guard.direction}{stream}{roles}, {guard.limit}", "bold"
    if guard.stream is not None:
        yield 2, f"stream: {_stream(guard.stream)}", ""
    if guard.waiting is not None:
        yield 2, f"stream: {_values(guard.waiting)}", ""
    if guard.patterns:
        sieved = (
            f"; the sieve ({_counted(guard.buckets, 'bucket')}) lets {_number(guard.sieved)} places "
            "per KB of ordinary text through"
        )
        yield 2, f"scan: {_counted(guard.patterns, 'pattern')}{sieved if guard.buckets else ''}", ""
    if guard.normalize:
        yield 2, f"searched after: normalize {', '.join(guard.normalize)}", ""
    if guard.calls:
        yield 2, f"calls of models: {', '.join(guard.calls)}", ""
    if guard.everywhere:
        yield 2, f"searched at every place: {', '.join(guard.everywhere)}", "yellow"
    if guard.handlers:
        yield 2, f"needs handlers: {', '.join(guard.handlers)}", ""
    if guard.metadata:
        yield 2, f"needs metadata: {'; '.join(guard.metadata)}", ""
    if guard.environment:
        yield 2, f"needs in the environment: {', '.join(guard.environment)}", ""
    if not guard.handlers and not guard.metadata and not guard.environment:
        yield 2, "needs nothing from the service", ""
    for rule in guard.rules:
        yield from _rule(rule)


def _rule(rule: RuleReport) -> Iterator[Line]:
    yield 2, f"{_short(rule.name)}  {rule.source}", "bold"
    if rule.when is not None:
        yield 6, f"when {rule.when}", ""
    if rule.test != rule.name:
        yield 6, f"tests {_short(rule.test)}", ""
    yield 6, f"decided by {rule.decided_by}, judged {_ordinal(rule.judged)}", ""
    yield 6, f"on fail {rule.on_fail}; on error {rule.on_error}", ""
    if rule.stream is not None:
        yield 6, f"in the stream: {_rule_stream(rule.stream)}", ""
    if rule.values is not None:
        yield 6, f"in the stream: {rule.values}", ""


def _values(waiting: int) -> str:
    if not waiting:
        return "hands out every value when it has ended"
    return f"hands out values when they have ended; for {_counted(waiting, 'rule')} below some wait for the end"


def _stream(stream: StreamReport) -> str:
    limit = "" if stream.limit is None else f"; the guard allows {_counted(stream.limit, 'character')}"
    limit += "" if stream.on_limit is None else f", then {stream.on_limit} ends it"
    if stream.rule is None:
        return f"holds nothing back{limit}"
    by = f"most for `{_short(stream.rule)}`"
    if stream.most is None:
        return f"has no bound of its own, for `{_short(stream.rule)}`{limit}"
    once = stream.most // (1 + stream.twice)
    if 0 < stream.gates < once:
        by += f", with {stream.gates} that wait for a gate"
    if stream.twice:
        by += f": {_counted(once, 'character')}, and as many again when the fixed text is judged once more"
    return f"holds back at most {_counted(stream.most, 'character')}, {by}{limit}"


def _rule_stream(rule: RuleStreamReport) -> str:
    if rule.at_end:
        return "judged at the end, when all has left"
    if not rule.waits:
        return "only reports, holds nothing back"
    if rule.most is None:
        return f"{rule.kind}, held back without a bound: {rule.why}"
    detector = "" if rule.detector is None or not rule.most else f" for {rule.detector}"
    return (
        f"{rule.kind}, holds {'at most ' + _counted(rule.most, 'character') if rule.most else 'nothing'} back{detector}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEST else text[: LONGEST_TEST - 1] + "…"


def _costliest(patterns: Sequence[PatternReport]) -> Iterator[Line]:
    """What an author looks for in a long table."""
    yield 0, f"the costliest of {len(patterns)} patterns", "bold"
    warned = [pattern.names[0] for pattern in patterns if pattern.warning]
    if warned:
        more = f" and {len(warned) - MANY} more" if len(warned) > MANY else ""
        yield 2, f"with a warning: {', '.join(warned[:MANY])}{more}", "yellow"
    yield 2, f"most candidates: {_top(patterns, lambda pattern: pattern.candidates)}", ""
    bounded = [pattern for pattern in patterns if pattern.worst is not None]
    if bounded:
        yield 2, f"highest worst/KB: {_top(bounded, lambda pattern: pattern.worst or 0)}", ""
    yield 2, f"most bytes: {_top(patterns, lambda pattern: pattern.size)}", ""


def _top(patterns: Sequence[PatternReport], size: Callable[[PatternReport], float]) -> str:
    largest = sorted(patterns, key=size, reverse=True)[:NAMED]
    return ", ".join(f"{pattern.names[0]} ({_number(size(pattern))})" for pattern in largest)


def _patterns(report: Report, width: int) -> Iterator[Line]:
    """A table whose first column takes what the width leaves."""
    column = max(20, width - 44)
    yield 0, "patterns".ljust(column + 2) + _cells("longest", "candidates", "worst/KB", "bytes"), "bold"
    for pattern in report.patterns:
        yield from _pattern(pattern, column)
    yield 0, "", ""
    yield 0, LEGEND, "dim"


def _cells(longest: str, candidates: str, worst: str, size: str) -> str:
    return f"{longest:>8}{candidates:>12}{worst:>10}{size:>10}"


def _pattern(pattern: PatternReport, column: int) -> Iterator[Line]:
    name = ", ".join(pattern.names)
    if len(name) >= column:
        yield 2, name, ""
        name = ""
    longest = "no end" if pattern.longest is None else str(pattern.longest)
    if pattern.worst is None:
        cells = _cells("", "", "limit", f"{pattern.size:,}")
    else:
        cells = _cells(longest, _number(pattern.candidates), _number(pattern.worst), f"{pattern.size:,}")
    yield 2, name.ljust(column) + cells, ""
    yield 6, f"{pattern.engine}{', then ' + ', '.join(pattern.checks) if pattern.checks else ''}", "dim"
    for factor in pattern.factors:
        yield 6, f"look for {factor}", "dim"
    for note in pattern.notes:
        yield 6, f"note: {note}", "dim"
    if pattern.warning:
        yield 6, f"warning: {pattern.warning}", "yellow"


def _number(value: float) -> str:
    """A size people take in: `0.29`, `17`, `21.5k`, `420M`."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            scaled = value / limit
            return f"{scaled:.0f}{letter}" if scaled >= 100 else f"{scaled:.1f}{letter}"
    if value >= 10 or value == 0:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.01 else "<0.01"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
