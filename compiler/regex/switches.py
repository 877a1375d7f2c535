"""The automaton of a pattern whose alternatives can be switched off, and a comparison of it with itself.

Is a pattern the same without one of its alternatives? To compile it twice and compare would be slow for one
with many, and `re`'s parser moves common beginnings out of an alternation, so that its tree no longer shows
the alternatives that the author wrote. Therefore every option gets a test of its own in front, a *switch*:
a look-ahead at one character that nothing else asks for. It keeps the parser from moving anything, and every
way through the option demands it. With the switch off the option is gone, with all switches on nothing is
different.

Two settings of the switches are compared as `dfa` would make them deterministic, both at once and only as far
as they differ: a pair of states that hold the same, before which no switch in question stands, is not looked
into. So telling that `[0-9]+` in `(?:[a-z]+|[0-9]+)@` is needed takes no more than a walk through it.

What is compared, for every character before a match and every text behind it, is where the match that begins
there ends. Both settings record ends on the way, and the last one counts. One that is followed by another
*for certain*, whatever comes, does not: `ab|a` and `ab|a(?!b)` are the same. So if one setting records an end
and the other does not, it is asked whether a text exists on which it is the last; if so the two differ, and
if not nothing is different yet.

A pattern that can match the empty string begins a match in a second way: behind an empty match it must not be
empty once more. And for `is`, which wants all of the text, no way cuts another one off, only an end at the
end of the text counts, and the order of the ways does not matter. Each `Mode` is compared by itself.

Vocabulary: `off` is the mask of the switches that are off; a *part* is a set of columns (classes, and END) as
a bit mask; a *state* is the edges pending, best first, the kind of the character before, and whether this was
a newline that must, or must not, be the last character.

Invariant: `same` is true only if no text tells the two settings apart; it is false only if, for some text and
some place in it, the match that begins there is another one.

Example: in `foo|foobar` the second switch changes nothing; in `(?:foo|foobar)\\b` it does.
"""

from __future__ import annotations

from enum import Enum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

from guardc.compiler.regex.alphabet import NEWLINE, Alphabet
from guardc.compiler.regex.automaton import first_of_each
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.nodes import ALWAYS, Next, Not
from guardc.compiler.regex.parse import parse
from guardc.compiler.regex.program import END, Program, Walker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_SWITCHES", "Mode", "OutOfWork", "Switched", "switchable"]

MAX_SWITCHES: Final = 512
FIRST_SIGN: Final = 0x10F000
"""The character that the first switch looks at: private use, the end of the last plane."""
MAX_WALK: Final = 60_000

START: Final = -1
ANY: Final = 0
GOES_ON: Final = 1
"""Behind a newline that is not the last character."""
IS_OVER: Final = 2
"""Behind one that is."""

Edges = tuple[tuple[int, int], ...]
"""Pairs of target and needs, without the switches."""


class Mode(Enum):
    """How a pattern is used: `SEARCH` as by `re.finditer`, `FULL` as by `re.fullmatch`."""

    SEARCH = "search"
    FULL = "full"


class OutOfWork(Exception):  # noqa: N818 - a signal, not a mistake
    """The comparison takes more steps than it may."""


class _State(NamedTuple):
    edges: Edges
    before: int
    newline: int


class _Part(NamedTuple):
    """What a setting does on the columns of `columns`: the threads that go on, and whether a match ends."""

    columns: int
    threads: tuple[int, ...]
    ends: bool


def switchable(regex: str) -> bool:
    """Whether the signs of the switches can be told from everything in the regex."""
    low = chr(FIRST_SIGN - 1)
    return "\\U0010" not in regex and not any(character >= low for character in regex)


def _with_switches(regex: str, places: Sequence[int]) -> str:
    pieces = []
    last = 0
    for number, place in sorted(enumerate(places), key=lambda item: item[1]):
        pieces += [regex[last:place], f"(?!{chr(FIRST_SIGN + number)})"]
        last = place
    return "".join(pieces) + regex[last:]


class Switched:
    """The automaton of a regex with switches at the given places; switch `n` has the bit `1 << n`.

    `work` is how many steps comparisons may still take, all together. Raises what `parse` raises.
    """

    def __init__(self, regex: str, flags: str, places: Sequence[int], work: int) -> None:
        self.work = work
        program = Program.of(parse(_with_switches(regex, places), flags).node)
        self._number_tests(program, len(places))
        self._follow = self._walk_all(program)
        sets = {source: program.steps[source].chars for source in self._follow if source != START}
        tests = [ALWAYS if number in self._switches else test for number, test in enumerate(program.tests)]
        alphabet = Alphabet.of(sets.values(), tests)
        self._truth = alphabet.truth
        final = alphabet.final_newline
        self._last = 0 if final is None else 1 << final  # a newline that is the last character, and any other one
        self._newline = 0 if final is None else sum(1 << n for n in alphabet.members[NEWLINE]) & ~self._last
        columns = len(alphabet.classes) + (final is not None) + 1
        self._end = 1 << (columns - 1)
        self._before = _masks_by_kind(alphabet.before[:-1])
        self._after = _masks_by_kind(alphabet.after)
        self._begin = alphabet.before[-1]
        self._end_kind = alphabet.after[-1]
        masks = {chars: sum(1 << n for n in alphabet.members[chars]) for chars in set(sets.values())}
        self._accepts = {source: masks[chars] for source, chars in sets.items()}
        self._ahead = self._switches_ahead()
        self._far = _distances((s, target) for s, edges in self._follow.items() for target, _, _ in edges)
        self._sure_by_setting: dict[int, frozenset[int]] = {}
        self._known: dict[tuple[int, int], Edges] = {}
        self.nullable = any(target == END for target, _, _ in self._follow[START])

    def _number_tests(self, program: Program, count: int) -> None:
        signs = {Not(Next(CharSet.of([FIRST_SIGN + number]))): number for number in range(count)}
        self._switches = {number: signs[test] for number, test in enumerate(program.tests) if test in signs}
        self._needs = sum(1 << n for n in range(len(program.tests)) if n not in self._switches)

    def _walk_all(self, program: Program) -> dict[int, list[tuple[int, int, int]]]:
        """For START and every CHAR step its edges: target, needs, switches that stand on the way."""
        walker = Walker(program, MAX_WALK)
        follow: dict[int, list[tuple[int, int, int]]] = {}
        waiting = [START]
        for source in waiting:  # grows while it is read
            if source in follow:
                continue
            walked = walker.walk(program.entry if source == START else program.steps[source].targets[0])
            follow[source] = [(target, mask & self._needs, self._switches_of(mask)) for target, mask in walked]
            waiting.extend(target for target, _ in walked if target != END and target not in follow)
        return follow

    def _switches_of(self, mask: int) -> int:
        rest = mask & ~self._needs
        found = 0
        while rest:
            lowest = rest & -rest
            found |= 1 << self._switches[lowest.bit_length() - 1]
            rest ^= lowest
        return found

    def _switches_ahead(self) -> dict[int, int]:
        """For each source the switches that stand somewhere behind it."""
        ahead = dict.fromkeys(self._follow, 0)
        changed = True
        while changed:
            changed = False
            for source in reversed(self._follow):
                found = ahead[source]
                for target, _, switches in self._follow[source]:
                    found |= switches | (ahead[target] if target != END else 0)
                changed |= found != ahead[source]
                ahead[source] = found
        return ahead

    # --- asking ---

    def ever_used(self, switch: int, off: int) -> bool:
        """Whether some way to a match, its place aside, leads through the switch's option.

        Needs are judged by what can stand at the two sides of an edge.
        """
        edges = [
            (source, target, switches)
            for source, all_edges in self._follow.items()
            for target, needs, switches in all_edges
            if not switches & off and self._possible(source, target, needs)
        ]
        forward = _reached(START, ((source, target) for source, target, _ in edges))
        back = _reached(END, ((target, source) for source, target, _ in edges))
        return any(switches & switch and source in forward and target in back for source, target, switches in edges)

    def _possible(self, source: int, target: int, needs: int) -> bool:
        left = -1 if source == START else self._accepts[source]
        right = -1 if target == END else self._accepts[target]
        befores = {kind for kind, columns in self._before if columns & left} | ({self._begin} if left < 0 else set())
        afters = {kind for kind, columns in self._after if columns & right}
        return right != 0 and any(needs & ~self._truth[b][a] == 0 for b in befores for a in afters)

    def same(self, mode: Mode, off: int, other: int) -> bool:
        """Whether the settings `off` and `other` find the same. Raises `OutOfWork`."""
        seen: set[tuple[_State, _State]] = set()
        # Pairs that are nearest to the end of a match come first: there the two differ, if they do.
        waiting: list[tuple[int, int, _State, _State]] = []
        for edges in self._starts(mode, off, other):
            kinds = [self._begin] if mode is Mode.FULL else range(len(self._truth))
            for kind in kinds:
                ours, theirs = _State(edges[0], kind, ANY), _State(edges[1], kind, ANY)
                seen.add((ours, theirs))
                waiting.append((0, len(seen), ours, theirs))
        while waiting:
            _, _, ours, theirs = heappop(waiting)
            columns = self._in_question(ours.edges, theirs.edges, off ^ other)
            parts = self._parts(ours, mode, columns)
            both = [(part, part) for part in parts]
            if ours != theirs:
                both = self._common(parts, self._parts(theirs, mode, columns))
            for part, other_part in both:
                columns = part.columns & other_part.columns
                if part.ends != other_part.ends:
                    ending, setting = (part, off) if part.ends else (other_part, other)
                    if any(self._can_be_last(ending, column, mode, setting) for column in _columns(columns)):
                        return False
                if part.threads == other_part.threads and not self._ahead_of(part.threads) & (off ^ other):
                    continue
                if not other_part.threads and columns & ~self._last and not self._sure(off).isdisjoint(part.threads):
                    return False
                near = self._distance(part.threads, other_part.threads)
                for kind, newline in self._kinds(columns & ~self._end):
                    pair = (
                        _State(self._pending(part.threads, off, mode), kind, newline),
                        _State(self._pending(other_part.threads, other, mode), kind, newline),
                    )
                    if pair not in seen:
                        seen.add(pair)
                        heappush(waiting, (near, len(seen), *pair))
        return True

    # --- states ---

    def _sure(self, off: int) -> frozenset[int]:
        """Threads from which a match surely ends on some text that goes on from there."""
        found = self._sure_by_setting.get(off)
        if found is None:
            free = (
                (target, source)
                for source, edges in self._follow.items()
                for target, needs, switches in edges
                if source != START and not switches & off and self._accepts.get(target, 1)
                if (not needs or self._holds_at_end(source, target, needs))
            )
            found = self._sure_by_setting[off] = frozenset(_reached(END, free))
        return found

    def _holds_at_end(self, source: int, target: int, needs: int) -> bool:
        if target != END or self._last:
            return False
        kinds = (kind for kind, columns in self._before if columns & self._accepts[source])
        return all(needs & ~self._truth[kind][self._end_kind] == 0 for kind in kinds)

    def _distance(self, ours: tuple[int, ...], theirs: tuple[int, ...]) -> int:
        """The fewest characters to a match from where the threads differ."""
        return min((self._far.get(thread, 0) for thread in {*ours} ^ {*theirs} or ours), default=0)

    def _starts(self, mode: Mode, off: int, other: int) -> list[tuple[Edges, Edges]]:
        starts = [(self._pending((START,), off, mode), self._pending((START,), other, mode))]
        if self.nullable and mode is Mode.SEARCH:
            starts.append((self._not_empty(off), self._not_empty(other)))
        return starts

    def _not_empty(self, off: int) -> Edges:
        """How a match begins that must not be empty."""
        edges = [(t, needs) for t, needs, switches in self._follow[START] if not switches & off and t != END]
        return first_of_each(edges, cut=None)

    def _pending(self, threads: tuple[int, ...], off: int, mode: Mode) -> Edges:
        if len(threads) == 1:
            return self._edges(threads[0], off)
        found = [edge for thread in threads for edge in self._edges(thread, off)]
        self._spend(len(found))
        return first_of_each(found, cut=END if mode is Mode.SEARCH else None)

    def _edges(self, source: int, off: int) -> Edges:
        key = (source, off & self._ahead[source])
        edges = self._known.get(key)
        if edges is None:
            left = ((target, needs) for target, needs, switches in self._follow[source] if not switches & off)
            # Kept for both modes, so nothing is cut here.
            edges = self._known[key] = first_of_each(left, cut=None)
        return edges

    def _ahead_of(self, threads: tuple[int, ...]) -> int:
        found = 0
        for thread in threads:
            found |= self._ahead[thread]
        return found

    def _in_question(self, ours: Edges, theirs: Edges, switches: int) -> int:
        """The columns on which the two may do different things, or come to switches that differ."""
        found = 0
        differ: set[tuple[int, int]] = set()
        if ours != theirs:
            differ = set(ours) ^ set(theirs)
            if [edge for edge in ours if edge not in differ] != [edge for edge in theirs if edge not in differ]:
                return -1
        self._spend(len(ours) + len(theirs))
        for target, _ in differ:
            if target == END:
                return -1
            found |= self._accepts[target]
        for target, _ in ours:
            if target != END and self._ahead[target] & switches:
                found |= self._accepts[target]
        return found

    def _parts(self, state: _State, mode: Mode, asked: int = -1) -> list[_Part]:
        """What the state does, on disjoint columns that are all of those asked for that can come."""
        can_come = asked
        if state.newline == IS_OVER:
            can_come &= self._end
        elif state.newline == GOES_ON:
            can_come &= ~self._end
        found: list[_Part] = []
        for after, columns in self._after:
            if not columns & can_come:
                continue
            threads, ends = self._resolved(state.edges, self._truth[state.before][after], mode)
            parts: list[tuple[int, tuple[int, ...]]] = [(columns & can_come, ())]
            for thread in threads:
                accepts = self._accepts[thread]
                if not accepts & can_come:
                    continue
                parts = [
                    part
                    for mask, survivors in parts
                    for part in ((mask & accepts, (*survivors, thread)), (mask & ~accepts, survivors))
                    if part[0]
                ]
            for mask, survivors in parts:
                if mode is Mode.SEARCH:
                    found.append(_Part(mask, survivors, ends))
                    continue
                unordered = tuple(sorted(survivors))
                for column, counts in ((mask & ~self._end, False), (mask & self._end, ends)):
                    if column:
                        found.append(_Part(column, unordered, counts))
        return found

    def _resolved(self, edges: Edges, holds: int, mode: Mode) -> tuple[list[int], bool]:
        self._spend(len(edges) + 1)
        threads: dict[int, None] = {}
        ends = False
        for target, needs in edges:
            if needs & ~holds:
                continue
            if target != END:
                threads[target] = None
                continue
            ends = True
            if mode is Mode.SEARCH:
                break
        return list(threads), ends

    def _common(self, ours: list[_Part], theirs: list[_Part]) -> list[tuple[_Part, _Part]]:
        self._spend(len(ours) * len(theirs) // 8)
        return [(mine, other) for mine in ours for other in theirs if mine.columns & other.columns]

    def _kinds(self, columns: int) -> list[tuple[int, int]]:
        """The kinds that a character of these columns is, seen from behind it, and what it is as a newline."""
        found: set[tuple[int, int]] = set()
        for kind, same_kind in self._before:
            here = columns & same_kind
            for mask, newline in (
                (self._last, IS_OVER),
                (self._newline, GOES_ON),
                (~(self._last | self._newline), ANY),
            ):
                if here & mask:
                    found.add((kind, newline))
        return sorted(found)

    def _can_be_last(self, part: _Part, column: int, mode: Mode, off: int) -> bool:
        """Whether an end recorded before this column can be the last one of its match."""
        if column == self._end or not part.threads:
            return True
        waiting = [
            _State(self._pending(part.threads, off, mode), kind, newline) for kind, newline in self._kinds(column)
        ]
        seen = set(waiting)
        while waiting:
            for after in self._parts(waiting.pop(), mode):
                if after.ends:
                    continue
                if after.columns & self._end or not after.threads:
                    return True
                for kind, newline in self._kinds(after.columns):
                    state = _State(self._pending(after.threads, off, mode), kind, newline)
                    if state not in seen:
                        seen.add(state)
                        waiting.append(state)
        return False

    def _spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise OutOfWork


def _masks_by_kind(kinds: tuple[int, ...]) -> list[tuple[int, int]]:
    masks: dict[int, int] = {}
    for column, kind in enumerate(kinds):
        masks[kind] = masks.get(kind, 0) | 1 << column
    return list(masks.items())


def _columns(mask: int) -> Iterable[int]:
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


def _distances(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The fewest edges from each source to END."""
    sources: dict[int, list[int]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
    far = {END: 0}
    waiting = [END]
    for target in waiting:  # grows while it is read
        for source in sources.get(target, ()):
            if source not in far:
                far[source] = far[target] + 1
                waiting.append(source)
    return far


def _reached(start: int, edges: Iterable[tuple[int, int]]) -> set[int]:
    following: dict[int, list[int]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    seen = {start}
    waiting = [start]
    for source in waiting:  # grows while it is read
        for target in following.get(source, ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen
