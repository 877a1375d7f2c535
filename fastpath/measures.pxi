# Measures of a text: words, lines, bytes, and where a text must be cut to keep them below a limit.

cdef inline uint32_t char_at(const Text* text, Py_ssize_t i) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return (<const uint8_t*>text.data)[i]
    if text.kind == PyUnicode_2BYTE_KIND:
        return (<const uint16_t*>text.data)[i]
    return (<const uint32_t*>text.data)[i]


cdef inline bint ends_line(uint32_t c) noexcept nogil:
    """The characters at which `str.splitlines` splits."""
    return 10 <= c <= 13 or 28 <= c <= 30 or c == 0x85 or c == 0x2028 or c == 0x2029


cdef Py_ssize_t cut_words(const Text* text, Py_ssize_t most, Py_ssize_t* words) noexcept nogil:
    """Count words (`str.split`) up to `most` + 1. Returns the end of word number `most` (0 if there is none)."""
    cdef Py_ssize_t i, cut = 0
    cdef bint inside = False, space
    words[0] = 0
    for i in range(text.length):
        space = Py_UNICODE_ISSPACE(char_at(text, i)) != 0
        if not space:
            if not inside:
                words[0] += 1
                if words[0] > most:
                    return cut
            cut = i + 1
        inside = not space
    return cut


cdef Py_ssize_t cut_lines(const Text* text, Py_ssize_t most, Py_ssize_t* lines) noexcept nogil:
    """Count lines (`str.splitlines`) up to `most` + 1. Returns the end of line number `most`, without its break."""
    cdef Py_ssize_t i = 0, cut = 0
    lines[0] = 0
    while i < text.length:
        lines[0] += 1
        if lines[0] > most:
            return cut
        while i < text.length and not ends_line(char_at(text, i)):
            i += 1
        cut = i
        if i < text.length:
            i += 2 if char_at(text, i) == 13 and i + 1 < text.length and char_at(text, i + 1) == 10 else 1
    return cut


cdef Py_ssize_t cut_bytes(const Text* text, Py_ssize_t most, Py_ssize_t* size) noexcept nogil:
    """Count the bytes of the UTF-8 form (lone surrogates: three). Returns how many characters fit into `most` bytes."""
    cdef Py_ssize_t i, width, cut = 0
    cdef uint32_t c
    size[0] = 0
    for i in range(text.length):
        c = char_at(text, i)
        width = 1 if c < 0x80 else 2 if c < 0x800 else 3 if c < 0x10000 else 4
        size[0] += width
        if size[0] <= most:
            cut = i + 1
    return cut


cdef enum:
    MEASURE_CHARS, MEASURE_WORDS, MEASURE_LINES, MEASURE_BYTES, MEASURE_COUNT, MEASURE_CUSTOM


cdef Py_ssize_t measure_text(int which, const Text* text) noexcept nogil:
    """The text's number of chars, words, lines or bytes."""
    cdef Py_ssize_t amount
    if which == MEASURE_WORDS:
        cut_words(text, PY_SSIZE_T_MAX, &amount)
    elif which == MEASURE_LINES:
        cut_lines(text, PY_SSIZE_T_MAX, &amount)
    elif which == MEASURE_BYTES:
        cut_bytes(text, PY_SSIZE_T_MAX, &amount)
    else:
        amount = text.length
    return amount


cdef Py_ssize_t cut_text(int which, const Text* text, Py_ssize_t most) noexcept nogil:
    """How many characters of a text that measures more than `most` to keep."""
    cdef Py_ssize_t amount
    if which == MEASURE_WORDS:
        return cut_words(text, most, &amount)
    if which == MEASURE_LINES:
        return cut_lines(text, most, &amount)
    if which == MEASURE_BYTES:
        return cut_bytes(text, most, &amount)
    return most
