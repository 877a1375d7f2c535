# What becomes of a text that is still coming: which of it may pass, what is put in the place of findings, where it stops.
#
# A *passage* goes over the text of a stage, always in the order of the text: it looks at what is decided, and at nothing else. So
# what it does depends on the text alone, however it was cut into pieces.
#
# Vocabulary: a *stop* is the first place at which a rule fails whose action lets nothing through. A *gate* is a rule that holds
# back all of the text until it is satisfied, and may be satisfied only at the end: then nothing opens it here. The *first*
# passage is over the text as it was given, and fixes it. The *second* is over the fixed text, and judges it once more: every
# failure stops it.

cdef enum:
    NEVER = PY_SSIZE_T_MAX


@cython.final
cdef class Stop:
    """Where a text stops, and for which rule."""

    cdef:
        Py_ssize_t at
        uint32_t number
        int strength
        bint found                  # it is a finding that begins there
        object value                # what its measure gave


cdef Stop make_stop(Py_ssize_t at, uint32_t number, int strength, bint found, object value=None):
    cdef Stop stop = Stop.__new__(Stop)
    stop.at = at
    stop.number = number
    stop.strength = strength
    stop.found = found
    stop.value = value
    return stop



@cython.final
cdef class Watch:
    """A rule that is about findings.

    Attributes:
        patches: its findings are replaced; else they stop the text, or open the gate.
        opens: it is satisfied by a finding.
        counts: it is about their number.
    """

    cdef:
        RuleInfo info
        uint32_t number
        int strength
        bint patches
        bint opens
        bint counts
        Py_ssize_t reach            # the furthest end of what its `except` detectors found so far
        Py_ssize_t amount
        Py_ssize_t low
        Py_ssize_t high


@cython.final
cdef class Passage:
    cdef:
        Guard guard
        bint second
        bint fixing                 # some finding is replaced
        bint late                   # some rule changes the text only when all of it is there
        Stage stage
        list watched                # the numbers of the rules with `no` that are watched
        dict watches                # slot -> [(watch, number of the term)]
        dict covers                 # slot -> watches that except what it finds
        list meters
        list cases                  # (rule number, strength, upper?)
        list openings               # [rule number, strength, what the text must begin with]
        list wanted                 # [what must be in the text, ignore case, the end of what came]
        int shut                    # gates that are not open
        Py_ssize_t gate             # where the last of those opened that are open
        Py_ssize_t passed           # characters that have passed, in place or replaced
        Py_ssize_t looked           # characters that meters and the like have seen
        Py_ssize_t given            # characters that were passed on
        list patches                # (start, end) here and in what is passed on
        Stop stop

    def __cinit__(self, Guard guard, SlotMasks masks, object metadata, bint second):
        cdef set slots = set()
        cdef size_t number
        self.guard = guard
        self.second = second
        self.watched = []
        self.watches = {}
        self.covers = {}
        self.meters = []
        self.cases = []
        self.openings = []
        self.wanted = []
        self.patches = []
        if guard.normalize:
            self.shut += 1
        self.meters.append(make_meter(
            MEASURE_BYTES if guard.limit_in_bytes else MEASURE_CHARS, LIMIT, guard.limit_info.on_fail.strength, 0, guard.limit
        ))
        for number in range(guard.rule_count):
            self._add_rule(number, guard.infos[number], metadata, slots)
        self.stage = Stage(guard, masks, slots)

    cdef int _add_rule(self, size_t number, RuleInfo info, object metadata, set slots) except -1:
        """Decide what the rule does to a text that is not there yet."""
        cdef int strength = info.on_fail.strength
        if info.at_end and (strength >= REASK or strength == NOOP):
            return 0
        if info.when:
            try:
                if not condition_holds(info.when, info.needs, self.guard.plan.fields, metadata):
                    return 0
            except Exception:           # what follows from it is known when the text is judged
                self.shut += info.on_error.strength != NOOP
                return 0
        if strength == NOOP and (info.on_error.strength == NOOP or not may_err(info)):
            return 0
        if self.guard.normalize:
            return 0                    # the gate is shut for all of them
        if strength >= REASK or self.second or fixes_here(info):
            if info.test == TEST_FIND and info.native and info.what != QUANTIFIER_IS:
                return self._watch(number, info, slots, 0, NEVER)
            if info.test == TEST_MEASURE:
                return self._measure(number, info, slots)
            if info.test == TEST_PREDICATE and strength >= REASK:
                return self._predicate(number, info)
        self.late |= NOOP < strength < REASK
        self.shut += 1
        return 0

    cdef int _watch(self, size_t number, RuleInfo info, set slots, Py_ssize_t low, Py_ssize_t high) except -1:
        cdef Watch watch = Watch.__new__(Watch)
        cdef TermInfo term
        cdef int place = 0
        watch.info = info
        watch.number = number
        watch.strength = info.on_fail.strength
        watch.patches = info.on_fail.template is not None and watch.strength == FIX and not self.second
        self.fixing |= watch.patches
        watch.opens = info.test == TEST_FIND and info.what == QUANTIFIER_HAS
        watch.counts = info.test == TEST_MEASURE
        watch.reach = -1
        watch.low, watch.high = low, high
        if self.guard.rules[number].forbids:
            self.watched.append(number)
        self.shut += watch.opens or (watch.counts and low > 0)
        for term in info.terms:
            slots.add(term.slot)
            self.watches.setdefault(term.slot, []).append((watch, place))
            place += 1
        for term in info.excepts:
            slots.add(term.slot)
            self.covers.setdefault(term.slot, []).append(watch)
        return 0

    cdef int _measure(self, size_t number, RuleInfo info, set slots) except -1:
        cdef const Rule* rule = &self.guard.rules[number]
        cdef int which = info.what
        cdef Py_ssize_t low, high
        if which == MEASURE_COUNT and info.native:
            return self._watch(number, info, slots, rule.low, rule.high)
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
            self.openings.append([number, strength, info.strings[0]])
        elif info.what == CONTAINS:
            self.wanted.append([info.strings[0].casefold() if info.ignore_case else info.strings[0], info.ignore_case, ""])
        return 0

    cdef bint open_at(self, Py_ssize_t at):
        """Whether every gate opened in the text before `at`."""
        return self.shut == 0 and self.gate <= at

    cdef object advance(self, str piece):
        """What may pass now that this piece has come: a text. Sets `stop` if it is the last."""
        cdef Py_ssize_t before = self.stage.length
        cdef Stop stop
        self.stage.advance(piece, self.passed)
        if self.stage.decided > self.looked:
            stop = self._look(self.stage.decided)
            if self.stage.opened and self.stage.run.found:
                return self._with_findings(stop)
            if stop is not None:
                return self._end(stop, [])
        if self.passed == before and self.stage.decided == self.stage.length:
            self.passed = self.stage.length
            self.given += self.passed - before
            return piece
        return self._end(None, [])

    cdef str _end(self, Stop stop, list parts):
        """Pass on what stands before the stop, or all that is decided."""
        cdef Py_ssize_t upto = self.stage.decided if stop is None else stop.at
        self._give(upto, parts)
        self.stop = stop
        return parts[0] if len(parts) == 1 else "".join(parts)

    cdef int _give(self, Py_ssize_t upto, list parts) except -1:
        if upto > self.passed:
            parts.append(self.stage.slice(self.passed, upto))
            self.given += upto - self.passed
            self.passed = upto
        return 0

    cdef Stop _look(self, Py_ssize_t upto):
        """Let meters and the like see the text up to there. Returns the first stop, or None."""
        cdef Text view = self.stage.view(self.looked, upto)
        cdef Stop stop = None
        cdef Meter meter
        for meter in self.meters:
            shut = meter.enough < 0
            meter.count(&view)
            if shut and meter.enough >= 0:
                self._open(meter.enough)
            if meter.passed >= 0 and meter.strength >= REASK and (stop is None or meter.passed < stop.at):
                stop = make_stop(meter.passed, meter.number, meter.strength, False, self._too_much(meter))
        if self.cases or self.openings or self.wanted:
            stop = self._read(self.stage.slice(self.looked, upto), stop)
        self.looked = upto
        return stop

    cdef object _too_much(self, Meter meter):
        """What the measure is where its limit is passed."""
        if meter.number != LIMIT and (<RuleInfo>self.guard.infos[meter.number]).what == MEASURE_TIME:
            return seconds_of(meter.too_many)
        return meter.too_many

    cdef int _open(self, Py_ssize_t at) except -1:
        self.shut -= 1
        self.gate = max(self.gate, at)
        return 0

    cdef Stop _read(self, str text, Stop stop):
        """The rules that read the text itself."""
        cdef Py_ssize_t at
        for number, strength, upper in self.cases:
            if text != (text.upper() if upper else text.lower()):
                at = self.looked + first_wrong(text, upper)
                if stop is None or at < stop.at:
                    stop = make_stop(at, number, strength, False)
        for opening in self.openings[:]:
            number, strength, rest = opening
            at = common_prefix(text, rest)
            if at == len(rest):
                self.openings.remove(opening)
                self._open(self.looked + at)
            elif at < len(text):
                self.openings.remove(opening)
                if stop is None or self.looked + at < stop.at:
                    stop = make_stop(self.looked + at, number, strength, False)
            else:
                opening[2] = rest[at:]
        for wanted in self.wanted[:]:
            needle, fold, tail = wanted
            if needle in tail + (text.casefold() if fold else text):
                self.wanted.remove(wanted)
                self._open(self.looked + first_with(needle, tail, text, fold))
            else:
                seen = tail + (text.casefold() if fold else text)
                wanted[2] = seen[len(seen) - len(needle) + 1 :] if len(needle) <= len(seen) else seen
        return stop

    cdef str _with_findings(self, Stop stop):
        """Go over what was found, start by start, up to the stop."""
        cdef list found = self.stage.take_decided(), parts = [], group
        cdef size_t i = 0, k
        cdef Py_ssize_t start
        cdef Stop here
        while i < <size_t>len(found):
            start = found[i][0]
            if stop is not None and stop.at <= start:
                break
            k = i
            while k < <size_t>len(found) and found[k][0] == start:
                k += 1
            group = found[i:k]
            i = k
            here = self._judge_group(start, group, parts)
            if here is not None:
                stop = here
                break
        return self._end(stop, parts)

    cdef Stop _judge_group(self, Py_ssize_t start, list group, list parts):
        """All findings that begin at one place."""
        cdef Stop stop = None
        cdef Watch watch
        cdef Py_ssize_t end
        cdef list patches = []
        for _, minus_end, slot in group:
            for watch in self.covers.get(slot, ()):
                watch.reach = max(watch.reach, <Py_ssize_t>-minus_end)
        for _, minus_end, slot in group:
            end = -minus_end
            for watch, term in self.watches.get(slot, ()):
                if watch.reach >= end:
                    continue
                if watch.counts:
                    watch.amount += 1
                    if watch.amount == watch.low:
                        self._open(start)
                    if watch.amount > watch.high and (self.second or watch.strength >= REASK):
                        stop = stronger(stop, make_stop(start, watch.number, watch.strength, False, watch.amount))
                elif watch.opens:
                    if watch.amount == 0:
                        watch.amount = 1
                        self._open(start)
                elif watch.patches:
                    patches.append((minus_end, watch.number, term, watch))
                else:
                    stop = stronger(stop, make_stop(start, watch.number, watch.strength, True))
        if stop is None:
            patches.sort(key=_before_watch)
            for minus_end, _, term, watch in patches:
                self._patch(start, -minus_end, watch, term, parts)
        return stop

    cdef int _patch(self, Py_ssize_t start, Py_ssize_t end, Watch watch, int term, list parts) except -1:
        cdef str filling
        cdef TermInfo info
        cdef RuleInfo rule = watch.info
        if start < self.passed:         # of patches that overlap the first keeps its place
            if end <= self.passed:
                return 0
            start = self.passed
        self._give(start, parts)
        term = rule.places[term]
        filling = rule.fillings[term]
        if filling is None:
            info = rule.terms[term]
            filling = fill(rule.on_fail.template, info.kind, end - start)
        parts.append(filling)
        self.patches.append((start, end, self.given, self.given + len(filling)))
        self.given += len(filling)
        self.passed = end
        return 0

    cdef Py_ssize_t given_at(self, Py_ssize_t at):
        """Where in what was passed on that place of the text is."""
        for start, end, first, last in reversed(self.patches):
            if start <= at:
                return last if at < end else last + at - end
        return at

    cdef Py_ssize_t origin_of(self, Py_ssize_t at):
        """Where in the text a place of what was passed on came from."""
        for start, end, first, last in reversed(self.patches):
            if first <= at:
                return start if at < last else end + at - last
        return at


def _before_watch(patch):
    return patch[:3]


cdef Stop stronger(Stop one, Stop other):
    """Of two stops at one place, that of the stronger action, or of the rule that stands first."""
    if one is None or other.strength > one.strength or (other.strength == one.strength and other.number < one.number):
        return other
    return one


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


cdef Py_ssize_t first_wrong(str text, bint upper):
    """The first character that is another one in that case."""
    cdef Py_ssize_t i = 0
    for character in text:
        if character != (character.upper() if upper else character.lower()):
            break
        i += 1
    return i


cdef Py_ssize_t common_prefix(str one, str other):
    cdef Py_ssize_t i = 0, n = min(len(one), len(other))
    while i < n and one[i] == other[i]:
        i += 1
    return i


cdef Py_ssize_t first_with(str needle, str tail, str text, bint fold):
    """How much of `text` is needed for `needle` to be in `tail` and it."""
    cdef Py_ssize_t low = 0, high = len(text), middle
    while low < high:
        middle = (low + high) // 2
        begin = text[:middle]
        if needle in tail + (begin.casefold() if fold else begin):
            high = middle
        else:
            low = middle + 1
    return low
