# Measures of a text: words, lines, bytes, and where a text must be cut to keep them below a limit.
#
# Each loop counts up to `most` and returns how many characters hold that many; the total is in `amount`. It is compiled for
# each width of a character.

cdef enum:
    MEASURE_CHARS, MEASURE_WORDS, MEASURE_LINES, MEASURE_BYTES, MEASURE_COUNT, MEASURE_CUSTOM, MEASURE_SCORE
    MEASURE_NUMBER                  # of a text that is a number, or of a number in a structured value
    MEASURE_ITEMS                   # of lists and maps in structured values
    MEASURE_TIME, MEASURE_GRADE, MEASURE_OVERLAP


cdef enum:
    READING_RATE = 238              # words a minute


# 1 for the characters below 256 that are white space.
cdef uint8_t[256] SPACE
for _c in range(256):
    SPACE[_c] = chr(_c).isspace()


cdef inline uint8_t is_space(uint32_t c) noexcept nogil:
    """White space as `str.split` and `str.isspace` see it: 0 or 1."""
    return SPACE[c] if c < 256 else Py_UNICODE_ISSPACE(c) != 0


cdef Py_ssize_t count_words(const Char* text, Py_ssize_t n) noexcept nogil:
    """Words as in `str.split`. Without a branch per word: they begin at no regular distance, and a processor that guesses
    wrong at each of them takes longer than all the rest."""
    cdef Py_ssize_t i, words = 0
    cdef uint8_t space, before = 1
    for i in range(n):
        space = is_space(text[i])
        words += before > space
        before = space
    return words


cdef inline bint ends_line(uint32_t c) noexcept nogil:
    """The characters at which `str.splitlines` splits."""
    return 10 <= c <= 13 or 28 <= c <= 30 or c == 0x85 or c == 0x2028 or c == 0x2029


cdef Py_ssize_t cut_words(const Char* text, Py_ssize_t n, Py_ssize_t most, Py_ssize_t* amount) noexcept nogil:
    """Words as in `str.split`, up to `most` + 1. Returns the end of word number `most` (0 if there is none)."""
    cdef Py_ssize_t i = 0, cut = 0, words = 0
    while True:
        while i < n and is_space(text[i]):
            i += 1
        if i == n:
            break
        words += 1
        if words > most:
            break
        while i < n and not is_space(text[i]):
            i += 1
        cut = i
    amount[0] = words
    return cut


cdef Py_ssize_t cut_lines(const Char* text, Py_ssize_t n, Py_ssize_t most, Py_ssize_t* amount) noexcept nogil:
    """Lines as in `str.splitlines`, up to `most` + 1. Returns the end of line number `most`, without its break."""
    cdef Py_ssize_t i = 0, cut = 0, lines = 0
    while i < n:
        lines += 1
        if lines > most:
            break
        while i < n and not ends_line(text[i]):
            i += 1
        cut = i
        if i < n:
            i += 2 if text[i] == 13 and i + 1 < n and text[i + 1] == 10 else 1
    amount[0] = lines
    return cut


cdef Py_ssize_t cut_bytes(const Char* text, Py_ssize_t n, Py_ssize_t most, Py_ssize_t* amount) noexcept nogil:
    """Bytes of the UTF-8 form (lone surrogates: three). Returns how many characters fit into `most` bytes."""
    cdef Py_ssize_t i, cut = 0, size = 0
    cdef uint32_t c
    for i in range(n):
        c = text[i]
        size += 1 + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000)
        if size <= most:
            cut = i + 1
    amount[0] = size
    return cut


cdef Py_ssize_t cut_by(int which, const Char* text, Py_ssize_t n, Py_ssize_t most, Py_ssize_t* amount) noexcept nogil:
    if which == MEASURE_WORDS:
        return cut_words(text, n, most, amount)
    if which == MEASURE_LINES:
        return cut_lines(text, n, most, amount)
    if which == MEASURE_BYTES:
        return cut_bytes(text, n, most, amount)
    amount[0] = n
    return min(n, most)


cdef Py_ssize_t cut_any(int which, const Text* text, Py_ssize_t most, Py_ssize_t* amount) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return cut_by(which, <const uint8_t*>text.data, text.length, most, amount)
    if text.kind == PyUnicode_2BYTE_KIND:
        return cut_by(which, <const uint16_t*>text.data, text.length, most, amount)
    return cut_by(which, <const uint32_t*>text.data, text.length, most, amount)


cdef Py_ssize_t measure_text(int which, const Text* text) noexcept nogil:
    """The text's number of chars, words, lines or bytes."""
    cdef Py_ssize_t amount
    if which == MEASURE_WORDS:
        if text.kind == PyUnicode_1BYTE_KIND:
            return count_words(<const uint8_t*>text.data, text.length)
        if text.kind == PyUnicode_2BYTE_KIND:
            return count_words(<const uint16_t*>text.data, text.length)
        return count_words(<const uint32_t*>text.data, text.length)
    cut_any(which, text, PY_SSIZE_T_MAX, &amount)
    return amount


cdef Py_ssize_t cut_text(int which, const Text* text, Py_ssize_t most) noexcept nogil:
    """How many characters of a text that measures more than `most` to keep."""
    cdef Py_ssize_t amount
    return cut_any(which, text, most, &amount)


cdef double seconds_of(Py_ssize_t words) noexcept nogil:
    """How long it takes to read so many words."""
    return <double>words * 60.0 / READING_RATE


cdef Py_ssize_t words_within(double seconds, bint open_end) noexcept nogil:
    """How many words can be read in that time; with `open_end`, in less."""
    cdef Py_ssize_t words
    if not seconds < 1e15:
        return PY_SSIZE_T_MAX
    words = <Py_ssize_t>(max(seconds, 0.0) * READING_RATE / 60.0) + 1       # the quotient may be rounded either way
    while words > 0 and not (seconds_of(words) < seconds if open_end else seconds_of(words) <= seconds):
        words -= 1
    return words


cdef Py_ssize_t after_digits(const Char* text, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """The end of one or more digits at `i`; -1 if there are none."""
    cdef Py_ssize_t start = i
    while i < n and 48 <= text[i] <= 57:
        i += 1
    return i if i > start else -1


cdef inline bint is_number_space(uint32_t c) noexcept nogil:
    return c == 32 or 9 <= c <= 10 or c == 13


cdef bint spells_number(const Char* text, Py_ssize_t n) noexcept nogil:
    """Is the text one number as RFC 8259 writes it, but for white space around it?"""
    cdef Py_ssize_t i = 0
    while i < n and is_number_space(text[i]):
        i += 1
    while n > i and is_number_space(text[n - 1]):
        n -= 1
    if i < n and text[i] == 45:
        i += 1
    if i < n and text[i] == 48:
        i += 1
    else:
        i = after_digits(text, n, i)
        if i < 0:
            return False
    if i < n and text[i] == 46:
        i = after_digits(text, n, i + 1)
        if i < 0:
            return False
    if i < n and (text[i] == 101 or text[i] == 69):
        i += 1
        if i < n and (text[i] == 43 or text[i] == 45):
            i += 1
        i = after_digits(text, n, i)
    return i == n


cdef bint is_number(const Text* text) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return spells_number(<const uint8_t*>text.data, text.length)
    if text.kind == PyUnicode_2BYTE_KIND:
        return spells_number(<const uint16_t*>text.data, text.length)
    return spells_number(<const uint32_t*>text.data, text.length)
