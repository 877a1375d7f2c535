# What becomes of a text that is still coming: which of it may pass, what is put in the place of findings, where it stops.
#
# A *passage* goes over the text of a stage, always in the order of the text: it looks at what is decided, and at nothing else. So
# what it does depends on the text alone, however it was cut into pieces.
#
# Vocabulary: a *stop* is the first place at which a rule fails whose action lets nothing through. For gates see course.pxi. The
# *first* passage is over the text as it was given, and fixes it. The *second* is over the fixed text, and judges it once more:
# every failure stops it.

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
cdef class Passage:
    cdef:
        Course course
        Guard guard
        bint second
        Stage stage
        Py_ssize_t* reaches         # of each watch: the furthest end of what its `except` detectors found so far
        Py_ssize_t* amounts         # of each watch: how much it has found
        list meters
        list openings               # [rule number, strength, what the text must begin with]
        list wanted                 # [what must be in the text, ignore case, the end of what came]
        bint reads                  # some rule reads the text itself
        int shut                    # gates that are not open
        Py_ssize_t gate             # where the last of those opened that are open
        Py_ssize_t passed           # characters that have passed, in place or replaced
        Py_ssize_t looked           # characters that meters and the like have seen
        Py_ssize_t given            # characters that were passed on
        list patches                # where the finding begins; (start, end) of what is replaced; the same in what is passed on
        Stop stop

    def __cinit__(self, Guard guard, Course course):
        cdef size_t k
        self.course = course
        self.guard = guard
        self.second = course.second
        self.reaches = <Py_ssize_t*>PyMem_Calloc(2 * course.watch_count + 1, sizeof(Py_ssize_t))
        if self.reaches == NULL:
            raise MemoryError
        self.amounts = self.reaches + course.watch_count
        for k in range(course.watch_count):
            self.reaches[k] = -1
        self.meters = [fresh_meter(meter) for meter in course.meters]
        self.openings = [list(opening) for opening in course.openings]
        self.wanted = [[needle, fold, ""] for needle, fold in course.wanted]
        self.reads = len(course.cases) or len(course.openings) or len(course.wanted)
        self.shut = course.shut
        self.patches = []
        self.stage = Stage(guard, course)

    def __dealloc__(self):
        PyMem_Free(self.reaches)

    cdef bint open_at(self, Py_ssize_t at):
        """Whether every gate opened in the text before `at`."""
        return self.shut == 0 and self.gate <= at

    cdef object advance(self, str piece):
        """What may pass now that this piece has come: a text. Sets `stop` if it is the last."""
        cdef Py_ssize_t before = self.stage.length, start
        cdef Stop stop
        self.stage.advance(piece, self.passed)
        if self.stage.decided > self.looked:
            stop = self._look(self.stage.decided)
            if self.stage.has_found():
                return self._with_findings(stop)
            if stop is not None:
                return self._end(stop, [])
        start = self.passed
        if self.stage.decided <= start:
            return ""
        self.passed = self.stage.decided
        self.given += self.passed - start
        if start == before and self.passed == self.stage.length:
            return piece
        return self.stage.slice(start, self.passed)

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
        if self.reads:
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
        for number, strength, upper in self.course.cases:
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
        cdef Py_ssize_t end, amount
        cdef list patches = []
        for _, minus_end, slot in group:
            for watch in self.course.covers.get(slot, ()):
                self.reaches[watch.place] = max(self.reaches[watch.place], <Py_ssize_t>-minus_end)
        for _, minus_end, slot in group:
            end = -minus_end
            for watch, term in self.course.watches.get(slot, ()):
                if self.reaches[watch.place] >= end:
                    continue
                self.amounts[watch.place] += 1
                amount = self.amounts[watch.place]
                if watch.counts:
                    if amount == watch.low:
                        self._open(start)
                    if amount > watch.high and (self.second or watch.strength >= REASK):
                        stop = stronger(stop, make_stop(start, watch.number, watch.strength, False, amount))
                elif watch.opens:
                    if amount == 1:
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
        cdef Py_ssize_t begin = start
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
        self.patches.append((begin, start, end, self.given, self.given + len(filling)))
        self.given += len(filling)
        self.passed = end
        return 0

    cdef Py_ssize_t given_at(self, Py_ssize_t at):
        """Where in what was passed on that place of the text is."""
        for _, start, end, first, last in reversed(self.patches):
            if start <= at:
                return last if at < end else last + at - end
        return at

    cdef Py_ssize_t origin_of(self, Py_ssize_t at):
        """Where in the text a place of what was passed on came from. What begins there, or before, had been decided by then."""
        for begin, _, end, first, last in reversed(self.patches):
            if first <= at:
                return begin if at < last else end + at - last
        return at


def _before_watch(patch):
    return patch[:3]


cdef Stop stronger(Stop one, Stop other):
    """Of two stops at one place, that of the stronger action, or of the rule that stands first."""
    if one is None or other.strength > one.strength or (other.strength == one.strength and other.number < one.number):
        return other
    return one


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
