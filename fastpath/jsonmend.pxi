# What may be mended in JSON that a language model wrote, and how.
#
# Called where the grammar is broken, with the cursor there. Without `json.mending` every function refuses. A mend is made only
# where one reading is left; unescaped quotes, brackets that do not match, and numbers and escapes that JSON does not have are
# refused, for whoever guesses there changes what was meant. Every mend is noted.

cdef inline bint is_double(uint32_t c) noexcept nogil:
    return 0x201C <= c <= 0x201F


cdef inline bint is_single(uint32_t c) noexcept nogil:
    return 0x2018 <= c <= 0x201B


cdef inline bint is_quote(uint32_t c) noexcept nogil:
    return c == 34 or c == 39 or is_double(c) or is_single(c)


cdef inline bint is_name(uint32_t c) noexcept nogil:
    return c == 95 or c == 36 or (
        Py_UNICODE_ISALNUM(c) if c >= 128 else 48 <= c <= 57 or 65 <= (c & ~<uint32_t>32) <= 90
    )


cdef JsonStep stop_at(Json* json, JsonError error) noexcept nogil:
    refuse(json, JSON_UNFINISHED if json.at >= json.end and json.depth else error, json.at)
    return STEP_FAIL


cdef bint spells(const Json* json, const char* word) noexcept nogil:
    """Does this word begin at the cursor?"""
    cdef Py_ssize_t k = 0
    while word[k] and json_peek(json, json.at + k) == <uint8_t>word[k]:
        k += 1
    return word[k] == 0


cdef bint mend_comment(Json* json) noexcept nogil:
    """Skip `// ...`, `# ...` and `/* ... */`."""
    cdef Py_ssize_t start = json.at
    cdef uint32_t c = json_peek(json, start), second = json_peek(json, start + 1)
    if c == 35 or (c == 47 and second == 47):
        while json.at < json.end and json_peek(json, json.at) != 10 and json_peek(json, json.at) != 13:
            json.at += 1
    elif c == 47 and second == 42:
        json.at += 2
        while json.at < json.end and not (json_peek(json, json.at) == 42 and json_peek(json, json.at + 1) == 47):
            json.at += 1
        json.at = min(json.at + 2, json.end)
    else:
        return False
    note(json, MEND_COMMENT, start)
    return True


cdef PyObject* mend_string(Json* json) except? NULL:
    """A string in quotes that JSON does not have."""
    cdef uint32_t c = json_peek(json, json.at), closer = c, other = c
    note(json, MEND_SINGLE_QUOTES if c == 39 else MEND_SMART_QUOTES, json.at)
    if c == 0x201C or c == 0x2018:      # opening, as in English
        closer = other = c + 1
    elif c == 0x201E or c == 0x201A:    # opening, as in German and Polish
        closer = c - 1
        other = c - 2
    json.at += 1
    if json.text.kind == PyUnicode_1BYTE_KIND:
        return read_quoted(<const uint8_t*>json.text.data, json, closer, other)
    if json.text.kind == PyUnicode_2BYTE_KIND:
        return read_quoted(<const uint16_t*>json.text.data, json, closer, other)
    return read_quoted(<const uint32_t*>json.text.data, json, closer, other)


cdef JsonStep mend_end(Json* json) noexcept:
    """The text ended within an object or a list: close it, without the member of which only the name is there."""
    cdef JsonFrame* frame = &json.frames[json.depth - 1]
    if not json.begun:
        return stop_at(json, JSON_UNFINISHED)
    if frame.key != NULL:
        Py_CLEAR(frame.key)
        note(json, MEND_DROPPED, frame.key_at)
    note(json, MEND_CUT, json.end)
    return STEP_CLOSE


cdef JsonStep mend_cut_value(Json* json) noexcept:
    """A number or word at the end of the text, of which more may have followed: it is dropped."""
    json.error = JSON_READ
    json.at = json.end
    if json.frames[json.depth - 1].key == NULL:
        note(json, MEND_DROPPED, json.value_end)
    return mend_end(json)


cdef JsonStep mend_key(Json* json) except? STEP_FAIL:
    """Where a member's name should stand. DONE: it is in the frame."""
    cdef JsonFrame* frame = &json.frames[json.depth - 1]
    cdef uint32_t c = json_peek(json, json.at)
    cdef Py_ssize_t start = json.at
    if not json.mending:
        return stop_at(json, JSON_KEY)
    if mend_comment(json):
        return STEP_AGAIN
    if json.at == json.end:
        return mend_end(json)
    if c == 125:
        if frame.count:         # else there were only comments
            note(json, MEND_TRAILING_COMMA, start)
        json.at += 1
        return STEP_CLOSE
    if c != 34 and is_quote(c):
        frame.key = mend_string(json)
        return STEP_DONE if frame.key != NULL else STEP_FAIL
    if not is_name(c) or 48 <= c <= 57:
        return stop_at(json, JSON_KEY)
    while json.at < json.end and (is_name(json_peek(json, json.at)) or json_peek(json, json.at) == 45):
        json.at += 1
    note(json, MEND_UNQUOTED_KEY, start)
    frame.key = part_of(json, start, json.at)
    return STEP_DONE


cdef PyObject* part_of(const Json* json, Py_ssize_t start, Py_ssize_t end) except NULL:
    cdef const char* data = <const char*>json.text.data
    return string_from(json.text.kind, data + start * json.text.kind, end - start)


cdef JsonStep mend_colon(Json* json) noexcept:
    if not json.mending:
        return stop_at(json, JSON_COLON)
    if mend_comment(json):
        return STEP_AGAIN
    if json.at == json.end:
        return mend_end(json)
    return stop_at(json, JSON_COLON)


cdef JsonStep mend_value(Json* json, PyObject** value) except? STEP_FAIL:
    """Where a value should stand. VALUE: it is in `value`."""
    cdef JsonFrame* frame = &json.frames[json.depth - 1]
    cdef Py_ssize_t start = json.at, stop = start
    cdef uint32_t c = json_peek(json, start)
    if spells(json, b"NaN") or spells(json, b"Infinity"):
        return stop_at(json, JSON_CONSTANT)
    if not json.mending:
        return stop_at(json, JSON_VALUE)
    if mend_comment(json):
        return STEP_AGAIN
    if start == json.end:
        return mend_end(json)
    if c == 93 and not frame.is_object:
        if frame.count:
            note(json, MEND_TRAILING_COMMA, start)
        json.at += 1
        return STEP_CLOSE
    if is_quote(c):
        value[0] = mend_string(json)
        return STEP_VALUE if value[0] != NULL else STEP_FAIL
    while stop < json.end and stop < start + 8 and is_name(json_peek(json, stop)):
        stop += 1
    return mend_word(json, stop, value)


cdef dict PYTHON_WORDS = {"True": True, "False": False, "None": None}
cdef tuple ALL_WORDS = ("true", "false", "null", "True", "False", "None")


cdef JsonStep mend_word(Json* json, Py_ssize_t stop, PyObject** value) except? STEP_FAIL:
    """The literals of Python, and a literal that the end of the text cuts off."""
    cdef PyObject* part = part_of(json, json.at, stop)
    cdef str word
    try:
        word = <str>part
    finally:
        Py_DECREF(part)
    if word in PYTHON_WORDS:
        note(json, MEND_PYTHON, json.at)
        json.at = stop
        value[0] = new_reference(PYTHON_WORDS[word])
        return STEP_VALUE
    if stop == json.end and any([literal.startswith(word) for literal in ALL_WORDS]):
        return mend_cut_value(json)
    return stop_at(json, JSON_VALUE)


cdef JsonStep mend_behind(Json* json) noexcept:
    """Behind a value in an object or list, where neither a comma nor its end stands. DONE: as if there were a comma."""
    cdef bint in_object = json.frames[json.depth - 1].is_object
    cdef JsonError error = JSON_OBJECT_END if in_object else JSON_LIST_END
    cdef uint32_t c = json_peek(json, json.at), before = json_peek(json, json.value_end - 1)
    cdef bint apart
    if not json.mending:
        return stop_at(json, error)
    if mend_comment(json):
        return STEP_AGAIN
    if json.at == json.end:
        return mend_end(json)
    if in_object:
        # That a name and a colon follow shows that it is a member. A quote right behind a quote may be one that was not escaped.
        apart = is_quote(c) and (json.at > json.value_end or not is_quote(before))
    else:
        # White space alone may stand within a number or between pieces of one string.
        apart = before == 125 or before == 93 or c == 123 or c == 91 or (
            is_value_start(c) and has_line_break(json, json.value_end, json.at)
        )
    if not apart:
        return stop_at(json, error)
    note(json, MEND_MISSING_COMMA, json.value_end)
    return STEP_DONE


cdef inline bint is_value_start(uint32_t c) noexcept nogil:
    return c == 123 or c == 91 or c == 45 or is_quote(c) or is_name(c)


cdef bint has_line_break(const Json* json, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(start, end):
        if json_peek(json, k) == 10 or json_peek(json, k) == 13:
            return True
    return False
