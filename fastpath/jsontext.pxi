# Reading one JSON value (RFC 8259) into Python objects: `dict`, `list`, `str`, `int`, `float`, `bool`, `None`.
#
# One pass over the characters of the `str` where they lie, without recursion: the open objects and lists stand in
# `json.frames`. What is stricter than the grammar is said in docs/semantics.md.

cdef inline void skip_space(const Char* text, Json* json) noexcept nogil:
    cdef Py_ssize_t at = json.at
    while at < json.end and is_json_space(text[at]):
        at += 1
    json.at = at


cdef inline bint reads_word(const Char* text, Json* json, const char* word, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t k
    if json.end - json.at < size:
        return False
    for k in range(size):
        if text[json.at + k] != <uint8_t>word[k]:
            return False
    json.at += size
    return True


cdef inline PyObject* new_reference(object thing) noexcept:
    Py_INCREF(<PyObject*>thing)
    return <PyObject*>thing


cdef inline int attach(Json* json, JsonFrame* frame, PyObject* value) except -1:
    """Put a value, whose reference is taken over, into what is open. 0 if its key stands there already."""
    cdef int added = 1
    frame.count += 1
    try:
        if frame.is_object:
            PyDict_SetItem(frame.container, frame.key, value)
            if PyDict_Size(frame.container) != frame.count:
                refuse(json, JSON_DUPLICATE, frame.key_at)
                return 0
            Py_CLEAR(frame.key)
        else:
            PyList_Append(frame.container, value)
        json.begun = True
    finally:
        Py_DECREF(value)
    return added


cdef inline PyObject* pop(Json* json) noexcept nogil:
    """Close the innermost object or list, which becomes a value."""
    json.depth -= 1
    return json.frames[json.depth].container


# What a place in the grammar came to.
cdef enum JsonStep:
    STEP_FAIL = -1, STEP_AGAIN, STEP_DONE, STEP_CLOSE, STEP_VALUE


cdef JsonStep read_key(const Char* text, Json* json) except? STEP_FAIL:
    """A member's name and its colon: DONE, or CLOSE if a mend ends the object here."""
    cdef JsonFrame* frame = &json.frames[json.depth - 1]
    cdef JsonStep step
    while True:
        skip_space(text, json)
        frame.key_at = json.at
        if json.at < json.end and text[json.at] == 34:
            json.at += 1
            frame.key = read_known_key(text, json)
            if frame.key == NULL:
                return STEP_FAIL
            break
        step = mend_key(json)
        if step == STEP_DONE:
            break
        if step != STEP_AGAIN:
            return step
    while True:
        skip_space(text, json)
        if json.at < json.end and text[json.at] == 58:
            json.at += 1
            json.begun = True
            return STEP_DONE
        step = mend_colon(json)
        if step != STEP_AGAIN:
            return step


cdef PyObject* read_value(const Char* text, Json* json) except? NULL:
    """The value at the cursor, which is then behind it."""
    cdef PyObject* value
    cdef JsonFrame* frame
    cdef JsonStep step
    cdef uint32_t c
    while True:
        # before a value
        skip_space(text, json)
        c = text[json.at] if json.at < json.end else 0
        step = STEP_VALUE
        if c == 34:
            json.at += 1
            value = read_string(text, json)
        elif c == 123 or c == 91:
            if json.depth == JSON_DEPTH:
                return refuse(json, JSON_DEEP, json.at)
            frame = &json.frames[json.depth]
            frame.is_object = c == 123
            frame.container = PyDict_New() if frame.is_object else PyList_New(0)
            frame.key = NULL
            frame.count = 0
            json.depth += 1
            json.at += 1
            skip_space(text, json)
            if json.at < json.end and text[json.at] == c + 2:
                json.at += 1
                value = pop(json)
            elif c == 91:
                continue
            else:
                step = read_key(text, json)
                if step == STEP_DONE:
                    continue
                value = pop(json) if step == STEP_CLOSE else NULL
        elif c == 45 or 48 <= c <= 57:
            value = read_number(text, json)
            if json.mending and json.at == json.end and json.depth and (value != NULL or json.error != JSON_READ):
                # The end of the text may have cut it off.
                Py_XDECREF(value)
                value = pop(json) if mend_cut_value(json) == STEP_CLOSE else NULL
        elif c == 116 and reads_word(text, json, b"true", 4):
            value = new_reference(True)
        elif c == 102 and reads_word(text, json, b"false", 5):
            value = new_reference(False)
        elif c == 110 and reads_word(text, json, b"null", 4):
            value = new_reference(None)
        else:
            value = NULL
            step = mend_value(json, &value)
            if step == STEP_AGAIN:
                continue
            if step == STEP_CLOSE:
                value = pop(json)
        if value == NULL:
            return NULL
        # behind a value
        while True:
            json.value_end = json.at
            if json.depth == 0:
                return value
            frame = &json.frames[json.depth - 1]
            if not attach(json, frame, value):
                return NULL
            step = STEP_AGAIN
            while step == STEP_AGAIN:
                skip_space(text, json)
                c = text[json.at] if json.at < json.end else 0
                if c == 44:
                    json.at += 1
                    step = STEP_DONE
                elif c == (125 if frame.is_object else 93):
                    json.at += 1
                    step = STEP_CLOSE
                else:
                    step = mend_behind(json)
            if step == STEP_DONE:
                if not frame.is_object:
                    break
                step = read_key(text, json)
                if step == STEP_DONE:
                    break
            if step == STEP_FAIL:
                return NULL
            value = pop(json)


cdef PyObject* read_here(Json* json) except? NULL:
    """`read_value` for the width of the text's characters. What is left open is for `json_close`."""
    if json.text.kind == PyUnicode_1BYTE_KIND:
        return read_value(<const uint8_t*>json.text.data, json)
    if json.text.kind == PyUnicode_2BYTE_KIND:
        return read_value(<const uint16_t*>json.text.data, json)
    return read_value(<const uint32_t*>json.text.data, json)
