# distutils: language = c
"""The fast path, one translation unit so that every call between its parts can be inlined.

Each part is one idea and is read on its own, in this order:

    tables.pxi      the plan's tables as C structs, and the check that makes reading them safe
    automata.pxi    running one pattern at one place: the DFA and the ordered simulation
    checks.pxi      checksums of spans: Luhn, MOD 97-10
    prefilter.pxi   the first stage of the scan: where is something worth a search?
    words.pxi       long word lists
    scan.pxi        one pass over a text for all patterns of a guard
    measures.pxi    words, lines, bytes
    grams.pxi       words of a text and of a given one: leaks, overlap
    sentences.pxi   repeated sentences, the reading grade
    json.pxi        is this text one JSON value?
    findings.pxi    where rules found something: spans in growing arrays
    verdict.pxi     what a judged text failed
    outcome.pxi     what a run returns: Outcome, Failure, Span, Reask
    conditions.pxi  `when`
    rules.pxi       judging a text: the loop over the rules
    fixes.pxi       fixing a text
    guard.pxi       Plan and Guard: the way in

Conventions: a function that can raise says `except -1` or returns an object; `noexcept nogil` marks what touches no
Python object. Texts are read in place in Python's own 1, 2 or 4 bytes per character.
"""

cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.unicode cimport (
    PyUnicode_1BYTE_KIND,
    PyUnicode_2BYTE_KIND,
    PyUnicode_DATA,
    PyUnicode_FromObject,
    PyUnicode_GET_LENGTH,
    PyUnicode_KIND,
)
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcpy

from os import environ

from guardc.fastpath import layout
from guardc.fastpath.errors import (
    HandlerError,
    MetadataError,
    PlanError,
    SearchError,
    UnknownGuardError,
    ValidationError,
)

__all__ = ["Failure", "Guard", "Outcome", "Plan", "Reask", "Span", "choose_sieve", "sieve_marks"]

include "tables.pxi"
include "automata.pxi"
include "checks.pxi"
include "prefilter.pxi"
include "words.pxi"
include "scan.pxi"
include "measures.pxi"
include "grams.pxi"
include "sentences.pxi"
include "json.pxi"
include "findings.pxi"
include "verdict.pxi"
include "outcome.pxi"
include "conditions.pxi"
include "rules.pxi"
include "fixes.pxi"
include "guard.pxi"
