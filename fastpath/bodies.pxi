# Bodies of requests that have one text and nothing else in them, as most have: read without a parser.

cdef inline bint is_blank(unsigned char c) noexcept nogil:
    return c == b" " or c == b"\n" or c == b"\r" or c == b"\t"


cdef inline Py_ssize_t past(const unsigned char* at, Py_ssize_t i, Py_ssize_t end, bytes token) except -2:
    """Where what follows a token and blanks begins; -1 if something else stands there."""
    cdef Py_ssize_t length = PyBytes_GET_SIZE(token)
    if end - i < length or memcmp(at + i, PyBytes_AS_STRING(token), length) != 0:
        return -1
    i += length
    while i < end and is_blank(at[i]):
        i += 1
    return i


cdef inline Py_ssize_t before(const unsigned char* at, Py_ssize_t start, Py_ssize_t end, unsigned char token) noexcept nogil:
    """Where a character before blanks stands; -1 if it is another one."""
    while end > start and is_blank(at[end - 1]):
        end -= 1
    return end - 1 if end > start and at[end - 1] == token else -1


cdef inline bint is_plain(const unsigned char* at, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Is there nothing that must be escaped? Without a way out of the loop, so that it is done many bytes at a time."""
    cdef unsigned char bad = 0, c
    cdef Py_ssize_t i
    for i in range(start, end):
        c = at[i]
        bad |= (c < 0x20) | (c == b'"')
    return not bad


cdef inline int code_unit(const unsigned char* at, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    """The number that four hexadecimal digits are; -1 if they are none."""
    cdef int number = 0, k
    cdef unsigned char c
    if end - i < 4:
        return -1
    for k in range(4):
        c = at[i + k]
        if b"0" <= c <= b"9":
            number = number * 16 + c - 48
        elif b"a" <= (c | 0x20) <= b"f":
            number = number * 16 + (c | 0x20) - 87
        else:
            return -1
    return number


cdef inline Py_ssize_t put(uint32_t code, unsigned char* to) noexcept nogil:
    """Write a character in UTF-8. Returns how many bytes it is."""
    if code < 0x80:
        to[0] = code
        return 1
    if code < 0x800:
        to[0] = 0xC0 | (code >> 6)
        to[1] = 0x80 | (code & 0x3F)
        return 2
    if code < 0x10000:
        to[0] = 0xE0 | (code >> 12)
        to[1] = 0x80 | ((code >> 6) & 0x3F)
        to[2] = 0x80 | (code & 0x3F)
        return 3
    to[0] = 0xF0 | (code >> 18)
    to[1] = 0x80 | ((code >> 12) & 0x3F)
    to[2] = 0x80 | ((code >> 6) & 0x3F)
    to[3] = 0x80 | (code & 0x3F)
    return 4


cdef inline int escaped(unsigned char c) noexcept nogil:
    """What one character behind a backslash means; -1: nothing."""
    if c == b'"' or c == b"\\" or c == b"/":
        return c
    if c == b"n":
        return 10
    if c == b"t":
        return 9
    if c == b"r":
        return 13
    if c == b"b":
        return 8
    return 12 if c == b"f" else -1


cdef Py_ssize_t unescape(const unsigned char* at, Py_ssize_t i, Py_ssize_t end, unsigned char* to) noexcept nogil:
    """Write what the inside of a literal means, in UTF-8, which is never longer. Returns its length; -1 if it is not that of a
    literal, or has half a surrogate pair in it, which UTF-8 cannot say."""
    cdef Py_ssize_t written = 0, segment
    cdef const void* found
    cdef int code, low
    while True:
        found = memchr(at + i, b"\\", end - i)
        segment = end if found == NULL else <const unsigned char*>found - at
        if not is_plain(at, i, segment):
            return -1
        memcpy(to + written, at + i, segment - i)
        written += segment - i
        if found == NULL:
            return written
        i = segment + 2
        if i > end:
            return -1
        if at[segment + 1] != b"u":
            code = escaped(at[segment + 1])
        else:
            code = code_unit(at, i, end)
            i += 4
            if 0xD800 <= code < 0xE000:
                low = code_unit(at, i + 2, end) if end - i >= 6 and at[i] == b"\\" and at[i + 1] == b"u" else -1
                if code >= 0xDC00 or not 0xDC00 <= low < 0xE000:
                    return -1
                i += 6
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        if code < 0:
            return -1
        written += put(code, to + written)


def single_text(bytes data not None):
    """The text of a body `{"text": "..."}`, and the literal that it stands in, with its quotes. None of any other body, and of
    one with half a surrogate pair: whether that is as good is for a parser to say.

    Source: RFC 8259.
    """
    cdef const unsigned char* at = <const unsigned char*>PyBytes_AS_STRING(data)
    cdef Py_ssize_t start = 0, end = PyBytes_GET_SIZE(data), length
    cdef unsigned char* to
    for token in (b"", b"{", b'"text"', b":"):
        start = past(at, start, end, token)
        if start < 0:
            return None
    if start >= end or at[start] != b'"':
        return None
    start += 1
    end = before(at, start, end, b"}")
    end = before(at, start, end, b'"')
    if end < 0:
        return None
    to = <unsigned char*>malloc(max(1, end - start))
    if to == NULL:
        raise MemoryError
    try:
        length = unescape(at, start, end, to)
        if length < 0:
            return None
        return PyUnicode_DecodeUTF8(<const char*>to, length, NULL), data[start - 1 : end + 1]
    except UnicodeDecodeError:
        return None
    finally:
        free(to)
