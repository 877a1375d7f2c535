"""Streams against whole texts, over generated guards, texts and cuts.

    python tests/support/streaming.py 2000        # as many guards of each kind; prints how much was compared

For every way to cut a text into pieces a stream must come to the same: what leaves, the outcome, where it stops. If the
whole text passes, what leaves is the output; if a stream is not stopped, its outcome is that of the whole text.
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
import scanning

import guardc
from guardc.compiler import compile_policy
from guardc.fastpath import _core
from guardc.policy.model import Action, Piece
from guardc.runtime import load

__all__ = ["Ending", "check", "cuts", "run", "single", "summary"]


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


def single(text: str) -> Iterator[list[str]]:
    """Every way to cut a text in two, and one character at a time."""
    yield list(text)
    for at in range(len(text) + 1):
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


def check(guard: guardc.Guard, text: str, ways: list[list[str]], metadata: dict[str, Any] | None = None) -> int:
    """Compare a text's streams with each other and with the whole text. Returns how many streams were run."""
    whole = guard.validate(text, metadata)
    expected = summary(whole)
    first = run(guard, ways[0], metadata)
    for way in ways:
        ending = first if way is ways[0] else run(guard, way, metadata)
        where = f"{text!r} cut as {way!r}"
        assert ending == first, f"{where}: {ending} instead of {first}"
        if whole.passed:
            assert ending.released == whole.output, f"{where}: {ending.released!r} instead of {whole.output!r}"
            assert not ending.stopped, where
        if not ending.stopped:
            assert ending.outcome == expected, f"{where}: {ending.outcome} instead of {expected}"
    return len(ways)


def policy_guard(rng: random.Random, folder: Path) -> guardc.Guard | None:
    """The guard of a random policy; None if the checker refuses it."""
    source = generate.policy_source(rng)
    path = folder / "g.guard"
    path.write_text(source, encoding="utf-8", newline="")
    handlers = {name: handler for name, handler in generate.HANDLERS.items() if f" {name}" in source}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return guardc.compile(path, handlers=handlers if "custom detector vowels" in source else {}).guard("g")
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
    with warnings.catch_warnings(), ExitStack() as ways:
        if seed % 3 == 0:
            ways.enter_context(scanning.without_dfas())
        if seed % 2 == 0:
            ways.enter_context(scanning.with_trees())
        warnings.simplefilter("ignore")
        compilation = compile_policy(policy)
    return None if compilation.plan is None else load(compilation.plan).guard("g")


def main(count: int, first: int = 0) -> None:
    begun = time.monotonic()
    streams = guards = 0
    with TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            rng = random.Random(seed)
            for made in (policy_guard(rng, Path(folder)), pattern_guard(rng, seed)):
                if made is None:
                    continue
                guards += 1
                for _ in range(6):
                    text = generate.random_text(rng) if rng.random() < 0.6 else scanning.text(rng, ["ab", "xyz"])
                    metadata = generate.random_metadata(rng)
                    ways = [cuts(rng, text) for _ in range(4)]
                    try:
                        streams += check(made, text, [list(text), *ways], metadata)
                    except AssertionError as error:
                        raise AssertionError(f"seed {seed}: {error}") from None
    sys.stdout.write(f"{guards} guards, {streams} streams like the whole text, {time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
