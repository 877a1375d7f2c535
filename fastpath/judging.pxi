# Judging matches: what `where` asks besides the regex. docs/semantics.md, section 2, has the meaning.
#
# A match that is judged has at most LONGEST_CHECKED characters (longer ones, which only a damaged plan has, fail), and what
# judges it refers only to patterns before its own, in few steps (tables.pxi). So a judgement takes a bounded time.
#
# `near` is asked of many matches close to each other. A *Near* remembers for one check in one text at which of the last
# RING places its detector stands. Matches of a pattern come with growing starts, so that each place is tried once.

cdef extern from "<math.h>" nogil:
    double log2(double)

cdef enum:
    RING = 4096             # places that are remembered; more than 2 * FURTHEST_NEAR + LONGEST_CHECKED
    RING_WORDS = 64

cdef double ROUNDING = 1e-9 # of an entropy: 3.0 is reached by what is 3 but for rounding

ctypedef struct Near:
    Near* next
    const Check* check
    Py_ssize_t first        # all places from here ...
    Py_ssize_t upto         # ... up to here have been tried
    uint64_t stands[RING_WORDS]


cdef void near_free(Near* near) noexcept nogil:
    cdef Near* next
    while near != NULL:
        next = near.next
        free(near)
        near = next


cdef double entropy(const Char* text, Py_ssize_t n) noexcept nogil:
    """Shannon entropy of at most LONGEST_CHECKED characters, in bits per character. The sum goes by first occurrence."""
    cdef uint32_t distinct[LONGEST_CHECKED]
    cdef int counts[LONGEST_CHECKED]
    cdef int kinds = 0, k
    cdef Py_ssize_t i
    cdef double total = 0
    if n == 0:
        return 0
    for i in range(n):
        for k in range(kinds):
            if distinct[k] == text[i]:
                break
        else:
            k = kinds
            distinct[k] = text[i]
            counts[k] = 0
            kinds += 1
        counts[k] += 1
    for k in range(kinds):
        total += counts[k] * log2(counts[k])
    return log2(<double>n) - total / n


cdef inline bint is_list(const Pattern* p) noexcept nogil:
    """Is it a word list with a search of its own?"""
    return p.cells != NULL or p.fuzzy != NULL


cdef inline Py_ssize_t entry_end(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at
) noexcept nogil:
    """The end of the longest entry of such a list that begins at `at`, or -1."""
    if p.fuzzy != NULL:
        return longest_fuzzy(p, tables, text, n, at, NULL)
    return longest_entry(p, tables, text, n, at)


cdef int stands_at(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at, Scratch* scratch
) noexcept nogil:
    """1 if a match of the pattern begins at `at`, else 0; -1 without memory. Checks of the pattern are not asked."""
    cdef Py_ssize_t stopped = 0
    if is_list(p):
        if at >= n or (not p.anywhere and at and label_at(p, tables, text, at - 1) & WORD_LABEL):
            return 0
        return entry_end(p, tables, text, n, at) >= 0
    if p.table != NULL:
        return run_dfa(p, tables, text, n, at, &stopped) > at
    return simulate_here(p, tables, text, n, at, False, scratch)


cdef int is_within(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, Py_ssize_t end, Scratch* scratch, bint open
) noexcept nogil:
    """1 if a match of the pattern begins at `start`, or LONGEST_CHECKED characters before it at most, and ends at `end` or behind,
    else 0; -1 without memory. OPEN if the text goes on and it is not known yet. Checks of the pattern are not asked."""
    cdef Py_ssize_t at, first = max(<Py_ssize_t>0, start - LONGEST_CHECKED)
    cdef int reached
    cdef bint waits = False
    if not is_list(p) and p.max_length != NONE:
        first = max(first, end - <Py_ssize_t>p.max_length)     # what begins earlier ends before the match does
    for at in range(first, start + 1):
        if open:
            reached = reaches_open(p, tables, text, n, at, end, scratch)
        else:
            reached = reaches(p, tables, text, n, at, end, scratch)
        if reached == OPEN:
            waits = True
        elif reached:
            return reached
    return OPEN if waits else 0


cdef int reaches(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at, Py_ssize_t end, Scratch* scratch
) noexcept nogil:
    """1 if the match of the pattern that begins at `at` ends at `end` or behind, else 0; -1 without memory."""
    cdef Py_ssize_t stopped = 0, settled = 0
    cdef Doom doom = Doom(NULL, 0, 0, 0)
    cdef Span_t match = Span_t(0, 0)
    cdef int found
    if is_list(p):
        if not p.anywhere and at and label_at(p, tables, text, at - 1) & WORD_LABEL:
            return 0
        return entry_end(p, tables, text, n, at) >= end
    if p.table != NULL:
        return run_dfa(p, tables, text, n, at, &stopped) >= end
    found = simulate(p, tables, text, n, at, at, -1, scratch, &doom, &match, &settled)
    free(doom.positions)
    return found if found <= 0 else match.start == at and match.end >= end


cdef inline bint any_stands(const Near* near, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """Whether one of the places in [first, end), all of them tried, is marked."""
    cdef uint64_t word
    cdef Py_ssize_t step
    while first < end:
        step = min(<Py_ssize_t>(64 - (first & 63)), end - first)
        word = near.stands[(first >> 6) & (RING_WORDS - 1)] >> (first & 63)
        if step < 64:
            word &= (<uint64_t>1 << step) - 1
        if word:
            return True
        first += step
    return False


cdef int is_near(
    const Check* check, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, Py_ssize_t end,
    Near** memory, Scratch* scratch, bint open
) noexcept nogil:
    """1 if the check's detector stands near the match, else 0; -1 without memory. OPEN if the text goes on and it is not known yet."""
    cdef Py_ssize_t first = max(<Py_ssize_t>0, start - <Py_ssize_t>check.within)
    cdef Py_ssize_t behind = end + <Py_ssize_t>check.within + 1
    cdef Py_ssize_t at
    cdef uint64_t bit
    cdef int stands
    cdef Near* near = memory[0]
    while near != NULL and near.check != check:
        near = near.next
    if near == NULL:
        near = <Near*>malloc(sizeof(Near))
        if near == NULL:
            return -1
        near.check = check
        near.first = near.upto = first
        near.next = memory[0]
        memory[0] = near
    if not open:
        behind = min(behind, n + 1)
    if not near.first <= first <= near.upto:
        near.first = near.upto = first
    if any_stands(near, first, min(start, near.upto)) or any_stands(near, end, min(behind, near.upto)):
        return 1
    while near.upto < behind:
        at = near.upto
        if open:
            stands = stands_open(check.pattern, tables, text, n, at, scratch)
            if stands == OPEN:
                return OPEN
        else:
            stands = stands_at(check.pattern, tables, text, n, at, scratch)
        if stands < 0:
            return -1
        bit = <uint64_t>1 << (at & 63)
        if stands:
            near.stands[(at >> 6) & (RING_WORDS - 1)] |= bit
        else:
            near.stands[(at >> 6) & (RING_WORDS - 1)] &= ~bit
        near.upto = at + 1
        if stands and (at < start or at >= end):
            return 1
    return 0


cdef int takes_all(const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    """1 if the whole text is a match of the pattern that passes its checks, else 0; -1 without memory."""
    cdef int matched
    if is_list(p):
        # The longest entry at the begin is the whole text, or none is.
        matched = n > 0 and entry_end(p, tables, text, n, 0) == n
    else:
        matched = simulate_here(p, tables, text, n, 0, True, scratch)
    if matched <= 0:
        return matched
    return passes_checks(p, tables, text, n, 0, n, NULL, scratch, False)


cdef int finds(const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    """1 if the pattern finds something in the text, which is a short one, else 0; -1 without memory."""
    cdef Near* near = NULL
    cdef int found
    if is_list(p):
        return finds_word(p, tables, text, n)
    if p.table != NULL:
        found = finds_by_dfa(p, tables, text, n, &near, scratch)
    else:
        found = finds_by_simulation(p, tables, text, n, &near, scratch)
    near_free(near)
    return found


cdef int finds_word(const Pattern* p, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(n):
        if not p.anywhere and at and label_at(p, tables, text, at - 1) & WORD_LABEL:
            continue
        if entry_end(p, tables, text, n, at) >= 0:
            return 1
    return 0


cdef int finds_by_dfa(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Near** near, Scratch* scratch
) noexcept nogil:
    cdef Py_ssize_t at, end, stopped = 0
    cdef int passed
    for at in range(n):
        end = run_dfa(p, tables, text, n, at, &stopped)
        if end > at:
            passed = passes_checks(p, tables, text, n, at, end, near, scratch, False)
            if passed:
                return passed
    return 0


cdef int finds_by_simulation(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Near** near, Scratch* scratch
) noexcept nogil:
    cdef Py_ssize_t at = 0, settled = 0
    cdef Doom doom = Doom(NULL, 0, 0, 0)
    cdef Span_t match = Span_t(0, 0)
    cdef int found = 0
    while at <= n:
        found = simulate(p, tables, text, n, at, n, -1, scratch, &doom, &match, &settled)
        if found <= 0:
            break
        found = passes_checks(p, tables, text, n, match.start, match.end, near, scratch, False)
        if found:
            break
        at = match.start + 1
        doom.count = 0
    free(doom.positions)
    return found


cdef int passes_checks(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, Py_ssize_t end,
    Near** near, Scratch* scratch, bint open
) noexcept nogil:
    """1 if the match passes all checks of its pattern, else 0; -1 without memory. Without `near` nothing need be near.

    `open`: the text goes on; the answer is OPEN if what follows decides it.
    """
    cdef uint32_t k
    cdef const Check* check
    cdef int passed
    cdef bint waits = False
    if p.check_count and not 0 < end - start <= LONGEST_CHECKED:
        return 0
    for k in range(p.check_count):
        check = &p.checks[k]
        if check.kind == CHECK_NAMED:
            passed = passes_named(check.what, tables, text, start, end)
        elif check.kind == CHECK_ENTROPY:
            passed = entropy(&text[start], end - start) + ROUNDING >= check.least
        elif check.kind == CHECK_NOT_BEFORE:
            if open:
                passed = stands_open(check.pattern, tables, text, n, end, scratch)
            else:
                passed = stands_at(check.pattern, tables, text, n, end, scratch)
            if passed in (0, 1):
                passed = not passed
        elif check.kind == CHECK_NOT_IN:
            passed = is_within(check.pattern, tables, text, n, start, end, scratch, open)
            if passed in (0, 1):
                passed = not passed
        elif check.kind == CHECK_IS:
            passed = takes_all(check.pattern, tables, &text[start], end - start, scratch)
        elif check.kind == CHECK_NEAR:
            passed = 1 if near == NULL else is_near(check, tables, text, n, start, end, near, scratch, open)
        else:
            passed = finds(check.pattern, tables, &text[start], end - start, scratch)
            if check.kind == CHECK_NO and passed >= 0:
                passed = not passed
        if passed <= 0:
            return passed
        waits |= passed == OPEN
    return OPEN if waits else 1
