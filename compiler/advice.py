"""What the compiler advises an author of patterns: alternatives that decide nothing.

Example: at `foo|foobar` it says "the alternative `foobar` decides nothing", and points at `foo`, which comes first.
"""

from __future__ import annotations

from guardc.compiler.ir import Module, PatternIR, RegexSource
from guardc.compiler.regex.covered import Covered, Mode, Why, covered_options
from guardc.compiler.report import Report
from guardc.policy.checking.library import standard_modules

__all__ = ["advise"]

LONGEST_SHOWN = 40
"""Characters of an alternative that a message quotes."""

_WHY = {
    Why.NEVER: "no match can go through it",
    Why.EARLIER: "whatever it finds, another one comes first",
    Why.LATER: "another one finds the same",
    Why.TOGETHER: "the others find the same",
    Why.ELSEWHERE: "what stands around it finds the same",
}


def advise(module: Module, report: Report) -> None:
    """Report G065 at the patterns of a module that are compiled.

    The standard library is left out: its authors are not those of the policy, and a test holds it to this.
    """
    modes = _modes(module)
    standard = standard_modules()
    for number, pattern in enumerate(module.patterns):
        if pattern.compiled is None or not pattern.compiled.automaton.start or pattern.at.file in standard:
            continue
        if isinstance(pattern.source, RegexSource):
            regex, flags = pattern.source.regex, pattern.source.flags
            for covered in covered_options(regex, flags, modes.get(number, (Mode.SEARCH,))):
                _report(pattern, regex, covered, report)


def _modes(module: Module) -> dict[int, set[Mode]]:
    """How rules and checks use each pattern: `is` asks for the whole text, everything else searches."""
    modes: dict[int, set[Mode]] = {}
    for guard in module.guards:
        for rule in guard.rules:
            for term in rule.test.terms + rule.test.excepts:
                if term.pattern is not None:
                    modes.setdefault(term.pattern, set()).add(Mode.FULL if rule.test.what == "is" else Mode.SEARCH)
    for pattern in module.patterns:
        for check in pattern.checks:
            if check.pattern is not None:
                modes.setdefault(check.pattern, set()).add(Mode.FULL if check.kind == "is" else Mode.SEARCH)
    return modes


def _report(pattern: PatternIR, regex: str, covered: Covered, report: Report) -> None:
    start, end = _trimmed(regex, covered.span)
    quoted = _quoted(regex[start:end])
    what, hint = f"the alternative {quoted}", f"delete {quoted}"
    if start == end:
        what, hint = "the empty alternative", "delete its `|`"
        start, end = (start - 1, start) if regex[start - 1 : start] == "|" else (start, start + 1)
    also = []
    if covered.by is not None:
        low, high = _trimmed(regex, covered.by)
        sibling = _quoted(regex[low:high]) if low < high else "the empty one"
        if covered.moves:
            hint += f", or put it before {sibling}"
        also.append((low, high, "this one comes first" if covered.why is Why.EARLIER else "finds the same"))
    report.pattern(
        "G065",
        pattern,
        f"{what} decides nothing",
        hint,
        (start, end),
        label=_WHY[covered.why],
        also=also,
    )


def _trimmed(regex: str, span: tuple[int, int]) -> tuple[int, int]:
    """The span without line breaks and spaces around it that only lay the regex out."""
    start, end = span
    if "\n" not in regex[start:end]:
        return span
    text = regex[start:end]
    return start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())


def _quoted(text: str) -> str:
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return f"`{short}`"
