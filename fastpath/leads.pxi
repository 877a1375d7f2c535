# Searching a text that is still coming.
#
# Of a text whose end is not there yet, a search may not say what it says of a whole one: a match may grow, or die, with the
# next character. What it may say is which starts are *decided*: whatever follows, the pattern has this match there, or none. The
# first start of a slot that is not decided is its *lead*. A lead is followed with each piece of the text, from where it was
# left, so no stretch is read twice for it. Starts behind it wait: they count only if the lead fails.
#
# While a slot has a lead, windows that the first stage sees for it are only noted (`announced`); they are looked at when the
# lead is decided. A slot without a lead has all starts in what has come decided: hunts.pxi finds those that are not.
#
# The end of the text is never seen here: when it has come, the whole text is judged as any other (stream.pxi).
#
# A newline that is the last character so far may be the final one, which `$` sees before it. It is read when what follows has come,
# but where that makes no difference.
#
# Positions count from the begin of the buffer (stage.pxi), `Live.base` characters of the text stand before it.

# A simulation that waits for text; see `simulate`.
ctypedef struct Waiting:
    uint32_t* positions[2]
    Py_ssize_t* begins[2]
    uint64_t* seen
    uint64_t generation
    uint32_t count
    Py_ssize_t at               # the next boundary
    Py_ssize_t last_start
    bint found
    Span_t match

ctypedef struct Lead:
    Py_ssize_t start            # -1: the slot has none
    Py_ssize_t settled          # starts before it are decided
    Py_ssize_t at               # what stands before it has been read
    Py_ssize_t end              # of the best match so far, or -1
    Py_ssize_t announced        # the last start that a window has proposed
    Py_ssize_t no_empty_at
    Py_ssize_t credited         # up to where the text has given credit
    Py_ssize_t credit           # what attempts with the DFA may still read in vain; see `search`
    uint32_t state              # of the DFA; of a long word list its next cells
    bint simulated              # not followed with the DFA
    bint complete               # the match is known, its checks wait for text
    bint ends_here              # of a long word list: an entry ends at `at` if no word character follows
    Waiting* waiting            # of a pattern that is simulated
    Near* near

# What a guard's slots can do with characters, as masks of slots: `words` words for each class of the plan.
# `begun` has as many for each state of the confirming automaton.
ctypedef struct Openers:
    uint32_t words
    uint64_t* first             # slots of which a match can begin with the class
    uint64_t* after             # slots of which a match can begin behind it; last: at the begin of the text
    uint64_t* walk              # slots with the class in their walk
    uint64_t* walking           # slots with something before their window
    uint64_t* everywhere        # slots without a window
    uint64_t* around            # slots with a check that looks around
    uint64_t* begun             # slots with a window of which the state has read the begin, but not all

ctypedef struct Live:
    const Openers* openers
    Lead* leads
    uint64_t* active            # slots that are searched for
    uint64_t* leading           # slots with a lead
    uint64_t* left              # slots that had one when the piece came
    Py_ssize_t base
    Py_ssize_t fresh            # where the piece begins
    Py_ssize_t low              # the first place at which a window may not have come whole
    const uint64_t* begun[MAX_WINDOW]   # for each from there on: slots with a window that the text begins there; or NULL

cdef enum:
    DECIDED = 1, OPEN = 2       # what following a lead comes to; -1: no memory
    NO_CELLS = 0xFFFFFFFF
    MAX_WALK = 128              # so far back it is looked for starts from which a walk leads to the end


cdef inline bint has_bit(const uint64_t* mask, uint32_t slot) noexcept nogil:
    return (mask[slot >> 6] >> (slot & 63)) & 1


cdef inline void set_bit(uint64_t* mask, uint32_t slot) noexcept nogil:
    mask[slot >> 6] |= <uint64_t>1 << (slot & 63)


cdef inline void clear_bit(uint64_t* mask, uint32_t slot) noexcept nogil:
    mask[slot >> 6] &= ~(<uint64_t>1 << (slot & 63))


cdef inline Py_ssize_t readable(const Pattern* p, const Char* text, Py_ssize_t n) noexcept nogil:
    """How much of the text the pattern can read: not a newline at its end, if it may be the final one."""
    return n - 1 if n and p.final_newline != NONE and text[n - 1] == 10 else n


cdef void drop_waiting(Waiting* waiting) noexcept nogil:
    cdef int i
    if waiting == NULL:
        return
    for i in range(2):
        free(waiting.positions[i])
        free(waiting.begins[i])
    free(waiting.seen)
    free(waiting)


cdef Waiting* new_waiting(uint32_t positions) noexcept nogil:
    cdef size_t k, n = max(<uint32_t>1, positions)
    cdef int i
    cdef Waiting* waiting = <Waiting*>calloc(1, sizeof(Waiting))
    if waiting == NULL:
        return NULL
    for i in range(2):
        waiting.positions[i] = <uint32_t*>malloc(n * sizeof(uint32_t))
        waiting.begins[i] = <Py_ssize_t*>malloc(n * sizeof(Py_ssize_t))
    waiting.seen = <uint64_t*>malloc(n * sizeof(uint64_t))
    for i in range(2):
        if waiting.positions[i] == NULL or waiting.begins[i] == NULL or waiting.seen == NULL:
            drop_waiting(waiting)
            return NULL
    for k in range(n):
        waiting.seen[k] = 0
    return waiting


cdef int stands_open(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at, Scratch* scratch
) noexcept nogil:
    """As `stands_at`, of a text that goes on: 1, 0, or OPEN; -1 without memory. `at` may be a place that has not come."""
    if at > n or (at == n and is_list(p)):
        return OPEN
    if not is_list(p) and p.table == NULL and n - at > <Py_ssize_t>p.max_length and p.max_length != NONE:
        return simulate_here(p, tables, text, n, at, False, scratch)
    return reaches_open(p, tables, text, n, at, at + 1, scratch)


cdef inline bint accepts_all(const Pattern* p, uint32_t state) noexcept nogil:
    """Whether there is a match up to here, whatever follows: the DFA says so only when it reads on."""
    cdef const uint16_t* row = &p.table[state * (p.classes + 1)]
    cdef uint32_t k
    for k in range(p.classes + 1):
        if not row[k] & DFA_ACCEPT:
            return False
    return True


cdef int reaches_open(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at, Py_ssize_t end, Scratch* scratch
) noexcept nogil:
    """As `reaches`, of a text that goes on: 1, 0, or OPEN; -1 without memory. What was found may only become longer."""
    cdef Lead lead
    cdef Py_ssize_t far
    cdef bint open = False
    cdef uint32_t state, step
    cdef Py_ssize_t i = at, limit
    cdef int status
    if is_list(p):
        if not p.anywhere and at and label_at(p, tables, text, at - 1) & WORD_LABEL:
            return 0
        if p.fuzzy != NULL:
            far = longest_fuzzy(p, tables, text, n, at, &open)
            return 1 if far >= end else OPEN if open else 0
        lead.start = lead.at = at
        lead.end = -1
        lead.state = p.root
        lead.ends_here = False
        status = follow_entry(&lead, p, tables, text, n)
        return 1 if lead.end >= end else OPEN if status == OPEN else 0
    if p.table == NULL:
        # What is looked for around a match is short: nothing is lost if that is done when all has come that it can take.
        if n - at > <Py_ssize_t>p.max_length and p.max_length != NONE:
            return reaches(p, tables, text, n, at, end, scratch)
        return OPEN
    limit = readable(p, text, n)
    state = p.starts[p.before[class_at(p, tables, text, n + 1, at - 1) if at else p.classes]]
    while state != 0 and i < limit:
        step = p.table[state * (p.classes + 1) + class_at(p, tables, text, n + 1, i)]
        if step & DFA_ACCEPT and i >= end:
            return 1
        state = step & DFA_STATE
        i += 1
    if state and i == n and i >= end and accepts_all(p, state):
        return 1
    return OPEN if state else 0


cdef int follow_entry(Lead* lead, const Pattern* p, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Read on in a long word list. `lead.end` becomes the end of the longest entry so far. DECIDED or OPEN."""
    cdef uint32_t label
    cdef const Cell* cell
    while lead.at < n:
        label = label_at(p, tables, text, lead.at)
        if lead.ends_here and not label & WORD_LABEL:
            lead.end = lead.at
        lead.ends_here = False
        if lead.state == NO_CELLS or not label & LABEL:
            return DECIDED
        cell = &p.cells[lead.state + (label & LABEL)]
        if cell.label != label & LABEL:
            return DECIDED
        lead.at += 1
        if cell.flags & ENTRY_ENDS:
            if p.anywhere:
                lead.end = lead.at
            else:
                lead.ends_here = True
        lead.state = cell.target if cell.flags & MORE_FOLLOWS else NO_CELLS
        if lead.state == NO_CELLS and not lead.ends_here:
            return DECIDED
    return OPEN


cdef int follow_dfa(Lead* lead, const Pattern* p, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Read on with the DFA. `lead.end` becomes the end of the preferred match so far. DECIDED or OPEN."""
    cdef const uint16_t* table = p.table
    cdef uint32_t stride = p.classes + 1, state = lead.state, step
    cdef Py_ssize_t i = lead.at, limit = readable(p, text, n)
    while state != 0 and i < limit:
        step = table[state * stride + class_at(p, tables, text, n + 1, i)]
        if step & DFA_ACCEPT:
            lead.end = i
        state = step & DFA_STATE
        i += 1
    if state != 0 and i < n:
        step = table[state * stride + p.latin[10]]
        if step == table[state * stride + p.final_newline]:     # it is the same to this state which one it is
            if step & DFA_ACCEPT:
                lead.end = i
            state = step & DFA_STATE
            i += 1
    if state != 0 and i == n and always_ends(p, state):
        lead.end = i
        state = 0
    lead.state = state
    lead.at = i
    return OPEN if state else DECIDED


cdef inline bint always_ends(const Pattern* p, uint32_t state) noexcept nogil:
    """Whether the match ends here, whatever follows, and can be no other: the DFA says so only when it reads on."""
    cdef const uint16_t* row = &p.table[state * (p.classes + 1)]
    cdef uint32_t k
    for k in range(p.classes + 1):
        if row[k] != DFA_ACCEPT:
            return False
    return True


cdef inline bint step_waiting(
    Waiting* waiting, const Edge* edge, uint32_t count, const uint64_t* needs, uint64_t conditions, Py_ssize_t begin,
    Py_ssize_t no_empty_at, Threads* threads
) noexcept nogil:
    """As `follow_edges`, where no threads are doomed: what is held is too short for them to matter."""
    cdef uint32_t k, target
    for k in range(count):
        if edge[k].needs and needs[edge[k].needs] & ~conditions:
            continue
        target = edge[k].target
        if target == ACCEPT:
            if begin == waiting.at and begin == no_empty_at:
                continue
            return True
        if waiting.seen[target] != waiting.generation:
            waiting.seen[target] = waiting.generation
            threads.positions[threads.count] = target
            threads.begins[threads.count] = begin
            threads.count += 1
    return False


cdef int follow_simulated(
    Lead* lead, const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, bint newline_begins
) noexcept nogil:
    """Go on with the simulation: as `simulate`, boundary by boundary, as long as it is known what stands behind.

    DECIDED: `waiting.match` if `waiting.found`, else `lead.settled` is set. OPEN: `lead.start` is the first start in question.
    `newline_begins`: a match may begin with a newline at the end.
    """
    cdef Waiting* w = lead.waiting
    cdef Threads now = Threads(w.positions[0], w.begins[0], w.count), later = Threads(w.positions[1], w.begins[1], 0)
    cdef uint32_t k, cls, next_class, before
    cdef Py_ssize_t i, first
    cdef uint64_t conditions
    cdef bint ended
    cdef const Position* place
    while w.at < readable(p, text, n):
        i = w.at
        cls = class_at(p, tables, text, n + 1, i - 1) if i else p.classes
        next_class = class_at(p, tables, text, n + 1, i)
        before = p.before[cls]
        conditions = p.truth[before * p.after_kinds + p.after[next_class]]
        w.generation += 1
        later.count = 0
        ended = False
        for k in range(now.count):
            place = &p.positions[now.positions[k]]
            if accepts(p.sets[place.accepts].members, cls) and step_waiting(
                w, p.edges + place.follow, place.follow_count, p.needs, conditions, now.begins[k], lead.no_empty_at, &later
            ):
                ended = True
                w.match.start = now.begins[k]
                break
        if not w.found and not ended and (i <= w.last_start or later.count):
            ended = step_waiting(w, p.start, p.start_count, p.needs, conditions, i, lead.no_empty_at, &later)
            w.match.start = i if ended else w.match.start
        if ended:
            w.found = True
            w.match.end = i
        now, later = later, now
        if now.count == 0 and (w.found or i >= w.last_start):
            w.count = 0
            if not w.found:
                lead.settled = max(i, w.last_start + 1)
            return DECIDED
        w.at = i + 1
    w.positions[0], w.begins[0], w.count = now.positions, now.begins, now.count
    w.positions[1], w.begins[1] = later.positions, later.begins
    # Which threads the last character lets live. A newline of which it is open what it is may itself begin a match.
    first = w.at
    cls = class_at(p, tables, text, n + 1, w.at - 1) if w.at else p.classes
    for k in range(w.count):
        place = &p.positions[w.positions[0][k]]
        if not accepts(p.sets[place.accepts].members, cls):
            continue
        if first == w.at and place.follow_count and p.edges[place.follow].target == ACCEPT and not p.edges[place.follow].needs:
            # The most preferred thread ends here, whatever follows.
            w.found = True
            w.match = Span_t(w.begins[0][k], w.at)
            return DECIDED
        first = min(first, w.begins[0][k])
    if first == w.at and (w.found or w.at == n or not newline_begins):
        lead.settled = w.at if w.found else n
        return DECIDED
    lead.start = min(first, w.match.start) if w.found else first
    return OPEN


cdef inline uint64_t openable(
    const Openers* openers, Tables tables, uint32_t word, const Char* text, Py_ssize_t at
) noexcept nogil:
    """Those slots of one word of the masks of which a match may begin with what stands at `at`."""
    cdef size_t words = openers.words
    cdef size_t cls = plan_class(tables.page, tables.classes, text[at])
    cdef size_t before = plan_class(tables.page, tables.classes, text[at - 1]) if at else tables.class_count
    return openers.first[words * cls + word] & openers.after[words * before + word]


cdef int begin_lead(
    Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n, Py_ssize_t first, Py_ssize_t last_start
) noexcept nogil:
    """Let the slot's lead begin at the first start in [first, last_start] that is worth it. False if there is none."""
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Lead* lead = &run.live.leads[slot]
    cdef Py_ssize_t at = first
    lead.end = -1
    lead.complete = False
    lead.ends_here = False
    while at <= last_start and at < n:
        lead.start = lead.at = at
        if p.table != NULL and (p.max_length <= SHORT or lead.credit >= 0):
            lead.simulated = False
            lead.state = p.starts[p.before[class_at(p, tables, text, n + 1, at - 1) if at else p.classes]]
            # Most starts fail at once.
            if lead.state and (
                p.table[lead.state * (p.classes + 1) + class_at(p, tables, text, n + 1, at)] or at == readable(p, text, n)
            ):
                return 1
        elif is_list(p):
            lead.state = p.root
            if (
                label_at(p, tables, text, at)
                and (p.anywhere or at == 0 or not label_at(p, tables, text, at - 1) & WORD_LABEL)
                and (p.fuzzy == NULL or n - at < LONGEST_PREFIX or may_begin(p, tables, text, n, at))
            ):
                return 1
        else:
            if lead.waiting == NULL:
                lead.waiting = new_waiting(p.position_count)
                if lead.waiting == NULL:
                    return -1
            if openable(run.live.openers, tables, slot >> 6, text, at) >> (slot & 63) & 1:
                lead.simulated = True
                lead.waiting.at = at
                lead.waiting.last_start = min(last_start, n - 1)
                lead.waiting.count = 0
                lead.waiting.found = False
                return 1
        at += 1
    lead.start = -1
    lead.settled = max(lead.settled, at)
    return 0


cdef int follow(Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n) noexcept nogil:
    """Read on for the slot's lead. OPEN, or DECIDED: then a finding was added, or there is none, and `lead.settled` is where the
    search goes on."""
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Lead* lead = &run.live.leads[slot]
    cdef int status = DECIDED
    cdef bint open = False, matched
    if not lead.complete:
        if lead.simulated:
            status = follow_simulated(
                lead, p, tables, text, n, openable(run.live.openers, tables, slot >> 6, text, n - 1) >> (slot & 63) & 1
            )
        elif p.table != NULL:
            status = follow_dfa(lead, p, tables, text, n)
        elif p.fuzzy != NULL:
            # The walk through the tree is made anew: an entry is short, and few places may begin one.
            lead.end = longest_fuzzy(p, tables, text, n, lead.start, &open)
            status = OPEN if open else DECIDED
        else:
            status = follow_entry(lead, p, tables, text, n)
        if status == OPEN:
            return OPEN
        if not lead.simulated:
            lead.credit -= lead.at - max(lead.start, lead.end)
    if not lead.simulated:
        matched = lead.end > lead.start
    else:
        matched = lead.waiting.found
        if not matched:
            lead.start = -1
            return DECIDED
        lead.start, lead.end = lead.waiting.match.start, lead.waiting.match.end
    if matched and p.check_count:
        status = passes_checks(p, tables, text, n, lead.start, lead.end, &lead.near, &run.scratch, True)
        if status < 0:
            return -1
        lead.complete = status == OPEN
        if lead.complete:
            return OPEN
        matched = status
    lead.settled = lead.start + 1
    if matched:
        if add_finding(run, slot, run.live.base + lead.start, run.live.base + lead.end) < 0:
            return -1
        lead.settled = lead.end
        lead.no_empty_at = lead.end if lead.start == lead.end else -1
    lead.start = -1
    return DECIDED


cdef int hunt(
    Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n, Py_ssize_t first, Py_ssize_t last_start
) noexcept nogil:
    """Decide the starts in [first, last_start], one after the other, up to one that stays open: it is the slot's lead then.
    Returns 0, or -1 if there is no memory."""
    cdef Lead* lead = &run.live.leads[slot]
    cdef int status
    while first <= last_start:
        give_credit(lead, first)
        status = begin_lead(run, tables, slot, text, n, first, last_start)
        if status <= 0:
            return status
        status = follow(run, tables, slot, text, n)
        if status < 0:
            return -1
        if status == OPEN:
            set_bit(run.live.leading, slot)
            return 0
        first = lead.settled
    return 0


cdef int follow_leads(Run* run, Tables tables, const Char* text, Py_ssize_t n) noexcept nogil:
    """Read on for every lead, and where one is decided for what was announced behind it. 0, or -1 without memory."""
    cdef Live* live = run.live
    cdef Lead* lead
    cdef uint32_t word, slot
    cdef uint64_t bits
    cdef int status
    for word in range(live.openers.words):
        live.left[word] = bits = live.leading[word]
        while bits:
            slot = 64 * word + sieve_lowest(bits)
            bits &= bits - 1
            lead = &live.leads[slot]
            status = follow(run, tables, slot, text, n)
            if status == OPEN:
                continue
            clear_bit(live.leading, slot)
            if status < 0 or hunt(run, tables, slot, text, n, lead.settled, lead.announced) < 0:
                return -1
    return 0
