# What a judged text failed, before anybody asks for it as Python objects.
#
# Most services look at `passed` and `output`. So failures and their spans stay in C arrays; `Outcome.failures` makes objects
# of them when it is read.

cdef enum:
    FEW_FAILED = 8
    LIMIT = 0xFFFFFFFF              # as the number of a rule: the guard's `max`
    HOLD = 0xFFFFFFFE               # its `hold at most`

ctypedef struct Failed:
    uint32_t number                 # of the rule, in written order
    int strength                    # of the action that applies: on fail, or on error
    bint broken                     # the rule could not be judged
    size_t first                    # its places
    size_t count


@cython.final
cdef class Verdict:
    """All failures of one text."""

    cdef:
        Guard guard
        str text                    # None: of a value that is no text
        object value                # then it
        str path                    # of the text, where it is one of several
        bint only_no                # other rules were not asked
        Places places
        Failed* failed              # `few` until they are more
        size_t count
        size_t room
        Failed few[FEW_FAILED]
        dict details                # rule -> what its measure gave, or (error, cause) if it is broken

    def __dealloc__(self):
        places_close(&self.places)
        if self.failed != self.few:
            free(self.failed)

    cdef int add(self, uint32_t number, int strength, size_t first) except -1:
        """Add the failure of a rule, whose places are those from `first` on."""
        cdef Failed* more
        cdef size_t i
        if self.count == self.room:
            more = <Failed*>malloc(2 * self.room * sizeof(Failed))
            if more == NULL:
                raise MemoryError
            for i in range(self.count):
                more[i] = self.failed[i]
            if self.failed != self.few:
                free(self.failed)
            self.failed = more
            self.room *= 2
        self.failed[self.count] = Failed(number, strength, False, first, self.places.count - first)
        self.count += 1
        return 0

    cdef int set_detail(self, uint32_t number, object detail) except -1:
        if self.details is None:
            self.details = {}
        self.details[number] = detail
        return 0

    cdef int set_error(self, size_t at, object error) except -1:
        """Failure `at` is one of a rule that could not be judged."""
        cdef Failed* failed = &self.failed[at]
        failed.broken = True
        failed.strength = self.info(failed).on_error.strength
        failed.count = 0
        if isinstance(error, (ConditionError, BadAnswerError)):
            self.set_detail(failed.number, (str(error), error.__cause__))
        else:
            self.set_detail(failed.number, (f"judging the rule raised {type(error).__name__}", error))
        return 0

    cdef inline RuleInfo info(self, const Failed* failed):
        if failed.number >= HOLD:
            return self.guard.limit_info if failed.number == LIMIT else self.guard.hold_info
        return self.guard.infos[failed.number]

    cdef int strongest(self):
        """The strength of the action that decides."""
        cdef size_t i
        cdef int strength = NOOP
        for i in range(self.count):
            strength = max(strength, self.failed[i].strength)
        return strength

    cdef void put_in_order(self):
        """Failures in written order. Rules are judged in nearly that order, so this is soon done."""
        cdef size_t i, k
        cdef Failed moved
        for i in range(1, self.count):
            moved = self.failed[i]
            k = i
            while k and self.failed[k - 1].number > moved.number:
                self.failed[k] = self.failed[k - 1]
                k -= 1
            self.failed[k] = moved

    cdef void drop_noop(self):
        """Forget failures that are no reason to reject a text."""
        cdef size_t i, kept = 0
        for i in range(self.count):
            if self.failed[i].strength != NOOP:
                self.failed[kept] = self.failed[i]
                kept += 1
        self.count = kept

    cdef tuple failures(self):
        """The failures as objects. They refer to the verdict, so it must not refer to them: it would outlive its last user."""
        cdef size_t i
        return tuple([make_failure(self, &self.failed[i]) for i in range(self.count)])


cdef Verdict make_verdict(Guard guard, str text):
    cdef Verdict verdict = Verdict.__new__(Verdict)
    verdict.guard = guard
    verdict.text = text
    verdict.path = "$"
    verdict.failed = verdict.few
    verdict.room = FEW_FAILED
    places_open(&verdict.places)
    return verdict


cdef Failure make_failure(Verdict verdict, const Failed* failed):
    cdef RuleInfo info = verdict.info(failed)
    cdef ActionInfo action = info.on_error if failed.broken else info.on_fail
    cdef Failure failure = Failure.__new__(Failure)
    cdef const Place* place
    cdef TermInfo term
    cdef size_t i
    failure.rule = info.name
    failure.validator = info.validator
    failure.action = action.name
    failure.given = action.message
    failure.path = verdict.path
    failure.source = info.source
    failure.verdict = verdict
    failure.info = info
    if failed.broken:
        failure.error, failure.cause = verdict.details[failed.number]
    elif verdict.details is not None:
        failure.value = verdict.details.get(failed.number)
    spans = []
    for i in range(failed.first, failed.first + failed.count):
        place = &verdict.places.items[i]
        term = info.terms[place.term]
        spans.append(Span(place.start, place.end, term.name))
    failure.spans = tuple(spans)
    return failure
