# Judging a text while it comes: what may leave, and what becomes of the whole (docs/semantics.md, section 13).
#
# A stream hands each piece to the first passage; what that lets pass, fixed, goes through the second if the guard fixes anything,
# and leaves. The outcome of a stream that comes to its end is that of the whole text, judged as any other: so the two cannot
# differ, and what is still held is what the output has more.

cdef enum:
    FEW_PIECES = 1024


@cython.final
cdef class Gathering:
    """A text that comes in pieces. Small ones are joined now and then, so it takes little more memory than its characters."""

    cdef:
        list blocks
        list pieces
        Py_ssize_t length

    def __cinit__(self):
        self.blocks = []
        self.pieces = []

    cdef int add(self, str piece) except -1:
        self.pieces.append(piece)
        self.length += PyUnicode_GET_LENGTH(piece)
        if len(self.pieces) == FEW_PIECES:
            self.blocks.append("".join(self.pieces))
            self.pieces = []
        return 0

    cdef str text(self):
        return "".join(self.blocks + self.pieces)


@cython.final
cdef class Stream:
    """One text for a stream guard, piece by piece. Made by `Guard.stream`; for one text, and one thread at a time.

    Attributes:
        outcome: None until the stream has ended, by `close` or because a rule stopped it.
        stopped: a rule stopped it: nothing more will leave.
        released: all that has left.
        held: how many characters are held back: of the text, and of the fixed text where that is judged once more.
    """

    cdef:
        Guard guard
        object metadata
        Passage first
        Passage second              # None: the guard fixes nothing
        list cuts                   # meters of limits that cut the fixed text
        bint cut                    # it has been cut
        Gathering came              # the whole text
        list pending                # what passed, but behind a gate that is shut
        Gathering left
        bint gates_open
        bint busy
        Py_ssize_t look             # where what is held is looked at next; 0: no need to look
        readonly object outcome
        readonly bint stopped

    def __init__(self):
        raise TypeError("streams are made by guards: `guard.stream()`")

    def feed(self, piece):
        """Take the next piece of the text.

        Args:
            piece: any number of characters, as they come.

        Returns:
            What may leave now. Once the stream has been stopped, nothing leaves any more.

        Raises:
            TypeError: `piece` is no `str`.
            ValueError: the stream was closed.
            RuntimeError: another thread is feeding it.
        """
        if not isinstance(piece, str):
            raise TypeError(f"a stream takes text, not `{type(piece).__name__}`")
        if self.outcome is not None:
            if self.stopped:
                return ""
            raise ValueError("the stream is closed: open another one for the next text")
        if self.busy:
            raise RuntimeError("the stream is being fed by another thread")
        if type(piece) is not str:
            piece = PyUnicode_FromObject(piece)
        if not piece:
            return ""
        self.busy = True
        try:
            self.came.add(piece)
            if self.look == 0 or self.first.stage.length + PyUnicode_GET_LENGTH(piece) < self.look:
                return self._take(piece)
            return self._take_in_steps(piece)
        finally:
            self.busy = False

    def close(self):
        """End the text. Sets `outcome`.

        Returns:
            What may still leave: the rest of the output if the text passed, else nothing.
        """
        cdef Outcome outcome
        cdef str rest
        if self.outcome is not None:
            return ""
        outcome = self.guard.validate(self.came.text(), self.metadata)
        self.outcome = outcome
        if not outcome.passed:
            return ""
        rest = outcome.output[self.left.length :]
        if rest:
            self.left.add(rest)
        return rest

    @property
    def released(self):
        return self.left.text()

    @property
    def held(self):
        return 0 if self.outcome is not None else self._held()

    def __repr__(self):
        state = "open" if self.outcome is None else "stopped" if self.stopped else "closed"
        return f"<Stream of {self.guard.name!r}: {state}, {self.left.length} characters have left>"

    cdef str _take_in_steps(self, str piece):
        """Feed the piece in parts that end where what is held is looked at: at the same places, however the text is cut."""
        cdef Py_ssize_t at = 0, end, n = len(piece)
        cdef list parts = []
        while at < n and not self.stopped:
            end = min(n, at + self.look - self.first.stage.length)
            parts.append(self._take(piece[at:end]))
            at = end
            if self.first.stage.length == self.look and not self.stopped:
                self._look_at_held()
        return parts[0] if len(parts) == 1 else "".join(parts)

    cdef int _look_at_held(self) except -1:
        """Stop if too much is held. Else the next look is where that could first be so; where it is half as far if what is put in
        the place of findings is held too, for it may be longer than they are."""
        cdef Py_ssize_t room = self.guard.hold - self._held()
        if room < 0:
            self._stop(make_stop(self.first.passed, HOLD, self.guard.hold_info.on_fail.strength, False, self.guard.hold + 1), None)
        self.look += room + 1 if self.second is None else room // 2 + 1
        return 0

    cdef Py_ssize_t _held(self):
        cdef Py_ssize_t undecided = self.first.stage.length - self.first.passed
        if not self.gates_open:
            if self.second is None:
                return self.first.stage.length
            # The fixed text may be longer; or shorter, for what was cut out of it is not held.
            return min(self.first.stage.length, undecided + self.second.stage.length)
        if self.second is None:
            return undecided
        return undecided + self.second.stage.length - self.second.passed

    cdef str _take(self, str piece):
        cdef str passed = self.first.advance(piece), left
        if self.second is None:
            left = self._release(passed, self.first.passed if self.first.stop is None else self.first.stop.at)
        else:
            if not self.cut:
                passed = self._cut(passed)
                passed = self.second.advance(passed) if passed else ""
                left = self._release(passed, self.second.passed if self.second.stop is None else self.second.stop.at)
            else:
                left = ""
            if self.second.stop is not None:
                self._stop(None, self.second.stop)
                return left
        if self.first.stop is not None:
            self._stop(self.first.stop, None)
        return left

    cdef str _cut(self, str text):
        """The fixed text up to where a limit cuts it."""
        cdef Text view = text_of(text)
        cdef Py_ssize_t begin, full = NEVER
        cdef Meter meter
        for meter in self.cuts:
            begin = meter.read
            meter.count(&view)
            if meter.full >= 0:
                full = min(full, max(<Py_ssize_t>0, meter.full - begin))
        if full == NEVER:
            return text
        self.cut = True
        return text[:full]

    cdef str _release(self, str text, Py_ssize_t at):
        """Let a text leave, if all gates are open at that place."""
        if not self.gates_open:
            if self.second is None:
                self.gates_open = self.first.open_at(at)
            else:
                self.gates_open = self.second.open_at(at) and self.first.shut == 0 and self.first.given_at(self.first.gate) <= at
            if not self.gates_open:
                self.pending.append(text)
                return ""
            if self.pending:
                self.pending.append(text)
                text = "".join(self.pending)
                self.pending = []
        if text:
            self.left.add(text)
        return text

    cdef int _stop(self, Stop stop, Stop again) except -1:
        """End the stream at a stop of the first or of the second passage."""
        cdef str text = self.came.text(), fixed
        cdef Py_ssize_t last
        cdef Verdict verdict, remaining = None
        cdef int strength = FIX
        self.stopped = True
        if again is None:
            strength = stop.strength
            verdict = verdict_upto(self.first, text, stop.at - (not stop.found), stop)
        else:
            last = self.first.origin_of(again.at)
            verdict = verdict_upto(self.first, text, last, None)
            fixed = self.left.text() + "".join(self.pending)
            fixed += self.second.stage.slice(self.second.passed, self.second.stage.length)
            remaining = verdict_upto(self.second, fixed, again.at - (not again.found), again)
            remaining.drop_noop()
        self.outcome = make_outcome(
            self.guard, False, "" if strength == REFRAIN else None, layout.ACTIONS[strength], verdict, remaining, strength == REASK
        )
        return 0


def stream_of(Guard guard not None, metadata=None):
    """A stream of any guard. For tests: what a stream cannot do at once it does at the end, and the compiler sees to it that nobody
    waits for that who did not ask for it."""
    return open_stream(guard, metadata) if guard.root is None else open_values(guard, metadata)


cdef Stream open_stream(Guard guard, object metadata):
    """A stream for one text; see `Guard.stream`."""
    cdef Stream stream = Stream.__new__(Stream)
    check_metadata(metadata)
    stream.guard = guard
    stream.metadata = metadata
    stream.came = Gathering.__new__(Gathering)
    stream.pending = []
    stream.left = Gathering.__new__(Gathering)
    stream.first = Passage(guard, course_of(guard, metadata, False))
    stream.cuts = [fresh_meter(meter) for meter in stream.first.meters if (<Meter>meter).strength == FIX]
    if (stream.cuts or stream.first.course.fixing) and not stream.first.course.late:
        stream.second = Passage(guard, course_of(guard, metadata, True))
    stream.gates_open = stream.first.shut == 0 and (stream.second is None or stream.second.shut == 0)
    if guard.hold_info is not None:
        stream.look = guard.hold + 1 if stream.second is None else guard.hold // 2 + 1
    return stream


cdef Verdict verdict_upto(Passage passage, str text, Py_ssize_t last, Stop stop):
    """What is known to have failed where a stream stops: the rules that the passage watches, by what begins at `last` or before;
    and the rule that stops it. Of what else the guard asks nothing is known."""
    cdef Guard guard = passage.guard
    cdef Verdict verdict = make_verdict(guard, text)
    cdef Run run
    cdef Judgement judgement
    if passage.course.watched and (stop is None or stop.number != LIMIT):
        if run_open(&run, guard.scan, guard.plan.tables.most_positions) < 0:
            raise MemoryError
        try:
            judgement = Judgement.__new__(Judgement)
            judgement.run = &run
            judgement.text = judgement.seen = text_of(text)
            judgement.string = text
            judgement.guard = guard
            judgement.tables = guard.plan.tables
            judgement.verdict = verdict
            if guard.scan != NULL:
                scan(&run, guard.plan.tables, &judgement.text)
            if run.found:
                group_findings(judgement)
            for number in passage.course.watched:
                add_upto(judgement, number, last)
        finally:
            run_close(&run)
    if stop is not None and not stop.found:
        verdict.add(stop.number, stop.strength, verdict.places.count)
        if stop.value is not None:
            verdict.set_detail(stop.number, stop.value)
        verdict.put_in_order()
    return verdict


cdef int add_upto(Judgement judgement, size_t number, Py_ssize_t last) except -1:
    """The failure of a rule with `no`, if one of its findings begins at `last` or before."""
    cdef RuleInfo info = judgement.guard.infos[number]
    cdef Places* places = &judgement.verdict.places
    cdef size_t first = places.count, i
    add_unexcused(judgement, info, places)
    for i in range(first, places.count):
        if places.items[i].start > last:
            places.count = i
            break
    if places.count > first:
        judgement.verdict.add(number, info.on_fail.strength, first)
    return 0
