"""What of an outcome may be shown without `--clear`, and what is masked there.

Vocabulary: a finding is *loose* if no fix that decided replaced all of it: its rule only reports, or another
action was stronger. The guard's changes may cut a loose finding, write it in other letters or put something into it.

The rule: what may be shown is what stands in the judged text outside of its findings, and what stands in the
policy. So an output is shown if every character of a loose finding in it has a known place, which is masked:

  - only spans were replaced, or something was put before or after the text: a loose finding that touches no
    replaced span is still there, letter by letter; every place that reads like it is masked;
  - the text was cut, or its case was changed: known from the text (or from what the only span fix makes of it),
    character by character.

Everything else is not shown. If there is no loose finding, all of the output may be shown.

Example: with `no key on fail noop` and `chars <= 20 on fail fix`, `key AKIAIOSFODNN7EXAMPLE` gives the marks
`[(4, 20)]`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from guardc.cli.excerpt import Range, merged, replaced

if TYPE_CHECKING:
    from guardc.runtime import Failure

__all__ = ["MOST_WORK", "UNSURE", "Judged", "all_scanned", "loose_marks"]

UNSURE = "not shown: it may hold part of what was found; --clear shows it"

MOST_WORK = 20_000_000
"""Characters compared, about, to find all places of what was found in one output."""
_FIXES = frozenset({"fix", "fix_reask"})
_KEEPING = frozenset({"starts with", "ends with"})


class Judged(Protocol):
    """An outcome, or as much of one as is about one string of a value."""

    @property
    def output(self) -> Any: ...
    @property
    def failures(self) -> Sequence[Failure]: ...
    @property
    def action(self) -> str | None: ...


def all_scanned(outcome: Judged) -> bool:
    """Did every rule that looks for something get to look? Not if the limit failed, or its condition did."""
    return not any(
        failure.rule == "max" or (failure.validator == "no" and failure.error is not None)
        for failure in outcome.failures
    )


def loose_marks(text: str, outcome: Judged) -> list[Range] | None:
    """The places of an output to mask; None if it must not be shown."""
    output = outcome.output or ""
    fixes = [failure for failure in outcome.failures if failure.action in _FIXES]
    if outcome.action not in _FIXES:
        fixes = []
    if not all_scanned(outcome):
        return None
    loose, torn = _loose(outcome, fixes)
    if not loose or any(_wipes(text, failure) for failure in fixes):
        return []
    if torn or not fixes:
        return None
    whole = [failure for failure in fixes if not failure.spans]
    if all(failure.validator in _KEEPING for failure in whole):
        return _places(output, text, loose)
    if any(failure.validator in _KEEPING for failure in whole):
        return None
    spanned = [failure for failure in fixes if failure.spans]
    if not spanned:
        return _followed(text, loose, output)
    before = spanned[0].fix if len(spanned) == 1 else None
    marks = _places(before, text, loose) if isinstance(before, str) else None
    return _followed(before, marks, output) if isinstance(before, str) and marks is not None else None


def _loose(outcome: Judged, fixes: Sequence[Failure]) -> tuple[list[Range], bool]:
    """The findings of which something may be left, each once; and whether a fix reaches into one of them."""
    replacements = [(start, end) for failure in fixes for start, end, _ in failure.spans]
    insertions = sorted(start for start, end in replacements if start == end)
    gone = merged(replacements)
    loose: list[Range] = []
    torn = False
    at = 0
    for start, end in sorted({(start, end) for failure in outcome.failures for start, end, _ in failure.spans}):
        while at < len(gone) and gone[at][1] <= start:
            at += 1
        touched = at < len(gone) and gone[at][0] < end
        if start == end or (touched and gone[at][0] <= start and end <= gone[at][1]):
            continue
        loose.append((start, end))
        torn = torn or touched or bisect_right(insertions, start) < bisect_left(insertions, end)
    return loose, torn


def _wipes(text: str, failure: Failure) -> bool:
    """Does this fix put a text of the policy in place of everything? Only if nothing else could have given it."""
    fixed = failure.fix
    if not isinstance(fixed, str):
        return False
    if any(start == end for start, end, _ in failure.spans):
        return False
    if failure.spans:
        return not replaced(text, fixed, [(start, end) for start, end, _ in failure.spans])
    own = text.startswith(fixed) or fixed in {text.lower(), text.upper()} or text in fixed
    return not own


def _places(output: str, text: str, loose: Iterable[Range]) -> list[Range] | None:
    """Everything in the output that reads like a loose finding; None if one of them is not there whole."""
    work = 0
    marks: list[Range] = []
    for secret in {text[start:end] for start, end in loose}:
        at = output.find(secret)
        if at < 0:
            return None
        work += len(output)
        while at >= 0:
            marks.append((at, at + len(secret)))
            work += len(secret)
            if work > MOST_WORK:
                return None
            at = output.find(secret, at + 1)
    return merged(marks)


def _followed(before: str, marks: Iterable[Range], output: str) -> list[Range] | None:
    """The marks of a text in what cutting it, or changing its case, has made of it; None if that is not certain."""
    for changed in (str, str.lower, str.upper):
        new = changed(before)
        if new.startswith(output) and (
            new == before or (len(new) == len(before) and all(len(changed(one)) == 1 for one in set(before)))
        ):
            return merged((start, min(end, len(output))) for start, end in marks if start < len(output))
    return None
