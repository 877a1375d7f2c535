# Chat messages: the texts in them, each judged as a text of its own (docs/semantics.md, section 11).
#
# A message is a mapping as LLM APIs have it. Its texts are found by leaving out what is known to be none (roles, ids, media)
# rather than by knowing every place where an API may put one: what a later version of an API adds is judged, not passed.

cdef enum:
    MESSAGE_DEPTH = 200

# Strings under these keys are names, ids and marks of the API.
cdef frozenset NO_TEXT = frozenset({
    "role", "type", "id", "name", "tool_call_id", "tool_use_id", "call_id", "item_id", "signature", "encrypted_content",
    "cache_control", "media_type", "mime_type", "format", "detail", "status",
})
# Content parts of these types are images, sounds and files.
cdef frozenset MEDIA = frozenset({
    "image", "image_url", "input_image", "audio", "input_audio", "video", "video_url", "input_video", "file", "input_file",
    "base64",
})
# `arguments` of a function call is a string with JSON in it.
cdef frozenset JSON_TEXT = frozenset({"arguments"})
cdef object INSIDE = object()       # as a step of a path: from a string to the JSON value in it

cdef dict ROLE_BITS = {name: 1 << number for number, name in enumerate(layout.ROLES)}
ROLE_BITS["function"] = ROLE_BITS["tool"]


cdef class Part:
    """A text in a list of messages. `steps` lead to it; `is_content` is false for what is not a message's own text but stands
    beside it: such texts are judged by the rules that forbid something, and by no other."""

    cdef:
        tuple steps
        str text
        bint is_content


cdef inline str show_path(tuple steps):
    """As paths of structured values are shown; what is inside of a string has no step of its own."""
    return show_steps(tuple([step for step in steps if step is not INSIDE]))


cdef int add_text(list parts, tuple steps, object text, bint is_content) except -1:
    cdef Part part
    if not text:                    # an answer that only calls tools often has `content: ""`
        return 0
    part = Part.__new__(Part)
    part.steps = steps
    part.text = PyUnicode_FromObject(text)
    part.is_content = is_content
    parts.append(part)
    return 0


cdef int find_texts(list parts, tuple steps, object value, bint is_content, int depth) except -1:
    """Add the texts of a value within a message."""
    if isinstance(value, str):
        return add_text(parts, steps, value, is_content)
    if depth > MESSAGE_DEPTH:
        raise TypeError(f"messages[{steps[0]}] is nested more than {MESSAGE_DEPTH} deep")
    if isinstance(value, dict) or isinstance(value, Mapping):
        kind = value.get("type")
        if isinstance(kind, str) and kind in MEDIA:
            return 0
        for key, inner in value.items():
            if key in NO_TEXT or not isinstance(key, str):
                continue
            if key in JSON_TEXT and isinstance(inner, str):
                find_json(parts, steps + (key,), inner, depth + 1)
            else:
                find_texts(parts, steps + (key,), inner, is_content and key in ("content", "text"), depth + 1)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            find_texts(parts, steps + (i,), inner, is_content, depth + 1)
    return 0


cdef int find_json(list parts, tuple steps, object text, int depth) except -1:
    """Add the strings in the arguments of a call. What is not JSON is a text itself: a model may write anything."""
    value = json_value(text)
    if value is INSIDE:
        return add_text(parts, steps, text, False)
    return find_strings(parts, steps + (INSIDE,), value, depth)


cdef int find_strings(list parts, tuple steps, object value, int depth) except -1:
    if isinstance(value, str):
        return add_text(parts, steps, value, False)
    if isinstance(value, dict):
        for key, inner in value.items():
            find_strings(parts, steps + (key,), inner, depth + 1)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            find_strings(parts, steps + (i,), inner, depth + 1)
    return 0


cdef object json_value(object text):
    """The value of a JSON text, or `INSIDE` if it is none."""
    cdef JsonReading reading = read_whole(PyUnicode_FromObject(text))
    return reading.value if reading.error is None else INSIDE


cdef object replaced(object value, dict changes):
    """The value with the changes made, which are texts by the step that leads to them, or changes themselves. What is not on
    the way to one is shared with the given value."""
    if INSIDE in changes:
        from json import dumps
        inner = json_value(value)
        change = changes[INSIDE]
        return dumps(change if isinstance(change, str) else replaced(inner, change), ensure_ascii=False)
    made = dict(value) if isinstance(value, Mapping) else list(value)
    for step, change in changes.items():
        made[step] = change if isinstance(change, str) else replaced(made[step], change)
    return made


cdef list texts_of(Guard guard, object messages):
    """The texts of the messages whose role the guard judges."""
    cdef list parts = []
    for i, message in enumerate(messages):
        if not isinstance(message, dict) and not isinstance(message, Mapping):
            raise TypeError(
                f"messages[{i}] must be a mapping with `role` and `content`, not `{type(message).__name__}`; "
                "of an object of an API's own library take what its `model_dump()` gives"
            )
        role = message.get("role")
        if not isinstance(role, str) or role not in ROLE_BITS:
            known = ", ".join([f"`{name}`" for name in ROLE_BITS])
            raise TypeError(f"messages[{i}] has no `role` that a guard knows: {known}")
        if guard.roles & <int>ROLE_BITS[role]:
            find_texts(parts, (i,), message, True, 0)
    return parts


cdef Verdict check_total(Guard guard, list parts):
    """The failure of the guard's `max` by all the texts together, or None."""
    cdef uint64_t total = 0
    cdef Part part
    cdef Text view
    cdef Verdict verdict
    for part in parts:
        if guard.limit_in_bytes:
            view = text_of(part.text)
            total += measure_text(MEASURE_BYTES, &view)
        else:
            total += len(part.text)
    if total <= <uint64_t>guard.limit:
        return None
    verdict = make_verdict(guard, "")
    verdict.add(LIMIT, guard.limit_info.on_fail.strength, 0)
    verdict.set_detail(LIMIT, total)
    return verdict


cdef Outcome judge_messages(Guard guard, object messages, object metadata):
    """The outcome of a list of chat messages."""
    cdef list parts = texts_of(guard, messages), failed = [], outcomes = []
    cdef Verdict verdict = check_total(guard, parts)
    cdef Part part
    cdef Outcome outcome
    cdef int strongest = -1
    cdef bint pending = False
    if verdict is not None:
        return combined(guard, messages, [decide(guard, "", metadata, verdict)])
    for part in parts:
        try:
            verdict = judge(guard, part.text, metadata, not part.is_content)
        except PendingError:
            pending = True
            continue
        if verdict is not None:
            verdict.path = show_path(part.steps)
            failed.append((part, verdict))
            strongest = max(strongest, verdict.strongest())
    if pending:
        raise PendingError
    if not failed:
        return make_outcome(guard, True, messages, None, None, None, False)
    changes = {}
    for part, verdict in failed:
        if strongest >= REASK:      # nothing is fixed, and nobody's handler called, for what does not come out
            outcome = make_outcome(guard, False, None, layout.ACTIONS[verdict.strongest()], verdict, None, False)
        else:
            try:
                outcome = decide(guard, part.text, metadata, verdict)
            except PendingError:
                pending = True
                continue
            if outcome.passed and outcome.output is not part.text:
                put_change(changes, part.steps, outcome.output)
        outcomes.append(outcome)
    if pending:
        raise PendingError
    return combined(guard, replaced(messages, changes) if changes else messages, outcomes)


cdef int put_change(dict changes, tuple steps, object text) except -1:
    for step in steps[:len(steps) - 1]:
        changes = changes.setdefault(step, {})
    changes[steps[len(steps) - 1]] = text
    return 0


cdef Outcome combined(Guard guard, object messages, list outcomes):
    """One outcome of those of the texts: the strongest action decides."""
    cdef int strongest = max([layout.ACTIONS.index(outcome.action) for outcome in outcomes])
    cdef bint passed = all([outcome.passed for outcome in outcomes])
    cdef Outcome made
    made = make_outcome(guard, passed, messages, layout.ACTIONS[strongest], None, None, False)
    made.asks = strongest == REASK or any([(<Outcome>outcome).asks for outcome in outcomes]) and strongest < REASK
    made.parts = tuple(outcomes)
    if not passed:
        made.output = [] if strongest == REFRAIN else None
    return made
