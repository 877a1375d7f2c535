"""Writes docs/plan-format.md from the layout: `python -m guardc.fastpath.documentation > docs/plan-format.md`."""

from __future__ import annotations

import sys

from guardc.fastpath import layout

__all__ = ["page"]

_INTRODUCTION = f"""# The plan format, version {layout.FORMAT}

A plan is what `guardc compile` writes and `guardc.load` maps: tables, and nothing but tables. It holds no code, no
pointer and no name of something to import. This page is generated from `fastpath/layout.py`, the one description that
the writer and the reader share.

- Everything is little-endian. Sections start at multiples of {layout.ALIGNMENT} bytes; the bytes between them are zero.
- The same policy, compiled by the same version of guardc on the same version of Python, gives the same bytes on every
  machine.
  (Python's version matters because its Unicode tables say what `\\w` is.)
- All sections are present, in this order, if only with no record. Nothing follows the last one.
- At load, the header and each section are checked against their CRC-32, every reference against the number of records
  it points into, and every table of the scan against its neighbours, so that the loops can run without looking. A plan
  that fails a check is refused with a `PlanError` that names the section.
- A checksum protects against damage, not against malice: whoever can write your plans decides what your guards do.
Hostile
  plans can be wrong, but not crash or hang the process that loads them.

## Header, {layout.HEADER.size} bytes

| offset | size | field |
|---|---|---|
| 0 | 8 | magic `89 47 44 43 0D 0A 1A 0A` |
| 8 | 4 | endian mark `{layout.ENDIAN_MARK:#010x}` |
| 12 | 4 | format version |
| 16 | 8 | size of the file in bytes |
| 24 | 4 | number of sections |
| 28 | 4 | CRC-32 of header and section table, computed with this field zero |
| 32 | 32 | SHA-256 of the policy: its JSON form with sorted keys and without the places where things were written |

## Section table, {layout.SECTION_ENTRY.size} bytes for each section

| offset | size | field |
|---|---|---|
| 0 | 4 | name |
| 4 | 4 | size of a record |
| 8 | 8 | offset in the file |
| 16 | 8 | length in bytes |
| 24 | 4 | CRC-32 of the bytes |
| 28 | 4 | zero |

## Field types

| type | bytes | meaning |
|---|---|---|
| `u8`, `u16`, `u32`, `u64` | 1, 2, 4, 8 | unsigned integers |
| `f64` | 8 | IEEE 754 double |
| `enum` | 1 | one of the numbered values |
| `bits` | 8 | a set of up to 64 |
| `class set` | 32 | a set of up to 256 classes, lowest bit first |
| `index` | 4 | number of a record of another section |
| `optional` | 4 | the same, or `{layout.NONE:#x}` for none |
| `range` | 8 | `start` and `count` of consecutive records of another section |
| `list` | 8 | a range of LIST whose entries are numbers of records of another section |

Fields stand at multiples of their own alignment. The ranges of one field never add up to more than the records
there are.

## Sections
"""


def page() -> str:
    """The whole page."""
    return _INTRODUCTION + "".join(_section(section) for section in layout.SECTIONS)


def _section(section: layout.Section) -> str:
    kind = "read in place by the scan" if section.hot else "decoded at load"
    lines = [
        f"\n### {section.name}: {section.title}\n",
        f"Records of {section.size} bytes, {kind}.\n",
        "| offset | type | field | |",
        "|---|---|---|---|",
    ]
    for field, offset in zip(section.fields, section.offsets, strict=True):
        target = f" → {field.target}" if field.target else ""
        lines.append(f"| {offset} | `{field.type}`{target} | {field.name} | {field.doc} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
