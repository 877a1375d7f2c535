# Running one pattern at one place.
#
# Two machines with one answer, and a *sketch* (compiler/regex/sketch.py) that saves the second most of its work: a DFA that
# finds no less than the pattern. The *DFA* is fast and knows one start. The *ordered simulation* (R. Cox, "Regular Expression
# Matching: the Virtual Machine Approach", after R. Pike) keeps a list of threads in the order of preference that a
# backtracking matcher would have, each with the place where it began; it takes many starts at once, and time proportional
# to characters times positions whatever the text.
#
# A match is decided only when all threads that would be preferred to it have died, and that may be far behind its end. Were the
# next search to walk there again, `a[^b]*b|a` would need time quadratic in a row of `a`s. So a search leaves behind what it
# learned: the threads that were alive where the match ended are *doomed*, none of them reaches an end. The next search steps
# them along and drops every thread that joins one of them.
#
# Vocabulary: a *boundary* i is the place before character i; a boundary's *conditions* (`\b`, `^`, look-around of one
# character) depend on the classes on both sides. A *thread* waits at a position of the pattern for the next character.

ctypedef struct Span_t:
    Py_ssize_t start
    Py_ssize_t end

# The doomed threads of one pattern: their positions at boundary `at`; by boundary `until` all of them have died.
ctypedef struct Doom:
    uint32_t* positions         # NULL until a search leaves some
    uint32_t count
    Py_ssize_t at
    Py_ssize_t until

# Memory of the simulation, allocated at first use in a run and sized for the largest pattern of the plan.
ctypedef struct Scratch:
    uint32_t capacity
    uint32_t* positions[2]
    Py_ssize_t* begins[2]
    uint64_t* seen              # generation in which a position was last added
    uint64_t generation
    uint32_t* doomed[2]
    uint64_t* doomed_seen       # the same for doomed threads
    uint64_t doomed_generation
    uint32_t* snapshot          # what was preferred or doomed where the last match ended


cdef int scratch_reserve(Scratch* scratch) noexcept nogil:
    """Allocate on first use. Returns 0, or -1 if there is no memory."""
    cdef size_t j, n = scratch.capacity
    cdef int i
    if scratch.snapshot != NULL or n == 0:
        return 0
    for i in range(2):
        scratch.positions[i] = <uint32_t*>malloc(n * sizeof(uint32_t))
        scratch.begins[i] = <Py_ssize_t*>malloc(n * sizeof(Py_ssize_t))
        scratch.doomed[i] = <uint32_t*>malloc(n * sizeof(uint32_t))
        if scratch.positions[i] == NULL or scratch.begins[i] == NULL or scratch.doomed[i] == NULL:
            return -1
    scratch.seen = <uint64_t*>malloc(n * sizeof(uint64_t))
    scratch.doomed_seen = <uint64_t*>malloc(n * sizeof(uint64_t))
    scratch.snapshot = <uint32_t*>malloc(n * sizeof(uint32_t))
    if scratch.seen == NULL or scratch.doomed_seen == NULL or scratch.snapshot == NULL:
        return -1
    for j in range(n):
        scratch.seen[j] = 0
        scratch.doomed_seen[j] = 0
    scratch.generation = 0
    scratch.doomed_generation = 0
    return 0


cdef void scratch_release(Scratch* scratch) noexcept nogil:
    cdef int i
    for i in range(2):
        free(scratch.positions[i])
        free(scratch.begins[i])
        free(scratch.doomed[i])
    free(scratch.seen)
    free(scratch.doomed_seen)
    free(scratch.snapshot)


cdef inline uint32_t plan_class(const uint16_t* page, const uint16_t* classes, uint32_t c) noexcept nogil:
    return classes[(<size_t>page[c >> 8] << 8) | (c & 255)]


cdef inline uint32_t class_at(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t i
) noexcept nogil:
    """The pattern's class of character i."""
    cdef uint32_t c = text[i]
    if c == 10 and i == n - 1 and p.final_newline != NONE:
        return p.final_newline
    if Char is uint8_t:
        return p.latin[c]
    else:
        if c < 256:
            return p.latin[c]
        return p.local[plan_class(tables.page, tables.classes, c)]


cdef inline bint accepts(const uint64_t* members, uint32_t cls) noexcept nogil:
    return (members[cls >> 6] >> (cls & 63)) & 1


cdef Py_ssize_t run_dfa(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, Py_ssize_t* stopped
) noexcept nogil:
    """The end of the preferred match that begins at `start`, or -1. `stopped`: how far it had to read."""
    cdef const uint16_t* table = p.table
    cdef uint32_t stride = p.classes + 1
    cdef uint32_t state = p.starts[p.before[class_at(p, tables, text, n, start - 1) if start else p.classes]]
    cdef uint32_t step
    cdef Py_ssize_t i = start, last = -1
    while state != 0:
        if i == n:
            if table[state * stride + p.classes] & DFA_ACCEPT:
                last = n
            break
        step = table[state * stride + class_at(p, tables, text, n, i)]
        if step & DFA_ACCEPT:
            last = i
        state = step & DFA_STATE
        i += 1
    stopped[0] = i
    return last


cdef bint may_match(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, Py_ssize_t* stopped
) noexcept nogil:
    """Whether the sketch lets a match begin at `start`, or behind it over the walk. `stopped`: how far it had to read."""
    cdef uint32_t state = 1
    cdef Py_ssize_t i = start
    while i < n and state != 0 and state != SKETCH_ACCEPTED:
        state = p.sketch[state * p.classes + class_at(p, tables, text, n, i)]
        i += 1
    stopped[0] = i
    return state == SKETCH_ACCEPTED


ctypedef struct Threads:
    uint32_t* positions
    Py_ssize_t* begins
    uint32_t count


cdef inline bint follow_edges(
    const Edge* edge,
    uint32_t count,
    const uint64_t* needs,
    uint64_t conditions,
    Py_ssize_t begin,
    Py_ssize_t at,
    Py_ssize_t no_empty_at,
    Threads* threads,
    Scratch* scratch,
) noexcept nogil:
    """Add what the edges lead to, best first. True if one of them ends a match at boundary `at`."""
    cdef uint32_t k, target
    for k in range(count):
        if edge[k].needs and needs[edge[k].needs] & ~conditions:
            continue
        target = edge[k].target
        if target == ACCEPT:
            if begin == at and at == no_empty_at:
                continue
            return True
        if scratch.seen[target] != scratch.generation and scratch.doomed_seen[target] != scratch.doomed_generation:
            scratch.seen[target] = scratch.generation
            threads.positions[threads.count] = target
            threads.begins[threads.count] = begin
            threads.count += 1
    return False


cdef uint32_t step_doomed(const Pattern* p, Scratch* scratch, uint32_t count, uint32_t cls, uint64_t conditions) noexcept nogil:
    """Let the doomed threads in `scratch.doomed[0]` consume a character; returns how many there are behind it."""
    cdef uint32_t k, e, after = 0
    cdef const Position* place
    cdef const Edge* edge
    scratch.doomed_generation += 1
    for k in range(count):
        place = &p.positions[scratch.doomed[0][k]]
        if not accepts(p.sets[place.accepts].members, cls):
            continue
        for e in range(place.follow, place.follow + place.follow_count):
            edge = &p.edges[e]
            if edge.target == ACCEPT or p.needs[edge.needs] & ~conditions:
                continue
            if scratch.doomed_seen[edge.target] != scratch.doomed_generation:
                scratch.doomed_seen[edge.target] = scratch.doomed_generation
                scratch.doomed[1][after] = edge.target
                after += 1
    scratch.doomed[0], scratch.doomed[1] = scratch.doomed[1], scratch.doomed[0]
    return after


cdef uint32_t recall_doomed(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t first, const Doom* doom, Scratch* scratch
) noexcept nogil:
    """Bring the doomed threads to boundary `first`. Returns how many there are."""
    cdef uint32_t k, cls, next_class, count = doom.count
    cdef Py_ssize_t i = doom.at
    scratch.doomed_generation += 1      # forget those of another search
    if count == 0 or not i <= first < doom.until:
        return 0
    for k in range(count):
        scratch.doomed[0][k] = doom.positions[k]
        scratch.doomed_seen[doom.positions[k]] = scratch.doomed_generation
    while i < first and count:
        cls = class_at(p, tables, text, n, i)
        i += 1
        next_class = class_at(p, tables, text, n, i) if i < n else p.classes
        count = step_doomed(p, scratch, count, cls, p.truth[p.before[cls] * p.after_kinds + p.after[next_class]])
    return count


cdef int leave_doomed(
    const Pattern* p, Doom* doom, const uint32_t* positions, uint32_t count, Py_ssize_t at, Py_ssize_t until
) noexcept nogil:
    """Keep doomed threads for the next search. Returns 0, or -1 if there is no memory."""
    cdef uint32_t k
    if doom.positions == NULL and count:
        doom.positions = <uint32_t*>malloc(p.position_count * sizeof(uint32_t))
        if doom.positions == NULL:
            return -1
    for k in range(count):
        doom.positions[k] = positions[k]
    doom.count = count
    doom.at = at
    doom.until = max(until, doom.until)
    return 0


cdef int simulate(
    const Pattern* p,
    Tables tables,
    const Char* text,
    Py_ssize_t n,
    Py_ssize_t first,
    Py_ssize_t last_start,
    Py_ssize_t no_empty_at,
    Scratch* scratch,
    Doom* doom,
    Span_t* match,
    Py_ssize_t* settled,
) noexcept nogil:
    """The leftmost match that begins in [first, last_start], as `re` would choose it.

    Returns 1 and sets `match`; or returns 0 and sets `settled`, before which no match begins; -1 without memory. An empty
    match at `no_empty_at` does not count. While a thread is alive beyond `last_start`, later starts are taken along, and the
    simulation goes on until none is alive: so no stretch of text is walked twice in vain. The match may then begin after
    `last_start`, and is still the leftmost one. `doom` is what earlier searches learned, and is brought up to date.
    """
    cdef Threads now, later
    cdef Py_ssize_t i = first
    cdef uint32_t k, before, next_class, cls = 0, doomed, kept = 0
    cdef uint64_t conditions
    cdef bint found = False, ended
    cdef const Position* place
    if scratch_reserve(scratch) < 0:
        return -1
    now = Threads(scratch.positions[0], scratch.begins[0], 0)
    later = Threads(scratch.positions[1], scratch.begins[1], 0)
    doomed = recall_doomed(p, tables, text, n, first, doom, scratch)
    before = p.before[class_at(p, tables, text, n, first - 1) if first else p.classes]
    while True:
        # At boundary i; `now` holds the threads that wait for character i - 1, which is of class `cls`.
        next_class = class_at(p, tables, text, n, i) if i < n else p.classes
        conditions = p.truth[before * p.after_kinds + p.after[next_class]]
        scratch.generation += 1
        later.count = 0
        ended = False
        if i > first and doomed:
            doomed = step_doomed(p, scratch, doomed, cls, conditions)
        for k in range(now.count):
            place = &p.positions[now.positions[k]]
            if accepts(p.sets[place.accepts].members, cls) and follow_edges(
                p.edges + place.follow, place.follow_count, p.needs, conditions, now.begins[k], i, no_empty_at, &later, scratch
            ):
                ended = True
                match.start = now.begins[k]
                break       # whatever is less preferred can no longer win
        if not found and not ended and (i <= last_start or later.count):
            ended = follow_edges(p.start, p.start_count, p.needs, conditions, i, i, no_empty_at, &later, scratch)
            match.start = i
        if ended:
            found = True
            match.end = i
            # Should all that is preferred to this match die, it is doomed from here on.
            kept = 0
            for k in range(later.count):
                scratch.snapshot[kept] = later.positions[k]
                kept += 1
            for k in range(doomed):
                scratch.snapshot[kept] = scratch.doomed[0][k]
                kept += 1
        now, later = later, now
        if now.count == 0 and (found or i >= last_start):
            break
        if i == n:
            break
        cls = next_class
        before = p.before[cls]
        i += 1
    settled[0] = max(i, last_start + 1)
    if found:
        return -1 if leave_doomed(p, doom, scratch.snapshot, kept, match.end, i + 1) < 0 else 1
    return leave_doomed(p, doom, scratch.doomed[0], doomed, i, doom.until)


cdef int simulate_here(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, bint whole, Scratch* scratch
) noexcept nogil:
    """1 if some way through the pattern matches from `start` on (`re.match`), else 0; -1 without memory.

    `whole`: only what ends where the text ends counts (`re.fullmatch`).
    """
    cdef Threads now, later
    cdef Py_ssize_t i
    cdef uint32_t k, e, cls = 0, next_class
    cdef uint64_t conditions
    cdef const Position* place
    cdef const Edge* edge
    if scratch_reserve(scratch) < 0:
        return -1
    now = Threads(scratch.positions[0], scratch.begins[0], 0)
    later = Threads(scratch.positions[1], scratch.begins[1], 0)
    cls = class_at(p, tables, text, n, start - 1) if start else p.classes
    for i in range(start, n + 1):
        next_class = class_at(p, tables, text, n, i) if i < n else p.classes
        conditions = p.truth[p.before[cls] * p.after_kinds + p.after[next_class]]
        scratch.generation += 1
        later.count = 0
        if i == start:
            if admit(p.start, p.start_count, p.needs, conditions, not whole or i == n, &later, scratch):
                return 1
        for k in range(now.count):
            place = &p.positions[now.positions[k]]
            if accepts(p.sets[place.accepts].members, cls) and admit(
                p.edges + place.follow, place.follow_count, p.needs, conditions, not whole or i == n, &later, scratch
            ):
                return 1
        if later.count == 0:
            return 0
        now, later = later, now
        cls = next_class
    return 0


cdef inline bint admit(
    const Edge* edge, uint32_t count, const uint64_t* needs, uint64_t conditions, bint may_end, Threads* threads, Scratch* scratch
) noexcept nogil:
    """As `follow_edges`, but the end of a match counts only where it may end, and displaces nobody."""
    cdef uint32_t k, target
    for k in range(count):
        if edge[k].needs and needs[edge[k].needs] & ~conditions:
            continue
        target = edge[k].target
        if target == ACCEPT:
            if may_end:
                return True
        elif scratch.seen[target] != scratch.generation:
            scratch.seen[target] = scratch.generation
            threads.positions[threads.count] = target
            threads.begins[threads.count] = 0
            threads.count += 1
    return False
