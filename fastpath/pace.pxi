# A structured value that is still coming: where a stream is in it, and what the rules at its values mean for it.
#
# Vocabulary: a value *waits* if it is not handed out before the end of the text. An object or list is *gone* if something else, or
# nothing, will stand in its place. A list is *frozen* behind an item that waits: nobody knows whether that will be dropped.

@cython.final
cdef class Pace:
    """What the rules at a value, an inner guard, mean for a stream."""

    cdef:
        bint text_waits             # a text is judged at the end
        bint number_waits           # the same for a number
        bint items_wait             # what is in a list or map waits, for its count may drop or replace it
        Py_ssize_t most             # a fix may leave so many items
        bint stops                  # a text may stop the stream before it has ended


cdef bint is_late(RuleInfo info) except -1:
    """Whether a rule at a value cannot be judged when the value has ended: it needs the values around, or runs code that is to be run
    once, and may not answer twice alike."""
    return may_err(info) or any([operation == "path" for operation, _ in info.when])


cdef Pace pace_of(Guard guard):
    cdef Pace pace = Pace.__new__(Pace)
    cdef RuleInfo info
    cdef size_t number
    cdef bint silent, items, late
    cdef int strength
    pace.most = NEVER
    for number in range(guard.rule_count):
        info = guard.infos[number]
        strength = info.on_fail.strength
        silent = strength == NOOP and (info.on_error.strength == NOOP or not (info.needs or may_err(info)))
        late = guard.rules[number].late and not silent
        items = info.test == TEST_MEASURE and info.what == MEASURE_ITEMS
        if not items:
            if info.test != TEST_MEASURE or info.what != MEASURE_NUMBER:
                pace.text_waits |= late
                pace.stops |= strength >= REFRAIN and not guard.normalize and seen_while_it_comes(info)
            else:
                pace.number_waits |= late
            continue
        if strength == FILTER or info.on_fail.to is not None or (info.when and info.on_error.strength == FILTER):
            pace.items_wait = True
        elif (strength == FIX or strength == FIX_REASK) and info.high is not None:
            pace.most = min(pace.most, guard.rules[number].high)
    return pace


cdef bint seen_while_it_comes(RuleInfo info):
    """Whether a passage can tell that the rule fails before the text has ended."""
    if info.test == TEST_FIND:
        return info.native and info.what == QUANTIFIER_NO
    if info.test == TEST_MEASURE:
        return info.native and (info.what <= MEASURE_COUNT or info.what == MEASURE_TIME)
    return info.what in (LOWER_CASE, UPPER_CASE, STARTS_WITH)


cdef bint may_drop(Guard finders):
    """Whether a rule that some text must satisfy can do other than fail the whole: where it could not be judged, it may drop any
    text, and nothing is certain before the end."""
    cdef RuleInfo info
    for info in finders.infos:
        if info.on_error.strength == FILTER and (info.when or may_err(info)):
            return True
    return False


cdef Guard text_rules(Node node):
    """The rules of a string where a node is, or None. One of another type is judged by those about all strings."""
    if node is None:
        return None
    if node.kinds & KIND_STRING or node.words is not None:
        return node.rules
    return None if node.stray is None else node.stray.rules


cdef bint waits_for_the_end(Node node, object value):
    """Whether a rule about a string or number can be judged only when the whole is there."""
    cdef Guard rules
    if type(value) is str:
        rules = text_rules(node)
        return rules is not None and rules.pace.text_waits
    if node is None or node.rules is None or value is None or type(value) is bool:
        return False
    return node.rules.pace.number_waits


@cython.final
cdef class Opened:
    """An object or list that is being read."""

    cdef:
        Node node                   # None: nothing is asked of what is in it
        bint is_object
        bint untold                 # its tag has not come: it may be one of several shapes
        bint gone
        bint waits
        bint held                   # it waits whatever its tag says
        bint frozen
        Py_ssize_t count            # members or items that have begun before the one that is read
        Py_ssize_t dropped          # of them those that are dropped from a list
        Py_ssize_t most             # what stands behind so many waits
        str key                     # of the member that is read
        tuple path                  # in the text
        tuple place                 # in the output

    cdef object step(self):
        return self.key if self.is_object else self.count

    cdef tuple next_place(self):
        """Where in the output the value stands that is read in it."""
        return self.place + (self.key if self.is_object else self.count - self.dropped,)

    cdef bint next_waits(self):
        cdef Py_ssize_t before = self.count - self.dropped
        return self.waits or self.frozen or before >= self.most

    cdef Node next_node(self, bint* unknown):
        """What the value must be that is read in it. `unknown`: the object has no such key."""
        cdef Member member
        if self.node is None or self.untold:
            return None
        if not self.is_object:
            if self.node.items is not None:
                return self.node.items.get(self.count, self.node.element)
            return self.node.element
        member = self.node.keys.get(self.key)
        if member is not None:
            return member.node
        if self.node.rest is not None:
            return self.node.rest
        unknown[0] = True
        return self.node.stray

    cdef int leave_out(self) except -1:
        """The value that is read in it is dropped."""
        if not self.is_object:
            self.dropped += 1
        return 0
