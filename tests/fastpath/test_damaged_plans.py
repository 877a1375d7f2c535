"""A plan that is not what the writer wrote is refused with a PlanError, or runs without harm."""

from __future__ import annotations

import collections
import gc
import random
import struct

import mutate
import pytest

from guardc.compiler import compile_text
from guardc.fastpath import layout
from guardc.runtime import Plan, PlanError, load


@pytest.fixture(scope="module")
def plan() -> bytes:
    return mutate.sample_plan()


@pytest.mark.parametrize("first", range(0, 10_000, 2_500))
def test_ten_thousand_damaged_plans(plan: bytes, first: int) -> None:
    ends: collections.Counter[str] = collections.Counter()
    for seed in range(first, first + 2_500):
        rng = random.Random(seed)
        ends[mutate.try_plan(mutate.damaged(plan, rng), rng)] += 1
    # Damage that the checksums hide must have reached both ends: the deep checks, and the loops themselves.
    assert ends["refused"] > 700
    assert ends["ran"] > 250


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


def test_an_error_in_a_reference_cycle_is_collected(plan: bytes) -> None:
    # CPython 3.11 crashes when it collects a memoryview of which somebody still has a buffer.
    damaged = bytearray(plan)
    (offset,) = struct.unpack_from("<Q", plan, layout.HEADER.size + layout.SECTION_ENTRY.size + 8)
    damaged[offset] ^= 1
    for _ in range(5):
        with pytest.raises(PlanError) as caught:
            load(bytes(damaged))
        cycle: list[object] = [caught.value]
        cycle.append(cycle)
        del caught, cycle
        gc.collect()


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


# --- the first stage --------------------------------------------------------------------------------------------------

SCANNED = r"""
edition 1
pattern key = /k[0-9]{3}x/
pattern mail = /[a-z]+@[a-z]+/
guard g on input {
    no key, mail on fail noop
}
"""


@pytest.fixture(scope="module")
def scanned() -> bytes:
    plan = compile_text(SCANNED).plan
    assert plan is not None
    return plan


def section_of(plan: bytes, name: str) -> tuple[layout.Section, int, int]:
    """A section, where it begins, and how many records it has."""
    for section, (_, offset, length) in zip(layout.SECTIONS, mutate.sections(plan), strict=True):
        if section.name == name:
            return section, offset, length // section.size
    raise KeyError(name)


def with_field(plan: bytes, name: str, field: str, value: float, record: int = 0, part: int = 0) -> bytes:
    """The plan with one number changed: the `part`th of a field."""
    section, offset, count = section_of(plan, name)
    number = [one.name for one in section.fields].index(field)
    letters, width, _ = layout.CODES[section.fields[number].type]
    place = offset + (record % count) * section.size + section.offsets[number] + part * width // len(letters)
    copy = bytearray(plan)
    struct.pack_into(f"<{letters[part]}", copy, place, value)
    return mutate.repair_checksums(bytes(copy))


@pytest.mark.parametrize("name", ["FACT", "SLOT", "SIEV", "STND", "CCLS", "CTAB", "CSTA", "CFAC", "SCAN", "SRCH"])
def test_the_sample_has_records_of_every_section_of_the_scan(plan: bytes, name: str) -> None:
    assert section_of(plan, name)[2] > 0


def test_numbers_of_the_first_stage_that_name_nothing_are_refused(scanned: bytes) -> None:
    factors, states = section_of(scanned, "CFAC")[2], section_of(scanned, "CSTA")[2]
    patterns = section_of(scanned, "PATT")[2]
    slots = section_of(scanned, "SLOT")[2]
    damages = [
        ("FACT", "slot", slots, 0, "FACT"),
        ("FACT", "slot", layout.NONE, -1, "FACT"),
        ("FACT", "min_back", 10_000, 0, "FACT"),
        ("SLOT", "pattern", patterns, 0, "SLOT"),
        ("SLOT", "pattern", layout.NONE, -1, "SLOT"),
        ("CTAB", "next", states, 5, "CTAB"),
        ("CTAB", "next", 0xFFFF, -1, "CTAB"),
        ("CSTA", "first", factors + 1, -1, "CSTA"),
        ("CSTA", "count", factors + 1, 0, "CSTA"),
        ("CSTA", "count", layout.NONE, -1, "CSTA"),
        ("CFAC", "factor", section_of(scanned, "FACT")[2], 0, "CFAC"),
        ("CFAC", "factor", layout.NONE, -1, "CFAC"),
        ("CCLS", "class", 255, 7, "SCAN"),
    ]
    for name, field, value, record, blamed in damages:
        with pytest.raises(PlanError, match=f"section {blamed} of the plan is damaged"):
            load(with_field(scanned, name, field, value, record))


def test_tables_of_the_first_stage_of_another_size_are_refused(scanned: bytes) -> None:
    sizes = {
        "sieve": (0, layout.GROUP - 1, 1),
        "stand_ins": (0, section_of(scanned, "STND")[2] - 1),
        "classes": (0, 255),
        "table": (0, section_of(scanned, "CTAB")[2] - 1, 1),
        "states": (0, 1, 2),
        "accepted": (0,),
    }
    for field, wrong in sizes.items():
        for count in wrong:
            with pytest.raises(PlanError):
                load(with_field(scanned, "SCAN", field, count, part=1))
        with pytest.raises(PlanError):
            load(with_field(scanned, "SCAN", field, 1_000_000))


def test_a_state_may_not_name_what_belongs_to_another(scanned: bytes) -> None:
    # Otherwise each place of a text could be made to take as long as the plan is large.
    section, offset, count = section_of(scanned, "CSTA")
    accepted = section_of(scanned, "CFAC")[2]
    copy = bytearray(scanned)
    for number in range(count):
        struct.pack_into("<II", copy, offset + number * section.size, 0, accepted)
    with pytest.raises(PlanError, match="CSTA"):
        load(mutate.repair_checksums(bytes(copy)))


def test_a_confirming_automaton_that_goes_round_in_circles_ends(scanned: bytes) -> None:
    """To the end of the text from each of its places would be some 10^11 steps."""
    _, offset, count = section_of(scanned, "CTAB")
    copy = bytearray(scanned)
    struct.pack_into(f"<{count}H", copy, offset, *[1] * count)
    _, offset, count = section_of(scanned, "SIEV")
    copy[offset : offset + count] = b"\xff" * count
    guard = load(mutate.repair_checksums(bytes(copy))).guard("g")
    assert guard.validate("k" * 900_000).passed


STREAMED = """
edition 1
guard g on output stream {
    hold at most 40 chars on fail refrain
    json at end
}
"""


def test_what_is_said_of_streams_needs_one_and_all_of_its_parts() -> None:
    plan = compile_text(STREAMED).plan
    assert plan is not None
    load(plan)
    flags = 1 << layout.RULE_FLAGS.index("at end")
    actions = section_of(plan, "ACTN")[2]
    damages = [("stream", 0), ("hold", 0), ("hold_file", layout.NONE), ("on_hold", actions)]
    for field, value in damages:
        with pytest.raises(PlanError, match=r"section GARD of the plan .*damaged"):
            load(with_field(plan, "GARD", field, value))
    plain = compile_text("edition 1\nguard g on output {\n    json\n}\n").plan
    assert plain is not None
    with pytest.raises(PlanError, match=r"section RULE of the plan .*damaged"):
        load(with_field(plain, "RULE", "flags", flags))
    with pytest.raises(PlanError, match=r"section GARD of the plan .*damaged"):
        load(with_field(plain, "GARD", "hold", 40))


@pytest.mark.parametrize("shift", range(1, 8))
def test_a_plan_may_lie_anywhere_in_memory(plan: bytes, shift: int) -> None:
    memory = memoryview(bytes(shift) + plan)[shift:]
    guard = Plan(memory, services=mutate.Anything()).guard("g")
    text = "ann@example.com, 4111 1111 1111 1111, Globex"
    assert guard.validate(text).output == load(plan, services=mutate.Anything()).guard("g").validate(text).output


@pytest.mark.parametrize("field", ["low", "high"])
def test_a_bound_without_end_is_no_whole_number(field: str) -> None:
    source = "edition 1\nshape Note {\n    count integer in 1..5 on fail fix\n}\nguard g on output as json Note {\n}\n"
    plan = compile_text(source).plan
    assert plan is not None
    endless = float("inf") if field == "high" else float("-inf")
    for value in (endless, -endless):
        guard = load(with_field(plan, "RULE", field, value)).guard("g")
        for number in (0, 9):
            assert isinstance(guard.validate({"count": number}).passed, bool)
