"""The layout of a plan: the one description that the writer, the reader and docs/plan-format.md share.

A plan is a header, a table of sections, and the sections, each an array of equal records. Everything is
little-endian; sections start at multiples of `ALIGNMENT`, the gaps are zero. A plan holds data only: nothing in it is
code, names something to import, or is a pointer.

Vocabulary:
    record    one row of a section; its fields stand in the order given here, at their natural alignment
    index     a u32 that counts records of another section; `NONE` stands for "absent" where a field allows it
    range     two u32, `start` and `count`, that name consecutive records of another section
    list      a range of the section LIST whose entries are indexes into a third section
    cold      sections that are decoded into Python objects once, at load
    hot       sections that the scan reads in place, straight from the mapped file

INVARIANT: every reference in a plan is checked at load against the number of records of its target, so that the
loops of the fast path can run without looking.

Example: field `rules` of GARD is `("rules", "range", "RULE")`: eight bytes, the first rule and how many.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

__all__ = [
    "ACCEPT",
    "ACTIONS",
    "ALIGNMENT",
    "APART_CHECKS",
    "CHECKS",
    "CHECK_KINDS",
    "CODES",
    "CONFIRM_ACCEPTS",
    "CONSTANT_KINDS",
    "DEEPEST_CHECK",
    "DFA_ACCEPT",
    "DIRECTIONS",
    "ENDIAN_MARK",
    "FILTERS_ENDS",
    "FILTER_END",
    "FILTER_FACTOR",
    "FILTER_MIXERS",
    "FINDERS",
    "FORMAT",
    "FURTHEST_NEAR",
    "GRAM_WORDS",
    "GROUP",
    "HANDLER_KINDS",
    "HEADER",
    "LARGEST_SCALE",
    "LEAST_BITS",
    "LONGEST_CHECKED",
    "LONGEST_ENTRY",
    "LONGEST_PREFIX",
    "LONGEST_SEARCH",
    "LONGEST_WIDE",
    "MAGIC",
    "MAX_GROUPS",
    "MAX_WINDOW",
    "MEASURES",
    "MOST_BITS",
    "MOST_CHECKS",
    "MOST_EDITS",
    "MOST_ENTRIES",
    "NODE_KINDS",
    "NONE",
    "NORMALIZATIONS",
    "OPERATIONS",
    "PAGE_BITS",
    "PAGE_COUNT",
    "PIECES",
    "PREDICATES",
    "PROTOCOLS",
    "QUANTIFIERS",
    "READING_RATE",
    "REMOVED_BY",
    "ROLES",
    "RULE_FLAGS",
    "SECTIONS",
    "SECTION_ENTRY",
    "SHORT",
    "SIEVED",
    "SKETCH_ACCEPTED",
    "SUFFIX_ANY",
    "SUFFIX_EXCEPT",
    "SUFFIX_HERE",
    "TESTS",
    "TYPES",
    "UNITS",
    "WORD_LABEL",
    "Field",
    "Section",
]

MAGIC: Final = b"\x89GDC\r\n\x1a\n"
"""As in PNG: a byte above 127, a name, and line ends that a text-mode transfer would damage."""
ENDIAN_MARK: Final = 0x01020304
FORMAT: Final = 14
"""Raised by every change that an older reader would misread."""
ALIGNMENT: Final = 64
NONE: Final = 0xFFFFFFFF

HEADER: Final = struct.Struct("<8sIIQII32s")
"""magic, endian mark, format, file size, number of sections, CRC-32 of header and section table with this field zero,
SHA-256 of the policy (see `compiler/writer.py`)."""
SECTION_ENTRY: Final = struct.Struct("<4sIQQII")
"""name, size of a record, offset, length in bytes, CRC-32 of the bytes, zero."""

# --- enumerations: the position in the tuple is the number in the plan -----------------------------------------------

ACTIONS: Final = ("noop", "custom", "fix", "fix_reask", "reask", "filter", "refrain", "exception")
"""Weakest first: the number is the strength."""
CHECKS: Final = (
    "luhn",
    "mod97",
    "no placeholder",
    "verhoeff",
    "ean13",
    "isbn",
    "vin",
    "npi",
    "aba",
    "uk_nhs",
    "de_tax_id",
    "fr_nir",
    "es_nif",
    "it_codice_fiscale",
    "br_cpf",
    "br_cnpj",
    "au_tfn",
    "au_abn",
    "au_medicare",
    "nl_bsn",
    "pl_pesel",
    "se_personnummer",
    "be_national",
    "pt_nif",
    "cn_resident",
    "jp_my_number",
    "kr_rrn",
    "mx_curp",
    "sg_nric",
    "no_fodselsnummer",
    "fi_hetu",
    "base58check",
    "xrp_address",
    "bech32",
    "eip55",
    "public_suffix",
)
"""Checks that take nothing."""
APART_CHECKS: Final = CHECKS[:2]
"""Numbers of bits in `SRCH.checks`."""
CHECK_KINDS: Final = ("named", "entropy", "not before", "is", "has", "no", "near", "not in")
LONGEST_CHECKED: Final = 256
"""Characters of a match that is given to a check. A check reads its span once per candidate: were the span unbounded,
the time per character would grow with the text."""
MOST_CHECKS: Final = 16
"""Checks of one pattern."""
DEEPEST_CHECK: Final = 3
"""Patterns on the way from a pattern through checks."""
FURTHEST_NEAR: Final = 1000
"""Characters that `near` looks around a match."""
CONSTANT_KINDS: Final = ("bool", "int", "float", "string")
DIRECTIONS: Final = ("input", "output")
ROLES: Final = ("system", "developer", "user", "assistant", "tool")
HANDLER_KINDS: Final = ("detector", "measure", "predicate", "action")
FINDERS: Final = ("none", "leak", "repeated sentences")
MEASURES: Final = (
    "chars", "words", "lines", "bytes", "count", "custom", "score", "number", "items", "reading time", "reading grade",
    "overlap",
)  # fmt: skip
OPERATIONS: Final = (
    "constant", "field", "not", "and", "or", "==", "!=", "<", "<=", ">", ">=", "in range", "in list", "path",
)  # fmt: skip
"""Of conditions, in postfix order: `constant`/`field`/`path` push, the others pop their operands and push the result.
`and`, `or` and `in list` take the number of operands, `in range` pops operand, low, high."""
PIECES: Final = ("literal", "kind", "mask")
PREDICATES: Final = (
    "one of", "json", "lower case", "upper case", "starts with", "ends with", "custom", "contains", "sql", "html",
    "openapi",
)  # fmt: skip
PROTOCOLS: Final = ("v2", "tei", "moderation", "guardrails", "llamaguard")
"""Of services."""
QUANTIFIERS: Final = ("no", "has", "is")
TESTS: Final = ("find", "measure", "predicate")
TYPES: Final = ("string", "number", "bool")
UNITS: Final = ("chars", "bytes")
RULE_FLAGS: Final = ("has low", "has high", "low open", "high open", "ignore case", "at end")
"""Numbers of bits in `RULE.flags`."""

GRAM_WORDS: Final = 4
"""Words of a group by which a text is compared with a given one; of a shorter text, all."""
READING_RATE: Final = 238
"""Words a minute of `reading time`."""
NORMALIZATIONS: Final = ("invisible", "width", "confusables", "escapes")
"""Numbers of bits in `GARD.normalize`."""
REMOVED_BY: Final = ("", "invisible", "confusables")
LETTER_ROLES: Final = ("no letter", "latin", "other", "look-alike", "neutral", "fancy")
LONGEST_WIDE: Final = 4
"""Characters that one character may become by `width`."""
NODE_KINDS: Final = ("string", "number", "integer", "bool", "null", "list", "object", "map")
"""Numbers of bits in `NODE.kinds`. `integer`: a number without a fraction; `map`: an object whose members are
counted."""

LONGEST_SEARCH: Final = 60_000
"""Milliseconds that `SRCH.limit` may give a search."""

# --- constants of the scan -------------------------------------------------------------------------------------------

PAGE_BITS: Final = 8
PAGE_COUNT: Final = 0x110000 >> PAGE_BITS
SIEVED: Final = 4
"""Characters of a window that the sieve looks at."""
GROUP: Final = 2 * 16 * SIEVED
"""Bytes of a group of the sieve: for each of those characters 16 entries by the low four bits of a byte, then the same
by the high four. Bit b of an entry: bucket b admits it."""
MAX_GROUPS: Final = 8
MAX_WINDOW: Final = 8
CONFIRM_ACCEPTS: Final = 0x8000
"""In a transition of the confirming automaton: the state that it leads to accepts factors."""
ACCEPT: Final = NONE
"""As the target of an edge: the match ends here."""
SKETCH_ACCEPTED: Final = 0xFFFF
"""In a transition of a sketch: there may be a match."""
SHORT: Final = 64
"""A pattern whose matches are no longer, and that has a DFA, is searched by that alone."""
WORD_LABEL: Final = 0x8000
DFA_ACCEPT: Final = 0x8000
"""In a transition: a match ends before the character that is consumed."""

# --- word lists with `within` or `leet` ---

MOST_EDITS: Final = 2
LONGEST_ENTRY: Final = 250
"""Characters of an entry."""
MOST_ENTRIES: Final = 1 << 20
LONGEST_PREFIX: Final = 8
"""Characters of an entry that the filter knows at most."""
FILTER_FACTOR: Final = 0x9E3779B97F4A7C15
"""The hash of what is left of a prefix of size p is p, then for each mark times this factor plus the mark (64 bits)."""
FILTER_END: Final = 0x10000
"""The mark of the end of a word, if `PATT.prefixes` has the bit FILTERS_ENDS."""
FILTERS_ENDS: Final = 1 << (LONGEST_PREFIX + 1)
FILTER_MIXERS: Final = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
"""A hash sets one bit of the filter for each: the highest bits of the product are its number."""


LEAST_BITS: Final = 8
MOST_BITS: Final = 19
"""Of a feature's hash that choose one of a classifier's weights."""
LARGEST_SCALE: Final = 1_000
"""Of what a classifier's sum is multiplied by, and of what is added to it."""

# --- public suffixes ---

SUFFIX_HERE: Final = 1
"""The name from this label on is a public suffix."""
SUFFIX_ANY: Final = 2
"""With any one label before it, it is one."""
SUFFIX_EXCEPT: Final = 4
"""It is none, though the label behind this one has `SUFFIX_ANY`."""


class Field(NamedTuple):
    """One field of a record.

    type: `u8`, `u16`, `u32`, `u64`, `f64`; `index`, `optional`, `range`, `list` refer to the section `target`;
          `enum` is a `u8` below `limit`; `bits` is a `u64`.
    """

    name: str
    type: str
    target: str = ""
    limit: int = 0
    doc: str = ""


CODES: Final = {
    "u8": ("B", 1, 1),
    "enum": ("B", 1, 1),
    "u16": ("H", 2, 2),
    "u32": ("I", 4, 4),
    "u64": ("Q", 8, 8),
    "bits": ("Q", 8, 8),
    "f64": ("d", 8, 8),
    "index": ("I", 4, 4),
    "optional": ("I", 4, 4),
    "range": ("II", 8, 4),
    "list": ("II", 8, 4),
    "class set": ("QQQQ", 32, 8),
}
"""Of each type of field: struct letters, width, alignment."""


class Section:
    """One section: its records all have the same fields.

    Attributes:
        hot: read in place by the scan, not decoded.
        offsets: where each field begins in a record.
        format: of one record, for `struct`; explicit padding keeps every field at its natural alignment.
        size: bytes of one record.
    """

    __slots__ = ("fields", "format", "hot", "name", "offsets", "size", "title")

    def __init__(self, name: str, title: str, fields: tuple[Field, ...], hot: bool = False) -> None:
        self.name = name
        self.title = title
        self.fields = fields
        self.hot = hot
        # Computed here, once: a load asks for them again and again.
        offsets, code, size, largest = [], "<", 0, 1
        for field in fields:
            letters, width, align = CODES[field.type]
            offset = size + -size % align
            offsets.append(offset)
            code += "x" * (offset - size) + letters
            size = offset + width
            largest = max(largest, align)
        self.offsets = tuple(offsets)
        self.format = code + "x" * (-size % largest)
        self.size = struct.calcsize(self.format)


_PREFIXES = "then sizes of prefixes in the filter, as bits; bit 0: not all are in it; bit 9: ends of words have marks"

_SUFFIX_RULES = "bits: 0 a public suffix begins here, 1 at any label before it, 2 an exception to that: not here"


def _numbered(values: tuple[str, ...], first: int) -> str:
    return ", ".join(f"{number} {value}" for number, value in enumerate(values, first))


def _enum(name: str, values: tuple[str, ...]) -> Field:
    return Field(name, "enum", limit=len(values), doc=_numbered(values, 0))


SECTIONS: Final = (
    Section("STRD", "bytes of all strings, UTF-8, lone surrogates as three bytes", (Field("byte", "u8"),)),
    Section("STRX", "strings", (Field("bytes", "range", "STRD"),)),
    Section("LIST", "entries of lists", (Field("entry", "u32"),)),
    Section(
        "CONS",
        "constants of conditions and of calls",
        (
            _enum("kind", CONSTANT_KINDS),
            Field("number", "f64", doc="the value of a bool (0 or 1), int (whole, at most 2**53) or float"),
            Field("text", "optional", "STRX", doc="the value of a string"),
        ),
    ),
    Section(
        "META",
        "metadata fields",
        (Field("name", "index", "STRX"), _enum("type", TYPES), Field("default", "optional", "CONS")),
    ),
    Section("PARM", "parameters of handlers", (Field("name", "index", "STRX"), _enum("type", TYPES))),
    Section(
        "HAND",
        "handlers: the Python functions that the service hands over at load",
        (Field("name", "index", "STRX"), _enum("kind", HANDLER_KINDS), Field("parameters", "range", "PARM")),
    ),
    Section("CALL", "uses of handlers", (Field("handler", "index", "HAND"), Field("arguments", "list", "CONS"))),
    Section(
        "CODE",
        "operations of conditions, in postfix order",
        (
            _enum("operation", OPERATIONS),
            Field("argument", "u32", doc="record of CONS, META or PATH, or number of operands; else 0"),
        ),
    ),
    Section(
        "TERM",
        "detectors as rules name them",
        (
            Field("name", "index", "STRX", doc="what findings report"),
            Field("kind", "index", "STRX", doc="what `{kind}` gives"),
            Field("pattern", "optional", "PATT"),
            Field("call", "optional", "CALL", doc="set for a custom detector"),
            Field("search", "optional", "SRCH", doc="set for a pattern that runs apart"),
            Field("finder", "enum", limit=len(FINDERS), doc=", ".join(f"{i} {name}" for i, name in enumerate(FINDERS))),
            Field("text", "optional", "TEXT", doc="what a leak is one of. Of pattern, call, search, finder one is set"),
        ),
    ),
    Section(
        "SRCH",
        "patterns that run apart, under a time limit: the runtime searches for them with Python's `re`",
        (
            Field("name", "index", "STRX", doc="of the pattern, for messages"),
            Field("regex", "index", "STRX"),
            Field("flags", "index", "STRX", doc="letters of `aimsx`"),
            Field("limit", "u32", doc=f"of one search, in milliseconds, 1 to {LONGEST_SEARCH:,}"),
            Field("checks", "u32", doc="bits: " + ", ".join(f"{i} {name}" for i, name in enumerate(APART_CHECKS))),
        ),
    ),
    Section("TMPL", "pieces of fix templates", (_enum("kind", PIECES), Field("text", "index", "STRX"))),
    Section(
        "ACTN",
        "on-fail actions",
        (
            _enum("name", ACTIONS),
            Field("message", "optional", "STRX"),
            Field("has_template", "u8"),
            Field("template", "range", "TMPL"),
            Field("to", "optional", "CONS", doc="a string unless the action is of a value that may be something else"),
            Field("call", "optional", "CALL"),
        ),
    ),
    Section(
        "RULE",
        "rules",
        (
            Field("name", "index", "STRX"),
            Field("validator", "index", "STRX", doc="what `failure.validator` reports"),
            Field("file", "index", "STRX"),
            Field("line", "u32"),
            _enum("test", TESTS),
            Field("what", "u8", doc="a quantifier, measure or predicate, by the kind of test"),
            Field("flags", "u8", doc="bits: " + ", ".join(f"{i} {name}" for i, name in enumerate(RULE_FLAGS))),
            Field("low", "f64"),
            Field("high", "f64"),
            Field("detectors", "range", "TERM"),
            Field("excepts", "range", "TERM"),
            Field("strings", "list", "STRX"),
            Field("call", "optional", "CALL"),
            Field("when", "range", "CODE", doc="empty: always"),
            Field("needs", "list", "META", doc="the fields that the condition names"),
            Field("on_fail", "index", "ACTN"),
            Field("on_error", "index", "ACTN"),
            Field("classifier", "optional", "CLSF", doc="set for the measure `score`"),
        ),
    ),
    Section(
        "GARD",
        "guards",
        (
            Field("name", "index", "STRX"),
            _enum("direction", DIRECTIONS),
            Field("roles", "u8", doc="bits: " + ", ".join(f"{i} {name}" for i, name in enumerate(ROLES))),
            _enum("unit", UNITS),
            Field("limit", "u64"),
            Field("on_limit", "index", "ACTN"),
            Field("limit_file", "index", "STRX"),
            Field("limit_line", "u32"),
            Field("rules", "range", "RULE", doc="in written order"),
            Field("order", "list", "RULE", doc="the same rules in the order in which they are judged"),
            Field("scan", "optional", "SCAN"),
            Field("normalize", "u8", doc="bits: " + _numbered(NORMALIZATIONS, 0)),
            Field("stream", "u8", doc="1: texts may be given piece by piece"),
            Field("hold", "u64", doc="characters that a stream may hold back, at least 1; 0: not said"),
            Field("on_hold", "optional", "ACTN", doc="what ends a stream that would hold more; absent: none can"),
            Field("hold_file", "optional", "STRX", doc="where `hold` was said; absent without it"),
            Field("hold_line", "u32"),
            Field("inner", "u8", doc="1: has no name, and judges single values for another guard"),
            Field("root", "optional", "NODE", doc="set for a guard on structured values; it has no rules of its own"),
            Field("finders", "optional", "GARD", doc="then the inner guard of its `has` rules"),
        ),
    ),
    Section("PAGE", "for each 256 code points the page of CLAS with their classes", (Field("page", "u16"),), hot=True),
    Section("CLAS", "pages of 256 entries: the class of a code point", (Field("class", "u16"),), hot=True),
    Section("LOCL", "for patterns: class of the plan to class of the pattern", (Field("class", "u8"),), hot=True),
    Section("KIND", "for patterns: class to kind of character at a boundary", (Field("kind", "u8"),), hot=True),
    Section("TRUE", "for patterns: which conditions hold at a boundary", (Field("conditions", "bits"),), hot=True),
    Section(
        "EDGE",
        "edges of automata, best first",
        (
            Field("target", "u32", doc=f"a position of the pattern, from its first, or {ACCEPT:#x}: the match ends"),
            Field("needs", "u32", doc="record of NEED: conditions that must all hold at the boundary"),
        ),
        hot=True,
    ),
    Section("NEED", "sets of conditions; the first is empty", (Field("conditions", "bits"),), hot=True),
    Section("CSET", "sets of classes of a pattern", (Field("classes", "class set"),), hot=True),
    Section(
        "POSN",
        "positions of automata",
        (Field("accepts", "u32", doc="record of CSET"), Field("follow", "range", "EDGE")),
        hot=True,
    ),
    Section(
        "CELL",
        "cells of word trees, double arrays",
        (
            Field("target", "u32", doc="base of the state that the cell leads to"),
            Field("label", "u16", doc="what it is for; 0: it is free"),
            Field("flags", "u16", doc="bits: 0 an entry ends here, 1 something follows"),
        ),
        hot=True,
    ),
    Section(
        "LABL",
        "for word trees: class of the plan to label",
        (Field("label", "u16", doc=f"bit 15 ({WORD_LABEL:#x}): a word character; the rest 0 if no entry has it"),),
        hot=True,
    ),
    Section("DTAB", "transitions of DFAs, row by row", (Field("next", "u16"),), hot=True),
    Section(
        "PATT",
        "patterns",
        (
            Field("classes", "u32", doc="how many classes, that of a final newline included"),
            Field("final_newline", "u32", doc=f"class of a newline that ends the text, or {NONE:#x}"),
            Field("local", "range", "LOCL", doc="one entry per class of the plan"),
            Field("before", "range", "KIND", doc="one entry per class, and one for the start of the text"),
            Field("after", "range", "KIND", doc="one entry per class, and one for the end of the text"),
            Field("before_kinds", "u32"),
            Field("after_kinds", "u32"),
            Field("truth", "range", "TRUE", doc="before_kinds rows of after_kinds entries"),
            Field("start", "range", "EDGE", doc=f"empty if only the DFA is run: matches of at most {SHORT}, no `is`"),
            Field("positions", "range", "POSN", doc="the same"),
            Field("states", "u32", doc="of the DFA; 0 if there is none"),
            Field("table", "range", "DTAB", doc="states rows of classes + 1 entries, the last for the end of the text"),
            Field("starts", "range", "DTAB", doc="start state by kind of the character before"),
            Field("min_length", "u32"),
            Field("max_length", "u32", doc=f"{NONE:#x}: unbounded"),
            Field("checks", "range", "CHEK", doc="what a match must pass, in the order of judging"),
            Field("cells", "range", "CELL", doc="set for a long word list, which has nothing of the above but lengths"),
            Field("labels", "range", "LABL", doc="then one entry per class of the plan"),
            Field("root", "u32", doc="then the base of its first state"),
            Field("anywhere", "u8", doc="then 1 if entries are found inside words"),
            Field("sketch", "range", "DTAB", doc="rows of as many entries as there are classes; empty: none"),
            Field("nodes", "range", "FNOD", doc="set for a word list with `within` or `leet`; `root` is one of them"),
            Field("edges", "range", "FEDG", doc="then those of its nodes"),
            Field("symbols", "range", "FSYM", doc="then what `labels` name"),
            Field("filter", "range", "FBIT", doc="then its filter, a power of two of words"),
            Field("edits", "u8", doc=f"then how many errors an entry may have, at most {MOST_EDITS}"),
            Field("prefixes", "u16", doc=_PREFIXES),
        ),
    ),
    Section(
        "FACT",
        "factors: what a match of a pattern must contain",
        (
            Field("slot", "u32", doc="entry of SCAN.slots"),
            Field("min_back", "u32", doc="characters from the begin of a match to the factor's window, at least"),
        ),
        hot=True,
    ),
    Section(
        "SLOT",
        "patterns of scans",
        (
            Field("pattern", "u32", doc="record of PATT"),
            Field("reach", "u32", doc=f"most characters from the begin of a match to a window; {NONE:#x}: no limit"),
            Field("walk", "class set", doc="classes of the pattern that may stand between begin and window"),
        ),
        hot=True,
    ),
    Section("SIEV", f"first stage: the tables of the sieve, {GROUP} bytes a group", (Field("entry", "u8"),), hot=True),
    Section("STND", "first stage: the byte that each class of the plan is shown as", (Field("byte", "u8"),), hot=True),
    Section("CCLS", "first stage: class of a byte in the confirming automaton", (Field("class", "u8"),), hot=True),
    Section("CTAB", "first stage: transitions of confirming automata, row by row", (Field("next", "u16"),), hot=True),
    Section(
        "CSTA",
        "first stage: what the states of confirming automata accept",
        (
            Field("first", "u32", doc="entry of SCAN.accepted"),
            Field("count", "u32"),
        ),
        hot=True,
    ),
    Section("CFAC", "first stage: accepted factors, counted from SCAN.factors", (Field("factor", "u32"),), hot=True),
    Section(
        "SCAN",
        "what one guard scans for",
        (
            Field("slots", "range", "SLOT"),
            Field("everywhere", "range", "LIST", doc="those of them without a factor, counted from `slots`"),
            Field("factors", "range", "FACT", doc="empty: there is no first stage, nor any of what follows"),
            Field("sieve", "range", "SIEV", doc=f"1 to {MAX_GROUPS} groups"),
            Field("stand_ins", "range", "STND", doc="one entry per class of the plan"),
            Field("classes", "range", "CCLS", doc="256 entries"),
            Field("table", "range", "CTAB", doc="rows of as many entries as there are classes"),
            Field("states", "range", "CSTA", doc="state 0 is dead, 1 is the begin; those behind the table have no row"),
            Field("accepted", "range", "CFAC"),
        ),
    ),
    Section(
        "CHEK",
        "checks of matches",
        (
            _enum("kind", CHECK_KINDS),
            _enum("what", CHECKS),
            Field("pattern", "optional", "PATT", doc="before the pattern whose check it is; set from `not before` on"),
            Field("least", "f64", doc="bits per character"),
            Field("within", "u32", doc=f"1 to {FURTHEST_NEAR:,} characters"),
        ),
    ),
    Section(
        "NPAG",
        "normalization: for each 256 code points the page of NENT; empty if no guard needs it",
        (Field("page", "u16"),),
        hot=True,
    ),
    Section("NENT", "normalization: pages of 256 entries: record of NEFF", (Field("effect", "u16"),), hot=True),
    Section(
        "NEFF",
        "normalization: what becomes of a character",
        (
            Field("removed", "u8", doc="by which step; 0: it stays, " + _numbered(REMOVED_BY[1:], 1)),
            Field("role", "u8", doc="in a word: " + _numbered(LETTER_ROLES, 0)),
            Field("count", "u16", doc=f"how many characters `width` makes of it, at most {LONGEST_WIDE}; 0: it stays"),
            Field("first", "u32", doc="the first of them, record of NCHR"),
            Field("looks", "u32", doc="the code point that `confusables` makes of it; 0: it stays"),
        ),
        hot=True,
    ),
    Section(
        "FNOD",
        "nodes of fuzzy word lists; their edges lead to nodes before them",
        (
            Field("first", "u32", doc="edge, counted from the first of the list"),
            Field("count", "u16"),
            Field("ends", "u16", doc="1 if an entry ends here"),
        ),
        hot=True,
    ),
    Section(
        "FEDG",
        "edges of fuzzy word lists",
        (Field("label", "u32", doc="1 is a space"), Field("node", "u32", doc="counted from the first of the list")),
        hot=True,
    ),
    Section(
        "FSYM",
        "what characters match in fuzzy word lists",
        (
            Field("first", "u16", doc="label, 0 for none"),
            Field("second", "u16"),
            Field("third", "u16"),
            Field("mark", "u16", doc="the number by which the filter knows it"),
        ),
        hot=True,
    ),
    Section("FBIT", "filters of fuzzy word lists", (Field("bits", "u64"),), hot=True),
    Section("NCHR", "normalization: code points", (Field("code", "u32"),), hot=True),
    Section("WGHT", "weights of classifiers, signed", (Field("weight", "u8", doc="as int8"),), hot=True),
    Section(
        "CLSF",
        "classifiers",
        (
            Field("names", "list", "STRX", doc="what the policy calls it: several if equal ones became one"),
            Field("weights", "range", "WGHT", doc="two to the power of `bits`"),
            Field("bits", "u32", doc=f"{LEAST_BITS} to {MOST_BITS}"),
            Field("scale", "f64", doc=f"0 to {LARGEST_SCALE:,}"),
            Field("bias", "f64", doc=f"of a magnitude up to {LARGEST_SCALE:,}"),
        ),
    ),
    Section(
        "OWNR",
        "owners: who answers for the shape of a value",
        (
            Field("name", "index", "STRX"),
            Field("file", "index", "STRX"),
            Field("line", "u32"),
            Field("on_fail", "index", "ACTN"),
        ),
    ),
    Section(
        "FLDS",
        "keys of objects",
        (
            Field("key", "index", "STRX"),
            Field("node", "index", "NODE"),
            Field("required", "u8"),
            Field("default", "optional", "STRX", doc="what is filled in if the key is missing, as JSON"),
        ),
    ),
    Section(
        "ITEM", "items of lists that have a node of their own", (Field("index", "u32"), Field("node", "index", "NODE"))
    ),
    Section(
        "DEFN",
        "definitions that schemas refer to as `#/$defs/NAME`",
        (
            Field("name", "index", "STRX"),
            Field("schema", "index", "STRX", doc="a JSON Schema"),
            Field("definitions", "list", "DEFN", doc="those that it refers to"),
        ),
    ),
    Section("VARI", "shapes by the value of a tag", (Field("value", "index", "CONS"), Field("node", "index", "NODE"))),
    Section(
        "NODE",
        "what values of structured texts must be",
        (
            Field("kinds", "u8", doc="bits: " + ", ".join(f"{i} {name}" for i, name in enumerate(NODE_KINDS))),
            Field("owner", "index", "OWNR"),
            Field("type", "index", "STRX", doc="in the spelling of the language"),
            Field("said", "index", "STRX", doc="the type with the tests of the field"),
            Field("schema", "index", "STRX", doc="a JSON Schema of the value"),
            Field("definitions", "list", "DEFN", doc="those that the schema refers to"),
            Field("choices", "list", "CONS", doc="values that are allowed besides the kinds"),
            Field("fields", "range", "FLDS"),
            Field("rest", "optional", "NODE", doc="for other keys; absent: they are failures"),
            Field("element", "optional", "NODE", doc="for items of lists; present if lists are allowed"),
            Field("items", "range", "ITEM"),
            Field("tag", "optional", "STRX", doc="the key that tells several shapes apart"),
            Field("variants", "range", "VARI", doc="then a shape for each value; their nodes have no tag"),
            Field("stray", "optional", "NODE", doc="by which values are searched that are not what they must be"),
            Field("rules", "optional", "GARD", doc="the inner guard with the rules of the value"),
        ),
    ),
    Section(
        "STEP",
        "steps of paths in conditions",
        (
            Field("key", "optional", "STRX", doc="absent: an index"),
            Field("index", "u32"),
        ),
    ),
    Section("PATH", "paths in conditions", (Field("steps", "range", "STEP"), _enum("type", TYPES))),
    Section(
        "TEXT",
        "given texts, as hashes of their groups of words",
        (
            Field("name", "index", "STRX"),
            Field("words", "u32", doc=f"of a group, 1 to {GRAM_WORDS}"),
            Field("grams", "range", "GRAM", doc="in ascending order"),
        ),
    ),
    Section(
        "SUFL",
        "labels of public suffixes, each list of children in the order of code points; empty if no check needs them",
        (
            Field("text", "u32", doc="the first of its characters, record of SUFC"),
            Field("first", "u32", doc="the first of the labels that may stand before it"),
            Field("count", "u16", doc="how many those are"),
            Field("length", "u8", doc="how many characters it has; record 0 has none and is the end of every name"),
            Field("rule", "u8", doc=_SUFFIX_RULES),
        ),
        hot=True,
    ),
    Section("SUFC", "labels of public suffixes: code points, in small letters", (Field("code", "u16"),), hot=True),
    Section(
        "GRAM",
        "hashes of groups of words: SipHash-2-4, key 0, over the FNV-1a hashes of the words",
        (Field("hash", "u64"),),
        hot=True,
    ),
    Section(
        "MODL",
        "models that the policy names",
        (
            Field("name", "index", "STRX"),
            Field("model", "index", "STRX", doc="as LiteLLM has it"),
            Field("has_temperature", "u8"),
            Field("temperature", "f64"),
            Field("timeout", "u32", doc=f"of one call, in milliseconds, up to {LONGEST_SEARCH:,}; 0: none"),
            Field("max_tokens", "u32", doc="0: none"),
        ),
    ),
    Section(
        "JUDG",
        "handlers that no service hands over: models judge by one criterion",
        (
            Field("handler", "index", "HAND"),
            Field("prompt", "index", "STRX", doc="the criterion, with names of fields in braces"),
            Field("model", "index", "MODL"),
            Field("fields", "list", "META", doc="these fields"),
        ),
    ),
    Section(
        "SERV",
        "handlers that no service hands over: models behind an address score texts",
        (
            Field("handler", "index", "HAND"),
            Field("name", "index", "STRX"),
            _enum("protocol", PROTOCOLS),
            Field("address", "index", "STRX", doc="the variable of the environment that holds the address"),
            Field("key", "optional", "STRX", doc="the variable that holds a bearer token"),
            Field("model", "index", "STRX", doc="the name of the model there; empty: none is named"),
            Field("version", "optional", "STRX"),
            Field("input", "index", "STRX", doc="the name of the input"),
            Field("column", "u8", doc="1: its shape is `[n, 1]`, else `[n]`"),
            Field("output", "optional", "STRX", doc="the name of the output; absent: there is one"),
            Field("labels", "list", "STRX", doc="the scores of a text, in their order; empty: there is one"),
            Field("timeout", "u32", doc="of one text, in milliseconds"),
            Field("batch", "u32", doc="the most texts of a request"),
            Field("delay", "u32", doc="how long a text waits for others, in milliseconds"),
            Field("calls", "u32", doc="the most requests at the same time"),
            Field("retries", "u32", doc="how often a request is tried again"),
            Field("hedge", "u32", doc="after how many milliseconds a request has a second one beside it; 0: never"),
            Field("cache", "u32", doc="answers that are remembered"),
            Field("has_doubt", "u8", doc="1: texts are asked about whose score by the rule's classifier is in doubt"),
            Field("fallback", "u8", doc="1: without an answer the score by the rule's classifier counts"),
            Field("low", "f64", doc="from where on it is in doubt"),
            Field("high", "f64", doc="up to where"),
        ),
    ),
    Section(
        "ASKS",
        "what guards say about calls of models",
        (
            Field("guard", "index", "GARD"),
            Field("question", "optional", "GARD", doc="the input guard that judges what is asked"),
            Field("has_reasks", "u8"),
            Field("reasks", "u32", doc="how often an answer is asked again"),
            Field("then", "optional", "ACTN", doc="what happens after the last answer; present with `has_reasks`"),
            Field("template", "optional", "STRX", doc="of what a model is told when it is asked again"),
            Field("via", "optional", "MODL", doc="the model that is asked again; absent: the one that answered"),
        ),
    ),
)  # fmt: skip
"""In the order in which they stand in a plan. All are present in every plan, if only with no record."""
