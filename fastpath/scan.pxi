# One pass over a text for all patterns of a guard.
#
# Two stages. The *first* (prefilter.pxi) proposes *candidates*: places where a window of characters stands that some pattern
# must contain (its *factor*). It may propose too much, never too little, and does so from left to right. The *second*
# (`search`) runs one pattern exactly where a candidate says that a match could begin.
#
# Vocabulary: a *slot* is one pattern within one scan. Its `settled` is the place before which nothing more is to be found:
# findings of a slot come in order and never overlap. The *reach* of a slot is how far before a window of any of its
# factors a match can begin, and its *walk* what can stand in between.

ctypedef struct Scan:
    const Slot* slots
    uint32_t slot_count
    uint32_t everywhere_count
    uint32_t* everywhere            # slots without a factor
    Prefilter prefilter
    const Factor* factors

ctypedef struct Progress:
    Py_ssize_t settled
    Py_ssize_t no_empty_at          # where an empty match was found last: the next one there must not be empty
    Py_ssize_t credit               # characters that may still be read without result; see `search`
    Doom doom
    Near* near                      # what its checks remember

ctypedef struct Finding:
    uint32_t slot
    Py_ssize_t start
    Py_ssize_t end

cdef enum:
    SHORT = 64          # patterns whose matches are no longer than this need no credit
    FEW_SLOTS = 64
    FEW_FINDINGS = 32
    LONG_TEXT = 16384   # characters above which the GIL is released

ctypedef struct Live

# The state of one scan of one text. Lives on the stack of the caller; nothing is allocated until something is found, but for
# guards of very many patterns.
ctypedef struct Run:
    const Scan* scan
    Scratch scratch
    Progress* progress              # of each slot
    uint64_t* begun                 # the slots whose progress is set
    Finding* findings
    Live* live                      # of a text that is still coming; see leads.pxi
    bint looked_around              # some slot has a `near`
    size_t found
    size_t room
    Progress few_slots[FEW_SLOTS]
    uint64_t few_begun[1]            # FEW_SLOTS bits
    Finding few_findings[FEW_FINDINGS]


cdef int run_open(Run* run, const Scan* scan, uint32_t most_positions) noexcept nogil:
    """Returns 0, or -1 if there is no memory."""
    cdef uint32_t i, words
    run.scan = scan
    run.scratch.capacity = most_positions
    run.scratch.seen = NULL
    run.scratch.doomed_seen = NULL
    run.scratch.snapshot = NULL
    for i in range(2):
        run.scratch.positions[i] = NULL
        run.scratch.begins[i] = NULL
        run.scratch.doomed[i] = NULL
    run.live = NULL
    run.looked_around = False
    run.found = 0
    run.room = FEW_FINDINGS
    run.findings = run.few_findings
    run.progress = run.few_slots
    run.begun = run.few_begun
    if scan != NULL:
        words = (scan.slot_count + 63) // 64
        if scan.slot_count > FEW_SLOTS:
            run.progress = <Progress*>malloc(scan.slot_count * sizeof(Progress) + words * sizeof(uint64_t))
            if run.progress == NULL:
                run.progress = run.few_slots
                return -1
            run.begun = <uint64_t*>(run.progress + scan.slot_count)
        for i in range(words):
            run.begun[i] = 0
    return 0


cdef void run_close(Run* run) noexcept nogil:
    cdef uint32_t i
    if run.scan != NULL and (run.scratch.snapshot != NULL or run.looked_around):
        # Only a simulation leaves doomed threads.
        for i in range(run.scan.slot_count):
            if (run.begun[i >> 6] >> (i & 63)) & 1:
                free(run.progress[i].doom.positions)
                near_free(run.progress[i].near)
    if run.progress != run.few_slots:
        free(run.progress)
    if run.findings != run.few_findings:
        free(run.findings)
    if run.scratch.capacity:
        scratch_release(&run.scratch)


cdef inline Progress* progress_of(Run* run, uint32_t slot) noexcept nogil:
    cdef Progress* progress = &run.progress[slot]
    if not (run.begun[slot >> 6] >> (slot & 63)) & 1:
        run.begun[slot >> 6] |= <uint64_t>1 << (slot & 63)
        progress[0] = Progress(0, -1, 256, Doom(NULL, 0, 0, 0), NULL)
    return progress


cdef int add_finding(Run* run, uint32_t slot, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    cdef Finding* more
    cdef bint few
    if run.found == run.room:
        few = run.findings == run.few_findings
        more = <Finding*>realloc(NULL if few else run.findings, 2 * run.room * sizeof(Finding))
        if more == NULL:
            return -1
        if few:
            memcpy(more, run.few_findings, run.found * sizeof(Finding))
        run.findings = more
        run.room *= 2
    run.findings[run.found] = Finding(slot, start, end)
    run.found += 1
    return 0


cdef int search(
    Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n, Py_ssize_t first, Py_ssize_t last_start
) noexcept nogil:
    """Find what begins in [first, last_start] (and possibly later), and settle the slot up to there. -1 without memory.

    Tries the DFA at one start after the other. What such attempts read without result, or beyond the end of what they find, is
    charged to the slot's credit, which grows with the text that it settles; a slot in debt uses the simulation, which takes
    all starts at once and reads no stretch twice. So the whole scan stays linear, and the usual text never pays for the
    unusual one. What a sketch reads is charged too.
    """
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Progress* state = progress_of(run, slot)
    cdef Span_t match = Span_t(0, 0)
    cdef Py_ssize_t at = first, stopped = 0, settled = 0
    cdef int found
    if last_start > state.settled:
        state.credit += 4 * (last_start - state.settled)
    if p.sketch != NULL and state.credit >= 0:
        if not may_match(p, tables, text, n, first, &stopped):
            state.credit -= stopped - first
            state.settled = max(last_start + 1, state.settled)
            return 0
        state.credit -= stopped - first
    while at <= last_start:
        if p.table != NULL and (p.max_length <= SHORT or state.credit >= 0):
            match.start = at
            match.end = run_dfa(p, tables, text, n, at, &stopped)
            if match.end <= at:
                # Nothing, or an empty match: patterns with a DFA have none, but a damaged plan may claim one for ever.
                state.credit -= stopped - at
                at += 1
                continue
            state.credit -= stopped - match.end
        else:
            found = simulate(
                p, tables, text, n, at, last_start, state.no_empty_at, &run.scratch, &state.doom, &match, &settled
            )
            if found < 0:
                return -1
            if not found:
                at = settled
                break
        if p.check_count:
            found = passes_checks(p, tables, text, n, match.start, match.end, &state.near, &run.scratch, False)
            run.looked_around |= state.near != NULL
            if found < 0:
                return -1
            if not found:
                at = match.start + 1
                state.doom.count = 0    # learned from where the match ended on, and the search goes back
                continue
        if add_finding(run, slot, match.start, match.end) < 0:
            return -1
        at = match.end
        state.no_empty_at = match.end if match.end == match.start else -1
    state.settled = max(at, state.settled)
    return 0


cdef int try_factor(
    Run* run, Tables tables, const Factor* factor, const Char* text, Py_ssize_t n, Py_ssize_t at
) noexcept nogil:
    """The window of this factor stands at `at`: search where its match can begin.

    The first such place is also one for other factors of the slot (one per branch of its pattern): a match that begins
    early may be announced late, by a window that is further from its start. But all windows that begin before `at` have
    been announced, so only what goes on up to `at` has not been searched, and all that it goes over is in the slot's
    walk.
    """
    cdef const Slot* slot = &run.scan.slots[factor.slot]
    cdef const Pattern* p = &tables.patterns[slot.pattern]
    cdef Progress* progress
    cdef Py_ssize_t last_start = at - factor.min_back, first = at, limit
    if run.live != NULL:
        return note_window(run, tables, factor, text, n, at)
    progress = progress_of(run, factor.slot)
    limit = progress.settled
    if last_start < limit:
        return 0
    if slot.reach < at - limit:
        limit = at - slot.reach
    while first > limit and accepts(slot.walk, class_at(p, tables, text, n, first - 1)):
        first -= 1
    if first > last_start:
        progress.settled = last_start + 1
        return 0
    return search(run, tables, factor.slot, text, n, first, last_start)


cdef int scan_text(Run* run, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Fill `run.findings` with what the patterns of the scan find. Returns 0, or -1 if there is no memory."""
    cdef uint32_t k, slot
    cdef int failed
    for k in range(run.scan.everywhere_count):
        slot = run.scan.everywhere[k]
        if tables.patterns[run.scan.slots[slot].pattern].fuzzy != NULL:
            failed = search_fuzzy(run, tables, slot, text, n)
        elif tables.patterns[run.scan.slots[slot].pattern].cells != NULL:
            failed = search_words(run, tables, slot, text, n)
        else:
            failed = search(run, tables, slot, text, n, 0, n)
        if failed < 0:
            return -1
    if run.scan.prefilter.groups != NULL:
        return propose_all(run, tables, text, n, 0)
    return 0


# A text in place, whatever its width.
ctypedef struct Text:
    const void* data
    Py_ssize_t length
    int kind


cdef inline Text text_of(str text):
    return Text(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text), PyUnicode_KIND(text))


cdef int scan_any(Run* run, Tables tables, const Text* text) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return scan_text(run, tables, <const uint8_t*>text.data, text.length)
    if text.kind == PyUnicode_2BYTE_KIND:
        return scan_text(run, tables, <const uint16_t*>text.data, text.length)
    return scan_text(run, tables, <const uint32_t*>text.data, text.length)


cdef int scan(Run* run, Tables tables, const Text* text) except -1:
    cdef int status
    if text.length > LONG_TEXT:
        with nogil:
            status = scan_any(run, tables, text)
    else:
        status = scan_any(run, tables, text)
    if status < 0:
        raise MemoryError
    return 0


cdef bint full_any(Run* run, const Pattern* p, Tables tables, const Text* text) except *:
    """Is the whole text a match of the pattern that passes its checks?"""
    cdef int matched
    if text.kind == PyUnicode_1BYTE_KIND:
        matched = takes_all(p, tables, <const uint8_t*>text.data, text.length, &run.scratch)
    elif text.kind == PyUnicode_2BYTE_KIND:
        matched = takes_all(p, tables, <const uint16_t*>text.data, text.length, &run.scratch)
    else:
        matched = takes_all(p, tables, <const uint32_t*>text.data, text.length, &run.scratch)
    if matched < 0:
        raise MemoryError
    return matched
