"""Streams against whole texts, over generated guards, texts and cuts.

    python tests/support/streaming.py 2000        # as many guards of each kind; prints how much was compared

For every way to cut a text into pieces a stream must come to the same: what leaves, the outcome, where it stops. If the
whole text passes, what leaves is the output; if a stream is not stopped, its outcome is that of the whole text. For
policies written as streams it must also be true that

- what leaves is the begin of the fixed text, as the reference interpreter fixes it,
- it ends where the first finding begins of which the action stops, if the guard does nothing else,
- the stream never holds more than the compiler says.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import generate
import generate_streams
import reference
import scanning

import guardc
from guardc.compiler import compile_policy
from guardc.compiler.build import compile_checked
from guardc.compiler.streaming import streamed
from guardc.fastpath import _core
from guardc.policy import check_text
from guardc.policy.model import Action, FindTest, Piece, Policy, Rule
from guardc.runtime import load

__all__ = [
    "Ending",
    "Streamed",
    "check",
    "check_policy",
    "cuts",
    "every_two_way_cut",
    "pattern_guard",
    "policy_guard",
    "run",
    "stream_guard",
    "summary",
]

STOPPING = {"exception", "refrain", "filter"}


class Ending(NamedTuple):
    """What a stream came to."""

    released: str
    stopped: bool
    outcome: tuple[Any, ...]


def summary(outcome: guardc.Outcome) -> tuple[Any, ...]:
    """An outcome as plain values."""
    failures, unresolved = (
        tuple((f.rule, f.action, f.message, f.spans, f.error) for f in found)
        for found in (outcome.failures, outcome.unresolved)
    )
    return outcome.passed, outcome.output, outcome.action, failures, unresolved, outcome.reask


def every_two_way_cut(text: str) -> Iterator[list[str]]:
    """The text as it is, and every way to cut it in two."""
    yield [text]
    for at in range(1, len(text)):
        yield [text[:at], text[at:]]


def cuts(rng: random.Random, text: str) -> list[str]:
    """One way to cut a text, with pieces of about one size."""
    size = rng.choice([1, 2, 4, 9, 30, 100])
    pieces = []
    at = 0
    while at < len(text):
        count = rng.randint(0, 2 * size)
        pieces.append(text[at : at + count])
        at += count
    return pieces


def run(guard: guardc.Guard, pieces: list[str], metadata: dict[str, Any] | None = None) -> Ending:
    stream = _core.stream_of(guard, metadata)
    released = "".join([stream.feed(piece) for piece in pieces] + [stream.close()])
    assert released == stream.released
    assert stream.outcome is not None
    return Ending(released, stream.stopped, summary(stream.outcome))


def check(guard: guardc.Guard, text: str, ways: list[list[str]], metadata: dict[str, Any] | None = None) -> Ending:
    """Compare a text's streams with each other and with the whole text. Returns what they all came to."""
    whole = guard.validate(text, metadata)
    first = run(guard, ways[0], metadata)
    too_much = any(failure[0] == "hold" for failure in first.outcome[3])
    for way in ways:
        ending = first if way is ways[0] else run(guard, way, metadata)
        where = f"{text!r} cut as {way!r}"
        assert ending == first, f"{where}: {ending} instead of {first}"
    if whole.passed and too_much:
        assert whole.output is not None
        assert whole.output.startswith(first.released), f"{text!r}: {first.released!r} of {whole.output!r}"
    elif whole.passed:
        assert first.released == whole.output, f"{text!r}: {first.released!r} instead of {whole.output!r}"
        assert not first.stopped, text
    if not first.stopped:
        assert first.outcome == summary(whole), f"{text!r}: {first.outcome} instead of {summary(whole)}"
    return first


# --- policies written as streams --------------------------------------------------------------------------------------


class Streamed(NamedTuple):
    """A policy with one stream guard `g`. `most`: what it may hold back, as the compiler says."""

    source: str
    policy: Policy
    guard: guardc.Guard
    most: int | None


def stream_guard(source: str, seed: int = 1) -> Streamed | None:
    """Compile a policy; every third without DFAs, every second with word trees. None if it is refused."""
    with warnings.catch_warnings(), _engines(seed):
        warnings.simplefilter("ignore")
        checked = check_text(source)
        if checked.policy is None:
            return None
        compilation = compile_checked(checked)
    if compilation.plan is None:
        return None
    assert compilation.module is not None
    handlers, services = generate.functions(checked.policy)
    most = streamed(compilation.module.guards[0], compilation.module).most
    return Streamed(
        source, checked.policy, load(compilation.plan, handlers=handlers, services=services).guard("g"), most
    )


def check_policy(made: Streamed, text: str, ways: list[list[str]], metadata: dict[str, Any] | None = None) -> Ending:
    """The same for a policy, and whether what left is right, and the bound."""
    ending = check(made.guard, text, ways, metadata)
    functions, services = generate.functions(made.policy)
    handlers = {**functions, **services}
    result = reference.judge_text(made.policy, "g", text, metadata or {}, handlers)
    # Beyond the limit no rule is judged; in a stream those were that came before it.
    unlimited = reference.judge_text(_without_limit(made.policy), "g", text, metadata or {}, handlers)
    fixing = [one for one in unlimited.failures if one.error is None and one.action.name == "fix"]
    fixed = reference.fix(text, fixing) if fixing else text
    assert fixed is not None
    assert fixed.startswith(ending.released), f"{text!r}: {ending.released!r} is no begin of {fixed!r}"
    place = stop_of(made.policy, result)
    if place is not None and not ending.stopped:
        # What stops it was decided by the end of the text.
        assert len(ending.released) <= place, f"{text!r}: {ending.released!r} has left"
    elif place is not None and not any(failure[0] == "hold" for failure in ending.outcome[3]):
        assert ending.released == text[:place], f"{text!r}: {ending.released!r} instead of {text[:place]!r}"
    if made.most is not None and not any(failed.error is not None for failed in unlimited.failures):
        stream = made.guard.stream(metadata)
        for at, character in enumerate(text):
            stream.feed(character)
            assert stream.held <= made.most, f"{text!r}: {stream.held} held behind {at}, of {made.most}"
    return ending


def _without_limit(policy: Policy) -> Policy:
    (guard,) = policy.guards
    limit = guard.limit.model_copy(update={"amount": 10**9})
    return policy.model_copy(update={"guards": (guard.model_copy(update={"limit": limit}),)})


def stop_of(policy: Policy, result: reference.Result) -> int | None:
    """Where a stream by a guard that only forbids stops; None for other guards, and if nothing stops it."""
    (guard,) = policy.guards
    if guard.normalize or any(failed.rule is None for failed in result.failures):
        return None
    if not all(_forbids(rule, policy) for rule in guard.rules):
        return None
    starts = [
        min(span[0] for span in failed.spans)
        for failed in result.failures
        if failed.rule is not None
        and not failed.rule.at_end
        and failed.action.name in STOPPING
        and failed.error is None
    ]
    return min(starts, default=None)


def _forbids(rule: Rule, policy: Policy) -> bool:
    """Whether the rule is a `no` with compiled detectors that stops or only reports."""
    test = rule.test
    if not isinstance(test, FindTest) or test.quantifier != "no" or rule.on_fail.name not in STOPPING | {"noop"}:
        return False
    if rule.when is not None:
        return False
    for use in test.detectors + test.excepts:
        detector = policy.detectors.get(use.name)
        if detector is None or getattr(detector, "backtracking", None) is not None:
            return False
    return True


def _engines(seed: int) -> ExitStack:
    ways = ExitStack()
    if seed % 3 == 0:
        ways.enter_context(scanning.without_dfas())
    if seed % 2 == 0:
        ways.enter_context(scanning.with_trees())
    return ways


# --- other guards, which a stream can judge though nobody would wait for it -------------------------------------------


def policy_guard(rng: random.Random, folder: Path) -> guardc.Guard | None:
    """The guard of a random policy; None if the checker refuses it."""
    source = generate.policy_source(rng)
    path = folder / "g.guard"
    path.write_text(source, encoding="utf-8", newline="")
    customs = "custom detector vowels" in source
    services = {name: function for name, function in generate.SERVICES.items() if f"{name}.score" in source}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            handlers = generate.HANDLERS if customs else {}
            return guardc.compile(path, handlers=handlers, services=services).guard("g")
    except guardc.PolicyError:
        return None


def pattern_guard(rng: random.Random, seed: int) -> guardc.Guard | None:
    """A guard of random patterns, each with an action of its own; None if one is too large."""
    found = scanning.detectors(rng)
    actions = [
        Action(name="fix", template=(Piece(kind="literal", text="#"),)),
        Action(name="fix", template=()),
        Action(name="fix", template=(Piece(kind="literal", text="ab"), Piece(kind="mask"))),
        Action(name="exception"),
        Action(name="noop"),
    ]
    policy = scanning.policy_of(found)
    (guard,) = policy.guards
    rules = [rule.model_copy(update={"on_fail": rng.choice(actions)}) for rule in guard.rules]
    policy = policy.model_copy(update={"guards": (guard.model_copy(update={"rules": tuple(rules)}),)})
    with warnings.catch_warnings(), _engines(seed):
        warnings.simplefilter("ignore")
        compilation = compile_policy(policy)
    return None if compilation.plan is None else load(compilation.plan).guard("g")


def texts_of(rng: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        yield generate.random_text(rng) if rng.random() < 0.6 else scanning.text(rng, ["ab", "xyz"])


def compare(seed: int, folder: Path, texts: int = 6) -> tuple[int, int]:
    """Compare on one random guard of each kind. Returns how many guards there were, and how many streams."""
    rng = random.Random(seed)
    made = stream_guard(generate_streams.stream_source(rng), seed)
    others = [policy_guard(rng, folder), pattern_guard(rng, seed)]
    streams = 0
    try:
        for text in texts_of(rng, texts) if made is not None else ():
            ways = [list(text), *every_two_way_cut(text), *(cuts(rng, text) for _ in range(3))]
            check_policy(made, text, ways, generate.random_metadata(rng))
            streams += len(ways) + 1
        for other in others:
            for text in texts_of(rng, texts) if other is not None else ():
                ways = [list(text), *(cuts(rng, text) for _ in range(4))]
                check(other, text, ways, generate.random_metadata(rng))
                streams += len(ways)
    except Exception as error:
        error.add_note(f"seed {seed}" + ("" if made is None else f"\n{made.source}"))
        raise
    return (made is not None) + sum(other is not None for other in others), streams


def main(count: int, first: int = 0) -> None:
    begun = time.monotonic()
    guards = streams = 0
    with TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            number, compared = compare(seed, Path(folder))
            guards += number
            streams += compared
    sys.stdout.write(f"{guards} guards, {streams} streams like the whole text, {time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
