"""How a stream deals with each rule: when the rule is decided, and how many characters it may hold back until then.

A stream gives a text on as it comes, and ends as the whole text would have ended: so a character is held back while
something that may still come decides what becomes of it. Every rule is of one kind:

    local   `no`: a finding is decided soon behind its end. Held is what an undecided match may take
    limit   an upper end of a measure, `lower case`, `upper case`: it is passed at a place of the text, and only what
            stands behind it does not leave
    gate    a lower end, `has`, `contains`, `starts with`: nothing leaves until the rule holds
    whole   everything else: nothing leaves until the text has ended

What each holds, at most, in characters:

- A pattern: the longest stretch in which a match is undecided (`regex.undecided`). A check that looks around the match
  comes to that: `near D within n` is decided when D is at the last place where it may begin, n characters behind the
  match, `not before D` when it is at its end, and `not in D` when what began no later than the match is. `except` holds
  a finding until what may excuse it is decided, which began no later. Several patterns hold no more than that of them
  which holds most, since each holds from the begin of a match on to the last character that came.
- `count` with an upper end: the same, for the finding that is one too many may begin there.
- A cut after the last word (`words`, `reading time` with `fix`): the white space behind that word, which stays if the
  text ends with it, and goes if another word comes. It has no bound. A cut after a line holds its line break: two
  characters. Other limits hold nothing.
- A gate `chars >= k` or `bytes >= k`: k - 1, as a character has a byte at least. `starts with`: its text but for the
  last character. All other gates wait for something that may never come.
- A rule that only reports, and one `at end`, holds nothing.

In a guard with `normalize` every rule is `whole`. A rule with a condition may be left out by the metadata: it holds
as if it were not.

A gate looks at what the local rules have decided: so a guard holds what its largest gate holds, and on top of that what
the largest of its other rules does.

A text that was fixed is judged once more. So in a guard with a rule that fixes, what leaves the first judgement goes
into a second one, which holds back by itself: the guard holds twice as much at most.

Invariant: a guard that compiles has a bound, or says what ends a stream that would hold more.

Example: `no order_id` with `/\\bORD-\\d{8}\\b/` is local and holds 12: after its last digit a match waits for what
follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guardc.compiler.ir import GuardIR, Module, RuleIR, Term, TestIR, WordsSource
from guardc.compiler.regex.undecided import longest_undecided
from guardc.compiler.report import Report
from guardc.policy.model import Location

__all__ = ["Held", "Kind", "StreamedGuard", "StreamedRule", "check_streams", "streamed"]

Kind = Literal["local", "limit", "gate", "whole"]
AT_END = "it is about the whole text"
NEVER = "nothing leaves until it holds, and it may never"
LINE_BREAK = 2
CUT_AFTER_WORDS = frozenset({"words", "reading time"})


@dataclass(frozen=True, slots=True)
class Held:
    """How many characters are held back at most (None: no bound), by which detector, and why if there is no bound."""

    most: int | None
    detector: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class StreamedRule:
    """`waits` is False for a rule that never holds anything back."""

    rule: RuleIR
    kind: Kind
    held: Held
    waits: bool


@dataclass(frozen=True, slots=True)
class StreamedGuard:
    """`twice`: a fixed text is judged once more on its way. `most` is what all of the guard holds; None: no bound."""

    rules: tuple[StreamedRule, ...]
    twice: bool

    @property
    def most(self) -> int | None:
        if any(rule.held.most is None for rule in self.rules):
            return None
        return (self.gates + self._largest("limit", "local", "whole")) * (1 + self.twice)

    @property
    def gates(self) -> int:
        """Of it, what gates hold: on top of what the other rules do, before a fixed text is judged once more."""
        return self._largest("gate")

    def _largest(self, *kinds: Kind) -> int:
        return max((rule.held.most or 0 for rule in self.rules if rule.kind in kinds), default=0)

    @property
    def worst(self) -> StreamedRule | None:
        """The first rule that holds most; None if no rule holds anything."""
        rules = [rule for rule in self.rules if rule.held.most != 0]
        return max(rules, key=lambda rule: _size(rule.held), default=None)


def streamed(guard: GuardIR, module: Module) -> StreamedGuard:
    """What a stream by this guard, which is on texts, holds back. The module went through `select`."""
    rules = tuple(_rule(rule, guard, module) for rule in guard.rules)
    return StreamedGuard(rules, any(rule.rule.on_fail.name == "fix" for rule in rules))


def check_streams(module: Module, report: Report) -> None:
    """Report G067 and G068 at rules that hold back more than their guard says, or without a bound."""
    for guard in module.guards:
        if not guard.stream or guard.root is not None or (guard.hold is not None and guard.hold.on_fail is not None):
            continue
        found = streamed(guard, module)
        for rule in found.rules:
            if rule.held.most is None:
                _report_unbounded(rule, guard, report)
            elif guard.hold is not None and rule.held.most * (1 + found.twice) > guard.hold.amount:
                _report_too_much(rule, guard.hold.amount, guard.hold.at, found.twice, report)
        _check_together(found, guard, report)


# --- one rule ---------------------------------------------------------------------------------------------------------


def _rule(rule: RuleIR, guard: GuardIR, module: Module) -> StreamedRule:
    kind, held = _test(rule, module)
    if guard.normalize:
        kind, held = "whole", Held(None, why="`normalize` reads the whole text")
    waits = not rule.at_end and (rule.on_fail.name != "noop" or (_may_err(rule) and rule.on_error.name != "noop"))
    return StreamedRule(rule, kind, held if waits else Held(0), waits)


def _may_err(rule: RuleIR) -> bool:
    """Can the test end in an error? The condition, which can too, is judged when the stream begins."""
    return bool(rule.test.calls or rule.test.searches or rule.test.parsed)


def _test(rule: RuleIR, module: Module) -> tuple[Kind, Held]:
    test = rule.test
    terms = test.terms + test.excepts
    if test.what == "is" or any(term.pattern is None and not _is_leak(term, test) for term in terms):
        return "whole", Held(None, why=AT_END)
    if test.kind == "find":
        if test.what == "has":
            return "gate", Held(None, why=NEVER)
        return "local", _patterns(test.terms + test.excepts, module)
    if test.kind == "measure":
        return _measure(rule, module)
    if test.what in ("lower case", "upper case"):
        return "limit", Held(0)
    if test.what == "starts with":
        return "gate", Held(max(0, len(test.strings[0]) - 1))
    if test.what == "contains":
        return "gate", Held(0) if test.strings[0] == "" else Held(None, why=NEVER)
    return "whole", Held(None, why=AT_END)


def _measure(rule: RuleIR, module: Module) -> tuple[Kind, Held]:
    test = rule.test
    if test.what not in ("chars", "words", "lines", "bytes", "count", "reading time"):
        return "whole", Held(None, why=AT_END)
    upper = Held(0)
    if test.high is not None and test.what == "count":
        upper = _patterns(test.terms, module)
    elif test.high is not None and rule.on_fail.name == "fix":
        if test.what in CUT_AFTER_WORDS:
            upper = Held(None, why="the white space at the cut waits for the next word")
        elif test.what == "lines":
            upper = Held(LINE_BREAK)
    low = test.low
    if low is None or low < 0 or (low == 0 and not test.low_open):
        return "limit", upper
    if test.what in ("chars", "bytes"):
        return "gate", max(Held(int(low) - 1), upper, key=_size)
    if test.what == "lines" and low <= 1:
        return "gate", upper
    return "gate", Held(None, why=NEVER)


def _size(held: Held) -> float:
    return float("inf") if held.most is None else held.most


# --- patterns ---------------------------------------------------------------------------------------------------------


def _patterns(terms: tuple[Term, ...], module: Module) -> Held:
    """The one that holds most, the first of them."""
    return max((_pattern(term, module) for term in terms), key=_size, default=Held(0))


def _is_leak(term: Term, test: TestIR) -> bool:
    """Does the rule look for stretches of a given text?"""
    return term.finder == "leak" and test.kind == "find"


def _pattern(term: Term, module: Module) -> Held:
    if term.pattern is None:
        return Held(None, term.name, f"`{term.name}` waits for the words behind a stretch of any length")
    pattern = module.patterns[term.pattern]
    assert pattern.compiled is not None
    longest = pattern.compiled.automaton.max_length
    most = _undecided(term.pattern, module)
    if most is None:
        return Held(None, term.name, _why(term.pattern, module))
    for check in pattern.checks:
        if check.kind not in ("near", "not before", "not in"):  # of the match alone
            continue
        assert check.pattern is not None
        behind = _undecided(check.pattern, module)
        if behind is None:
            # What stands behind a match is a word list then.
            return Held(None, term.name, _why(check.pattern, module))
        # The checker knows a longest match of what has a check.
        most = max(most, (longest or 0) + check.within + behind)
    return Held(most, term.name)


def _undecided(number: int, module: Module) -> int | None:
    compiled = module.patterns[number].compiled
    assert compiled is not None
    return longest_undecided(compiled)


def _why(number: int, module: Module) -> str:
    pattern = module.patterns[number]
    name = pattern.names[0]
    if isinstance(pattern.source, WordsSource):
        return f"a space in an entry of `{name}` stands for any number of them"
    return f"a match of `{name}` has no longest length"


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _report_unbounded(found: StreamedRule, guard: GuardIR, report: Report) -> None:
    amount = 200 if guard.hold is None else guard.hold.amount
    mends = [f"say what ends a stream that would hold more: `hold at most {amount} chars on fail exception`"]
    if found.held.why.startswith("a match of"):
        mends.append("bound its repeats, as in `{1,64}` instead of `+`")
    if found.rule.on_fail.name != "fix":
        at_end = "write `at end` behind the test: the text then leaves before this rule is judged"
        mends = [at_end, *mends] if found.kind == "whole" else [*mends, at_end]
    by = "" if found.held.detector is None else f" for `{found.held.detector}`"
    report.rule(
        "G067",
        found.rule,
        f"`{_short(found.rule.name)}` may hold the stream back without end{by}",
        "\nor ".join(mends),
        label=found.held.why,
        also=[] if guard.hold is None else [(guard.hold.at, "does not say what happens then")],
    )


def _report_too_much(found: StreamedRule, allowed: int, at: Location, twice: bool, report: Report) -> None:
    most = found.held.most or 0
    by = "" if found.held.detector is None else f" for `{found.held.detector}`"
    label = f"{most}, and as many again when the fixed text is judged once more" if twice else ""
    total = most * (1 + twice)
    report.rule(
        "G068",
        found.rule,
        f"`{_short(found.rule.name)}` may hold {total} characters back{by}",
        f"allow it: `hold at most {total} chars`\n"
        f"or say what ends a stream that would hold more: `hold at most {allowed} chars on fail exception`",
        label=label,
        also=[(at, "more than this")],
    )


def _check_together(found: StreamedGuard, guard: GuardIR, report: Report) -> None:
    """Report a gate which holds too much only on top of what another rule does."""
    if guard.hold is None or found.most is None or found.most <= guard.hold.amount:
        return
    gate = max((rule for rule in found.rules if rule.kind == "gate"), key=lambda rule: _size(rule.held), default=None)
    other = max((rule for rule in found.rules if rule.kind != "gate"), key=lambda rule: _size(rule.held), default=None)
    if gate is None or other is None:
        return
    alone = max(gate.held.most or 0, other.held.most or 0) * (1 + found.twice)
    if alone > guard.hold.amount:
        return  # it has been reported
    report.rule(
        "G068",
        gate.rule,
        f"`{_short(gate.rule.name)}` and `{_short(other.rule.name)}` may hold {found.most} characters back together",
        f"allow it: `hold at most {found.most} chars`\n"
        f"or say what ends a stream that would hold more: `hold at most {guard.hold.amount} chars on fail exception`",
        label=f"{gate.held.most}, of what is decided",
        also=[(guard.hold.at, "more than this"), (other.rule.at, f"{other.held.most} that are not")],
    )


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
