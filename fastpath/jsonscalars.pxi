# Strings, keys and numbers of JSON. Each returns a new reference, or NULL: with `json.error` set, or with an exception.

cdef extern from *:
    """
    /* Keys come again and again. A few hundred of them are kept as objects whose hash is known. Without a global lock
       threads would tear the table, so there it stays empty. */
    #ifdef Py_GIL_DISABLED
    #define GUARDC_KEEPS_KEYS 0
    #else
    #define GUARDC_KEEPS_KEYS 1
    #endif
    """
    const bint GUARDC_KEEPS_KEYS

cdef enum:
    KNOWN_BITS = 9
    KNOWN_KEYS = 1 << KNOWN_BITS
    LONGEST_KNOWN_KEY = 40

cdef extern from *:
    int __builtin_ctzll(uint64_t) nogil

cdef PyObject* known_keys[KNOWN_KEYS]


cdef inline Py_ssize_t plain_end(const Char* text, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    """The first character that a string does not hold as it is: a quote, a backslash, a control character."""
    cdef uint64_t word, quote, slash, found
    cdef uint64_t ones = 0x0101010101010101ULL
    if Char is uint8_t:
        # Eight at once. A subtraction that borrows sets the top bit of a byte that is zero (or, for the last term, below
        # 32); borrows run upwards only, so the lowest bit that is set is right.
        while at + 8 <= end:
            memcpy(&word, text + at, 8)
            quote = word ^ (ones * 34)
            slash = word ^ (ones * 92)
            found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 32) & ~word)
            found &= ones << 7
            if found:
                return at + (__builtin_ctzll(found) >> 3)
            at += 8
    while at < end and text[at] != 34 and text[at] != 92 and text[at] >= 32:
        at += 1
    return at


cdef inline PyObject* slice_of(const Json* json, const Char* text, Py_ssize_t start, Py_ssize_t end) except NULL:
    cdef PyObject* made
    if Char is uint8_t:
        if json.ascii:
            made = new_string(end - start, 127)
            memcpy(PyUnicode_DATA(<object>made), text + start, end - start)
            return made
    return string_from(json.text.kind, text + start, end - start)


cdef inline PyObject* read_string(const Char* text, Json* json) except? NULL:
    """The cursor is behind the opening quote."""
    cdef Py_ssize_t start = json.at, stop = plain_end(text, start, json.end)
    if stop < json.end and text[stop] == 34:
        json.at = stop + 1
        return slice_of(json, text, start, stop)
    return read_quoted(text, json, 34, 34)


cdef inline size_t key_place(const Char* text, Py_ssize_t length) noexcept nogil:
    """Where in the table a key is kept: made from its length, its first and its last eight characters."""
    cdef uint64_t head = 0, tail = 0
    cdef Py_ssize_t k
    if Char is uint8_t:
        if length >= 8:
            memcpy(&head, text, 8)
            memcpy(&tail, text + length - 8, 8)
            return ((head ^ length) * 0x9E3779B97F4A7C15ULL + tail) * 0xD6E8FEB86659FD93ULL >> (64 - KNOWN_BITS)
    for k in range(min(length, 8)):
        head = head << 8 ^ text[k]
        tail = tail << 8 ^ text[length - 1 - k]
    return ((head ^ length) * 0x9E3779B97F4A7C15ULL + tail) * 0xD6E8FEB86659FD93ULL >> (64 - KNOWN_BITS)


cdef inline bint is_same(const Char* text, const uint8_t* known, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t k
    if Char is uint8_t:
        return memcmp(text, known, length) == 0
    else:
        for k in range(length):
            if text[k] != known[k]:
                return False
        return True


cdef PyObject* read_known_key(const Char* text, Json* json) except? NULL:
    """A key, the cursor behind its opening quote."""
    cdef Py_ssize_t start = json.at, stop = plain_end(text, start, json.end), length = stop - start
    cdef PyObject** place
    cdef PyObject* key
    if not GUARDC_KEEPS_KEYS or stop == json.end or text[stop] != 34 or not 1 < length <= LONGEST_KNOWN_KEY:
        return read_string(text, json)
    json.at = stop + 1
    place = &known_keys[key_place(text + start, length)]
    key = place[0]
    if key != NULL and PyUnicode_GET_LENGTH(<object>key) == length:
        if is_same(text + start, <const uint8_t*>PyUnicode_DATA(<object>key), length):
            Py_INCREF(key)
            return key
    key = slice_of(json, text, start, stop)
    if is_ascii(key):
        Py_XDECREF(place[0])
        Py_INCREF(key)
        place[0] = key
    return key


cdef inline int64_t four_hex(const Char* text, Py_ssize_t at) noexcept nogil:
    """The number that four hexadecimal digits stand for; -1 if they are none."""
    cdef Py_ssize_t k
    cdef int64_t number = 0
    cdef uint32_t c
    for k in range(at, at + 4):
        c = text[k]
        if 48 <= c <= 57:
            c -= 48
        elif 65 <= c <= 70 or 97 <= c <= 102:
            c = (c | 32) - 87
        else:
            return -1
        number = number << 4 | c
    return number


cdef inline bint is_pair_begun(const Char* text, Py_ssize_t left) noexcept nogil:
    """Does the second half of a surrogate pair stand here, as far as the text goes?"""
    if left < 6:
        return left == 0 or (text[0] == 92 and (left == 1 or (text[1] == 117 and is_hex(text + 2, left - 2))))
    return text[0] == 92 and text[1] == 117


cdef inline bint is_hex(const Char* text, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(length):
        if not (48 <= text[k] <= 57 or 65 <= text[k] <= 70 or 97 <= text[k] <= 102):
            return False
    return True


cdef int read_escape(const Char* text, Py_ssize_t at, Json* json, uint32_t* means) noexcept nogil:
    """How long the escape is whose backslash stands at `at`; 0 if the end of the text cuts it off, -1 if it is refused."""
    cdef Py_ssize_t left = json.end - at
    cdef int64_t first, second
    cdef uint32_t c
    if left < 2:
        return 0
    c = text[at + 1]
    if c == 110:
        means[0] = 10
    elif c == 34 or c == 92 or c == 47:
        means[0] = c
    elif c == 116:
        means[0] = 9
    elif c == 114:
        means[0] = 13
    elif c == 98:
        means[0] = 8
    elif c == 102:
        means[0] = 12
    elif c == 39 and json.mending:
        note(json, MEND_SINGLE_QUOTES, at)
        means[0] = c
    elif c != 117:
        refuse(json, JSON_ESCAPE, at)
        return -1
    elif left < 6:
        return 0
    else:
        first = four_hex(text, at + 2)
        if first < 0:
            refuse(json, JSON_ESCAPE, at)
            return -1
        means[0] = <uint32_t>first
        if not 0xD800 <= first <= 0xDFFF:
            return 6
        if first < 0xDC00 and is_pair_begun(text + at + 6, left - 6):
            if left < 12:
                return 0
            second = four_hex(text, at + 8)
            if 0xDC00 <= second <= 0xDFFF:
                means[0] = <uint32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
                return 12
        refuse(json, JSON_SURROGATE, at)
        return -1
    return 2


cdef PyObject* read_quoted(const Char* text, Json* json, uint32_t closer, uint32_t other_closer) except? NULL:
    """A string with escapes or flaws, the cursor behind its opening quote. First its length is found, then it is written."""
    cdef Py_ssize_t start = json.at, i = start, stop, length = 0, k = 0
    cdef uint32_t c = 0, most = 0
    cdef PyObject* made
    cdef int kind, size = 1
    cdef void* data
    cdef bint cut = False
    while True:
        if i == json.end:
            cut = True
        else:
            c = text[i]
            if c == closer or c == other_closer:
                break
            if c != 92:
                if c < 32:
                    if not json.mending:
                        return refuse(json, JSON_CONTROL, i)
                    note(json, MEND_CONTROL, i)
                size = 1
            else:
                size = read_escape(text, i, json, &c)
                if size < 0:
                    return NULL
                cut = size == 0
        if cut:
            if not json.mending:
                return refuse(json, JSON_UNFINISHED, json.end)
            note(json, MEND_CUT, json.end)
            break
        most |= c
        length += 1
        i += size
    stop = i
    json.at = json.end if cut else stop + 1
    made = new_string(length, min(most, <uint32_t>0x10FFFF))
    kind = PyUnicode_KIND(<object>made)
    data = PyUnicode_DATA(<object>made)
    i = start
    while i < stop:
        c = text[i]
        i += 1 if c != 92 else read_escape(text, i, json, &c)
        PyUnicode_WRITE(kind, data, k, c)
        k += 1
    return made


cdef double[23] POWERS_OF_TEN
for _k in range(23):
    POWERS_OF_TEN[_k] = 10.0**_k        # exact: 5**22 has fewer than 53 bits


cdef PyObject* read_number(const Char* text, Json* json) except? NULL:
    """An integer is an `int`, whatever its size; a number with a fraction or an exponent is a `float`, the nearest one."""
    cdef Py_ssize_t start = json.at, at = start, end = json.end, point = 0, digits = 0, decimals
    cdef uint64_t whole = 0
    cdef int64_t exponent = 0
    cdef bint negative, down, real = False
    cdef double number
    negative = text[at] == 45
    at += negative
    if at == end:
        return refuse(json, JSON_NUMBER, at)
    if text[at] == 48:
        at += 1
        digits = 1
    else:
        while at < end and 48 <= text[at] <= 57:
            whole = whole * 10 + (text[at] - 48)
            at += 1
        digits = at - start - negative
        if digits == 0:
            return refuse(json, JSON_CONSTANT if text[at] == 73 else JSON_NUMBER, at)
    if at < end and text[at] == 46:
        real = True
        at += 1
        point = at
        while at < end and 48 <= text[at] <= 57:
            whole = whole * 10 + (text[at] - 48)
            at += 1
        if at == point:
            return refuse(json, JSON_NUMBER, at)
        digits += at - point
        exponent = point - at
    if at < end and (text[at] == 101 or text[at] == 69):
        real = True
        at += 1
        down = at < end and text[at] == 45
        if at < end and (text[at] == 43 or text[at] == 45):
            at += 1
        point = at
        decimals = 0
        while at < end and 48 <= text[at] <= 57:
            if decimals < 100_000:
                decimals = decimals * 10 + (text[at] - 48)
            at += 1
        if at == point:
            return refuse(json, JSON_NUMBER, at)
        digits += at - point
        exponent += -decimals if down else decimals
    json.at = at
    if digits > JSON_DIGITS:
        return refuse(json, JSON_LONG, start)
    if digits <= 18:
        if not real:
            return PyLong_FromLongLong(-<int64_t>whole if negative else <int64_t>whole)
        if whole <= 1ULL << 53 and -22 <= exponent <= 22:
            # Both numbers are exact, so that one rounding gives the nearest float (W. Clinger, 1990).
            number = <double>whole
            number = number / POWERS_OF_TEN[-exponent] if exponent < 0 else number * POWERS_OF_TEN[exponent]
            return PyFloat_FromDouble(-number if negative else number)
    return long_number(text, start, json, real)


cdef PyObject* long_number(const Char* text, Py_ssize_t start, Json* json, bint real) except? NULL:
    """As Python itself reads it."""
    cdef char[JSON_DIGITS + 8] literal
    cdef Py_ssize_t k
    cdef double number
    for k in range(json.at - start):
        literal[k] = <char>text[start + k]
    literal[json.at - start] = 0
    if real:
        number = PyOS_string_to_double(literal, NULL, NULL)
        if isinf(number):
            return refuse(json, JSON_LARGE, start)
        return PyFloat_FromDouble(number)
    try:
        return PyLong_FromString(literal, NULL, 10)
    except ValueError:          # the program may have set a limit of its own
        return refuse(json, JSON_LONG, start)
