# Structured values while they come: which of the values inside may be handed out, and where the stream stops (docs/semantics.md,
# section 13).
#
# The tokens of a text (jsontokens.pxi) lead through the nodes of the guard as `walk_value` does. A string, number, bool or null that has
# ended is judged by itself, as a value of its own, by the same functions. It is handed out if it is certain what stands there
# in the output and where: nothing that is still to come can drop, replace or move it, but only fail the whole. The outcome of
# a stream that comes to its end is that of the whole text.

cdef enum:
    SLICE = 8192                # characters that are taken at once: of a long piece not all tokens are in memory
    LOOK = 256                  # characters of a string that is open from one look at it to the next


class Field(NamedTuple):
    """A string, number, bool or null in a structured value that has been judged.

    Attributes:
        path: where it stands in the output: `$.items[2].name`. A path shows keys of the value.
        value: what stands there, fixed if it had to be.
        place: the path as a tuple of keys and indexes.
    """

    path: str
    value: object
    place: tuple


@cython.final
cdef class ValueStream:
    """One structured value for a guard `as json`, piece by piece. Made by `Guard.stream`; for one value, and one thread at a time.

    Attributes:
        outcome: None until the stream has ended, by `close` or because a value stopped it.
        stopped: a value stopped it: nothing more is handed out.
        partial: the value so far, made of what was handed out (a list has None where an item is not known yet); None before anything was.
            The output once that is known.
    """

    cdef:
        Guard guard
        object metadata
        Tokens tokens
        Meter limit
        list pieces                 # all that came
        list opened
        Walk walk
        list misfits                # what has failed so far
        list fresh                  # what is handed out by this call
        set places                  # where it was handed out
        list box                    # what was handed out, as one value
        bint all_waits
        bint busy
        Passage passage             # over the string that is open; None: none is needed, or it was not looked at yet
        Py_ssize_t seen             # characters of it that were looked at
        Py_ssize_t seen_parts       # its parts that were taken for that
        str unseen                  # and what of them was not looked at
        uint64_t began              # the piece that is being taken, if somebody counts
        readonly object outcome
        readonly bint stopped

    def __init__(self):
        raise TypeError("streams are made by guards: `guard.stream()`")

    def feed(self, str piece not None):
        """Take the next piece of the text.

        Args:
            piece: any number of characters, as they come.

        Returns:
            A list of `Field`s: the values that have ended and may be used, in the order of the text. Once the stream has been
            stopped, there are none any more.

        Raises:
            ValueError: the stream was closed.
            RuntimeError: another thread is feeding it.
        """
        if self.outcome is not None:
            if self.stopped:
                return []
            raise ValueError("the stream is closed: open another one for the next text")
        if self.busy:
            raise RuntimeError("the stream is being fed by another thread")
        if type(piece) is not str:
            piece = PyUnicode_FromObject(piece)
        self.busy = True
        self.fresh = []
        if self.guard.watched:
            self.began = ticks_now()
        try:
            if piece:
                self._take(piece)
            return self.fresh
        finally:
            self.busy = False

    def close(self):
        """End the text. Sets `outcome`.

        Returns:
            A list of `Field`s: what the output has more, if the value passed, else nothing.
        """
        cdef JsonReading reading
        cdef uint64_t began = begin_of_run() if self.guard.watched else 0
        if self.outcome is not None:
            return []
        reading = read_json("".join(self.pieces), self.guard.opens)
        if reading.error is None and self.places and reading.start != self.tokens.start:
            self.stopped = True
            reading.value = None
            reading.error = "the answer is not the JSON that values were handed out of"
        self.outcome = judge_reading(self.guard, reading, self.metadata)
        if began:
            after_run(self.guard, self.outcome, began)
        self.fresh = []
        if reading.error is None and self.outcome.passed:
            self._hand_out_rest((), self.outcome.output)
        return self.fresh

    @property
    def partial(self):
        if self.outcome is not None and self.outcome.passed:
            return self.outcome.output
        return copied(self.box[0])

    def __repr__(self):
        state = "open" if self.outcome is None else "stopped" if self.stopped else "closed"
        return f"<ValueStream of {self.guard.name!r}: {state}, {len(self.places)} values were handed out>"

    cdef int _take(self, str piece) except -1:
        cdef Py_ssize_t at = 0, end = len(piece), begin = self.limit.read
        cdef Text view = text_of(piece)
        self.pieces.append(piece)
        self.limit.count(&view)
        if self.limit.passed >= 0:
            end = self.limit.passed - begin
        while at < end and self.outcome is None and self.tokens.place != AT_LOSS:
            self._advance(piece[at : min(end, at + SLICE)])
            at += SLICE
        if self.limit.passed >= 0 and self.outcome is None:
            self._stop_at_limit()
        return 0

    cdef int _advance(self, str piece) except -1:
        cdef list found
        self.tokens.advance(piece)
        found = self.tokens.found
        if found:
            self.tokens.found = []
            for token, what in found:
                if token == TOKEN_KEY:
                    (<Opened>self.opened[len(self.opened) - 1]).key = what
                elif token == TOKEN_VALUE:
                    self._value(what)
                elif token == TOKEN_END:
                    self._end(what)
                else:
                    self._open(token == TOKEN_OBJECT)
                if self.outcome is not None:
                    return 0
        if self.tokens.inside and self.tokens.decoded - self.seen >= LOOK:
            self._look_inside()
        return 0

    # --- objects and lists

    cdef int _open(self, bint is_object) except -1:
        cdef Opened opened = Opened.__new__(Opened), holder
        cdef Node node
        cdef bint unknown = False
        opened.is_object = is_object
        opened.most = NEVER
        opened.path = opened.place = ()
        if not self.opened:
            self.opened.append(opened)
            opened.held = self.all_waits
            return self._enter(opened, self.guard.root)
        holder = self.opened[len(self.opened) - 1]
        if holder.untold and holder.key == holder.node.tag:
            self._untagged(holder)
            if self.outcome is not None:
                return 0
        node = holder.next_node(&unknown)
        opened.path = holder.path + (holder.step(),)
        opened.place = holder.next_place()
        opened.gone = holder.gone
        opened.held = holder.next_waits()
        self.opened.append(opened)
        if unknown:
            self._misfit(opened, FAULT_UNKNOWN, holder.node)
        if self.outcome is None:
            self._enter(opened, node)
        return 0

    cdef int _enter(self, Opened opened, Node node) except -1:
        """The node of an object or list is known."""
        cdef Opened holder = self._holder_of(opened)
        cdef Pace pace
        opened.node = node
        opened.waits = opened.held
        opened.untold = False
        if node is None:
            return 0
        if opened.is_object and node.tag is not None:
            opened.untold = opened.waits = True
            return 0
        if not node.kinds & (KIND_OBJECT if opened.is_object else KIND_LIST):
            self._misfit(opened, FAULT_TYPE, node)
            opened.node = node = node.stray
            if node is None:
                return 0
        if node.rules is not None and node.rules.valued and (not opened.is_object or node.kinds & KIND_MAP):
            pace = node.rules.pace
            opened.most = pace.most
            if pace.items_wait:
                opened.waits = True
                if holder is not None:
                    holder.frozen = not holder.is_object
        return 0

    cdef Opened _holder_of(self, Opened opened):
        """What an open object or list is in, or None."""
        cdef Py_ssize_t depth = len(opened.path)
        return self.opened[depth - 1] if depth else None

    cdef int _misfit(self, Opened opened, Fault fault, Node node) except -1:
        """An object or list is not what it must be."""
        cdef Opened holder = self._holder_of(opened)
        cdef int strength = node.owner.on_fail.strength
        said = f"is no field of {node.type}"
        if opened.untold:
            said = f"`{node.tag}` must say which of {node.type} this is"
        elif fault == FAULT_TYPE:
            said = f"must be {node.type}, is {'an object' if opened.is_object else 'a list'}"
        self._failed(fault, node, opened.path, said)
        if strength >= REFRAIN:
            return self._stop(strength)
        if strength != NOOP:
            opened.gone = True
            if strength == FILTER and holder is not None:
                holder.leave_out()
        return 0

    cdef int _untagged(self, Opened opened) except -1:
        """The tag of an object is not there, or names none of its shapes."""
        cdef Node node = opened.node
        self._misfit(opened, FAULT_TYPE, node)
        if self.outcome is None:
            self._enter(opened, node.stray)
        return 0

    cdef int _end(self, set keys) except -1:
        """The innermost object or list ends; an object had these keys."""
        cdef Opened opened = self.opened[len(self.opened) - 1], holder = self._holder_of(opened)
        if opened.untold:
            self._untagged(opened)
        elif opened.node is not None:
            self._judge_whole(opened, keys)
        self.opened.pop()
        if holder is not None:
            holder.count += 1
        return 0

    cdef int _judge_whole(self, Opened opened, set keys) except -1:
        """What only the end of an object or list tells: keys that are missing, how many there are. Both matter here only if they
        stop the stream."""
        cdef Node node = opened.node
        cdef Verdict verdict
        cdef Member member
        cdef Misfit misfit
        cdef int strength = NOOP
        if node.rules is not None and node.rules.valued and (not opened.is_object or node.kinds & KIND_MAP):
            verdict = judge_amount(node.rules, {} if opened.is_object else [], opened.count, self.walk.given, True)
            if verdict is not None:
                misfit = self._failed(FAULT_RULES, node, opened.path, None)
                misfit.verdict = verdict
                strength = verdict.strongest()
        if opened.is_object:
            for member in node.members:
                if member.required and not member.has_default and member.key not in keys:
                    self._failed(FAULT_MISSING, member.node, opened.path + (member.key,), "is missing")
                    strength = max(strength, member.node.owner.on_fail.strength)
        if strength >= REFRAIN:
            self._stop(strength)
        return 0

    cdef Misfit _failed(self, Fault fault, Node node, tuple path, str said):
        """Note a failure. Nothing is fixed by it, so that the value need not be known."""
        cdef Misfit misfit = Misfit.__new__(Misfit)
        misfit.fault = fault
        misfit.node = node
        misfit.path = path
        misfit.said = said
        self.misfits.append(misfit)
        return misfit

    # --- values

    cdef int _value(self, object value) except -1:
        """A string, number, bool or null has ended."""
        cdef Opened holder = self.opened[len(self.opened) - 1]
        cdef Node node, variant
        cdef bint unknown = False
        self.passage = None
        self.seen = self.seen_parts = 0
        self.unseen = ""
        if holder.untold and holder.key == holder.node.tag:
            variant = holder.node.variants.get(choice_key(value)) if type(value) in (str, int, float, bool) else None
            if variant is None:
                self._untagged(holder)
            else:
                self._enter(holder, variant)
        if self.outcome is not None:
            return 0
        node = holder.next_node(&unknown)
        if waits_for_the_end(node, value):
            if not holder.is_object:
                holder.frozen = True
        elif not unknown and node is None:
            self._hand_out(holder, value)
        else:
            self._judge_value(holder, node, unknown, value)
        holder.count += 1
        return 0

    cdef int _judge_value(self, Opened holder, Node node, bint unknown, object value) except -1:
        """Hand the value out, as it is or fixed, if that is certain."""
        cdef list box = [value], found
        cdef Spot place = Spot(NULL, <PyObject*>box, NULL, 0)
        cdef Walk walk = self.walk
        cdef Edits edits
        cdef Misfit misfit
        cdef int strength
        if unknown:
            add_misfit(walk, FAULT_UNKNOWN, holder.node, &place, f"is no field of {holder.node.type}", None)
        if node is not None:
            walk_value(walk, node, value, &place)
        if not walk.misfits:
            self._hand_out(holder, value)
            return 0
        found, walk.misfits = walk.misfits, []
        strength = strongest(found)
        if strength >= REFRAIN:
            return self._stop_at(holder, node, value, found, strength)
        edits = make_edits()
        if strength == CUSTOM:
            # Its handler is called once, at the end.
            holder.frozen = not holder.is_object
        elif strength == NOOP:
            self._hand_out(holder, value)
        elif strength != REASK:
            edit_value(edits, found)
            if edits.dropped:
                holder.leave_out()
            else:
                walk_value(walk, node, box[0], &place)
                if not without_noop(walk.misfits):
                    self._hand_out(holder, box[0])
                walk.misfits = []
        for misfit in found:
            misfit.path = holder.path + (holder.step(),)
        self.misfits += found
        return 0

    cdef int _hand_out(self, Opened holder, object value) except -1:
        """The value stands where it stands now in the output, if there is one."""
        if not holder.gone and not holder.next_waits():
            self._give(holder.next_place(), value)
        return 0

    cdef int _give(self, tuple place, object value) except -1:
        cdef Py_ssize_t k, last = len(place) - 1
        self.places.add(place)
        self.fresh.append(Field(show_steps(place), value, place))
        inside, step = self.box, 0
        for k in range(last + 1):
            inside = inner_value(inside, step, type(place[k]) is str)
            step = place[k]
        put_into(inside, step, value)
        return 0

    cdef int _hand_out_rest(self, tuple place, object value) except -1:
        """Hand out what is in the output and has not been handed out."""
        if type(value) is dict:
            for key, item in value.items():
                self._hand_out_rest(place + (key,), item)
        elif type(value) is list:
            for index, item in enumerate(value):
                self._hand_out_rest(place + (index,), item)
        elif place not in self.places:
            self.places.add(place)
            self.fresh.append(Field(show_steps(place), value, place))
        return 0

    # --- stopping

    cdef int _look_inside(self) except -1:
        """Does what has come of a long string stop the stream? Only every so many characters of it are looked at, so that where
        the text is cut makes no difference, and short strings need no passage."""
        cdef Opened holder = self.opened[len(self.opened) - 1]
        cdef bint unknown = False
        cdef Node node = holder.next_node(&unknown)
        cdef Guard rules
        cdef Py_ssize_t count = (self.tokens.decoded - self.seen) // LOOK * LOOK
        cdef str text
        if self.seen == 0:
            rules = text_rules(node)
            if rules is not None and rules.pace.stops and not rules.pace.text_waits:
                self.passage = Passage(rules, course_of(rules, self.metadata, False))
        self.seen += count
        if self.passage is None or self.passage.stop is not None:
            return 0
        text = self.unseen + "".join(self.tokens.parts[self.seen_parts :])
        self.seen_parts = len(self.tokens.parts)
        self.unseen = text[count:]
        self.passage.advance(text[:count])
        if self.passage.stop is not None and self.passage.stop.strength >= REFRAIN:
            self._stop_inside(holder, node, self.passage, "".join(self.tokens.parts)[: self.seen])
        return 0

    cdef int _stop_at(self, Opened holder, Node node, object value, list found, int strength) except -1:
        """Stop at a value that has ended. Where a piece ends within it, the stream may have stopped there: so the failure is
        the one that would have been known then, if there is one."""
        cdef Guard rules = text_rules(node) if type(value) is str and len(value) >= LOOK else None
        cdef Passage passage
        cdef Misfit misfit
        if rules is not None and rules.pace.stops and not rules.pace.text_waits:
            value = value[: len(value) // LOOK * LOOK]
            passage = Passage(rules, course_of(rules, self.metadata, False))
            passage.advance(value)
            if passage.stop is not None and passage.stop.strength >= REFRAIN:
                return self._stop_inside(holder, node, passage, value)
        for misfit in found:
            misfit.path = holder.path + (holder.step(),)
        self.misfits += found
        return self._stop(strength)

    cdef int _stop_inside(self, Opened holder, Node node, Passage passage, str text) except -1:
        cdef Stop stop = passage.stop
        cdef Misfit misfit = self._failed(FAULT_RULES, node, holder.path + (holder.step(),), None)
        misfit.verdict = verdict_upto(passage, text, stop.at - (not stop.found), stop)
        return self._stop(stop.strength)

    cdef int _stop(self, int strength) except -1:
        self.stopped = True
        output = empty_like(self.guard) if strength == REFRAIN else None
        self.outcome = structured(self.guard, False, output, strength, self.misfits, None, None)
        return self._count_stop()

    cdef int _count_stop(self) except -1:
        if self.began:
            after_run(self.guard, self.outcome, self.began)
        return 0

    cdef int _stop_at_limit(self) except -1:
        cdef Verdict verdict = make_verdict(self.guard, "")
        self.stopped = True
        verdict.add(LIMIT, self.guard.limit_info.on_fail.strength, 0)
        verdict.set_detail(LIMIT, self.limit.too_many)
        self.outcome = decide_limit(self.guard, verdict)
        return self._count_stop()


cdef object inner_value(object holder, object step, bint is_object):
    """The object or list that stands there, made if need be."""
    inside = None
    if type(holder) is dict:
        inside = holder.get(step)
    elif step < len(holder):
        inside = holder[step]
    if inside is None:
        inside = {} if is_object else []
        put_into(holder, step, inside)
    return inside


cdef int put_into(object holder, object step, object value) except -1:
    """Put a value into an object or list; items before it that are not known are None."""
    if type(holder) is dict:
        holder[step] = value
        return 0
    while len(holder) <= step:
        holder.append(None)
    holder[step] = value
    return 0


cdef ValueStream open_values(Guard guard, object metadata):
    """A stream for one structured value; see `Guard.stream`."""
    cdef ValueStream stream = ValueStream.__new__(ValueStream)
    check_metadata(metadata)
    stream.guard = guard
    stream.metadata = metadata
    stream.tokens = make_tokens(guard.opens)
    stream.limit = make_meter(
        MEASURE_BYTES if guard.limit_in_bytes else MEASURE_CHARS, LIMIT, guard.limit_info.on_fail.strength, 0, guard.limit
    )
    stream.pieces = []
    stream.opened = []
    stream.misfits = []
    stream.places = set()
    stream.unseen = ""
    stream.box = [None]
    stream.walk = Walk.__new__(Walk)
    stream.walk.given = Given.__new__(Given)
    stream.walk.given.metadata = metadata
    stream.walk.misfits = []
    stream.walk.early = True
    stream.all_waits = guard.finders is not None and may_drop(guard.finders)
    return stream
