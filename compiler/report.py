"""What the compiler has to say about a policy: diagnostics at patterns and rules.

The front end keeps where each regex and each test was written; the compiler only knows the detector's name and an
offset inside the regex, and where a rule begins. This is where the two meet.
"""

from __future__ import annotations

from collections.abc import Iterable

from guardc.compiler.ir import PatternIR, RuleIR, SearchIR
from guardc.policy import Checked, Diagnostic
from guardc.policy.diagnostics import make
from guardc.policy.model import Location
from guardc.policy.reading.source import Source, Span

__all__ = ["Report"]


class Report:
    """Collects diagnostics of the passes.

    Args:
        checked: where the policy came from; None if it was not read from a source.
    """

    def __init__(self, checked: Checked | None = None) -> None:
        self._checked = checked
        self.diagnostics: list[Diagnostic] = []

    @property
    def ok(self) -> bool:
        """No error so far."""
        return all(found.severity != "error" for found in self.diagnostics)

    def pattern(  # noqa: PLR0913 - each is a part of what is printed
        self,
        code: str,
        pattern: PatternIR | SearchIR,
        message: str,
        hint: str,
        inside: tuple[int | None, int | None] = (None, None),
        *,
        label: str = "",
        also: Iterable[tuple[int, int, str]] = (),
    ) -> None:
        """Report something about a pattern, at characters `inside` of its regex if they are known.

        `label` stands at the place; `also` has further places in the regex with their words.
        """
        body = self._place(pattern)
        start, end = inside
        place = body if start is None or end is None else body.part(start, max(end, start + 1))
        further = [(body.part(low, max(high, low + 1)), text) for low, high, text in also]
        self.diagnostics.append(make(code, place, message, label=label, help=hint or None, also=further))

    def rule(  # noqa: PLR0913 - as above
        self, code: str, rule: RuleIR, message: str, hint: str, *, label: str, also: Iterable[tuple[Location, str]]
    ) -> None:
        """Report something about a rule; `also` are places of `hold` with their words."""
        further = [(self._written(at), text) for at, text in also]
        self.diagnostics.append(make(code, self._written(rule.at), message, label=label, help=hint, also=further))

    def _written(self, at: Location) -> Span:
        """Where the test of a rule, or a `hold`, is written."""
        span = None if self._checked is None else self._checked.spans.get(at)
        return Source(at.file, "").span(0, 0) if span is None else span

    def _place(self, pattern: PatternIR | SearchIR) -> Span:
        name, at = pattern.names[0], pattern.at
        if self._checked is not None:
            body = self._checked.regex_spans.get(name)
            if body is not None:
                return body
            source = self._checked.sources.get(at.file)
            if source is not None:
                start = source.line_starts[at.line - 1] + at.column - 1
                return source.span(start, start + len(name.rpartition(".")[2]))
        return Source(at.file, "").span(0, 0)
