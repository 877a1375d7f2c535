"""Every invariant of the IR is held: a module broken by hand is refused, with the pass and the place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from guardc.compiler import compile_text
from guardc.compiler.ir import GuardIR, Module, RuleIR, Scan, Term
from guardc.compiler.ir import TestIR as JudgedTest  # pytest would collect `Test...`
from guardc.compiler.pipeline import PASSES, run_passes
from guardc.compiler.prefilter import Bucket, Prefilter
from guardc.compiler.report import Report
from guardc.compiler.verify import InternalError, fields_of, verify
from guardc.policy import Policy, check_text
from guardc.policy.model import BoolOp, Call, Compare, Constant, FieldRef, InList, InRange, Not

SOURCE = """
edition 1
metadata {
    staff bool
}
custom detector names(limit number)
custom action mend
pattern key = /qzxk[0-9]/
pattern hash = /#[a-z]/
pattern maybe = /z*/
pattern twice = /(q)\1/ backtracking
guard g on input {
    first: when staff: no key except hash on fail custom mend
    second: has maybe, names(3), twice
    third: chars <= 10
}
guard lengths on output {
    words <= 10
}
"""


def policy() -> Policy:
    checked = check_text(SOURCE).policy
    assert checked is not None
    return checked


def modules() -> dict[str, Module]:
    left: dict[str, Module] = {}
    run_passes(policy(), Report(), left.__setitem__)
    return left


MODULES = modules()

Change = Callable[[Module], Module]


def on_guard(change: Callable[[GuardIR], GuardIR]) -> Change:
    """The change of a module that changes its first guard."""
    return lambda module: replace(module, guards=(change(module.guards[0]), *module.guards[1:]))


def on_rule(change: Callable[[RuleIR], RuleIR], number: int = 0) -> Change:
    def changed(guard: GuardIR) -> GuardIR:
        rules = list(guard.rules)
        rules[number] = change(rules[number])
        return replace(guard, rules=tuple(rules))

    return on_guard(changed)


def on_test(change: Callable[[JudgedTest], JudgedTest], number: int = 0) -> Change:
    return on_rule(lambda rule: replace(rule, test=change(rule.test)), number)


def on_scan(change: Callable[[Scan], Scan]) -> Change:
    def changed(guard: GuardIR) -> GuardIR:
        assert guard.scan is not None
        return replace(guard, scan=change(guard.scan))

    return on_guard(changed)


def with_terms(*terms: Term) -> Change:
    return on_test(lambda test: replace(test, terms=terms))


def with_call(call: Call) -> Change:
    return with_terms(Term("names", "names", call=call))


def without_name(module: Module) -> Module:
    return replace(module, patterns=(replace(module.patterns[0], names=()), *module.patterns[1:]))


def not_compiled(module: Module) -> Module:
    return replace(module, patterns=(replace(module.patterns[0], compiled=None), *module.patterns[1:]))


def compiled_early(module: Module) -> Module:
    return replace(module, patterns=(*module.patterns[:-1], replace(module.patterns[-1], compiled=COMPILED)))


COMPILED = MODULES["fuse"].patterns[0].compiled
RULE = "guard g, rule first"
ANYWHERE = {
    "order: a rule is missing": (
        on_guard(lambda guard: replace(guard, order=guard.order[:-1])),
        "guard g: its order is not a permutation of its rules",
    ),
    "order: a rule stands twice": (
        on_guard(lambda guard: replace(guard, order=(0, 0, 1))),
        "guard g: its order is not a permutation of its rules",
    ),
    "pattern without a name": (without_name, "p0 has no name"),
    "unknown quantifier": (on_test(lambda test: replace(test, what="some")), f"{RULE}: unknown test find some"),
    "quantifier of another test": (
        on_test(lambda test: replace(test, what="no"), 2),
        "guard g, rule third: unknown test measure no",
    ),
    "unknown kind of test": (on_test(lambda test: replace(test, kind="find it")), f"{RULE}: unknown test find it no"),
    "term that is nothing": (
        with_terms(Term("x", "x")),
        f"{RULE}: term x is not one of pattern, call, search and finder",
    ),
    "term that is both": (
        with_terms(Term("x", "x", 0, Call(name="names", arguments=(3,)))),
        f"{RULE}: term x is not one of pattern, call, search and finder",
    ),
    "term that is a search as well": (
        with_terms(Term("x", "x", 0, search=0)),
        f"{RULE}: term x is not one of pattern, call, search and finder",
    ),
    "term behind the last search": (with_terms(Term("x", "x", search=1)), f"{RULE}: term x refers to s1"),
    "search without a name": (
        lambda module: replace(module, searches=(replace(module.searches[0], names=()),)),
        "s0 has no name",
    ),
    "term behind the last pattern": (with_terms(Term("x", "x", 3)), f"{RULE}: term x refers to p3"),
    "term before the first pattern": (with_terms(Term("x", "x", -1)), f"{RULE}: term x refers to p-1"),
    "except behind the last pattern": (
        on_test(lambda test: replace(test, excepts=(Term("x", "x", 7),))),
        f"{RULE}: term x refers to p7",
    ),
    "call of an unknown function": (
        with_call(Call(name="nobody", arguments=())),
        f"{RULE}: a call of `nobody`, which is not declared",
    ),
    "call with an argument missing": (
        with_call(Call(name="names", arguments=())),
        f"{RULE}: a call of `names` with the wrong number of arguments",
    ),
    "call of a measure": (
        on_test(lambda test: replace(test, call=Call(name="nobody", arguments=())), 2),
        "guard g, rule third: a call of `nobody`, which is not declared",
    ),
    "call of an action with an argument too many": (
        on_rule(
            lambda rule: replace(
                rule, on_fail=rule.on_fail.model_copy(update={"call": Call(name="mend", arguments=(1,))})
            )
        ),
        f"{RULE}: a call of `mend` with the wrong number of arguments",
    ),
    "condition on an unknown field": (
        on_rule(lambda rule: replace(rule, when=Not(operand=FieldRef(name="nothing")))),
        f"{RULE}: unknown metadata field nothing",
    ),
}


@pytest.mark.parametrize("after", ["lower", *(step.name for step in PASSES)])
@pytest.mark.parametrize(("change", "said"), ANYWHERE.values(), ids=ANYWHERE)
def test_holds_after_every_pass(change: Change, said: str, after: str) -> None:
    verify(MODULES[after], after)
    with pytest.raises(InternalError, match=f"^after pass {after}: (?:.*; )?{re.escape(said)}(?:; |$)"):
        verify(change(MODULES[after]), after)


@pytest.mark.parametrize("after", ["lower", "fold", "deduplicate", "order"])
def test_nothing_is_compiled_before_select(after: str) -> None:
    with pytest.raises(InternalError, match=f"^after pass {after}: p2 is already compiled$"):
        verify(compiled_early(MODULES[after]), after)


@pytest.mark.parametrize("after", ["select", "fuse"])
def test_everything_is_compiled_from_select_on(after: str) -> None:
    with pytest.raises(InternalError, match=f"^after pass {after}: p0 is not compiled$"):
        verify(not_compiled(MODULES[after]), after)


@pytest.mark.parametrize("after", ["lower", "fold", "deduplicate", "order", "select"])
def test_only_fuse_makes_scans(after: str) -> None:
    early = on_guard(lambda guard: replace(guard, scan=Scan((), (), None)))
    with pytest.raises(InternalError, match=f"^after pass {after}: guard g has a scan already$"):
        verify(early(MODULES[after]), after)


def on_prefilter(change: Callable[[Prefilter], Prefilter]) -> Change:
    def changed(scan: Scan) -> Scan:
        assert scan.prefilter is not None
        return replace(scan, prefilter=change(scan.prefilter))

    return on_scan(changed)


def on_buckets(change: Callable[[Bucket], Bucket]) -> Change:
    return on_prefilter(lambda prefilter: replace(prefilter, buckets=tuple(map(change, prefilter.buckets))))


def never_confirmed(prefilter: Prefilter) -> Prefilter:
    accepted = tuple(tuple(number for number in own if number) for own in prefilter.confirm.accepted)
    return replace(prefilter, confirm=replace(prefilter.confirm, accepted=accepted))


def test_the_scan_is_the_one_these_cases_break() -> None:
    scan = MODULES["fuse"].guards[0].scan
    assert scan is not None
    assert scan.prefilter is not None
    assert scan.patterns == (0, 1, 2)
    assert scan.everywhere == (2,)
    assert [slot for slot, _ in scan.prefilter.factors] == [0, 1]
    assert [bucket.windows for bucket in scan.prefilter.buckets] == [(0,), (1,)]


OTHER_PATTERNS = "its scan looks for other patterns than its rules need"
NOT_ADMITTED = "window 0 is in no buckets that admit it"
SCANS = {
    "no scan": (on_guard(lambda guard: replace(guard, scan=None)), "needs a scan and has none"),
    "a pattern too few": (on_scan(lambda scan: replace(scan, patterns=(0, 1), everywhere=())), OTHER_PATTERNS),
    "a pattern twice": (on_scan(lambda scan: replace(scan, patterns=(0, 1, 2, 2))), OTHER_PATTERNS),
    "too narrow a bucket": (
        on_buckets(lambda bucket: replace(bucket, rows=bucket.rows & (np.arange(256) != ord("q")))),
        NOT_ADMITTED,
    ),
    "a window in no bucket": (on_buckets(lambda bucket: replace(bucket, windows=bucket.windows[1:])), NOT_ADMITTED),
    "a window that is never confirmed": (on_prefilter(never_confirmed), "window 0 is never confirmed"),
    "a factor is missing": (
        on_prefilter(lambda prefilter: replace(prefilter, factors=prefilter.factors[:1])),
        "p1 has a factor that is not looked for",
    ),
    "nowhere": (
        on_scan(lambda scan: replace(scan, everywhere=())),
        "p2 has a factor that is not looked for",
    ),
    "everywhere behind the last pattern": (
        on_scan(lambda scan: replace(scan, everywhere=(2, 3))),
        "its scan has no slot 3",
    ),
    "a factor behind the last pattern": (
        on_prefilter(lambda prefilter: replace(prefilter, factors=((5, prefilter.factors[0][1]), *prefilter.factors))),
        "its scan has no slot 5",
    ),
}


@pytest.mark.parametrize(("change", "said"), SCANS.values(), ids=SCANS)
def test_scans_find_all_that_rules_need(change: Change, said: str) -> None:
    with pytest.raises(InternalError, match=f"^after pass fuse: (?:.*; )?guard g: {re.escape(said)}(?:; |$)"):
        verify(change(MODULES["fuse"]), "fuse")


def test_a_guard_without_findings_needs_no_scan() -> None:
    assert MODULES["fuse"].guards[1].scan is None


def test_all_problems_are_said_at_once() -> None:
    module = without_name(on_guard(lambda guard: replace(guard, order=()))(MODULES["fold"]))
    with pytest.raises(InternalError) as caught:
        verify(module, "fold")
    assert str(caught.value) == "after pass fold: p0 has no name; guard g: its order is not a permutation of its rules"


def test_the_pipeline_verifies_after_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("guardc.compiler.pipeline.verify", lambda module, after: seen.append(after))
    assert compile_text(SOURCE).plan is not None
    assert seen == ["lower", *(step.name for step in PASSES)]


def test_fields_of_a_condition_in_order_and_once() -> None:
    a, b, c = (FieldRef(name=name) for name in "abc")
    condition = BoolOp(
        op="or",
        operands=(
            Compare(op="<", left=b, right=Constant(value=1)),
            Not(operand=InRange(operand=a, low=1, high=2)),
            BoolOp(op="and", operands=(InList(operand=b, items=(1,)), c)),
        ),
    )
    assert fields_of(condition) == ("b", "a", "c")
    assert fields_of(Constant(value=True)) == ()
