"""Holds the invariants of the IR after every pass.

A violation is a defect of a pass, never of a policy: it raises `InternalError` that names the pass and the place.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from guardc.compiler.ir import GuardIR, Module, NodeIR, RuleIR, Scan
from guardc.compiler.prefilter import SIEVED, Bucket
from guardc.fastpath.layout import CHECK_KINDS, CHECKS, MEASURES, NODE_KINDS, PREDICATES, QUANTIFIERS
from guardc.policy.model import BoolOp, Compare, Expression, FieldRef, InList, InRange, Not

__all__ = ["InternalError", "covered", "fields_of", "verify"]

_WHAT = {"find": QUANTIFIERS, "measure": MEASURES, "predicate": PREDICATES}


class InternalError(AssertionError):
    """A pass left a module that breaks an invariant. Please report it with the policy."""


def verify(module: Module, after: str) -> None:
    """
    Args:
        module: what a pass left.
        after: the pass's name.

    Raises:
        InternalError: an invariant of `ir` does not hold.
    """
    problems = list(_problems(module, after))
    if problems:
        raise InternalError(f"after pass {after}: " + "; ".join(problems))


def _problems(module: Module, after: str) -> list[str]:
    problems = []
    compiled = after in ("select", "fuse")
    for number, pattern in enumerate(module.patterns):
        if compiled != (pattern.compiled is not None):
            problems.append(f"p{number} is {'not ' if compiled else 'already '}compiled")
        for check in pattern.checks:
            if check.kind not in CHECK_KINDS or (check.kind == "named") != (check.what in CHECKS):
                problems.append(f"p{number} has an unknown check {check.text}")
            if check.pattern is not None and not 0 <= check.pattern < number:
                problems.append(f"p{number} has a check that refers to p{check.pattern}")
        if not pattern.names:
            problems.append(f"p{number} has no name")
    problems += [f"s{number} has no name" for number, search in enumerate(module.searches) if not search.names]
    for asking in module.askings:
        for other in (asking.guard, asking.question):
            if other is not None and (other >= len(module.guards) or module.guards[other].inner):
                problems.append(f"a call refers to guard {other}")
    for guard in module.guards:
        if sorted(guard.order) != list(range(len(guard.rules))):
            problems.append(f"guard {guard.name}: its order is not a permutation of its rules")
        if guard.hold is not None and (not guard.stream or guard.hold.amount < 1):
            problems.append(f"guard {guard.name}: a `hold` that means nothing")
        for rule in guard.rules:
            if rule.at_end and not guard.stream:
                problems.append(f"guard {guard.name}, rule {rule.name}: `at end` in what is no stream")
            problems += [f"guard {guard.name}, rule {rule.name}: {text}" for text in _rule_problems(rule, module)]
        if after == "fuse":
            problems += [f"guard {guard.name}: {text}" for text in _scan_problems(guard, module)]
        elif guard.scan is not None:
            problems.append(f"guard {guard.name} has a scan already")
    for number, node in enumerate(module.nodes):
        problems += [f"n{number}: {text}" for text in _node_problems(node, module)]
    return problems


def _node_problems(node: NodeIR, module: Module) -> list[str]:
    problems = []
    nodes = [field.node for field in node.fields]
    nodes += [number for _, number in (*node.items, *node.variants)]
    nodes += [number for number in (node.rest, node.element, node.stray) if number is not None]
    problems += [f"refers to n{number}" for number in nodes if not 0 <= number < len(module.nodes)]
    problems += [f"unknown kind {kind}" for kind in node.kinds if kind not in NODE_KINDS]
    if not 0 <= node.owner < len(module.owners):
        problems.append(f"refers to o{node.owner}")
    if node.rules is not None and not (0 <= node.rules < len(module.guards) and module.guards[node.rules].inner):
        problems.append(f"its rules are in g{node.rules}, which is no inner guard")
    if (node.tag is None) != (not node.variants):
        problems.append("a tag without variants, or the reverse")
    problems += [
        f"n{number} is a variant with variants"
        for _, number in node.variants
        if 0 <= number < len(module.nodes) and module.nodes[number].variants
    ]
    return problems


def _rule_problems(rule: RuleIR, module: Module) -> list[str]:
    problems = []
    test = rule.test
    if test.what not in _WHAT.get(test.kind, ()):
        problems.append(f"unknown test {test.kind} {test.what}")
    for term in test.terms + test.excepts:
        if [term.pattern, term.call, term.search, term.finder].count(None) != 3:
            problems.append(f"term {term.name} is not one of pattern, call, search and finder")
        if (term.finder == "leak") != (term.text is not None):
            problems.append(f"term {term.name} lacks its text, or needs none")
        if term.text is not None and not 0 <= term.text < len(module.texts):
            problems.append(f"term {term.name} refers to t{term.text}")
        if term.pattern is not None and not 0 <= term.pattern < len(module.patterns):
            problems.append(f"term {term.name} refers to p{term.pattern}")
        if term.search is not None and not 0 <= term.search < len(module.searches):
            problems.append(f"term {term.name} refers to s{term.search}")
    served = test.call is not None and test.call.name in module.services
    if (test.classifier is None and test.what == "score") or (
        test.classifier is not None and test.what != "score" and not served
    ):
        problems.append("a score without its classifier, or the reverse")
    if test.classifier is not None and not 0 <= test.classifier < len(module.classifiers):
        problems.append(f"refers to c{test.classifier}")
    for call in (*test.calls, rule.on_fail.call):
        if call is None:
            continue
        if call.name not in module.customs:
            problems.append(f"a call of `{call.name}`, which is not declared")
        elif len(call.arguments) != len(module.customs[call.name].parameters):
            problems.append(f"a call of `{call.name}` with the wrong number of arguments")
    known = {field.name for field in module.metadata}
    if rule.when is not None:
        problems += [f"unknown metadata field {name}" for name in fields_of(rule.when) if name not in known]
    return problems


def fields_of(expression: Expression) -> tuple[str, ...]:
    """The metadata fields that a condition names, each once, in the order in which they are named."""
    match expression:
        case FieldRef(name=name):
            return (name,)
        case Not(operand=operand) | InRange(operand=operand) | InList(operand=operand):
            return fields_of(operand)
        case Compare(left=left, right=right):
            parts: tuple[Expression, ...] = (left, right)
        case BoolOp(operands=operands):
            parts = operands
        case _:
            return ()
    return tuple(dict.fromkeys(name for part in parts for name in fields_of(part)))


def _scan_problems(guard: GuardIR, module: Module) -> list[str]:
    needed = {number for rule in guard.rules for number in rule.test.scanned}
    if guard.scan is None:
        return ["needs a scan and has none"] if needed else []
    scan = guard.scan
    if sorted(scan.patterns) != sorted(needed):
        return ["its scan looks for other patterns than its rules need"]
    return _coverage_problems(scan, module) + _prefilter_problems(scan)


def _coverage_problems(scan: Scan, module: Module) -> list[str]:
    """What the first stage would never propose."""
    problems = []
    factors = () if scan.prefilter is None else scan.prefilter.factors
    looked_for = Counter(factors)
    for slot, number in enumerate(scan.patterns):
        compiled = module.patterns[number].compiled if number < len(module.patterns) else None
        if compiled is not None and slot not in scan.everywhere:
            wanted = Counter((slot, factor) for factor in compiled.factors)
            if any(count > looked_for[factor] for factor, count in wanted.items()):
                problems.append(f"p{number} has a factor that is not looked for")
    slots = {slot for slot, _ in factors} | set(scan.everywhere)
    problems += [f"its scan has no slot {slot}" for slot in sorted(slots) if not 0 <= slot < len(scan.patterns)]
    return problems


def _prefilter_problems(scan: Scan) -> list[str]:
    """Windows that the sieve would not let through, or that would not be confirmed."""
    if scan.prefilter is None:
        return []
    problems = []
    buckets, confirm = scan.prefilter.buckets, scan.prefilter.confirm
    confirmed = {number for accepted in confirm.accepted for number in accepted}
    for number, (_, factor) in enumerate(scan.prefilter.factors):
        own = [bucket for bucket in buckets if number in bucket.windows]
        if not covered(scan.prefilter.view.window(factor.window)[:SIEVED], own):
            problems.append(f"window {number} is in no buckets that admit it")
        if number not in confirmed:
            problems.append(f"window {number} is never confirmed")
    return problems


def covered(rows: npt.NDArray[np.bool_], buckets: list[Bucket]) -> bool:
    """Is every sequence of bytes that the rows admit admitted by one of the buckets? Sets of buckets are bit masks."""
    fitting = {(1 << len(buckets)) - 1}
    for at, row in enumerate(rows):
        by_byte = sum(bucket.rows[at].astype(np.int64) << number for number, bucket in enumerate(buckets))
        kinds = {int(mask) for mask in np.broadcast_to(by_byte, 256)[row]}
        fitting = {left & kind for left in fitting for kind in kinds}
    return 0 not in fitting
