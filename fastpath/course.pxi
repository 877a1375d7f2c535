# What the rules of a guard do to a text that is still coming, whatever the text: worked out once, and used by every passage.
#
# Vocabulary: a *gate* is a rule that holds back all of the text until it is satisfied, and may be satisfied only at the end: then
# nothing opens it here. See passage.pxi for what goes over a text.

cdef enum:
    NEVER = PY_SSIZE_T_MAX
    MANY_COURSES = 64           # of one guard: there is one for each way in which its conditions come out


@cython.final
cdef class Watch:
    """A rule that is about findings.

    Attributes:
        place: its number among the watches of its course.
        patches: its findings are replaced; else they stop the text, or open the gate.
        opens: it is satisfied by a finding.
        counts: it is about their number, which is within `low` and `high`.
    """

    cdef:
        RuleInfo info
        uint32_t number
        size_t place
        int strength
        bint patches
        bint opens
        bint counts
        Py_ssize_t low
        Py_ssize_t high


@cython.final
cdef class Course:
    """What the first or the second passage of a guard has to look at. Never changed once it is made.

    Attributes:
        second: it is over the fixed text.
        fixing: some finding is replaced.
        late: some rule changes the text only when all of it is there.
        watched: the numbers of the rules with `no` that are watched.
        watches: slot -> [(watch, number of the term)]. A leak has a key in place of a slot: -1 the first of `leaks`, and so on.
        covers: slot -> watches that except what it finds.
        leaks: terms that look for stretches of given texts.
        meters: those that a passage takes fresh copies of.
        cases: (rule number, strength, upper?).
        openings: (rule number, strength, what the text must begin with).
        wanted: (what must be in the text, ignore case).
        shut: how many gates there are.
        active: mask of the slots whose findings matter; NULL if there are none.
        behind: characters that are kept before what is undecided.
    """

    cdef:
        bint second
        bint fixing
        bint late
        list watched
        dict watches
        dict covers
        list leaks
        list meters
        list cases
        list openings
        list wanted
        int shut
        size_t watch_count
        uint64_t* active
        Py_ssize_t behind

    def __cinit__(self, Guard guard, bint second, tuple held):
        """`held`: for each rule, whether its condition holds; None: it cannot be told."""
        cdef size_t number
        self.second = second
        self.watched = []
        self.watches = {}
        self.covers = {}
        self.leaks = []
        self.meters = [make_meter(
            MEASURE_BYTES if guard.limit_in_bytes else MEASURE_CHARS, LIMIT, guard.limit_info.on_fail.strength, 0, guard.limit
        )]
        self.cases = []
        self.openings = []
        self.wanted = []
        self.behind = KEPT_BEHIND
        for number in range(guard.rule_count):
            self._add_rule(guard, number, guard.infos[number], held[number])
        self._activate(guard)

    def __dealloc__(self):
        PyMem_Free(self.active)

    cdef int _add_rule(self, Guard guard, size_t number, RuleInfo info, held) except -1:
        """Decide what the rule does to a text that is not there yet."""
        cdef int strength = info.on_fail.strength
        if info.at_end and (strength >= REASK or strength == NOOP):
            return 0
        if held is None:                # what follows from it is known when the text is judged
            self.shut += info.on_error.strength != NOOP
            return 0
        if not held:
            return 0
        if strength == NOOP and (info.on_error.strength == NOOP or not may_err(info)):
            return 0
        if guard.normalize:             # what it makes of the text is known when all is there
            self.shut += 1
            return 0
        if strength >= REASK or self.second or fixes_here(info):
            if info.test == TEST_FIND and info.what != QUANTIFIER_IS and all([found_here(term) for term in info.terms + info.excepts]):
                return self._watch(guard, number, info, 0, NEVER)
            if info.test == TEST_MEASURE:
                return self._measure(guard, number, info)
            if info.test == TEST_PREDICATE and strength >= REASK:
                return self._predicate(number, info)
        self.late |= NOOP < strength < REASK
        self.shut += 1
        return 0

    cdef int _watch(self, Guard guard, size_t number, RuleInfo info, Py_ssize_t low, Py_ssize_t high) except -1:
        cdef Watch watch = Watch.__new__(Watch)
        cdef TermInfo term
        cdef int place = 0
        watch.info = info
        watch.number = number
        watch.place = self.watch_count
        self.watch_count += 1
        watch.strength = info.on_fail.strength
        watch.patches = info.on_fail.template is not None and watch.strength == FIX and not self.second
        self.fixing |= watch.patches
        watch.opens = info.test == TEST_FIND and info.what == QUANTIFIER_HAS
        watch.counts = info.test == TEST_MEASURE
        watch.low, watch.high = low, high
        if guard.rules[number].forbids:
            self.watched.append(number)
        self.shut += watch.opens or (watch.counts and low > 0)
        for term in info.terms:
            self.watches.setdefault(self._key(term), []).append((watch, place))
            place += 1
        for term in info.excepts:
            self.covers.setdefault(self._key(term), []).append(watch)
        return 0

    cdef int _key(self, TermInfo term) except? -1:
        """By which findings name the term."""
        if term.pattern >= 0:
            return term.slot
        self.leaks.append(term)
        return -len(self.leaks)

    cdef int _measure(self, Guard guard, size_t number, RuleInfo info) except -1:
        cdef const Rule* rule = &guard.rules[number]
        cdef int which = info.what
        cdef Py_ssize_t low, high
        if which == MEASURE_COUNT and info.native:
            if rule.low <= 0 and rule.high == NEVER:    # it holds of every text
                return 0
            return self._watch(guard, number, info, rule.low, rule.high)
        if which <= MEASURE_BYTES:
            low, high = rule.low, rule.high
        elif which == MEASURE_TIME:
            which = MEASURE_WORDS
            low = 0
            if info.low is not None and (info.low > 0 or info.low_open):
                low = words_within(info.low, not info.low_open) + 1
            high = NEVER if info.high is None else words_within(info.high, info.high_open)
        else:
            self.shut += 1
            return 0
        self.shut += low > 0
        self.meters.append(make_meter(which, number, info.on_fail.strength, low, high))
        return 0

    cdef int _predicate(self, size_t number, RuleInfo info) except -1:
        cdef int strength = info.on_fail.strength
        if info.what == LOWER_CASE or info.what == UPPER_CASE:
            self.cases.append((number, strength, info.what == UPPER_CASE))
            return 0
        self.shut += 1
        if info.what == STARTS_WITH:
            self.openings.append((number, strength, info.strings[0]))
        elif info.what == CONTAINS:
            self.wanted.append((info.strings[0].casefold() if info.ignore_case else info.strings[0], info.ignore_case))
        return 0

    cdef int _activate(self, Guard guard) except -1:
        cdef SlotMasks masks = guard.slot_masks()
        cdef set slots = {key for key in [*self.watches, *self.covers] if key >= 0}
        if not slots:
            return 0
        self.active = <uint64_t*>PyMem_Calloc(masks.openers.words, sizeof(uint64_t))
        if self.active == NULL:
            raise MemoryError
        for slot in slots:
            set_bit(self.active, slot)
            if has_bit(masks.openers.around, slot):
                self.behind = KEPT_AROUND
        return 0


cdef Course course_of(Guard guard, object metadata, bint second):
    """The course of a guard, for what its conditions are with this metadata."""
    cdef RuleInfo info
    cdef Course course
    cdef list held = []
    for info in guard.infos:
        if info.when:
            try:
                held.append(condition_holds(info.when, info.needs, guard.plan.fields, metadata))
            except Exception:
                held.append(None)
        else:
            held.append(True)
    key = (second, tuple(held))
    course = guard.courses.get(key)
    if course is None:
        course = Course(guard, second, key[1])
        if len(guard.courses) >= MANY_COURSES:
            guard.courses.clear()
        guard.courses[key] = course
    return course


cdef bint found_here(TermInfo term):
    """Whether the stage finds what the term does."""
    return term.pattern >= 0 or term.finder == FIND_LEAKS


cdef bint may_err(RuleInfo info):
    """Whether judging the rule runs what may raise, or run out of time."""
    return info.call is not None or any([(<TermInfo>term).call is not None for term in info.terms + info.excepts])


cdef bint fixes_here(RuleInfo info):
    """Whether the rule's fix can be made as the text comes: spans are replaced, or what is too much is cut off."""
    if info.on_fail.strength != FIX or info.on_fail.to is not None:
        return False
    if info.test == TEST_FIND:
        return info.on_fail.template is not None
    return info.test == TEST_MEASURE and (info.what < MEASURE_COUNT or info.what == MEASURE_TIME)
