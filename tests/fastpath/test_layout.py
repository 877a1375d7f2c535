"""The layout is one description: its documentation, its formats and the writer agree."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import mutate
import pytest

from guardc.fastpath import _core, layout, reader
from guardc.fastpath.documentation import page

ROOT = Path(__file__).parents[2]


def test_documentation_is_current() -> None:
    assert (ROOT / "docs" / "plan-format.md").read_text(encoding="utf-8") == page(), (
        "run: python -m guardc.fastpath.documentation > docs/plan-format.md"
    )


def test_header_and_section_entries_have_no_hidden_padding() -> None:
    assert layout.HEADER.size == 64
    assert layout.SECTION_ENTRY.size == 32


@pytest.mark.parametrize("section", layout.SECTIONS, ids=lambda section: section.name)
def test_records_are_padded_to_their_alignment(section: layout.Section) -> None:
    assert section.size == struct.calcsize(section.format)
    assert struct.calcsize(section.format.replace("<", "@")) == section.size


def test_section_names_are_distinct_and_targets_exist() -> None:
    names = [section.name for section in layout.SECTIONS]
    assert len(set(names)) == len(names)
    for section in layout.SECTIONS:
        for field in section.fields:
            if field.type in ("index", "optional", "range", "list"):
                assert field.target in names


def test_same_source_gives_same_bytes() -> None:
    assert mutate.sample_plan() == mutate.sample_plan()


def test_strings_survive_the_plan() -> None:
    sections = reader.read(mutate.sample_plan())
    assert "policy.guard" in sections.strings
    assert "Not empty." in sections.strings


def test_the_checksum_is_that_of_zlib() -> None:
    data = random.Random(1).randbytes(5_000)
    for count in (*range(300), 1_023, 1_024, 1_025, 4_999):
        assert _core.crc32(data[:count]) == zlib.crc32(data[:count]), count
        assert _core.crc32(memoryview(data)[1 : count + 1]) == zlib.crc32(data[1 : count + 1]), count
