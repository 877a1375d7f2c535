# Walking over a structured value: is each value what its node says, and what do its rules say?
#
# The value is a copy of plain objects (jsontext.pxi, values.pxi), at most 200 deep. Missing members with a default are put into
# it. Nothing else is made while everything is right.

cdef extern from "Python.h":
    PyObject* PyDict_GetItemWithError(PyObject* mapping, PyObject* key) except? NULL

# What a value may fail besides rules.
cdef enum Fault:
    FAULT_RULES, FAULT_TYPE, FAULT_CHOICE, FAULT_MISSING, FAULT_UNKNOWN, FAULT_JSON, FAULT_MENDED

cdef tuple FAULTS = ("", "type", "one of", "missing", "unknown key", "json", "json")

# Where the walk is: the way from the root. `key` is borrowed; NULL for the item `index` of a list.
ctypedef struct Spot:
    const Spot* outer
    PyObject* holder
    PyObject* key
    Py_ssize_t index


@cython.final
cdef class Given:
    """What conditions see of a structured value: the metadata, and the value itself."""

    cdef:
        object metadata
        object root


@cython.final
cdef class Misfit:
    """What one value failed: its shape, or (`verdict`) some of its rules."""

    cdef:
        Fault fault
        tuple path              # keys and indexes
        object holder           # the dict or list that it is in; the root is in a list of one
        object key              # its key or index there
        Node node               # what it should have been; for an unknown key, what the object should have been
        str said
        Verdict verdict


@cython.final
cdef class Walk:
    """One walk over one value. `dropped` has (id of a dict, key) of members whose own `filter` dropped them. `early`: the value
    is a part of one that is still coming, and late rules are not judged."""

    cdef:
        Given given
        list misfits
        set dropped
        Guard finders
        list missed             # of each rule of `finders`: no text satisfied it yet
        bint seeking            # one of them did not
        bint early
        bint again              # the value was fixed, and is judged once more
        bint pending            # an answer is not there yet, so that there will be no outcome


cdef tuple path_of(const Spot* place):
    cdef list steps = []
    while place.outer != NULL:
        steps.append(<object>place.key if place.key != NULL else place.index)
        place = place.outer
    steps.reverse()
    return tuple(steps)


cdef str show_steps(tuple path):
    """`$.items[2].name`"""
    return "$" + "".join([key_step(step) if type(step) is str else f"[{step}]" for step in path])


cdef Misfit add_misfit(Walk walk, Fault fault, Node node, const Spot* place, str said, Verdict verdict):
    cdef Misfit misfit = Misfit.__new__(Misfit)
    misfit.fault = fault
    misfit.path = path_of(place)
    misfit.holder = <object>place.holder
    misfit.key = <object>place.key if place.key != NULL else place.index
    misfit.node = node
    misfit.said = said
    misfit.verdict = verdict
    walk.misfits.append(misfit)
    return misfit


cdef str kind_words(object value):
    if value is None:
        return "null"
    if type(value) is Foreign:
        return (<Foreign>value).what
    return {str: "a string", bool: "a bool", list: "a list", dict: "an object"}.get(type(value), "a number")


cdef int misfits(Walk walk, Node node, object value, const Spot* place, bint choice) except -1:
    """The value is not what it must be."""
    said = f"must be {node.type}" if choice else f"must be {node.type}, is {kind_words(value)}"
    add_misfit(walk, FAULT_CHOICE if choice else FAULT_TYPE, node, place, said, None)
    return 0


cdef inline bint is_whole_number(object value):
    return type(value) is int or float(value).is_integer()     # neither is infinity, which damaged plans may have


cdef bint is_choice(Node node, object value) except -1:
    return choice_key(value) in [choice_key(choice) for choice in node.choices]


cdef bint has_choice_like(Node node, object value) except -1:
    """Is one of the choices of the value's kind?"""
    kind = choice_key(value)[0]
    return any([choice_key(choice)[0] is kind for choice in node.choices])


cdef int walk_value(Walk walk, Node node, object value, const Spot* place) except -1:
    """Adds to the misfits of the walk what is wrong with the value and all that is in it."""
    cdef bint known
    kind = type(value)
    if kind is str:
        known = node.kinds & KIND_STRING or (node.words is not None and value in node.words)
        if not known:
            misfits(walk, node, value, place, node.words is not None)
            if node.words is None:
                return walk_stray(walk, node, value, place)
        return walk_text(walk, node, value, place)
    if kind is list:
        if not node.kinds & KIND_LIST:
            misfits(walk, node, value, place, False)
            return walk_stray(walk, node, value, place)
        return walk_list(walk, node, value, place)
    if kind is dict:
        if node.tag is not None:
            return walk_tagged(walk, node, value, place)
        if not node.kinds & KIND_OBJECT:
            misfits(walk, node, value, place, False)
            return walk_stray(walk, node, value, place)
        return walk_object(walk, node, value, place)
    if kind is int or kind is float:
        known = node.kinds & KIND_NUMBER or (node.kinds & KIND_INTEGER and is_whole_number(value))
        if known or is_choice(node, value):
            return walk_measured(walk, node, value, value, place)
        return misfits(walk, node, value, place, has_choice_like(node, value))
    if value is None:
        return 0 if node.kinds & KIND_NULL else misfits(walk, node, value, place, False)
    if kind is bool:
        if node.kinds & KIND_BOOL or is_choice(node, value):
            return 0
        return misfits(walk, node, value, place, has_choice_like(node, value))
    return misfits(walk, node, value, place, False)


cdef inline int walk_stray(Walk walk, Node node, object value, const Spot* place) except -1:
    """Rules that are about every text are about those of a value of the wrong type, too."""
    return 0 if node.stray is None else walk_value(walk, node.stray, value, place)


cdef int walk_text(Walk walk, Node node, str text, const Spot* place) except -1:
    cdef Verdict verdict
    if node.rules is not None:
        try:
            verdict = judge(node.rules, text, walk.given, False, walk.again, walk.early)
            if verdict is not None:
                add_misfit(walk, FAULT_RULES, node, place, None, verdict)
        except PendingError:        # other texts can be judged meanwhile
            walk.pending = True
    if walk.seeking:
        seek(walk, text, node, place)
    return 0


cdef int seek(Walk walk, str text, Node node, const Spot* place) except -1:
    """Which of the rules that one text must satisfy does this one satisfy?"""
    cdef Verdict verdict, broken
    cdef size_t i
    cdef list missed = walk.missed
    cdef set failed = set()
    try:
        verdict = judge(walk.finders, text, walk.given, False, walk.again)
    except PendingError:            # whether the texts behind this one are asked is for its answer to say
        walk.pending = True
        walk.seeking = False
        return 0
    if verdict is not None:
        for i in range(verdict.count):
            failed.add(verdict.failed[i].number)
            if verdict.failed[i].broken and missed[verdict.failed[i].number]:
                # Reported once, where it happened.
                missed[verdict.failed[i].number] = False
                broken = make_verdict(walk.finders, None)   # nothing of it is fixed
                broken.add(verdict.failed[i].number, verdict.failed[i].strength, 0)
                broken.failed[0].broken = True
                broken.set_detail(verdict.failed[i].number, verdict.details[verdict.failed[i].number])
                add_misfit(walk, FAULT_RULES, node, place, None, broken)
    for i in range(<size_t>len(missed)):
        if i not in failed:
            missed[i] = False
    walk.seeking = any(missed)
    return 0


cdef int walk_measured(Walk walk, Node node, object value, object amount, const Spot* place) except -1:
    """The rules of a number, a list or a map: `amount` is the number, or how many it has."""
    cdef Verdict verdict
    if node.rules is not None and node.rules.valued:
        verdict = judge_amount(node.rules, value, amount, walk.given, walk.early)
        if verdict is not None:
            add_misfit(walk, FAULT_RULES, node, place, None, verdict)
    return 0


cdef int walk_list(Walk walk, Node node, list values, const Spot* place) except -1:
    cdef Spot inside = Spot(place, <PyObject*>values, NULL, 0)
    cdef Py_ssize_t i
    cdef Node item
    walk_measured(walk, node, values, len(values), place)
    for i in range(len(values)):
        inside.index = i
        item = node.element
        if node.items is not None:
            item = node.items.get(i, item)
        walk_value(walk, item, values[i], &inside)
    return 0


cdef int walk_tagged(Walk walk, Node node, dict members, const Spot* place) except -1:
    """An object of one of several shapes."""
    cdef Node variant = None
    value = members.get(node.tag)
    if type(value) in (str, int, float, bool):
        variant = node.variants.get(choice_key(value))
    if variant is not None:
        return walk_value(walk, variant, members, place)
    add_misfit(walk, FAULT_TYPE, node, place, f"`{node.tag}` must say which of {node.type} this is", None)
    return walk_stray(walk, node, members, place)


cdef int walk_object(Walk walk, Node node, dict members, const Spot* place) except -1:
    cdef Spot inside = Spot(place, <PyObject*>members, NULL, 0)
    cdef PyObject* value
    cdef Member member
    cdef Py_ssize_t known = 0, i
    if node.kinds & KIND_MAP:
        walk_measured(walk, node, members, len(members), place)
    for i in range(len(node.members)):
        member = <Member>node.members[i]
        inside.key = <PyObject*>member.key
        value = PyDict_GetItemWithError(<PyObject*>members, inside.key)
        if value != NULL:
            known += 1
            walk_value(walk, member.node, <object>value, &inside)
        elif member.has_default:
            members[member.key] = copied(member.default)    # a list in it is nobody else's
            known += 1
        elif member.required and (walk.dropped is None or (id(members), member.key) not in walk.dropped):
            add_misfit(walk, FAULT_MISSING, member.node, &inside, "is missing", None)
    if known == len(members):
        return 0
    for key, other in members.items():
        if key in node.keys:
            continue
        inside.key = <PyObject*>key
        if node.rest is not None:
            walk_value(walk, node.rest, other, &inside)
        else:
            add_misfit(walk, FAULT_UNKNOWN, node, &inside, f"is no field of {node.type}", None)
            walk_stray(walk, node, other, &inside)
    return 0


cdef Verdict judge_amount(Guard guard, object value, object amount, object given, bint early):
    """What a value that is no text fails of the rules about such values, or None. With `early` late ones are not judged."""
    cdef Verdict verdict = None
    cdef RuleInfo info
    cdef size_t number, first = 0
    cdef bint holds
    for number in guard.valued:
        info = guard.infos[number]
        if (info.what == MEASURE_NUMBER) == (type(value) is list or type(value) is dict):
            continue
        if early and guard.rules[number].late:
            continue
        error = None
        try:
            holds = (info.when and not condition_holds(info.when, info.needs, guard.plan.fields, given)) or within(info, amount)
        except Exception as raised:
            holds, error = False, raised
        if holds:
            continue
        if verdict is None:
            verdict = make_verdict(guard, None)
            verdict.value = value
        verdict.add(number, info.on_fail.strength, first)
        if error is None:
            verdict.set_detail(number, amount)
        else:
            verdict.set_error(verdict.count - 1, error)
    return verdict


cdef int find_missed(Walk walk, Node root, const Spot* place) except -1:
    """After the walk: the rules that no text satisfied."""
    cdef Verdict verdict
    cdef RuleInfo info
    cdef size_t number
    if not walk.seeking:
        return 0
    verdict = make_verdict(walk.finders, None)
    for number in range(<size_t>len(walk.missed)):
        if not walk.missed[number]:
            continue
        info = walk.finders.infos[number]
        try:
            if info.when and not condition_holds(info.when, info.needs, walk.finders.plan.fields, walk.given):
                continue
        except Exception as error:
            verdict.add(number, 0, 0)
            verdict.set_error(verdict.count - 1, error)
            continue
        verdict.add(number, info.on_fail.strength, 0)
    if verdict.count:
        add_misfit(walk, FAULT_RULES, root, place, None, verdict)
    return 0


cdef list walk_root(Guard guard, list box, object metadata, set dropped):
    """What the value in the box, and all that is in it, fails. `dropped`, even if empty: of a value that was fixed."""
    cdef Walk walk = Walk.__new__(Walk)
    cdef Spot place = Spot(NULL, <PyObject*>box, NULL, 0)
    walk.given = Given.__new__(Given)
    walk.given.metadata = metadata
    walk.given.root = box[0]
    walk.misfits = []
    walk.dropped = dropped
    walk.again = dropped is not None
    walk.finders = guard.finders
    walk.missed = [] if guard.finders is None else [True] * len(guard.finders.infos)
    walk.seeking = len(walk.missed) > 0
    walk_value(walk, guard.root, box[0], &place)
    if walk.pending:
        raise PendingError
    find_missed(walk, guard.root, &place)
    return walk.misfits
