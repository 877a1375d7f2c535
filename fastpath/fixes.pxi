# Deciding what becomes of a text that failed, and fixing it (docs/semantics.md, sections 6 and 7).

cdef str fill(tuple template, str kind, Py_ssize_t length):
    """A fix template for one span of `length` characters."""
    return "".join([
        literal if piece == "literal" else kind if piece == "kind" else "*" * length for piece, literal in template
    ])


cdef str fix_spans(str text, list failures):
    """Replace the spans of all failures that have a template; see `Fixing` in docs/semantics.md for the order."""
    cdef list spans = []
    cdef list parts = []
    cdef Failure failure
    cdef TermInfo term
    cdef ActionInfo action
    cdef Py_ssize_t at = 0
    for failure in failures:
        action = failure.info.on_fail
        if action.template is None:
            continue
        order = {}
        for term in failure.info.terms:
            order.setdefault(term.name, (len(order), term.kind))
        for start, end, name in failure.spans:
            place, kind = order[name]
            spans.append((start, -end, failure.number, place, kind, action.template))
    if not spans:
        return text
    spans.sort()
    for start, end, _, _, kind, template in spans:
        end = -end
        if start < at:
            start = at
            if start >= end:
                continue
        parts.append(text[at:start])
        parts.append(fill(template, kind, end - start))
        at = end
    parts.append(text[at:])
    return "".join(parts)


cdef str fix_whole(RuleInfo info, str text):
    """The whole-text fix of one rule."""
    cdef Text view
    if info.on_fail.to is not None:
        return info.on_fail.to
    if info.test == TEST_MEASURE and info.high is not None:
        view = text_of(text)
        if measure_text(info.what, &view) <= info.high:
            return text         # below its lower end: nothing to cut
        return text[:cut_text(info.what, &view, <Py_ssize_t>info.high)]
    if info.test == TEST_PREDICATE:
        if info.what == LOWER_CASE:
            return text.lower()
        if info.what == UPPER_CASE:
            return text.upper()
        if info.what == STARTS_WITH:
            return info.strings[0] + text
        if info.what == ENDS_WITH:
            return text + info.strings[0]
    return text


cdef str apply_fixes(str text, list failures):
    """The text after the fixes of these failures, whose actions all are `fix` or `fix_reask`."""
    cdef Failure failure
    text = fix_spans(text, failures)
    for failure in failures:
        if failure.info.on_fail.template is None:
            text = fix_whole(failure.info, text)
    return text


cdef list unresolved_failures(Guard guard, str text, object metadata):
    """What a fixed text still fails; a `noop` is no reason to reject it."""
    cdef Failure failure
    failures = judge(guard, text, metadata)
    return [failure for failure in failures or () if failure.strength != NOOP]


cdef Outcome decide(Guard guard, str text, object metadata, list failures):
    """The outcome of a text with at least one failure."""
    cdef Failure failure
    cdef int strength = 0
    cdef str action = "noop"
    for failure in failures:
        if failure.strength > strength:
            strength = failure.strength
            action = failure.action
    reported = tuple(failures)
    if strength == NOOP:
        return make_outcome(guard, True, text, reported, action, (), False)
    if strength == REFRAIN:
        return make_outcome(guard, False, "", reported, action, (), False)
    if strength >= REASK:
        return make_outcome(guard, False, None, reported, action, (), strength == REASK)
    if strength == CUSTOM:
        return run_custom_actions(guard, text, metadata, failures)
    fixed = apply_fixes(
        text, [failure for failure in failures if failure.strength == FIX or failure.strength == FIX_REASK]
    )
    return settle(guard, fixed, metadata, reported, action)


cdef Outcome settle(Guard guard, str fixed, object metadata, tuple reported, str action):
    """Judge a fixed text once more."""
    remaining = unresolved_failures(guard, fixed, metadata)
    if not remaining:
        return make_outcome(guard, True, fixed, reported, action, (), False)
    return make_outcome(guard, False, None, reported, action, tuple(remaining), action == "fix_reask")


cdef str custom_text(CallInfo call, str text, Failure failure):
    """What a custom action makes of a text."""
    try:
        answer = call.handler(text, failure, **call.arguments)
    except Exception as error:
        raise BadAnswerError(f"`{call.name}` raised {type(error).__name__}") from error
    if answer is None:
        return text
    if not isinstance(answer, str):
        raise BadAnswerError(f"`{call.name}` must return a text or None")
    return PyUnicode_FromObject(answer)


cdef Outcome run_custom_actions(Guard guard, str text, object metadata, list failures):
    """The handlers' turn, in written order, each on what the one before left."""
    cdef Failure failure
    cdef Failure broken
    cdef CallInfo call
    cdef list errors = []
    for failure in failures:
        if failure.strength != CUSTOM:
            continue
        call = failure.info.on_fail.call
        try:
            text = custom_text(call, text, failure)
            continue
        except BadAnswerError as error:
            broken = make_error(failure.info, failure.text, failure.number, error)
        errors.append(broken)
        if broken.strength != NOOP:
            return decide(guard, text, metadata, failures_with(failures, errors))
    reported = tuple(failures_with(failures, errors))
    return settle(guard, text, metadata, reported, "custom")


cdef list failures_with(list failures, list errors):
    """The failures, those that ended in an error replaced by it."""
    replaced = {written_order(error): error for error in errors}
    return [replaced.get(written_order(failure), failure) for failure in failures]
