"""Damages plans: blindly, and with checksums made right again so that the damage reaches the deeper checks.

python tests/support/mutate.py 100000        # as many damaged plans; prints how they ended

Half of the damage is blind. The other half puts a number that is likely to do harm into one field of one record: just
below and just above what the tables have room for.
"""

from __future__ import annotations

import collections
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import generate

from guardc.compiler import compile_text
from guardc.fastpath import layout
from guardc.runtime import PlanError, load

__all__ = ["SAMPLE", "Anything", "damaged", "repair_checksums", "sample_plan", "try_plan"]

FIRST_STAGE = (
    "FACT", "SLOT", "SIEV", "STND", "CCLS", "CTAB", "CSTA", "CFAC", "SCAN", "SRCH", "LIST", "LOCL", "CHEK",
    "FNOD", "FEDG", "FSYM", "FBIT", "LABL", "GARD", "NPAG", "NENT", "NEFF", "NCHR", "TERM", "TEXT", "GRAM",
    "SUFL", "SUFC",
)  # fmt: skip
"""Sections that get more than their share: what they hold is used as an index at every place of a text."""

SAMPLE = r"""
edition 1
pattern mail  = /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}/
pattern card  = /\b(?:\d{4}[ -]?){3}\d{4}\b/ where luhn
pattern key   = /\b[a-z]\w{3,9}\b/ where entropy >= 1.5, no known, near ["card", "key"] within 20 chars, no placeholder
pattern known = /\w{1,9}/ where has digits, is mail_or_not, not before mail_or_not
pattern digits = /\d{2,4}/ where luhn
pattern mail_or_not = /\w{1,9}@?/
pattern name  = /[\w.]{1,40}/ where public_suffix
pattern tail  = /\w+$|^#.*/m
pattern empty = /a*/
pattern twice = /(\w)\1/ backtracking within 50 ms
words rivals  = ["Globex", "Initech Cloud"] ignore case
words typos   = ["password", "to be or not"] ignore case, leet, within 1 edit
text prompt   = "To be, or not to be: that is the question"
text motto    = "to be or"
metadata {
    age number
    plan string = "free"
}
classifier noise = weights("@weights@")
judge polite: "Is it polite, in {plan}?" via repair
service tox at env("TOX_URL") {
    protocol v2
    model   "toxicity"
    version "1"
    input   "TEXT" as column
    output  "scores"
    labels  "toxic", "insult"
    key     env("TOX_KEY")
    batch   8 within 2 ms
    cache   10
}
service doubted at env("DOUBTED_URL") {
    protocol v2
    when    noise.score in 0.4..0.6
    else    noise.score
}
service standing at env("STANDING_URL") {
    protocol v2
    else    card
}
guard g on input {
    max 1 KB on fail refrain
    normalize invisible, width, confusables, escapes
    noise.score < 0.5 on fail noop
    no mail, card, key, typos, name except rivals on fail fix with "[{kind}]{mask}"
    has rivals, tail, empty on fail noop
    is empty on fail noop "Not empty."
    no twice on fail noop on error noop
    words in 1..12 on fail fix
    when age >= 18 and not (plan in ["pro", "team"]): lower case on fail fix_reask on error noop
    one of "yes", "no" on fail noop
    no leak(prompt), leak(motto), repeated sentences except rivals on fail fix
    overlap(prompt) < 0.3 on fail noop
    number in 0..10.5 on fail fix
    reading time <= 1 s on fail fix
    reading grade <= 3 on fail noop
    contains "a" ignore case on fail noop
}
shape Item open {
    name   string chars <= 5   on fail fix
    parts? list of Item        on fail filter
}
shape Card {
    kind "card" or 1
    qty  integer in 1..5       on fail fix
}
shape Cash {
    kind   "cash"
    scores map of (number or null) count <= 2 on fail fix
}
shape Ticket {
    id     string is mail      on fail reask
    note?  string or null = "none"
    tags   list of any = [{a: []}]
    items  list of Item count in 1..3 on fail fix
    pay    Card or Cash or null on fail noop
    level  one of "low", 2     on fail fix to "low"
}
model repair {
    model "small"
    temperature 0.5
    timeout 5 s
    max_tokens 200
}
guard s on output as json Ticket {
    answers g
    reasks 2 via repair then refrain "No answer."
    reask with "{requirements}"
    on fail noop
    $.items[0].name: no rivals on fail fix
    when $.items[0].name == "Globex" and $.id == "x": $.items: count <= 2 on fail noop
    has mail                   on fail noop
    no card, twice             on fail fix on error noop
}
guard u on output {
    polite on fail noop on error noop
    tox.score("insult") < 0.4 on fail noop on error noop
    doubted.score < 0.4 on fail noop on error noop
    standing.score < 0.4 on fail noop on error noop
}
guard t on output stream {
    hold at most 40 chars on fail refrain
    no card, rivals on fail fix
    chars in 2..2_000 on fail fix
    lower case at end on fail reask
}
""".replace("@weights@", generate.WEIGHTS)

VALUES = (
    {
        "id": "ann@example.com",
        "items": [{"name": "Globex", "parts": [{"name": "long name"}, 3]}, {"x": []}, {"name": "b"}, {"name": "c"}],
        "pay": {"kind": "card", "qty": 7},
        "level": "high",
    },
    {"id": "x", "items": [], "pay": {"kind": "cash", "scores": {"a": 1, "b": None, "c": 2.5}}, "more": "x", "level": 2},
    [1, "4111 1111 1111 1111", {"a": {"b": True}}],
)
"""Values for the structured guard: one that nearly is a ticket, one that has to be asked again, one that is none."""


def sample_plan() -> bytes:
    """A small plan that has records in nearly every section."""
    plan = compile_text(SAMPLE).plan
    assert plan is not None
    return plan


def sections(plan: bytes) -> Iterator[tuple[int, int, int]]:
    """Place of each table entry, and offset and length of its section, as the plan says them."""
    for number in range(len(layout.SECTIONS)):
        place = layout.HEADER.size + number * layout.SECTION_ENTRY.size
        _, _, offset, length, _, _ = layout.SECTION_ENTRY.unpack_from(plan, place)
        yield place, offset, length


def repair_checksums(plan: bytes) -> bytes:
    """The same plan with checksums that match what it now holds."""
    fixed = bytearray(plan)
    for place, offset, length in sections(plan):
        if offset + length <= len(plan):
            struct.pack_into("<I", fixed, place + 24, zlib.crc32(plan[offset : offset + length]))
    end = layout.HEADER.size + len(layout.SECTIONS) * layout.SECTION_ENTRY.size
    struct.pack_into("<I", fixed, 28, 0)
    struct.pack_into("<I", fixed, 28, zlib.crc32(fixed[:end]))
    return bytes(fixed)


def damaged(plan: bytes, rng: random.Random) -> bytes:
    """One damaged copy."""
    if rng.random() < 0.5:
        return set_a_field(plan, rng)
    kind = rng.random()
    if kind < 0.1:
        return plan[: rng.randrange(len(plan))]
    if kind < 0.15:
        return plan + bytes(rng.randrange(1, 100))
    copy = bytearray(plan)
    # Most of the bytes are tables of one pattern; give the small sections their share.
    spans = [(offset, length) for _, offset, length in sections(plan) if length]
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        offset, length = rng.choice(spans) if rng.random() < 0.9 else (0, 64 + 32 * len(layout.SECTIONS))
        place = offset + rng.randrange(length)
        change = rng.random()
        if change < 0.4:
            copy[place] ^= 1 << rng.randrange(8)
        elif change < 0.6:
            copy[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif change < 0.8:
            width = rng.choice([2, 4, 8])
            copy[place : place + width] = rng.choice([b"\xff", b"\x00", b"\x7f", b"\x01\x00"]) * width
            del copy[len(plan) :]
        else:
            other = offset + rng.randrange(length)
            copy[place], copy[other] = copy[other], copy[place]
    return repair_checksums(bytes(copy)) if kind > 0.3 else bytes(copy)


def fields(section: layout.Section) -> list[tuple[int, str]]:
    """Place in the record and struct letter of each number of a record."""
    found = []
    for field, offset in zip(section.fields, section.offsets, strict=True):
        letters, width, _ = layout.CODES[field.type]
        found += [(offset + number * (width // len(letters)), letter) for number, letter in enumerate(letters)]
    return found


def set_a_field(plan: bytes, rng: random.Random) -> bytes:
    """A copy in which one number, mostly one that the scan reads in place, is near the edge of what it may be."""
    filled = [
        (section, offset, length)
        for section, (_, offset, length) in zip(layout.SECTIONS, sections(plan), strict=True)
        if length
    ]
    fast = [entry for entry in filled if entry[0].name in FIRST_STAGE]
    copy = bytearray(plan)
    for _ in range(rng.choice([1, 1, 1, 2])):
        section, offset, length = rng.choice(fast if rng.random() < 0.6 else filled)
        place, letter = rng.choice(fields(section))
        place += offset + rng.randrange(length // section.size) * section.size
        counts = [size // one.size for one, _, size in filled]
        old = struct.unpack_from(f"<{letter}", copy, place)[0]
        if letter == "d":
            value: float = rng.choice([0.0, -1.0, 0.5, 1e300, -1e300, float("nan"), float("inf"), old + 1])
        else:
            edge = rng.choice([0, 1, 255, 256, 0x7FFF, 0x8000, 0xFFFF, layout.NONE, old, *counts])
            value = (edge + rng.choice([-1, 0, 0, 1, 7])) & ((1 << 8 * struct.calcsize(letter)) - 1)
        struct.pack_into(f"<{letter}", copy, place, value)
    return repair_checksums(bytes(copy))


def _judge(**arguments: object) -> dict[str, object]:
    return {"choices": [{"message": {"role": "assistant", "content": '{"holds": true}'}}]}


class Anything(dict[str, Any]):
    """A function in the place of each service, whatever it is called."""

    def get(self, name: str, default: Any = None) -> Any:
        return lambda text: {"toxic": 0.5, "insult": 0.5}


def try_plan(plan: bytes, rng: random.Random) -> str:
    """Load a plan and, if it loads, run it. Returns how it ended; anything but a PlanError is raised."""
    try:
        loaded = load(plan, llm=_judge, services=Anything())
    except PlanError:
        return "refused"
    for name in loaded.guards:
        try:
            outcomes = [loaded.guard(name).validate(value) for value in VALUES]
        except TypeError:  # a guard on texts
            outcomes = []
        for outcome in outcomes:
            assert isinstance(outcome.passed, bool)
            assert all(isinstance(failure.message, str) for failure in (*outcome.failures, *outcome.unresolved))
            if outcome.reask is not None:
                loaded.guard(name).validate(outcome.reask.merge(dict.fromkeys(outcome.reask.paths, "a")))
        for _ in range(2):
            # Long enough for whole blocks of the sieve, and of any width.
            text = generate.random_text(rng) * rng.choice([1, 1, 5]) + rng.choice(["", "Globex ann@example.com", "я😀"])
            outcome = loaded.guard(name).validate(text, {"age": 20})
            assert isinstance(outcome.passed, bool)
            assert all(isinstance(failure.message, str) for failure in outcome.failures)
            assert all(failure.fix is None or isinstance(failure.fix, str | float) for failure in outcome.failures)
    return "ran"


def main(count: int, first: int = 0) -> None:
    plan = sample_plan()
    ends: collections.Counter[str] = collections.Counter()
    for seed in range(first, first + count):
        rng = random.Random(seed)
        try:
            ends[try_plan(damaged(plan, rng), rng)] += 1
        except Exception:
            sys.stderr.write(f"seed {seed}\n")
            raise
    sys.stdout.write(", ".join(f"{number} {end}" for end, number in sorted(ends.items())) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
