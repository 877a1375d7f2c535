# Is this text one JSON value (RFC 8259)?
#
# A pushdown automaton whose stack is one bit per open bracket: object or array. Linear, without recursion, no allocation.

cdef enum:
    JSON_DEPTH = 200

cdef inline uint32_t char_at(const Text* text, Py_ssize_t i) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return (<const uint8_t*>text.data)[i]
    if text.kind == PyUnicode_2BYTE_KIND:
        return (<const uint16_t*>text.data)[i]
    return (<const uint32_t*>text.data)[i]


ctypedef struct Json:
    const Text* text
    Py_ssize_t at


cdef inline void json_space(Json* json) noexcept nogil:
    cdef uint32_t c
    while json.at < json.text.length:
        c = char_at(json.text, json.at)
        if c != 32 and c != 9 and c != 10 and c != 13:
            return
        json.at += 1


cdef inline int64_t json_peek(const Json* json) noexcept nogil:
    """The character under the cursor, -1 at the end."""
    return char_at(json.text, json.at) if json.at < json.text.length else -1


cdef bint json_digits(Json* json) noexcept nogil:
    """One or more digits."""
    cdef Py_ssize_t start = json.at
    while 48 <= json_peek(json) <= 57:
        json.at += 1
    return json.at > start


cdef bint json_number(Json* json) noexcept nogil:
    if json_peek(json) == 45:
        json.at += 1
    if json_peek(json) == 48:
        json.at += 1
    elif not json_digits(json):
        return False
    if json_peek(json) == 46:
        json.at += 1
        if not json_digits(json):
            return False
    if json_peek(json) == 101 or json_peek(json) == 69:
        json.at += 1
        if json_peek(json) == 43 or json_peek(json) == 45:
            json.at += 1
        return json_digits(json)
    return True


cdef bint json_string(Json* json) noexcept nogil:
    """The cursor is behind the opening quote."""
    cdef int64_t c
    cdef int k
    while True:
        c = json_peek(json)
        json.at += 1
        if c == 34:
            return True
        if c < 32:              # control characters and the end of the text
            return False
        if c != 92:
            continue
        c = json_peek(json)
        json.at += 1
        if c == 117:
            for k in range(4):
                c = json_peek(json)
                json.at += 1
                if not (48 <= c <= 57 or 65 <= c <= 70 or 97 <= c <= 102):
                    return False
        elif not (c == 34 or c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116):
            return False


cdef bint json_word(Json* json, const char* word) noexcept nogil:
    while word[0]:
        if json_peek(json) != word[0]:
            return False
        json.at += 1
        word += 1
    return True


cdef bint json_key(Json* json) noexcept nogil:
    """A member's name and its colon; the cursor ends before the value."""
    json_space(json)
    if json_peek(json) != 34:
        return False
    json.at += 1
    if not json_string(json):
        return False
    json_space(json)
    if json_peek(json) != 58:
        return False
    json.at += 1
    return True


cdef bint is_number(const Text* text) noexcept nogil:
    """Is the text one number as JSON writes it, but for white space around it?"""
    cdef Json json = Json(text, 0)
    json_space(&json)
    if not json_number(&json):
        return False
    json_space(&json)
    return json.at == text.length


cdef bint is_json(const Text* text) noexcept nogil:
    cdef Json json = Json(text, 0)
    cdef bint is_object[JSON_DEPTH]
    cdef int depth = 0
    cdef int64_t c
    while True:
        # before a value
        json_space(&json)
        c = json_peek(&json)
        if c == 123 or c == 91:
            json.at += 1
            if depth == JSON_DEPTH:
                return False
            json_space(&json)
            if json_peek(&json) != (125 if c == 123 else 93):
                is_object[depth] = c == 123
                depth += 1
                if c == 123 and not json_key(&json):
                    return False
                continue
            json.at += 1        # {} or []
        elif c == 34:
            json.at += 1
            if not json_string(&json):
                return False
        elif c == 116:
            if not json_word(&json, b"true"):
                return False
        elif c == 102:
            if not json_word(&json, b"false"):
                return False
        elif c == 110:
            if not json_word(&json, b"null"):
                return False
        elif not json_number(&json):
            return False
        # behind a value
        while True:
            json_space(&json)
            c = json_peek(&json)
            if depth == 0:
                return c == -1
            if c == 44:
                json.at += 1
                if is_object[depth - 1] and not json_key(&json):
                    return False
                break
            if c != (125 if is_object[depth - 1] else 93):
                return False
            json.at += 1
            depth -= 1
