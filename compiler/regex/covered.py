"""Alternatives that decide nothing: the pattern finds the same without them.

In `foo|foobar` with nothing behind it, `re` never gets to the second alternative: where it would match, `foo`
does. Whoever wrote it meant something else. Before `\\b` the second one is needed, so no look at the two alone
can tell; what is asked is whether the whole pattern without the alternative is the same (`switches` compares).

Vocabulary: an *option* is one of the alternatives of an alternation, as `locate` finds them in the source; it
is *covered* if nothing changes without it.

The options are tried from the outside in, and from the last to the first, each in the pattern without those
that were covered before. So all that are reported can be deleted together, of `a|a` the second is reported,
and no alternation is left without options. In a look-around, an atomic group or a possessive repeat no option
is tried.

Invariant: deleting the reported options changes no match. Where the comparison would cost too much, nothing
is reported.

Example: `covered_options(r"\\d+|\\d", "")` is `[Covered((4, 6), Why.EARLIER, (0, 3), moves=False)]`.
"""

from __future__ import annotations

import re
import warnings
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from guardc.compiler.regex.errors import UnsupportedPattern
from guardc.compiler.regex.locate import Alternation, alternations
from guardc.compiler.regex.parse import FLAGS
from guardc.compiler.regex.switches import MAX_SWITCHES, Mode, OutOfWork, Switched, switchable

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Covered", "Mode", "Why", "covered_options"]

MAX_OPTIONS: Final = 32
MAX_WORK: Final = 8_000
"""What is spent on one pattern unless the caller wants more. So it takes about a hundredth of a second at most,
and nearly all patterns of few alternatives are done well before."""

Span = tuple[int, int]


class Why(Enum):
    """NEVER: the option cannot be part of any match. EARLIER, LATER: one of its siblings, before or behind it,
    would do. TOGETHER: its siblings would. ELSEWHERE: what stands around the alternation would."""

    NEVER = "never"
    EARLIER = "earlier"
    LATER = "later"
    TOGETHER = "together"
    ELSEWHERE = "elsewhere"


class Covered(NamedTuple):
    """A covered option: where it stands, why it is covered, and by which sibling if it is one.

    `moves`: if it stood before that sibling, both would decide something.
    """

    span: Span
    why: Why
    by: Span | None
    moves: bool


def covered_options(
    regex: str,
    flags: str,
    modes: Collection[Mode] = (Mode.SEARCH,),
    *,
    most: int = MAX_OPTIONS,
    work: int = MAX_WORK,
) -> list[Covered]:
    """The covered options of a regex that compiles, by where they begin.

    `modes` are the ways in which it is used; an option is covered if it is in all of them. `most` and `work` are
    how many options a regex may have, and how many steps their comparisons may take; beyond, less is reported.
    """
    if not 0 < regex.count("|") < most or not switchable(regex):
        return []
    try:
        return _Search(regex, flags, modes).run(work)
    except (re.error, UnsupportedPattern):
        return []


class _Search:
    """One search; `_off` has the switches of the options that were found to be covered."""

    def __init__(self, regex: str, flags: str, modes: Collection[Mode]) -> None:
        self._regex = regex
        self._flags = flags
        self._modes = modes
        self._off = 0
        self._verbose = _is_verbose(regex, flags)
        self._alternations = alternations(regex, verbose=self._verbose)
        self._spans = [span for alternation in self._alternations for span in alternation.options]
        self._bits = {span: 1 << number for number, span in enumerate(self._spans)}

    def run(self, work: int) -> list[Covered]:
        if not 0 < len(self._spans) <= MAX_SWITCHES:
            return []
        self._pattern = Switched(self._regex, self._flags, [start for start, _ in self._spans], work)
        found: list[tuple[Span, list[Span]]] = []
        explained: list[Covered] = []
        try:
            for alternation in sorted(self._alternations, key=lambda one: one.depth):
                self._try_options(alternation, found)
            explained = [self._explained(option, others) for option, others in found]
        except OutOfWork:
            known = {covered.span for covered in explained}
            explained += [
                Covered(option, Why.TOGETHER, None, moves=False) for option, _ in found if option not in known
            ]
        return sorted(explained, key=lambda covered: covered.span)

    def _try_options(self, alternation: Alternation, found: list[tuple[Span, list[Span]]]) -> None:
        """Add to `found` the covered options of an alternation, each with those beside it that are left."""
        left = list(alternation.options)
        if any(option[0] <= left[0][0] and left[-1][1] <= option[1] for option, _ in found):
            return
        for option in reversed(alternation.options):
            if len(left) > 1 and self._same(self._off, self._bits[option]):
                left.remove(option)
                found.append((option, left))
                self._off |= self._bits[option]

    def _same(self, off: int, bit: int) -> bool:
        return all(self._pattern.same(mode, off, off | bit) for mode in self._modes)

    def _explained(self, option: Span, others: list[Span]) -> Covered:
        bit = self._bits[option]
        off = self._off ^ bit
        if not self._pattern.ever_used(bit, off):
            return Covered(option, Why.NEVER, None, moves=False)
        alone = off
        for other in others:
            alone |= self._bits[other]
        if self._same(alone, bit):
            return Covered(option, Why.ELSEWHERE, None, moves=False)
        for other in others:
            if self._same(alone ^ self._bits[other], bit):
                if other > option:
                    return Covered(option, Why.LATER, other, moves=False)
                return Covered(option, Why.EARLIER, other, moves=self._moves(option, other))
        return Covered(option, Why.TOGETHER, None, moves=False)

    def _moves(self, option: Span, before: Span) -> bool:
        """Whether the option, put before `before`, would decide something and leave something to it."""
        # A comment at its end must not swallow what follows it.
        written = self._regex[slice(*option)] + ("\n" if self._verbose else "")
        moved = f"{self._regex[: before[0]]}{written}|{self._regex[before[0] :]}"
        pattern = Switched(moved, self._flags, [before[0], before[0] + len(written) + 1], self._pattern.work)
        needed = all(any(not pattern.same(mode, 0, bit) for mode in self._modes) for bit in (1, 2))
        self._pattern.work = pattern.work
        return needed


def _is_verbose(regex: str, flags: str) -> bool:
    number = 0
    for letter in flags:
        number |= FLAGS[letter]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(re.compile(regex, number).flags & re.VERBOSE)
