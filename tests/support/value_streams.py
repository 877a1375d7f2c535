"""Streams of structured values against whole texts, over generated guards, values and cuts.

    python tests/support/value_streams.py 500     # as many guards; prints how much was compared

For every way to cut a JSON text into pieces a stream must come to the same: what is handed out and in which order, the
outcome, where it stops. What is handed out stands so in the output, if the whole passes; a stream that is not stopped
has the outcome of the whole text, and one that is stopped within the value would not have passed.
"""

from __future__ import annotations

import json
import random
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import generate
import generate_structures
import streaming

import guardc
from guardc.compiler.build import compile_checked
from guardc.fastpath import _core
from guardc.policy import check_text
from guardc.runtime import load

__all__ = ["Ending", "check", "leaves", "run"]


class Ending(NamedTuple):
    """What a stream came to."""

    fed: list[guardc.Field]
    rest: list[guardc.Field]
    partial: Any
    early: bool  # it was stopped before its end
    stopped: bool
    outcome: tuple[Any, ...]


def summary(outcome: guardc.Outcome) -> tuple[Any, ...]:
    """An outcome as plain values."""
    failures, unresolved = (
        tuple((f.rule, f.validator, f.path, f.action, f.message, f.spans, f.error) for f in found)
        for found in (outcome.failures, outcome.unresolved)
    )
    return outcome.passed, repr(outcome.output), outcome.action, failures, unresolved, repr(outcome.reask)


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The strings, numbers, bools and nulls in a value, each with where it stands."""
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*place, step))
    else:
        yield place, value


def run(guard: guardc.Guard, pieces: list[str], metadata: dict[str, Any] | None = None) -> Ending:
    stream = _core.stream_of(guard, metadata)
    fed: list[guardc.Field] = []
    for piece in pieces:
        fed += stream.feed(piece)
    partial, early = stream.partial, stream.stopped
    rest = stream.close()
    return Ending(fed, rest, partial, early, stream.stopped, summary(stream.outcome))


def check(guard: guardc.Guard, text: str, ways: list[list[str]], metadata: dict[str, Any] | None = None) -> Ending:
    """Compare the streams of a text with each other and with the whole text. Returns what they came to."""
    whole = guard.validate(text, metadata)
    first = run(guard, ways[0], metadata)
    for way in ways[1:]:
        ending = run(guard, way, metadata)
        assert repr(ending) == repr(first), f"{text!r} cut as {way!r}: {ending} instead of {first}"
    places = [field.place for field in first.fed + first.rest]
    assert len(set(places)) == len(places), f"{text!r}: {places}"
    read = _core.read_json(text)
    if not first.stopped:
        assert first.outcome == summary(whole), f"{text!r}: {first.outcome} instead of {summary(whole)}"
    elif first.early and read.error is None and not read.repairs:
        assert not whole.passed, f"{text!r}: {first}"
    if whole.passed and not first.stopped and read.error is None:
        output = dict(leaves(whole.output))
        for field in first.fed + first.rest:
            assert field.place in output, f"{text!r}: {field} is not in {output}"
            assert repr(field.value) == repr(output[field.place]), f"{text!r}: {field} in {output}"
        assert set(places) == set(output), f"{text!r}: {places} of {output}"
    assert dict(entry for entry in leaves(first.partial) if entry[1] is not None) == {
        field.place: field.value for field in first.fed if field.value is not None
    }, f"{text!r}: {first}"
    return first


def random_text(rng: random.Random, value: Any) -> str:
    """The value as a model may write it: mostly as it should be."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, None, 2]))
    kind = rng.random()
    if kind < 0.1:
        return f"```json\n{text}\n```\n"
    if kind < 0.13:
        return f"Here it is:\n```json\n{text}\n```\n"
    if kind < 0.16:
        return f"{text}\n" + rng.choice(["That is all.", '{"id": "a"}', "]", ', "x'])
    if kind < 0.19:
        return f"```\n{text}\n```\nor\n```\n{text}\n```"
    if kind < 0.27:
        return text[: rng.randint(0, len(text))]
    if kind < 0.36:
        at = rng.randint(0, len(text))
        flaw = rng.choice(['"', "\\", "\\ud800", ",", "}", "\n", "'", "1", "//x\n", "{", "\x01"])
        return text[:at] + flaw + text[at:]
    return text


def guard_of(rng: random.Random) -> tuple[guardc.Guard, dict[str, Any], str] | None:
    """The guard of a random policy with shapes, with the shapes and the source; None if the checker refuses it."""
    source = generate_structures.structure_source(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checked = check_text(source)
        if checked.policy is None:
            return None
        compilation = compile_checked(checked)
    assert compilation.plan is not None, source
    handlers, services = generate.functions(checked.policy)
    return load(compilation.plan, handlers=handlers, services=services).guard("g"), checked.policy.shapes, source


def main(count: int, first: int = 0) -> None:
    begun = time.monotonic()
    guards = texts = stopped = fed = rest = passed = 0
    for seed in range(first, first + count):
        rng = random.Random(seed)
        made = guard_of(rng)
        if made is None:
            continue
        guard, shapes, source = made
        guards += 1
        for _ in range(12):
            value = generate_structures.random_value(rng, shapes)
            metadata = generate.random_metadata(rng)
            text = random_text(rng, value)
            ways = [list(text), [text], *(streaming.cuts(rng, text) for _ in range(3))]
            try:
                ending = check(guard, text, ways, metadata)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}\nmetadata {metadata}\n{source}") from None
            texts += 1
            stopped += ending.stopped
            passed += ending.outcome[0]
            fed += len(ending.fed)
            rest += len(ending.rest)
    sys.stdout.write(
        f"{guards} guards, {texts} texts: {stopped} stopped, {passed} passed, {fed} values handed out while they came, "
        f"{rest} at the end, {time.monotonic() - begun:.0f} s\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
