"""Opens a plan: checks the container, decodes the cold sections, checks every reference between them.

What comes out is a `Sections`: lists of plain tuples for the cold sections, memory views for the hot ones. The views
are checked by `_core`, which also knows what their numbers mean.

A plan comes from outside: nothing in it is believed. Every way in which it can be wrong ends in a `PlanError` that
names the part; none ends in another exception, in a large allocation or in a loop that depends on a number in the plan.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from operator import add
from typing import Any

from guardc.fastpath import layout
from guardc.fastpath._core import crc32
from guardc.fastpath.errors import PlanError
from guardc.fastpath.layout import NONE, Section

__all__ = ["Sections", "read"]

_RECOMPILE = "compile the policy again"
_NO_REFERENCE = {NONE}
_BY_NAME = {section.name: section for section in layout.SECTIONS}


class Sections:
    """A plan, taken apart.

    cold: records of each cold section, as tuples in the order of the fields (a range or list is two numbers).
    hot: bytes of each hot section.
    strings: section STRX, decoded.
    policy_hash: SHA-256 of the policy the plan was compiled from, as hexadecimal digits.
    """

    __slots__ = ("cold", "hot", "policy_hash", "strings")

    def __init__(
        self,
        cold: dict[str, list[tuple[Any, ...]]],
        hot: dict[str, memoryview],
        strings: list[str],
        policy_hash: str,
    ) -> None:
        self.cold = cold
        self.hot = hot
        self.strings = strings
        self.policy_hash = policy_hash


def read(data: bytes | bytearray | memoryview) -> Sections:
    """Take apart the plan in `data` (the whole file).

    Raises:
        PlanError: it is not a plan, of another format, truncated, damaged, or inconsistent.
    """
    if sys.byteorder != "little":
        raise PlanError("plans are little-endian and this machine is not")
    view = memoryview(data).toreadonly()
    raw, policy_hash = _sections(view)
    cold: dict[str, list[tuple[Any, ...]]] = {}
    hot: dict[str, memoryview] = {}
    for section in layout.SECTIONS:
        if section.hot:
            hot[section.name] = raw[section.name]
        elif section.name != "STRD":
            cold[section.name] = list(struct.iter_unpack(section.format, raw[section.name]))
    counts = {section.name: len(raw[section.name]) // section.size for section in layout.SECTIONS}
    for name, records in cold.items():
        if records:
            _check_references(_BY_NAME[name], records, counts, cold["LIST"])
    return Sections(cold, hot, _strings(cold["STRX"], raw["STRD"]), policy_hash)


def _sections(view: memoryview) -> tuple[dict[str, memoryview], str]:
    """The bytes of each section, after all checks of the container."""
    header = layout.HEADER
    if len(view) < len(layout.MAGIC) or bytes(view[: len(layout.MAGIC)]) != layout.MAGIC:
        raise PlanError(f"this is not a plan: it does not begin with the plan signature; {_RECOMPILE}")
    if len(view) < header.size:
        raise PlanError(f"the plan is truncated: {len(view)} bytes are less than its header; {_RECOMPILE}")
    _, endian, version, size, count, crc, policy_hash = header.unpack_from(view)
    if endian != layout.ENDIAN_MARK:
        raise PlanError(f"the plan's header is damaged: wrong endian mark; {_RECOMPILE}")
    if version != layout.FORMAT:
        newer = version > layout.FORMAT
        advice = "upgrade guardc or compile the policy again with this version" if newer else _RECOMPILE
        raise PlanError(f"the plan has format {version}, this version of guardc reads format {layout.FORMAT}; {advice}")
    if size != len(view):
        what = "truncated" if len(view) < size else "followed by other data"
        raise PlanError(f"the plan is {what}: {len(view)} bytes instead of {size}; {_RECOMPILE}")
    end = header.size + len(layout.SECTIONS) * layout.SECTION_ENTRY.size
    if count != len(layout.SECTIONS) or len(view) < end:
        wanted = len(layout.SECTIONS)
        raise PlanError(f"the plan's header is damaged: {count} sections instead of {wanted}; {_RECOMPILE}")
    head = bytearray(view[:end])
    head[header.size - 36 : header.size - 32] = bytes(4)  # the checksum is computed with its own field zero
    if crc32(head) != crc:
        raise PlanError(f"the plan's header is damaged: its checksum does not match; {_RECOMPILE}")

    raw: dict[str, memoryview] = {}
    # A list: an iterator would keep a buffer of the view, and an error whose traceback is part of a reference cycle
    # would keep the iterator. CPython 3.11 crashes when it collects a view with a buffer (gh-77894).
    entries = list(layout.SECTION_ENTRY.iter_unpack(view[header.size : end]))
    for section, (name, record, offset, length, section_crc, zero) in zip(layout.SECTIONS, entries, strict=True):
        start = -(-end // layout.ALIGNMENT) * layout.ALIGNMENT
        if name != section.name.encode() or record != section.size or offset != start or zero or length % section.size:
            raise PlanError(f"the plan's section table is damaged at section {section.name}; {_RECOMPILE}")
        if offset + length > size:
            raise PlanError(f"section {section.name} of the plan ends outside of the plan; {_RECOMPILE}")
        if any(view[end:start]):
            raise PlanError(f"the plan is damaged: the gap before section {section.name} is not empty; {_RECOMPILE}")
        end = offset + length
        raw[section.name] = view[offset:end]
        if crc32(raw[section.name]) != section_crc:
            raise PlanError(f"section {section.name} of the plan ({section.title}) is damaged: "
                            f"its checksum does not match; {_RECOMPILE}")  # fmt: skip
    if end != size:
        raise PlanError(f"the plan has {size - end} bytes behind its last section; {_RECOMPILE}")
    return raw, policy_hash.hex()


def _check_references(
    section: Section, records: Sequence[tuple[Any, ...]], counts: dict[str, int], pool: Sequence[tuple[Any, ...]]
) -> None:
    """Check that every reference in `records` names records that exist, and every enumeration a value that exists."""
    # A plan of many patterns has many records: what runs over all of them are functions of C.
    column = 0
    columns = list(zip(*records, strict=True))
    for field in section.fields:
        values = columns[column]
        if field.type == "enum":
            good = max(values) < field.limit
        elif field.type == "index":
            good = max(values) < counts[field.target]
        elif field.type == "optional":
            good = max(set(values) - _NO_REFERENCE, default=-1) < counts[field.target]
        elif field.type in ("range", "list"):
            limit = counts["LIST" if field.type == "list" else field.target]
            lengths = columns[column + 1]
            # The writer lays ranges out one after the other. Without the bound on their sum a small file could name the
            # same records so often that checking them takes for ever.
            good = sum(lengths) <= limit and max(map(add, values, lengths)) <= limit
            if good and field.type == "list":
                target = counts[field.target]
                good = all(
                    max(pool[start : start + length], default=(-1,))[0] < target
                    for start, length in zip(values, lengths, strict=True)
                )
            column += 1
        else:
            good = True
        column += 4 if field.type == "class set" else 1
        if not good:
            raise PlanError(f"section {section.name} of the plan ({section.title}) is damaged: "
                            f"`{field.name}` is out of range; {_RECOMPILE}")  # fmt: skip


def _strings(records: Sequence[tuple[Any, ...]], data: memoryview) -> list[str]:
    try:
        whole = bytes(data)
        return [whole[start : start + length].decode("utf-8", "surrogatepass") for start, length in records]
    except UnicodeDecodeError:
        raise PlanError(f"section STRD of the plan (its strings) is damaged: not UTF-8; {_RECOMPILE}") from None
