# distutils: language = c
"""The fast path, one translation unit so that every call between its parts can be inlined.

Each part is one idea and is read on its own, in this order:

    checksum.pxi    CRC-32
    tables.pxi      the plan's tables as C structs, and the check that makes reading them safe
    automata.pxi    running one pattern at one place: the DFA and the ordered simulation
    checks.pxi      checks of spans that take nothing: Luhn, MOD 97-10
    judging.pxi     what `where` asks of a match besides
    prefilter.pxi   the first stage of the scan: where is something worth a search?
    words.pxi       long word lists
    fuzzy.pxi       word lists whose entries are found with errors
    scan.pxi        one pass over a text for all patterns of a guard
    leads.pxi       the same for a text that is still coming
    normalize.pxi   what the detectors see in the place of a text
    measures.pxi    words, lines, bytes
    classify.pxi    linear models: the probability that they give a text
    grams.pxi       words of a text and of a given one: leaks, overlap
    sentences.pxi   repeated sentences, the reading grade
    jsonstate.pxi   what a reader of JSON carries along
    jsonscalars.pxi strings, keys and numbers of JSON
    jsontext.pxi    reading one JSON value
    jsonmend.pxi    mending what a model got wrong
    jsonfind.pxi    finding the JSON in an answer
    jsontokens.pxi  the tokens of JSON that is still coming
    findings.pxi    where rules found something: spans in growing arrays
    verdict.pxi     what a judged text failed
    outcome.pxi     what a run returns: Outcome, Failure, Span, Reask
    conditions.pxi  `when`
    rules.pxi       judging a text: the loop over the rules
    fixes.pxi       fixing a text
    values.pxi      values given instead of texts
    nodes.pxi       what a value of a structured text must be
    shapes.pxi      walking over a structured value
    settle.pxi      deciding what becomes of it
    messages.pxi    the texts in chat messages
    stage.pxi       the buffer of a text that comes in pieces, and which part of it is decided
    meters.pxi      its limits
    passage.pxi     what of it may pass, what is replaced, where it stops
    stream.pxi      Stream: feeding a text piece by piece
    pace.pxi        where a stream is in a structured value, and what rules mean for it
    fields.pxi      ValueStream: the values inside while they come
    plan.pxi        Plan: what its guards share
    reading.pxi     reading a guard from the plan
    guard.pxi       Guard: the way in
    counting.pxi    counters and histograms of what guards say, for telemetry
    bodies.pxi      the text in a request's body

Conventions: a function that can raise says `except -1` or returns an object; `noexcept nogil` marks what touches no
Python object. Texts are read in place in Python's own 1, 2 or 4 bytes per character.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.unicode cimport (
    PyUnicode_1BYTE_KIND,
    PyUnicode_2BYTE_KIND,
    PyUnicode_4BYTE_KIND,
    PyUnicode_DATA,
    PyUnicode_DecodeUTF8,
    PyUnicode_FromKindAndData,
    PyUnicode_FromObject,
    PyUnicode_GET_LENGTH,
    PyUnicode_KIND,
)
from libc.math cimport isinf
from libc.stdint cimport int8_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove

from os import environ

from guardc.fastpath import layout
from guardc.fastpath.errors import (
    GuardcError,
    HandlerError,
    MetadataError,
    PlanError,
    PendingError,
    UnknownGuardError,
    ValidationError,
)

__all__ = [
    "Classifiers",
    "Failure",
    "Field",
    "Guard",
    "JsonReading",
    "Outcome",
    "Plan",
    "Reask",
    "Span",
    "Stream",
    "Times",
    "ValueStream",
    "bucket_ends",
    "choose_sieve",
    "crc32",
    "found_texts",
    "read_json",
    "runs_since",
    "sieve_marks",
    "single_text",
    "stream_of",
    "text_features",
    "ticks",
]

include "checksum.pxi"
include "tables.pxi"
include "automata.pxi"
include "suffixes.pxi"
include "checks.pxi"
include "prefilter.pxi"
include "words.pxi"
include "fuzzy.pxi"
include "judging.pxi"
include "scan.pxi"
include "leads.pxi"
include "hunts.pxi"
include "normalize.pxi"
include "measures.pxi"
include "classify.pxi"
include "grams.pxi"
include "sentences.pxi"
include "jsonstate.pxi"
include "jsonscalars.pxi"
include "jsontext.pxi"
include "jsonmend.pxi"
include "jsonfind.pxi"
include "jsontokens.pxi"
include "findings.pxi"
include "verdict.pxi"
include "outcome.pxi"
include "conditions.pxi"
include "rules.pxi"
include "fixes.pxi"
include "values.pxi"
include "nodes.pxi"
include "shapes.pxi"
include "settle.pxi"
include "messages.pxi"
include "leaks.pxi"
include "stage.pxi"
include "meters.pxi"
include "course.pxi"
include "passage.pxi"
include "stream.pxi"
include "pace.pxi"
include "fields.pxi"
include "plan.pxi"
include "reading.pxi"
include "guard.pxi"
include "counting.pxi"
include "bodies.pxi"
