# A scan of a text that comes in pieces: its buffer, and which part of it is decided.
#
# The buffer has the characters that something still depends on, in the width that they need. Its begin is cut off now and then.

cdef enum:
    FEW_CHARACTERS = 16         # so few are confirmed at once: the sieve takes 64
    CUT_OFF = 4096              # characters are cut off in multiples of this: a Near's ring stays where it is
    KEPT_BEHIND = 1             # characters that stay before what is undecided: what stands before a match
    KEPT_AROUND = 1001          # the same where a check looks around: FURTHEST_NEAR and one more


@cython.final
cdef class SlotMasks:
    """The openers of a guard's scan; see `Openers`. Made once for a guard, and never changed."""

    cdef:
        Openers openers
        uint64_t* memory

    def __cinit__(self, Guard guard):
        cdef Tables tables = guard.plan.tables
        cdef const Scan* scan = guard.scan
        cdef uint32_t words = (scan.slot_count + 63) // 64, slot, cls, k
        cdef size_t row = <size_t>words * (tables.class_count + 1), states = 0
        cdef Openers* openers = &self.openers
        cdef const Pattern* p
        cdef bint opens[256]            # by class of the pattern
        cdef bint follows[257]
        if scan.prefilter.groups != NULL:
            states = scan.prefilter.inner
        self.memory = <uint64_t*>PyMem_Calloc(3 * row + (3 + states) * words, sizeof(uint64_t))
        if self.memory == NULL:
            raise MemoryError
        openers.words = words
        openers.first, openers.after, openers.walk = self.memory, self.memory + row, self.memory + 2 * row
        openers.everywhere, openers.around = self.memory + 3 * row, self.memory + 3 * row + words
        openers.walking, openers.begun = openers.around + words, openers.around + 2 * words
        for k in range(scan.everywhere_count):
            set_bit(openers.everywhere, scan.everywhere[k])
        for slot in range(scan.slot_count):
            p = &tables.patterns[scan.slots[slot].pattern]
            for k in range(p.check_count):
                if p.checks[k].kind in (CHECK_NEAR, CHECK_NOT_IN):
                    set_bit(openers.around, slot)
            if has_bit(openers.everywhere, slot):
                for cls in range(tables.class_count):
                    set_bit(openers.first + <size_t>words * cls, slot)
                    set_bit(openers.after + <size_t>words * cls, slot)
                set_bit(openers.after + <size_t>words * tables.class_count, slot)
                continue
            if scan.slots[slot].reach:
                set_bit(openers.walking, slot)
            follows[p.classes] = may_stand_behind(p, p.classes)
            for k in range(p.classes):
                opens[k] = may_open(p, k)
                follows[k] = may_stand_behind(p, k)
            if p.final_newline != NONE:
                opens[p.latin[10]] |= opens[p.final_newline]
            for cls in range(tables.class_count):
                if opens[p.local[cls]]:
                    set_bit(openers.first + <size_t>words * cls, slot)
                if follows[p.local[cls]]:
                    set_bit(openers.after + <size_t>words * cls, slot)
                if accepts(scan.slots[slot].walk, p.local[cls]):
                    set_bit(openers.walk + <size_t>words * cls, slot)
            if follows[p.classes]:
                set_bit(openers.after + <size_t>words * tables.class_count, slot)
        if states:
            add_begun(openers, scan)

    def __dealloc__(self):
        PyMem_Free(self.memory)


cdef void add_begun(Openers* openers, const Scan* scan) noexcept nogil:
    """Which windows each inner state of the confirming automaton has read the begin of: those that are accepted further on."""
    cdef const Prefilter* filter = &scan.prefilter
    cdef const Range* accepts
    cdef uint64_t* mask
    cdef uint32_t state = filter.inner, entry, target, cls, k
    # States are numbered by how much they have read: what follows one is done before it.
    while state > 1:
        state -= 1
        mask = openers.begun + <size_t>openers.words * state
        for cls in range(filter.stride):
            entry = filter.table[state * filter.stride + cls]
            target = entry & CONFIRM_STATE
            if entry & CONFIRM_ACCEPTS:
                accepts = &filter.accepts[target]
                for k in range(accepts.first, accepts.first + accepts.count):
                    set_bit(mask, scan.factors[filter.accepted[k]].slot)
            if 0 < target < filter.inner:
                for k in range(openers.words):
                    mask[k] |= openers.begun[<size_t>openers.words * target + k]


cdef bint may_open(const Pattern* p, uint32_t cls) noexcept nogil:
    """Whether a match of the pattern may begin with a character of the class."""
    cdef uint32_t k, kinds = 0
    if p.table == NULL:
        for k in range(p.start_count):
            if p.start[k].target == ACCEPT or accepts(p.sets[p.positions[p.start[k].target].accepts].members, cls):
                return True
        return False
    for k in range(p.classes + 1):
        kinds = max(kinds, <uint32_t>p.before[k] + 1)
    for k in range(kinds):
        if p.table[p.starts[k] * (p.classes + 1) + cls]:
            return True
    return False


cdef bint may_stand_behind(const Pattern* p, uint32_t cls) noexcept nogil:
    """Whether a match of the pattern may begin behind a character of the class; `p.classes`: at the begin of the text."""
    cdef uint32_t k, kind, before = p.before[cls]
    if p.table != NULL:
        return p.starts[before] != 0
    for k in range(p.start_count):
        if p.start[k].needs == 0:
            return True
        for kind in range(p.after_kinds):
            if p.needs[p.start[k].needs] & ~p.truth[before * p.after_kinds + kind] == 0:
                return True
    return False


@cython.final
cdef class Stage:
    """Finds what a guard's patterns find in a text that comes in pieces, and its stretches of given texts.

    Attributes:
        length: characters that have come.
        decided: of these, how many are decided: no match that begins before it is still open. Findings that begin there
            are known, whatever follows.
    """

    cdef:
        Guard guard
        SlotMasks masks
        Run run
        bint opened                 # there are patterns, and something to close
        Live live
        list leaks                  # a LeakLead for each stretch that is looked for
        uint64_t* memory            # bit masks of the live scan
        void* data
        int kind                    # bytes of a character
        Py_ssize_t buffered
        Py_ssize_t room
        Py_ssize_t behind           # characters that are kept before what is undecided
        Py_ssize_t length
        Py_ssize_t decided

    def __cinit__(self, Guard guard, Course course):
        cdef uint32_t slot, words
        cdef size_t k
        cdef Lead* lead
        self.guard = guard
        self.kind = 1
        self.behind = course.behind
        self.leaks = [make_leak_lead(course.leaks[k], -1 - <int>k) for k in range(len(course.leaks))]
        if course.active == NULL:
            return
        self.masks = guard.slot_masks()
        if run_open(&self.run, guard.scan, guard.plan.tables.most_positions) < 0:
            raise MemoryError
        self.opened = True
        words = self.masks.openers.words
        self.memory = <uint64_t*>PyMem_Calloc(3 * words, sizeof(uint64_t))
        self.live.leads = <Lead*>PyMem_Calloc(guard.scan.slot_count, sizeof(Lead))
        if self.memory == NULL or self.live.leads == NULL:
            raise MemoryError
        self.live.openers = &self.masks.openers
        self.live.active, self.live.leading, self.live.left = self.memory, self.memory + words, self.memory + 2 * words
        self.run.live = &self.live
        memcpy(self.live.active, course.active, words * sizeof(uint64_t))
        for slot in range(guard.scan.slot_count):
            lead = &self.live.leads[slot]
            lead.start = lead.announced = lead.no_empty_at = -1
            lead.credit = 256

    def __dealloc__(self):
        cdef uint32_t slot
        if self.live.leads != NULL:
            for slot in range(self.guard.scan.slot_count):
                drop_waiting(self.live.leads[slot].waiting)
                near_free(self.live.leads[slot].near)
            PyMem_Free(self.live.leads)
        if self.opened:
            run_close(&self.run)
        PyMem_Free(self.memory)
        free(self.data)

    cdef int advance(self, str piece, Py_ssize_t needed) except -1:
        """Take the next piece. Characters from `needed` on, at the latest, are kept for `slice`."""
        cdef Py_ssize_t count = PyUnicode_GET_LENGTH(piece), fresh
        cdef int status = 0
        cdef Tables tables = self.guard.plan.tables
        cdef LeakLead leak
        cdef Text view
        self._cut_off(min(needed, self.decided))
        fresh = self.buffered
        self._append(piece, count)
        self.length += count
        self.decided = self.length
        if self.opened:
            self.live.fresh = fresh
            if count > LONG_TEXT:
                with nogil:
                    status = self._search(tables, fresh)
            else:
                status = self._search(tables, fresh)
            if status < 0:
                raise MemoryError
            self.decided = self.live.base + self._first_open()
        if self.leaks:
            view = self.view(self.live.base + fresh, self.length)
            for leak in self.leaks:
                leak.read(&view)
                self.decided = min(self.decided, leak.first_open())
        return 0

    cdef int _search(self, Tables tables, Py_ssize_t fresh) noexcept nogil:
        if self.kind == 1:
            return search_piece(&self.run, tables, <const uint8_t*>self.data, self.buffered, fresh)
        if self.kind == 2:
            return search_piece(&self.run, tables, <const uint16_t*>self.data, self.buffered, fresh)
        return search_piece(&self.run, tables, <const uint32_t*>self.data, self.buffered, fresh)

    cdef Py_ssize_t _first_open(self) noexcept nogil:
        """Where in the buffer the first open match begins."""
        cdef Py_ssize_t first = self.buffered
        cdef uint32_t word
        cdef uint64_t bits
        for word in range(self.live.openers.words):
            bits = self.live.leading[word]
            while bits:
                first = min(first, self.live.leads[64 * word + sieve_lowest(bits)].start)
                bits &= bits - 1
        return first

    cdef int _append(self, str piece, Py_ssize_t count) except -1:
        cdef int kind = max(self.kind, <int>PyUnicode_KIND(piece))
        cdef Py_ssize_t room = self.room
        cdef void* data
        if self.buffered + count > room or kind != self.kind:
            while room < self.buffered + count:
                room = max(<Py_ssize_t>256, 2 * room)
            # The sieve reads whole blocks of what is there only; no more room is needed.
            data = malloc(room * kind)
            if data == NULL:
                raise MemoryError
            copy_wider(data, kind, self.data, self.kind, self.buffered)
            free(self.data)
            self.data, self.kind, self.room = data, kind, room
        copy_wider(<char*>self.data + self.buffered * kind, kind, PyUnicode_DATA(piece), PyUnicode_KIND(piece), count)
        self.buffered += count
        return 0

    cdef int _cut_off(self, Py_ssize_t needed) noexcept:
        """Forget characters before `needed` (of the text), but for those that matches may look back at."""
        cdef Py_ssize_t base = self.live.base, count = (needed - self.behind - base) // CUT_OFF * CUT_OFF
        cdef Lead* lead
        cdef Near* near
        cdef uint32_t slot
        cdef size_t k
        if needed - self.behind - base < CUT_OFF:
            return 0
        memmove(self.data, <char*>self.data + count * self.kind, (self.buffered - count) * self.kind)
        self.buffered -= count
        self.live.base += count
        self.live.low -= count
        if not self.opened:
            return 0
        for slot in range(self.guard.scan.slot_count):
            lead = &self.live.leads[slot]
            if lead.start >= 0:
                lead.start -= count
            lead.settled = max(<Py_ssize_t>0, lead.settled - count)
            lead.at -= count
            lead.end = max(<Py_ssize_t>-1, lead.end - count)
            lead.announced = max(<Py_ssize_t>-1, lead.announced - count)
            lead.no_empty_at = max(<Py_ssize_t>-1, lead.no_empty_at - count)
            lead.credited -= count
            if lead.waiting != NULL:
                lead.waiting.at -= count
                lead.waiting.last_start -= count
                lead.waiting.match.start -= count
                lead.waiting.match.end -= count
                for k in range(lead.waiting.count):
                    lead.waiting.begins[0][k] -= count
            near = lead.near
            while near != NULL:
                near.first -= count
                near.upto -= count
                near = near.next
        return 0

    cdef Text view(self, Py_ssize_t start, Py_ssize_t end) noexcept:
        """The same in place, until the next piece comes."""
        return Text(<char*>self.data + (start - self.live.base) * self.kind, end - start, self.kind)

    cdef bint has_found(self):
        """Whether something has been found that was not taken yet."""
        cdef LeakLead leak
        if self.run.found:
            return True
        for leak in self.leaks:
            if leak.found:
                return True
        return False

    cdef str slice(self, Py_ssize_t start, Py_ssize_t end):
        """The characters of the text in [start, end), which are in the buffer."""
        cdef Py_ssize_t at = start - self.live.base
        return PyUnicode_FromKindAndData(self.kind, <char*>self.data + at * self.kind, end - start)

    cdef list take_decided(self):
        """What has been found and begins where all is decided, each once: (start, -end, slot or key of a leak), in order."""
        cdef size_t i, kept = 0
        cdef Finding* finding
        cdef list taken = []
        cdef LeakLead leak
        for leak in self.leaks:
            taken += [(start, -end, leak.key) for start, end in leak.found if start < self.decided]
            leak.found = [span for span in leak.found if span[0] >= self.decided]
        for i in range(self.run.found):
            finding = &self.run.findings[i]
            if finding.start < self.decided:
                taken.append((finding.start, -finding.end, finding.slot))
            else:
                self.run.findings[kept] = finding[0]
                kept += 1
        self.run.found = kept
        taken.sort()
        return taken


cdef int search_piece(Run* run, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t fresh) noexcept nogil:
    """Search the buffer, of which what stands before `fresh` was searched already. Returns 0, or -1 without memory."""
    # Windows over the border have not been seen; those that were are of starts that are decided, or announced.
    cdef Py_ssize_t at, first = max(<Py_ssize_t>0, fresh - MAX_WINDOW + 1)
    cdef uint32_t over = 0              # bits: places from which a window may go on over the border
    if follow_leads(run, tables, text, n) < 0 or hunt_everywhere(run, tables, text, n) < 0:
        return -1
    if run.scan.prefilter.groups == NULL:
        return 0
    for at in range(first, fresh):
        over |= <uint32_t>(run.live.begun[at - run.live.low] != NULL) << (at - first)
    begin_windows(run.live, &run.scan.prefilter, tables, text, n)
    if n - fresh <= FEW_CHARACTERS:
        for at in range(first, n):
            if (at >= fresh or over >> (at - first) & 1) and confirm(run, tables, text, n, at) < 0:
                return -1
    elif propose_all(run, tables, text, n, first) < 0:
        return -1
    return hunt_tails(run, tables, text, n)


cdef void copy_wider(void* target, int kind, const void* source, int narrow, Py_ssize_t count) noexcept nogil:
    """Copy characters of `narrow` bytes to where they have `kind` bytes, no fewer."""
    cdef Py_ssize_t i
    if count == 0:
        return
    if kind == narrow:
        memcpy(target, source, count * kind)
    elif kind == 2:
        for i in range(count):
            (<uint16_t*>target)[i] = (<const uint8_t*>source)[i]
    elif narrow == 1:
        for i in range(count):
            (<uint32_t*>target)[i] = (<const uint8_t*>source)[i]
    else:
        for i in range(count):
            (<uint32_t*>target)[i] = (<const uint16_t*>source)[i]

