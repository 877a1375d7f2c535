"""A plan that is not what the writer wrote is refused with a PlanError, or runs without harm."""

from __future__ import annotations

import collections
import random
import struct

import mutate
import pytest

from guardc.fastpath import layout
from guardc.runtime import PlanError, load


@pytest.fixture(scope="module")
def plan() -> bytes:
    return mutate.sample_plan()


def test_ten_thousand_damaged_plans(plan: bytes) -> None:
    ends: collections.Counter[str] = collections.Counter()
    for seed in range(10_000):
        rng = random.Random(seed)
        ends[mutate.try_plan(mutate.damaged(plan, rng), rng)] += 1
    # Damage that the checksums hide must have reached both ends: the deep checks, and the loops themselves.
    assert ends["refused"] > 3_000
    assert ends["ran"] > 1_000


def test_every_truncation_is_refused(plan: bytes) -> None:
    for size in [*range(2_000), *range(2_000, len(plan), 97)]:
        with pytest.raises(PlanError, match=r"truncated|not a plan"):
            load(plan[:size])


def test_every_flipped_bit_of_the_header_is_refused(plan: bytes) -> None:
    end = layout.HEADER.size + len(layout.SECTIONS) * layout.SECTION_ENTRY.size
    for bit in range(end * 8):
        copy = bytearray(plan)
        copy[bit // 8] ^= 1 << bit % 8
        with pytest.raises(PlanError):
            load(bytes(copy))


def test_a_flipped_bit_of_a_section_names_the_section(plan: bytes) -> None:
    for section, (_, offset, length) in zip(layout.SECTIONS, mutate.sections(plan), strict=True):
        if length == 0:
            continue
        copy = bytearray(plan)
        copy[offset + length // 2] ^= 16
        with pytest.raises(PlanError, match=f"section {section.name} .* checksum"):
            load(bytes(copy))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a plan"),
        (b"edition 1\nguard g on input {\n}\n", "not a plan"),
        (layout.MAGIC, "truncated"),
    ],
)
def test_what_is_not_a_plan_is_said_to_be_none(data: bytes, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        load(data)


def test_a_newer_format_is_named(plan: bytes) -> None:
    newer = bytearray(plan)
    struct.pack_into("<I", newer, 12, layout.FORMAT + 1)
    with pytest.raises(PlanError, match=rf"format {layout.FORMAT + 1}, .* reads format {layout.FORMAT}; upgrade"):
        load(mutate.repair_checksums(bytes(newer)))


def test_padding_between_sections_must_be_zero(plan: bytes) -> None:
    ends = [offset + length for _, offset, length in mutate.sections(plan)]
    gap = next(end for end in ends if end % layout.ALIGNMENT)
    copy = bytearray(plan)
    copy[gap] = 1
    with pytest.raises(PlanError):
        load(mutate.repair_checksums(bytes(copy)))


def test_ranges_that_name_the_same_records_again_and_again_are_refused(plan: bytes) -> None:
    # Otherwise a small file could make checking it take for ever.
    place = next(
        offset
        for section, (_, offset, _) in zip(layout.SECTIONS, mutate.sections(plan), strict=True)
        if section.name == "STRX"
    )
    count, data = next(
        (length // 8, bytes_length)
        for section, (_, _, length), (_, _, bytes_length) in zip(
            layout.SECTIONS[1:], list(mutate.sections(plan))[1:], mutate.sections(plan), strict=False
        )
        if section.name == "STRX"
    )
    copy = bytearray(plan)
    for number in range(count):
        struct.pack_into("<II", copy, place + 8 * number, 0, data)
    with pytest.raises(PlanError, match="STRX"):
        load(mutate.repair_checksums(bytes(copy)))
