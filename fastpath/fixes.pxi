# Deciding what becomes of a text that failed, and fixing it (docs/semantics.md, sections 6 and 7).

cdef extern from "Python.h":
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 greatest)

cdef str fill(tuple template, str kind, Py_ssize_t length):
    """A fix template for one span of `length` characters."""
    return "".join([
        literal if piece == "literal" else kind if piece == "kind" else "*" * length for piece, literal in template
    ])


# A span to be replaced: where, for which failure, and with which of its rule's fillings.
ctypedef struct Patch:
    Py_ssize_t start
    Py_ssize_t end
    uint32_t number
    uint32_t term


cdef int compare_patches(const void* left, const void* right) noexcept nogil:
    """The order of `Fixing` in docs/semantics.md."""
    cdef const Patch* a = <const Patch*>left
    cdef const Patch* b = <const Patch*>right
    if a.start != b.start:
        return -1 if a.start < b.start else 1
    if a.end != b.end:
        return -1 if a.end > b.end else 1
    if a.number != b.number:
        return -1 if a.number < b.number else 1
    return (a.term > b.term) - (a.term < b.term)


cdef inline bint fixes_spans(Verdict verdict, const Failed* failed):
    return (failed.strength == FIX or failed.strength == FIX_REASK) and verdict.info(failed).on_fail.template is not None


cdef str fix_spans(Verdict verdict):
    """Replace the spans of all failures that have a template."""
    cdef size_t i, k, count = 0
    cdef const Failed* failed
    cdef const Place* place
    cdef Patch* patches
    cdef tuple places
    for i in range(verdict.count):
        if fixes_spans(verdict, &verdict.failed[i]):
            count += verdict.failed[i].count
    if count == 0:
        return verdict.text
    patches = <Patch*>malloc(count * sizeof(Patch))
    if patches == NULL:
        raise MemoryError
    try:
        count = 0
        for i in range(verdict.count):
            failed = &verdict.failed[i]
            if not fixes_spans(verdict, failed):
                continue
            places = verdict.info(failed).places
            for k in range(failed.first, failed.first + failed.count):
                place = &verdict.places.items[k]
                patches[count] = Patch(place.start, place.end, failed.number, places[place.term])
                count += 1
        for i in range(1, count):
            if compare_patches(&patches[i - 1], &patches[i]) > 0:
                qsort(patches, count, sizeof(Patch), compare_patches)
                break
        count = cut_overlaps(patches, count)
        return patched(verdict, patches, count)
    finally:
        free(patches)


cdef size_t cut_overlaps(Patch* patches, size_t count) noexcept:
    """Of overlapping patches the first keeps its place, later ones what it leaves. Returns how many are left."""
    cdef size_t i, kept = 0
    cdef Py_ssize_t at = 0
    for i in range(count):
        if patches[i].start < at:
            patches[i].start = at
            if at >= patches[i].end:
                continue
        at = patches[i].end
        patches[kept] = patches[i]
        kept += 1
    return kept


cdef str patched(Verdict verdict, const Patch* patches, size_t count):
    """The text with the patches in place of their spans."""
    cdef Py_ssize_t at = 0, length = len(verdict.text)
    cdef size_t i
    cdef list fillings = [filling_of(verdict, &patches[i]) for i in range(count)]
    cdef list parts
    cdef str text = verdict.text, filling
    cdef bint ascii = text.isascii()
    for i in range(count):
        filling = fillings[i]
        length += len(filling) - (patches[i].end - patches[i].start)
        ascii = ascii and filling.isascii()
    if ascii:
        return patched_ascii(text, patches, fillings, length)
    parts = []
    for i in range(count):
        parts.append(text[at : patches[i].start])
        parts.append(fillings[i])
        at = patches[i].end
    parts.append(text[at:])
    return "".join(parts)


cdef str patched_ascii(str text, const Patch* patches, list fillings, Py_ssize_t length):
    """The same where everything is ASCII and the result has `length` characters: bytes are copied once."""
    cdef str result = PyUnicode_New(length, 127)
    cdef char* target = <char*>PyUnicode_DATA(result)
    cdef const char* source = <const char*>PyUnicode_DATA(text)
    cdef Py_ssize_t at = 0, width
    cdef size_t i
    cdef str filling
    for i in range(<size_t>len(fillings)):
        filling = fillings[i]
        width = patches[i].start - at
        memcpy(target, source + at, width)
        memcpy(target + width, PyUnicode_DATA(filling), len(filling))
        target += width + len(filling)
        at = patches[i].end
    memcpy(target, source + at, len(text) - at)
    return result


cdef str filling_of(Verdict verdict, const Patch* patch):
    cdef RuleInfo info = verdict.guard.infos[patch.number]
    cdef TermInfo term
    filling = info.fillings[patch.term]
    if filling is None:
        term = info.terms[patch.term]
        filling = fill(info.on_fail.template, term.kind, patch.end - patch.start)
    return filling


cdef str fix_fractional(RuleInfo info, str text):
    """The fix of a measure that has fractions: a number is brought to the nearest end, a reading time cut to its words."""
    cdef Text view = text_of(text)
    if info.what == MEASURE_NUMBER and is_number(&view):
        value = plain_number(float(text))
        if info.low is not None and not info.low_open and value < info.low:
            return repr(info.low)
        if info.high is not None and not info.high_open and value > info.high:
            return repr(info.high)
    if info.what == MEASURE_TIME and info.high is not None:
        most = words_within(info.high, info.high_open)
        if measure_text(MEASURE_WORDS, &view) > most:
            return text[:cut_text(MEASURE_WORDS, &view, most)]
    return text


cdef object fix_whole(RuleInfo info, str text):
    """The whole-text fix of one rule. Only of a value that need not be a text does a fix make something else."""
    cdef Text view
    if info.on_fail.to is not None:
        return info.on_fail.to
    if info.test == TEST_MEASURE and info.what >= MEASURE_NUMBER:
        return fix_fractional(info, text)
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


cdef object apply_fixes(Verdict verdict, object to=None):
    """The text after the fixes of all failures whose action is `fix` or `fix_reask`; `to`: what it becomes before the
    whole-text fixes."""
    cdef object text = fix_spans(verdict) if to is None else to
    cdef RuleInfo info
    cdef size_t i
    for i in range(verdict.count):
        if type(text) is not str:
            return text
        if verdict.failed[i].strength == FIX or verdict.failed[i].strength == FIX_REASK:
            info = verdict.info(&verdict.failed[i])
            if info.on_fail.template is None:
                text = fix_whole(info, text)
    return text


cdef object fix_alone(Verdict verdict, RuleInfo info):
    """The text, or number, after the fix of one failure."""
    cdef Verdict alone = make_verdict(verdict.guard, verdict.text)
    cdef const Failed* failed
    cdef const Place* place
    cdef size_t i, k
    if verdict.text is None:
        if info.on_fail.to is not None:
            return info.on_fail.to
        return clamped(info, verdict.value) if info.what == MEASURE_NUMBER else None
    for i in range(verdict.count):
        failed = &verdict.failed[i]
        if verdict.info(failed) is info:
            for k in range(failed.first, failed.first + failed.count):
                place = &verdict.places.items[k]
                add_place(&alone.places, place.start, place.end, place.term)
            alone.add(failed.number, failed.strength, 0)
    return apply_fixes(alone)


cdef Outcome decide(Guard guard, str text, object metadata, Verdict verdict):
    """The outcome of a text with at least one failure."""
    cdef int strength = verdict.strongest()
    cdef str action = layout.ACTIONS[strength]
    if strength == NOOP:
        return make_outcome(guard, True, text, action, verdict, None, False)
    if strength == REFRAIN:
        return make_outcome(guard, False, "", action, verdict, None, False)
    if strength >= REASK:
        return make_outcome(guard, False, None, action, verdict, None, strength == REASK)
    if strength == CUSTOM:
        return run_custom_actions(guard, text, metadata, verdict)
    return settle(guard, apply_fixes(verdict), metadata, verdict, action)


cdef Outcome settle(Guard guard, str fixed, object metadata, Verdict verdict, str action):
    """Judge a fixed text once more. What it fails as a `noop` is no reason to reject it."""
    cdef Verdict remaining = judge(guard, fixed, metadata, verdict.only_no, True)
    if remaining is not None:
        remaining.path = verdict.path
        remaining.drop_noop()
        if remaining.count:
            return make_outcome(guard, False, None, action, verdict, remaining, action == "fix_reask")
    return make_outcome(guard, True, fixed, action, verdict, None, False)


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


cdef Outcome run_custom_actions(Guard guard, str text, object metadata, Verdict verdict):
    """The handlers' turn, in written order, each on what the one before left."""
    cdef tuple failures = verdict.failures()
    cdef Failure failure
    cdef size_t i
    for i in range(verdict.count):
        if verdict.failed[i].strength != CUSTOM:
            continue
        failure = failures[i]
        try:
            text = custom_text(failure.info.on_fail.call, text, failure)
        except BadAnswerError as error:
            verdict.set_error(i, error)
            if verdict.failed[i].strength != NOOP:
                return decide(guard, text, metadata, verdict)
    return settle(guard, text, metadata, verdict, "custom")
