# Deciding what becomes of a structured value that failed (docs/semantics.md, section 10).
#
# `exception` and `refrain` are about the whole value. All other actions act at their own values, at once: the strongest of the
# failures at one value decides for it. What is dropped or replaced takes along what is in it. Items of lists are taken out at the
# end, so that until then indexes are those of the value that was judged.

cdef int strength_of(Misfit misfit) except -1:
    """The strength of its strongest action."""
    if misfit.fault == FAULT_MENDED:
        return FIX
    if misfit.verdict is None:
        return misfit.node.owner.on_fail.strength
    return misfit.verdict.strongest()


cdef int strongest(list misfits) except -1:
    cdef int strength = NOOP
    cdef Misfit misfit
    for misfit in misfits:
        strength = max(strength, strength_of(misfit))
    return strength


cdef list without_noop(list misfits):
    """The misfits that are a reason to reject a value."""
    cdef list kept = []
    cdef Misfit misfit
    for misfit in misfits:
        if strength_of(misfit) == NOOP:
            continue
        if misfit.verdict is not None:
            misfit.verdict.drop_noop()
        kept.append(misfit)
    return kept


cdef inline tuple holder_path(tuple path):
    """The path of what a value is in."""
    return path[:len(path) - 1]


@cython.final
cdef class Edits:
    """What is being done to a value. Paths are those of the value that was judged."""

    cdef:
        set gone                # paths of what was dropped, replaced as a whole, or is asked again
        dict dropped            # path of a list -> the indexes of items that are dropped
        dict lists              # path of a list -> the list
        dict cuts               # path of a list or dict -> how many items are left at most
        set excused             # (id of a dict, key) of members that were dropped
        list asked              # of each value that is asked again: (path, node, its misfits)
        int acted               # the strongest action that did something

    cdef bint is_gone(self, tuple path) except -1:
        cdef Py_ssize_t k
        if not self.gone:
            return False
        for k in range(len(path) + 1):
            if path[:k] in self.gone:
                return True
        return False

    cdef tuple moved(self, tuple path):
        """Where a path leads when all is done; None if nowhere."""
        cdef Py_ssize_t k
        cdef list steps = list(path)
        for k in range(len(path)):
            if type(path[k]) is not int:
                continue
            before = self.dropped.get(path[:k], ())
            steps[k] -= sum([index < path[k] for index in before])
            if steps[k] >= self.cuts.get(path[:k], steps[k] + 1):
                return None
        return tuple(steps)

    cdef int finish(self) except -1:
        """Take out of lists what is dropped, and cut them."""
        for path, items in self.lists.items():
            dropped = self.dropped.get(path)
            if dropped:
                items[:] = [item for index, item in enumerate(items) if index not in dropped]
            if path in self.cuts:
                del items[self.cuts[path]:]
        return 0


cdef Edits make_edits():
    cdef Edits edits = Edits.__new__(Edits)
    edits.gone = set()
    edits.dropped = {}
    edits.lists = {}
    edits.cuts = {}
    edits.excused = set()
    edits.asked = []
    return edits


cdef int drop(Edits edits, Misfit misfit) except -1:
    """Drop the value that a misfit is about."""
    edits.gone.add(misfit.path)
    if type(misfit.holder) is dict:
        misfit.holder.pop(misfit.key, None)
        edits.excused.add((id(misfit.holder), misfit.key))
    else:
        edits.lists[holder_path(misfit.path)] = misfit.holder
        edits.dropped.setdefault(holder_path(misfit.path), set()).add(misfit.key)
    return 0


cdef object clamped(RuleInfo info, object value):
    """A number that is too small or too large, at the nearest end that the rule includes."""
    if info.low is not None and not info.low_open and value < info.low:
        return info.low
    if info.high is not None and not info.high_open and value > info.high:
        return info.high
    return value


cdef object fixed_amount(Verdict verdict, object value):
    """A number after the fixes of all failures, in written order."""
    cdef RuleInfo info
    cdef size_t i
    for i in range(verdict.count):
        if verdict.failed[i].strength == FIX or verdict.failed[i].strength == FIX_REASK:
            info = verdict.info(&verdict.failed[i])
            if info.on_fail.to is not None:
                value = info.on_fail.to
            elif info.what == MEASURE_NUMBER and type(value) in (int, float):
                value = clamped(info, value)
    return value


cdef object fewest(Verdict verdict):
    """How many items the fixes of failures leave at most; None if they cut nothing."""
    cdef RuleInfo info
    cdef size_t i
    most = None
    for i in range(verdict.count):
        if verdict.failed[i].strength == FIX or verdict.failed[i].strength == FIX_REASK:
            info = verdict.info(&verdict.failed[i])
            if info.what == MEASURE_ITEMS and info.high is not None and info.on_fail.to is None:
                most = info.high if most is None else min(most, info.high)
    return most


cdef int fix_value(Edits edits, list group) except -1:
    """Fix the value that all misfits of the group are about."""
    cdef Misfit first = group[0], misfit
    cdef ActionInfo action
    cdef bint replaced = False, unknown = False
    cdef int strength
    value = first.holder[first.key] if type(first.holder) is list else first.holder.get(first.key)
    before = value
    to = None
    for misfit in group:
        action = misfit.node.owner.on_fail
        strength = NOOP if misfit.verdict is not None or misfit.fault == FAULT_MENDED else action.strength
        if strength == FIX or strength == FIX_REASK:
            unknown = unknown or misfit.fault == FAULT_UNKNOWN
            to = action.to if to is None else to
    if unknown:
        return drop(edits, first)
    for misfit in group:
        if misfit.verdict is None:
            continue
        if misfit.verdict.text is not None:
            value = apply_fixes(misfit.verdict, to)
            to = None
        else:
            value = fixed_amount(misfit.verdict, value)
            most = fewest(misfit.verdict)
            if most is not None and value is before and type(value) is list:
                edits.lists[first.path] = value
                edits.cuts[first.path] = most
            elif most is not None and value is before:
                for key in list(value)[most:]:
                    del value[key]
                    edits.gone.add(first.path + (key,))     # a fix of it would put it in again
    if to is not None:
        value = to
    if value is before:
        return 0
    if type(before) is dict or type(before) is list:
        edits.gone.add(first.path)
    first.holder[first.key] = value
    return 0


cdef int run_handlers(Edits edits, list group) except -1:
    """Custom actions, in written order, each on what the one before left. Returns the strength that decides then: it is another
    one if a handler failed."""
    cdef Misfit misfit
    cdef Failure failure
    cdef tuple failures
    cdef size_t i
    for misfit in group:
        if misfit.verdict is None or misfit.verdict.text is None:
            continue
        text = misfit.verdict.text
        failures = failures_of([misfit])
        for i in range(misfit.verdict.count):
            if misfit.verdict.failed[i].strength != CUSTOM:
                continue
            failure = failures[i]
            try:
                text = custom_text(failure.info.on_fail.call, text, failure)
            except BadAnswerError as error:
                misfit.verdict.set_error(i, error)
                if misfit.verdict.failed[i].strength != NOOP:
                    return misfit.verdict.failed[i].strength
        misfit.holder[misfit.key] = text
    return CUSTOM


cdef int edit_value(Edits edits, list group) except -1:
    """Let the strongest action at one value act. Returns its strength."""
    cdef Misfit misfit = group[0]
    cdef int strength = strongest(group)
    if strength == CUSTOM:
        strength = run_handlers(edits, group)
    if strength == FILTER:
        drop(edits, misfit)
    elif strength == REASK:
        ask(edits, group)
    elif strength == FIX or strength == FIX_REASK:
        fix_value(edits, group)
    if strength < REFRAIN:
        edits.acted = max(edits.acted, strength)
    return strength


cdef int ask(Edits edits, list group) except -1:
    """Have the value asked again: until then it is not there."""
    cdef Misfit misfit = group[0]
    if misfit.fault == FAULT_UNKNOWN:
        # Nobody can give it a better value: the object is asked for.
        path = holder_path(misfit.path)
        edits.gone.add(path)
        edits.asked.append((path, misfit.node, group))
        return 0
    edits.gone.add(misfit.path)
    edits.asked.append((misfit.path, misfit.node, group))
    return 0


cdef list grouped(list misfits):
    """The misfits by the value that they are about, in the order of the walk, which comes to containers first."""
    # What is said of the value as a whole may have been found last.
    cdef dict groups = {(): []}
    cdef Misfit misfit
    for misfit in misfits:
        groups.setdefault(misfit.path, []).append(misfit)
    return [group for group in groups.values() if group]


cdef object empty_like(Guard guard):
    """What `refrain` leaves."""
    return {} if guard.root.kinds & KIND_OBJECT or not guard.root.kinds & KIND_LIST else []


cdef Outcome decide_structure(Guard guard, list box, object metadata, list misfits):
    """The outcome of a value with at least one misfit."""
    cdef Edits edits
    cdef list remaining
    cdef Misfit misfit
    cdef int strength = strongest(misfits)
    if strength == EXCEPTION:
        return structured(guard, False, None, EXCEPTION, misfits, None, None)
    if strength == REFRAIN:
        return structured(guard, False, empty_like(guard), REFRAIN, misfits, None, None)
    if strength == NOOP:
        return structured(guard, True, box[0], NOOP, misfits, None, None)
    edits = make_edits()
    for group in grouped(misfits):
        misfit = group[0]
        if edits.is_gone(misfit.path):
            continue
        strength = edit_value(edits, group)
        if strength == EXCEPTION:
            return structured(guard, False, None, EXCEPTION, misfits, None, None)
        if strength == REFRAIN:
            return structured(guard, False, empty_like(guard), REFRAIN, misfits, None, None)
        if strength == FILTER and not misfit.path:
            return structured(guard, False, None, FILTER, misfits, None, None)
    if edits.asked:
        asked = reask_of(guard.plan, edits, box)
        if asked is not None:
            return structured(guard, False, None, REASK, misfits, None, asked)
    edits.finish()
    remaining = without_noop(walk_root(guard, box, metadata, edits.excused))
    if not remaining:
        return structured(guard, True, box[0], edits.acted, misfits, None, None)
    return structured(guard, False, None, edits.acted, misfits, remaining, reask_rest(guard.plan, remaining, box))


cdef Outcome structured(
    Guard guard, bint passed, object output, int strength, list misfits, list remaining, object asked
):
    cdef Outcome outcome = make_outcome(guard, passed, output, layout.ACTIONS[strength], None, None, False)
    outcome.misfits = misfits
    outcome.misfits_again = remaining
    outcome.asked = asked
    return outcome


# --- asking again ------------------------------------------------------------------------------------------------------

cdef object reask_rest(Plan plan, list remaining, list box):
    """What to ask for after a fix that did not hold: the values whose action is to ask. None if there are none."""
    cdef Edits edits = make_edits()
    cdef Misfit misfit
    for group in grouped(remaining):
        misfit = group[0]
        strength = strongest(group)
        if (strength == REASK or strength == FIX_REASK) and not edits.is_gone(misfit.path):
            ask(edits, group)
    return reask_of(plan, edits, box) if edits.asked else None


cdef object reask_of(Plan plan, Edits edits, list box):
    """The `Reask` for the values that are asked again; takes them out of the value. None if none is left."""
    cdef Node node
    cdef Misfit misfit
    cdef dict entries = {}
    cdef list texts = []
    cdef list places = [(path, edits.moved(path), node, group) for path, node, group in edits.asked]
    places = [entry for entry in places if entry[1] is not None and not lies_in_asked(entry[0], edits.asked)]
    if not places:
        return None
    for path, moved, node, group in places:
        take_out(box, path)
    edits.finish()
    for path, moved, node, group in places:
        shown = show_steps(moved)
        for failure in failures_of(group):
            if failure.action != "noop":
                texts.append(f"{shown}: {failure.message}")
        entries[shown] = (moved, node)
    schema = schema_of(plan, entries)
    messages = tuple(dict.fromkeys(texts))
    listed = "\n".join([f"- {message}" for message in messages])
    wanted = "Answer again with the whole value as JSON."
    if "$" not in entries:
        wanted = "Answer with one JSON object whose keys are exactly these paths."
    from json import dumps
    instructions = (
        f"The answer does not meet these requirements:\n{listed}\n{wanted} It has to be valid by this JSON Schema:\n"
        f"{dumps(schema, ensure_ascii=False)}"
    )
    places = [moved for moved, _ in entries.values()]
    return Reask(messages, instructions, tuple(entries), schema, box[0], tuple(places))


cdef dict schema_of(Plan plan, dict entries):
    """The JSON Schema of what `Reask.merge` takes. `entries`: by the path as it is shown, where it leads and its node."""
    cdef dict schemas = {}, definitions = {}
    cdef list waiting = []
    cdef Node node
    for shown, (_, node) in entries.items():
        schemas[shown] = plain_schema("NODE", node.schema)
        waiting += node.definitions
    for number in waiting:      # grows while it is read
        name, text, others = plan.definitions[number]
        if name not in definitions:
            definitions[name] = plain_schema("DEFN", text)
            waiting += others
    schema = schemas.get("$")
    if schema is None:
        schema = {
            "type": "object", "properties": schemas, "required": list(schemas), "additionalProperties": False,
        }
    return {**schema, "$defs": definitions} if definitions else schema


cdef bint lies_in_asked(tuple path, list asked) except -1:
    """Does the path lead into another value that is asked again?"""
    for other, _, _ in asked:
        if len(other) < len(path) and path[:len(other)] == other:
            return True
    return False


cdef int take_out(list box, tuple path) except -1:
    """A value that is asked again is not there until then; an item of a list leaves null in its place."""
    value = box[0]
    if not path:
        box[0] = None
        return 0
    last = path[len(path) - 1]
    for step in holder_path(path):
        value = value[step]
    if type(value) is dict:
        value.pop(last, None)
    else:
        value[last] = None
    return 0


cdef object merged(object partial, tuple paths, tuple places, object answer):
    """See `Reask.merge`."""
    cdef JsonReading reading
    if isinstance(answer, str):
        reading = read_json(PyUnicode_FromObject(answer))
        answer = reading.value
    if () in places:
        return answer
    partial = copied(partial)
    if not isinstance(answer, Mapping):
        return partial
    for path, place in zip(paths, places):
        if path not in answer:
            continue
        value = partial
        for step in holder_path(place):
            value = value[step]
        value[place[len(place) - 1]] = answer[path]
    return partial


cdef object copied(object value):
    """A copy of a plain value."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if type(value) is list else value


# --- failures ----------------------------------------------------------------------------------------------------------

cdef tuple failures_of(list misfits):
    """The failures of misfits as objects."""
    cdef list made = []
    cdef Misfit misfit
    cdef Failure failure
    for misfit in misfits:
        path = show_steps(misfit.path)
        if misfit.verdict is None:
            made.append(shape_failure(misfit, path))
            continue
        for failure in misfit.verdict.failures():
            failure.path = path
            made.append(failure)
    return tuple(made)


cdef Failure shape_failure(Misfit misfit, str path):
    cdef Owner owner = misfit.node.owner
    cdef Failure failure = Failure.__new__(Failure)
    failure.rule = owner.name
    failure.validator = FAULTS[<int>misfit.fault]
    failure.path = path
    failure.source = owner.source
    failure.spans = ()
    failure.given = misfit.said
    failure.action = "fix"
    if misfit.fault != FAULT_MENDED:
        failure.action = owner.on_fail.name
        failure.to = owner.on_fail.to
        if owner.on_fail.message is not None:
            failure.given = owner.on_fail.message
    return failure


# --- the way in --------------------------------------------------------------------------------------------------------

cdef Outcome validate_structure(Guard guard, object given, object metadata):
    """Judge a text that should be JSON, or a value."""
    cdef Verdict verdict
    cdef Taking taking
    cdef list box, misfits
    if isinstance(given, str):
        given = PyUnicode_FromObject(given)
        verdict = check_limit(guard, given)
        if verdict is not None:
            return decide_limit(guard, verdict)
        return judge_reading(guard, read_json(given, guard.opens), metadata)
    taking = Taking.__new__(Taking)
    taking.left = guard.limit
    taking.in_bytes = guard.limit_in_bytes
    try:
        box = [taken(taking, given, NULL)]
    except TooLargeError:
        verdict = make_verdict(guard, "")
        verdict.add(LIMIT, guard.limit_info.on_fail.strength, 0)
        return decide_limit(guard, verdict)
    misfits = walk_root(guard, box, metadata, None)
    if not misfits:
        return make_outcome(guard, True, box[0], None, None, None, False)
    return decide_structure(guard, box, metadata, misfits)


cdef Outcome judge_reading(Guard guard, JsonReading reading, object metadata):
    """Judge the value that was read of a text, or that none was."""
    cdef Walk walk = Walk.__new__(Walk)
    cdef list box = [reading.value], misfits
    cdef Spot root = Spot(NULL, <PyObject*>box, NULL, 0)
    walk.misfits = []
    if reading.error is not None:
        add_misfit(walk, FAULT_JSON, guard.root, &root, f"no JSON that can be read: {reading.error}", None)
        return decide_structure(guard, box, metadata, walk.misfits)
    misfits = walk_root(guard, box, metadata, None)
    if reading.repairs:
        said = ", ".join([what for what, _, _ in reading.repairs])
        add_misfit(walk, FAULT_MENDED, guard.root, &root, f"JSON was mended: {said}", None)
        misfits = walk.misfits + misfits
    if not misfits:
        return make_outcome(guard, True, box[0], None, None, None, False)
    return decide_structure(guard, box, metadata, misfits)


cdef Outcome decide_limit(Guard guard, Verdict verdict):
    """The outcome of a value that is too large."""
    cdef Outcome outcome = decide(guard, "", None, verdict)
    if outcome.action == "refrain":
        outcome.output = empty_like(guard)
    return outcome
