# Hunting: which starts in a text that is still coming are not decided? The first of a slot becomes its lead (leads.pxi).
#
# What the first stage sees is one reason: a window that stands in the text. The other is the *tail* of the text, in which a window
# may have begun of which the rest has not come, or behind which one may follow. Windows have at most MAX_WINDOW characters, and from
# a start to its window there are only characters of the slot's walk. So the confirming automaton reads from each of the last
# places to the end: its state tells which slots have a window that has begun there. And masks of slots for each class of
# characters tell which of them have a start from which the walk leads there. Only for these the pattern itself is asked.

cdef int note_window(
    Run* run, Tables tables, const Factor* factor, const Char* text, Py_ssize_t n, Py_ssize_t at
) noexcept nogil:
    """The window of this factor stands at `at`: as `try_factor`, of a text that goes on."""
    cdef Live* live = run.live
    cdef const Slot* slot = &run.scan.slots[factor.slot]
    cdef const Pattern* p = &tables.patterns[slot.pattern]
    cdef Lead* lead = &live.leads[factor.slot]
    cdef Py_ssize_t last_start = at - factor.min_back, first, limit, place
    if not has_bit(live.active, factor.slot):
        return 0
    if has_bit(live.leading, factor.slot):
        lead.announced = max(lead.announced, last_start)
        return 0
    limit = undecided_from(live, factor.slot)
    if last_start < limit:
        return 0
    first = first_start(slot, p, tables, text, n, limit, at)
    lead.announced = max(lead.announced, last_start)
    # A start that is not proposed, since its window has not come whole, goes before those behind it.
    for place in range(live.low, at):
        if begun_at(live, factor.slot >> 6, place) >> (factor.slot & 63) & 1:
            return hunt(run, tables, factor.slot, text, n, min(first, first_start(slot, p, tables, text, n, limit, place)), last_start)
    return hunt_walk(run, tables, factor.slot, text, n, first, last_start)


cdef inline Py_ssize_t first_start(
    const Slot* slot, const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t limit, Py_ssize_t at
) noexcept nogil:
    """The first start, not before `limit`, of a match that may have its window at `at` or behind."""
    if slot.reach < at - limit:
        limit = at - slot.reach
    while at > limit and accepts(slot.walk, class_at(p, tables, text, n + 1, at - 1)):
        at -= 1
    return at


cdef inline Py_ssize_t undecided_from(const Live* live, uint32_t slot) noexcept nogil:
    """The first start that may not be decided, of a slot without a lead."""
    if has_bit(live.left, slot):
        return live.leads[slot].settled
    return max(live.fresh, live.leads[slot].settled)


cdef void begin_windows(Live* live, const Prefilter* filter, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Set `live.begun`. Where no window had begun before the piece none has now."""
    cdef uint32_t state
    cdef Py_ssize_t at, i, low = live.low
    cdef uint8_t byte
    live.low = max(<Py_ssize_t>0, n - MAX_WINDOW + 1)
    for at in range(live.low, n):
        # What is read here is not written yet: `live.low` is no less than `low`.
        if at < live.fresh and live.begun[at - low] == NULL:
            live.begun[at - live.low] = NULL
            continue
        state = 1
        i = at
        while i < n and 0 < state < filter.inner:
            if Char is uint8_t:
                byte = text[i]
            else:
                byte = byte_of(filter, tables, text[i])
            state = filter.table[state * filter.stride + filter.classes[byte]] & CONFIRM_STATE
            i += 1
        live.begun[at - live.low] = NULL
        if 0 < state < filter.inner:
            live.begun[at - live.low] = live.openers.begun + <size_t>live.openers.words * state


cdef int hunt_everywhere(Run* run, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Decide all starts of slots without a window. Returns 0, or -1 if there is no memory."""
    cdef Live* live = run.live
    cdef uint32_t word, slot
    cdef uint64_t bits
    for word in range(live.openers.words):
        bits = live.openers.everywhere[word] & live.active[word] & ~live.leading[word]
        while bits:
            slot = 64 * word + sieve_lowest(bits)
            bits &= bits - 1
            if hunt(run, tables, slot, text, n, undecided_from(live, slot), n - 1) < 0:
                return -1
    return 0


cdef int hunt_tails(Run* run, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Give a lead to every slot of which a match may be under way at the end: that has a window which has begun, or may be on its
    way to one. Returns 0, or -1 if there is no memory."""
    cdef Live* live = run.live
    cdef uint32_t word
    for word in range(live.openers.words):
        if hunt_tails_of(run, tables, word, text, n) < 0:
            return -1
    return 0


cdef int hunt_tails_of(Run* run, Tables tables, uint32_t word, const Char* text, Py_ssize_t n) noexcept nogil:
    """The same for the slots of one word of the masks."""
    cdef Live* live = run.live
    cdef const Openers* openers = live.openers
    cdef size_t words = openers.words, cls, before
    cdef uint64_t left = live.left[word], asked = live.active[word] & ~live.leading[word] & ~openers.everywhere[word]
    # Slots with a start from which the walk leads to where we are.
    cdef uint64_t coming = asked & openers.walking[word], bits
    cdef Py_ssize_t at, first = max(live.fresh, live.low)
    for at in range(live.low, first):       # starts before the piece are decided, but for slots that had a lead
        bits = begun_at(live, word, at) & asked & left
        if bits and hunt_tail(run, tables, 64 * word, bits, text, n, at) < 0:
            return -1
    # How far back a walk goes that leads to the last places. Of one that goes further than is looked, all starts are asked.
    while coming and first > live.fresh and n - first < MAX_WALK:
        coming &= openers.walk[words * plan_class(tables.page, tables.classes, text[first - 1]) + word]
        first -= 1
    if first == live.fresh:
        coming = 0
    before = plan_class(tables.page, tables.classes, text[first - 1]) if first else tables.class_count
    for at in range(first, n):
        cls = plan_class(tables.page, tables.classes, text[at])
        if coming:
            coming &= openers.walk[words * before + word]
        coming |= openers.first[words * cls + word] & openers.after[words * before + word]
        before = cls
        if at >= live.low:
            bits = begun_at(live, word, at) & (coming | left) & asked & ~live.leading[word]
            if bits and hunt_tail(run, tables, 64 * word, bits, text, n, at) < 0:
                return -1
    bits = (coming | (left & openers.walking[word])) & openers.walk[words * before + word]
    bits &= asked & ~live.leading[word]
    return hunt_tail(run, tables, 64 * word, bits, text, n, n) if bits else 0


cdef inline uint64_t begun_at(const Live* live, uint32_t word, Py_ssize_t at) noexcept nogil:
    return 0 if live.begun[at - live.low] == NULL else live.begun[at - live.low][word]


cdef int hunt_tail(
    Run* run, Tables tables, uint32_t lowest, uint64_t bits, const Char* text, Py_ssize_t n, Py_ssize_t at
) noexcept nogil:
    """Hunt for those of 64 slots that may have a window at `at`, among the starts from which the walk leads there."""
    cdef uint32_t slot
    cdef Py_ssize_t first
    while bits:
        slot = lowest + sieve_lowest(bits)
        bits &= bits - 1
        first = undecided_from(run.live, slot)
        first = max(first, first_start(
            &run.scan.slots[slot], &tables.patterns[run.scan.slots[slot].pattern], tables, text, n, first, at
        ))
        if hunt_walk(run, tables, slot, text, n, first, min(at, n - 1)) < 0:
            return -1
    return 0


cdef int hunt_walk(
    Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n, Py_ssize_t first, Py_ssize_t last_start
) noexcept nogil:
    """`hunt`, where the walk leads from each start to the next: so the sketch may say that there is nothing."""
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Lead* lead = &run.live.leads[slot]
    cdef uint32_t state = 1
    cdef Py_ssize_t i = first, limit = readable(p, text, n)
    if p.sketch != NULL and first <= last_start:
        give_credit(lead, first)
        if lead.credit >= 0:
            while i < limit and state != 0 and state != SKETCH_ACCEPTED:
                state = p.sketch[state * p.classes + class_at(p, tables, text, n + 1, i)]
                i += 1
            lead.credit -= i - first
            if state == 0:
                lead.settled = max(lead.settled, last_start + 1)
                return 0
    return hunt(run, tables, slot, text, n, first, last_start)


cdef inline void give_credit(Lead* lead, Py_ssize_t at) noexcept nogil:
    if at > lead.credited:
        lead.credit += 4 * (at - lead.credited)
        lead.credited = at
