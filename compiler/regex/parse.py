"""From the regex source to the tree of `nodes`, by way of CPython's own parser.

`re._parser` reads the source, so that the dialect, its errors and its flags are `re`'s own; this module
translates its tree and refuses what is no regular language, or what no automaton here reproduces exactly.

Five things are less narrow than they look:

  - a look-around is a test if what it sees is at most one character away: `(?<!\\w)`, `(?=,|$)`, `(?!\\d+)`.
    It is walked like a pattern of its own, and what the walk meets first is the test;
  - one that looks further ahead is supported where the match goes on to consume what it looks at; see `ahead`;
  - a possessive repeat of one class is a greedy one that may stop early only where the class does not go on,
    which is a test too: `\\d*+` is `\\d*(?!\\d)`;
  - an atomic group does nothing if its content can match in one way only;
  - other atomic groups and possessive repeats are what `atomic` makes of them.

And one is narrower: where a pattern begins with a class under `(?a:...)` or `(?u:...)`, `re` looks for the first
character as if the flag of the whole regex held, so that `re.search(r"(?a:\\W)", "é")` is None and `re.match` is
not (CPython, `Lib/re/_compiler.py`, `_compile_info`). There is no right answer to give.

Invariant: a tree that is returned stands for the same matches, in the same order of preference, as the
source.

Example: `(?i)k+(?=$)` gives `Concat((Repeat(Chars({K, k, U+212A}), 1, None), Assertion(AtEnd or
AtFinalNewline)))`.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, Final, NamedTuple

from guardc.compiler.regex.ahead import PendingAtEndError, ahead, program_of
from guardc.compiler.regex.atomic import check_doubts, machine
from guardc.compiler.regex.build import build
from guardc.compiler.regex.charset import CharSet
from guardc.compiler.regex.classes import charset_of, word_set
from guardc.compiler.regex.dfa import determinize
from guardc.compiler.regex.errors import PatternTooLarge, UnsupportedPattern
from guardc.compiler.regex.locate import (
    ATOMIC,
    BACK_REFERENCE,
    CONDITIONAL,
    LOOK_AROUND,
    POSSESSIVE,
    SCOPED_FLAG,
    constructs,
)
from guardc.compiler.regex.nodes import (
    ALWAYS,
    NEVER,
    Ahead,
    Alternate,
    Assertion,
    AtEnd,
    AtFinalNewline,
    AtStart,
    Chars,
    Concat,
    Empty,
    Next,
    Node,
    Not,
    Previous,
    Repeat,
    Test,
    all_of,
    any_of,
    negate,
)
from guardc.compiler.regex.program import END, Program, Walker
from guardc.compiler.regex.sre import codes, parser

__all__ = ["Parsed", "parse"]

FLAGS: Final = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
TYPE_FLAGS: Final = re.ASCII | re.LOCALE | re.UNICODE

_WHAT: Final = {ATOMIC: "an atomic group", POSSESSIVE: "a possessive repeat"}
_PLAIN: Final = {
    ATOMIC: "use a plain group, `(?:...)`",
    POSSESSIVE: "use the greedy repeat, without the `+` after it",
}


class _RefusedError(Exception):
    """A construct that is not supported; `index` is which one of its name, in the order of the tree."""

    def __init__(self, construct: str, index: int, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.construct = construct
        self.index = index
        self.reason = reason
        self.hint = hint


_TOO_DEEP: Final = "the groups of the pattern are nested too deeply"


class Parsed(NamedTuple):
    """A tree, and what `re` warned of while reading the source."""

    node: Node
    warnings: tuple[str, ...]


def parse(regex: str, flags: str = "") -> Parsed:
    """Read a regex. `flags` are letters of `aimsx`.

    Raises `re.error` where `re` does, UnsupportedPattern where only this compiler does.
    """
    number = 0
    for letter in flags:
        number |= FLAGS[letter]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            re.compile(regex, number)
            tree = parser.parse(regex, number)
            _refuse_confused_search(tree)
            translator = _Translator()
            node = translator.sequence(tree, tree.state.flags)
            if translator.met:
                _refuse_doubts(_program(node))
        except _RefusedError as refused:
            raise _located(refused, regex, number) from None
        except OverflowError as error:
            raise re.error(str(error), regex) from None
        except RecursionError:
            raise PatternTooLarge(_TOO_DEEP, "use fewer levels of groups") from None
    return Parsed(node, tuple(dict.fromkeys(str(warning.message) for warning in caught)))


def _located(refused: _RefusedError, regex: str, flags: int) -> UnsupportedPattern:
    verbose = bool(parser.parse(regex, flags).state.flags & re.VERBOSE)
    places = [c for c in constructs(regex, verbose=verbose) if c.name == refused.construct]
    if refused.construct == LOOK_AROUND:
        # `re` moves a common prefix out of an alternation, so counting does not always find the one to blame;
        # trying leaves fewer.
        places = [place for place in places if _is_refused(regex[place.start : place.end], flags)] or places
    place = places[min(refused.index, len(places) - 1)] if places else None
    start, end = (place.start, place.end) if place else (None, None)
    return UnsupportedPattern(refused.reason, refused.hint, start, end)


def _is_refused(regex: str, flags: int) -> bool:
    try:
        tree = parser.parse(regex, flags)
        _program(_Translator().sequence(tree, tree.state.flags))
    except _RefusedError:
        return True
    except (re.error, UnsupportedPattern):
        pass
    return False


def _refuse_confused_search(tree: Any) -> None:
    """Refuse where `re` searches for a first character that is not the one it matches; see the module."""
    outer = flags = tree.state.flags
    items = tree
    while items and items[0][0] is codes.SUBPATTERN:
        _, added, removed, items = items[0][1]
        flags = _combined(flags, added, removed)
    if not items or items[0][0] is not codes.IN:
        return
    matched, searched = (charset_of(items[0], only & re.ASCII) for only in (flags, outer))
    if not matched <= searched:
        raise _RefusedError(
            SCOPED_FLAG,
            0,
            "`re` does not search for what it matches where a regex begins with a class under `a` or `u` of its own",
            "set the flag for the whole regex, or write the class out, as in `[^a-zA-Z0-9_]`",
        )


def _combined(flags: int, added: int, removed: int) -> int:
    """The flags inside a group that adds and removes some."""
    if added & TYPE_FLAGS:
        flags &= ~TYPE_FLAGS
    return (flags | added) & ~removed


class _Translator:
    """One translation of a tree; it counts the constructs that may be refused."""

    def __init__(self) -> None:
        self._met = {POSSESSIVE: -1, ATOMIC: -1, LOOK_AROUND: -1}

    @property
    def met(self) -> bool:
        """Whether there was any."""
        return max(self._met.values()) >= 0

    def sequence(self, items: Any, flags: int) -> Node:
        nodes: list[Node] = []
        for item in items:
            node = self.item(item, flags)
            if isinstance(node, Concat):
                nodes.extend(node.items)
            elif not isinstance(node, Empty):
                nodes.append(node)
        if not nodes:
            return Empty()
        return nodes[0] if len(nodes) == 1 else Concat(tuple(nodes))

    def item(self, item: tuple[Any, Any], flags: int) -> Node:
        op, argument = item
        if op in (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN):
            return Chars(charset_of(item, flags))
        if op is codes.BRANCH:
            return Alternate(tuple(self.sequence(option, flags) for option in argument[1]))
        if op is codes.SUBPATTERN:
            _, added, removed, body = argument
            return self.sequence(body, _combined(flags, added, removed))
        if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            low, high, body = argument
            return Repeat(
                self.sequence(body, flags),
                low,
                None if high == codes.MAXREPEAT else high,
                greedy=op is codes.MAX_REPEAT,
            )
        if op is codes.AT:
            return _assertion(_boundary(argument, flags))
        if op in (codes.ASSERT, codes.ASSERT_NOT):
            direction, body = argument
            inside = self.sequence(body, flags)
            behind = direction < 0 and body.getwidth() != (0, 0)
            test = _look(inside, behind=behind)
            if test is not None:
                return _assertion(test if op is codes.ASSERT else negate(test))
            self._met[LOOK_AROUND] += 1
            return _look_ahead(inside, self._met[LOOK_AROUND], behind=behind, positive=op is codes.ASSERT)
        if op is codes.FAILURE:  # from Python 3.13 on, what `(?!)` is read as
            return _assertion(NEVER)
        if op is codes.POSSESSIVE_REPEAT:
            return self._possessive(argument, flags)
        if op is codes.ATOMIC_GROUP:
            return self._atomic(argument, flags)
        if op is codes.GROUPREF:
            raise _RefusedError(
                BACK_REFERENCE,
                0,
                "a back-reference (`\\1`) cannot be matched in linear time",
                "write out what the group can match, or check it in a custom validator",
            )
        if op is codes.GROUPREF_EXISTS:
            raise _RefusedError(
                CONDITIONAL,
                0,
                "a conditional group is not supported",
                "write the two cases as alternatives, `with|without`",
            )
        raise AssertionError(f"unknown item in the syntax tree of `re`: {op}")

    def _possessive(self, argument: tuple[int, Any, Any], flags: int) -> Node:
        low, high, items = argument
        body = self.sequence(items, flags)
        self._met[POSSESSIVE] += 1  # after those of the body: what counts is where the quantifier stands
        origin = (POSSESSIVE, self._met[POSSESSIVE])
        limit = None if high == codes.MAXREPEAT else high
        if isinstance(body, Chars):
            return Repeat(body, low, limit, possessive=True)
        repeat = Repeat(_held(body, origin), low, limit)
        return repeat if low == limit else _machine(repeat, origin)

    def _atomic(self, items: Any, flags: int) -> Node:
        self._met[ATOMIC] += 1
        origin = (ATOMIC, self._met[ATOMIC])
        return _held(self.sequence(items, flags), origin)


def _held(body: Node, origin: tuple[str, int]) -> Node:
    """The atomic group around a node."""
    parts = body.items if isinstance(body, Concat) else (body,)
    last = parts[-1]
    if isinstance(last, Repeat) and isinstance(last.body, Chars):
        # The last repeat need not leave anything to what follows it inside the group.
        high = last.high if last.greedy else last.low
        parts = (*parts[:-1], Repeat(last.body, last.low, high, possessive=True))
    if all(map(_matches_one_way, parts)):
        return parts[0] if len(parts) == 1 else Concat(parts)
    return _machine(body, origin)


def _machine(node: Node, origin: tuple[str, int]) -> Node:
    program = _program(node)
    _refuse_doubts(program)
    made = machine(program, origin)
    if made is None:
        raise _RefusedError(
            *origin,
            f"{_WHAT[origin[0]]} is not supported where so much of the text can decide where it ends",
            _PLAIN[origin[0]],
        )
    return made if made.starts else Chars(CharSet(()))


def _refuse_doubts(program: Program) -> None:
    """Refuse a group that may end before a character with which what follows can begin, if more is needed to tell."""
    harmful = check_doubts(program)
    if harmful is not None:
        construct, index = harmful.origin
        raise _RefusedError(
            construct,
            index,
            f"{_WHAT[construct]} is supported if the next character tells whether it ends there",
            f"{_PLAIN[construct]}, or let something else follow",
        )


def _matches_one_way(node: Node) -> bool:
    return (
        isinstance(node, Empty | Chars | Assertion)
        or (isinstance(node, Repeat) and (node.possessive or (node.low == node.high and _matches_one_way(node.body))))
        or (isinstance(node, Concat) and all(map(_matches_one_way, node.items)))
    )


def _assertion(test: Test) -> Node:
    if test == ALWAYS:
        return Empty()
    return Chars(CharSet(())) if test == NEVER else Assertion(test)


def _boundary(code: Any, flags: int) -> Test:
    newline = CharSet.of("\n")
    if code is codes.AT_BEGINNING_STRING or (code is codes.AT_BEGINNING and not flags & re.MULTILINE):
        return AtStart()
    if code is codes.AT_BEGINNING:
        return any_of((AtStart(), Previous(newline)))
    if code is codes.AT_END_STRING:
        return AtEnd()
    if code is codes.AT_END:
        return any_of((AtEnd(), Next(newline) if flags & re.MULTILINE else AtFinalNewline()))
    if code in (codes.AT_BOUNDARY, codes.AT_NON_BOUNDARY):
        word = word_set(flags)
        enters = all_of((Not(Previous(word)), Next(word)))
        leaves_ = all_of((Previous(word), Not(Next(word))))
        edge = any_of((enters, leaves_))
        if code is codes.AT_BOUNDARY:
            return edge
        inside = negate(edge)
        # Until Python 3.13 `\B` does not match in the empty text. Whatever `re` does here is right.
        return inside if re.search(r"\B", "") else all_of((inside, Not(all_of((AtStart(), AtEnd())))))
    raise AssertionError(f"unknown boundary in the syntax tree of `re`: {code}")


def _look(body: Node, *, behind: bool) -> Test | None:
    """The test that a look-around's body is, if it sees no further than one character; else None."""
    program = _program(body)
    _refuse_doubts(program)
    walker = Walker(program)
    ways: list[Test] = []
    too_far = False
    for at, mask in walker.walk(program.entry):
        here = _tests(program, mask)
        if at == END:
            ways.append(all_of(here))
            continue
        step = program.steps[at]
        chars = step.chars
        then = [mask for target, mask in walker.walk(step.targets[0]) if target == END]
        if behind:
            if here or not then:
                too_far = True
            ways.extend(all_of((Previous(chars), *_tests(program, mask))) for mask in then)
        elif 0 in then:
            ways.append(all_of((*here, Next(chars))))
        else:
            too_far = True
    test = any_of(ways)
    return None if too_far and test != ALWAYS else test


def _look_ahead(body: Node, origin: int, *, behind: bool, positive: bool) -> Ahead:
    """The look-ahead for a body that sees more than one character."""
    if not behind:
        automaton = build(_program(body))
        dfa = determinize(automaton)
        if dfa is not None:
            return ahead(automaton, dfa, origin, positive=positive)
    raise _too_far(origin)


def _program(node: Node) -> Program:
    try:
        return program_of(node)
    except PendingAtEndError as error:
        raise _too_far(error.origin) from None


def _too_far(index: int) -> _RefusedError:
    return _RefusedError(
        LOOK_AROUND,
        index,
        "a look-around is supported if it looks at one character, or ahead at what the match goes on to consume",
        "look at the first character only, as in `(?!\\w)`, or use several patterns and `except`",
    )


def _tests(program: Program, mask: int) -> list[Test]:
    return [test for number, test in enumerate(program.tests) if mask >> number & 1]
