"""Runs one random policy on random texts through the whole compiler and through the reference, and compares.

python tests/support/differential.py 100000        # as many policies, several texts each; prints the first
difference
"""

from __future__ import annotations

import copy
import functools
import json
import random
import re
import sys
import time
from typing import Any

import generate
import generate_structures
import reference
import reference_structures

from guardc.compiler.build import compile_checked
from guardc.compiler.passes import select
from guardc.policy import check_text
from guardc.runtime import Failure, Outcome, load

TEXTS = 8

# The same few patterns come again and again; compiling each of them once makes room for more cases.
select.compile_pattern = functools.cache(select.compile_pattern)
select.compile_words = functools.cache(select.compile_words)


def _failed(failed: reference.Failed) -> tuple[Any, ...]:
    name = "max" if failed.rule is None else failed.rule.name
    return (name, failed.action.name, tuple(failed.spans), failed.value, failed.error is not None)


def _failure(failure: Failure) -> tuple[Any, ...]:
    return (
        failure.rule,
        failure.action,
        tuple(tuple(span) for span in failure.spans),
        failure.value,
        failure.error is not None,
    )


def as_reference(result: reference.Result) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "output": result.output,
        "action": result.action,
        "failures": [_failed(failed) for failed in result.failures],
        "unresolved": [_failed(failed) for failed in result.unresolved],
        "asks": result.asks,
    }


def as_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "passed": outcome.passed,
        "output": outcome.output,
        "action": outcome.action,
        "failures": [_failure(failure) for failure in outcome.failures],
        "unresolved": [_failure(failure) for failure in outcome.unresolved],
        "asks": outcome.reask is not None,
    }


def expected_fix(text: str, failed: reference.Failed) -> str | None:
    if failed.error is not None or failed.action.name not in ("fix", "fix_reask"):
        return None
    return reference.fix(text, [failed])


def compare(seed: int) -> int:
    """Compare on one random policy. Returns the number of texts compared: 0 if the checker refused the policy.

    Raises:
        AssertionError: the outcomes differ; the message has everything needed to repeat it.
    """
    rng = random.Random(seed)
    source = generate.policy_source(rng)
    checked = check_text(source)
    if checked.policy is None:
        return 0
    compilation = compile_checked(checked)
    assert compilation.plan is not None, f"seed {seed}: {compilation.diagnostics}\n{source}"
    handlers, services = generate.functions(checked.policy)
    guard = load(compilation.plan, handlers=handlers, services=services).guard("g")
    handlers = {**handlers, **services}
    for _ in range(TEXTS):
        text, metadata = generate.random_text(rng), generate.random_metadata(rng)
        expected = reference.judge_text(checked.policy, "g", text, metadata, handlers)
        outcome = guard.validate(text, metadata)
        where = f"seed {seed}, text {text!r}, metadata {metadata!r}\n{source}"
        assert as_outcome(outcome) == as_reference(expected), where
        fixes = [failure.fix for failure in outcome.failures]
        assert fixes == [expected_fix(text, failed) for failed in expected.failures], where
    return TEXTS


def compare_structures(seed: int) -> int:
    """The same for a random policy with shapes, on random values and their JSON texts."""
    rng = random.Random(seed)
    source = generate_structures.structure_source(rng)
    checked = check_text(source)
    if checked.policy is None:
        return 0
    compilation = compile_checked(checked)
    assert compilation.plan is not None, f"structures {seed}: {compilation.diagnostics}\n{source}"
    handlers, services = generate.functions(checked.policy)
    guard = load(compilation.plan, handlers=handlers, services=services).guard("g")
    handlers = {**handlers, **services}
    for number in range(TEXTS):
        value = generate_structures.random_value(rng, checked.policy.shapes)
        metadata = generate.random_metadata(rng)
        expected = reference_structures.judge_value(checked.policy, "g", value, metadata, handlers)
        if SURROGATE.search(json.dumps(value)):
            continue  # no JSON
        # A string is always taken for JSON.
        as_text = number % 2 or isinstance(value, str)
        given = json.dumps(value) if as_text else copy.deepcopy(value)
        outcome = guard.validate(given, metadata)
        where = f"structures {seed}, value {value!r}, metadata {metadata!r}\n{source}"
        assert as_structure(outcome) == as_expected(expected), where
        assert as_text or given == value, where
    return TEXTS


SURROGATE = re.compile(r"\\ud[89a-f]")


def as_expected(result: reference_structures.StructureResult) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "output": result.output,
        "action": result.action,
        "failures": [fault.shown for fault in result.failures],
        "unresolved": [fault.shown for fault in result.unresolved],
        "asked": None if result.asked is None else sorted(result.asked),
        "partial": result.partial,
    }


def as_structure(outcome: Outcome) -> dict[str, Any]:
    reask = outcome.reask
    if reask is not None and reask.paths != ("$",):
        assert reask.schema is not None
        assert list(reask.schema["properties"]) == reask.schema["required"] == list(reask.paths)
    return {
        "passed": outcome.passed,
        "output": outcome.output,
        "action": outcome.action,
        "failures": [_in_structure(failure) for failure in outcome.failures],
        "unresolved": [_in_structure(failure) for failure in outcome.unresolved],
        "asked": None if reask is None else sorted(map(_plain, reask.paths)),
        "partial": None if reask is None else reask.value,
    }


def _in_structure(failure: Failure) -> tuple[Any, ...]:
    shape = failure.validator if failure.validator in SHAPE_FAULTS and ": " not in failure.rule else None
    if re.fullmatch(r"p\d+|no .*|has .*", failure.rule):
        shape = None
    spans = tuple(tuple(span) for span in failure.spans)
    return (_plain(failure.path), failure.rule, shape, failure.action, spans, failure.value, failure.error is not None)


def _plain(path: str) -> str:
    """A path as the reference writes it."""
    return re.sub(r'\["([^"]*)"\]', r".\1", path)


SHAPE_FAULTS = ("type", "one of", "missing", "unknown key", "json")


def main(count: int, first: int = 0) -> None:
    begun = time.monotonic()
    compared = refused = 0
    for seed in range(first, first + count):
        texts = compare(seed) + compare_structures(seed)
        compared += texts
        refused += texts == 0
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"{count} policies ({refused} refused by the checker), {compared} outcomes equal to the reference's, "
        f"{seconds:.0f} s\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
