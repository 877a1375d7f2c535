# What the detectors of a guard with `normalize` see in the place of its text (docs/semantics.md, 2).
#
# The steps, in this order whatever the order in which they were written: escapes are decoded, once, from left to right; each
# character is removed or made plain by the table of the plan (compiler/normalization); then look-alikes are folded word by
# word. Each normalized character knows the characters of the text that it comes from, so that findings are mapped back.
#
# A text with nothing to change is looked through once, and nothing is allocated. Everything is linear in the text: an escape
# has a bounded length, and a word looks at most at the next word.

cdef extern from "entities.h" nogil:
    const int LONGEST_ENTITY
    uint32_t entity_named(const char* name, size_t length)

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)

cdef enum:
    STEP_INVISIBLE = 1
    STEP_WIDTH = 2
    STEP_CONFUSABLES = 4
    STEP_ESCAPES = 8

cdef enum:
    REMOVED_INVISIBLE = 1
    REMOVED_CONFUSABLE = 2

cdef enum:
    ROLE_NONE, ROLE_LATIN, ROLE_OTHER, ROLE_LOOKALIKE, ROLE_NEUTRAL, ROLE_FANCY

# What a word is made of; see compiler/normalization/letters.py.
cdef enum:
    WORD_PLAIN, WORD_LATIN, WORD_OTHER, WORD_LOOKALIKE

ctypedef struct Normal:
    uint32_t* characters        # later in the narrowest form that holds them, as `view` says
    Py_ssize_t* starts          # of the characters of the text that each comes from
    Py_ssize_t* ends
    Py_ssize_t count
    Py_ssize_t room
    bint alike                  # a character may be a look-alike
    Text view


cdef void normal_release(Normal* normal) noexcept nogil:
    free(normal.characters)
    free(normal.starts)
    free(normal.ends)


cdef int grow_normal(Normal* normal) noexcept nogil:
    cdef Py_ssize_t room = 2 * normal.room
    cdef void* more = realloc(normal.characters, room * sizeof(uint32_t))
    if more == NULL:
        return -1
    normal.characters = <uint32_t*>more
    more = realloc(normal.starts, room * sizeof(Py_ssize_t))
    if more == NULL:
        return -1
    normal.starts = <Py_ssize_t*>more
    more = realloc(normal.ends, room * sizeof(Py_ssize_t))
    if more == NULL:
        return -1
    normal.ends = <Py_ssize_t*>more
    normal.room = room
    return 0


cdef inline int add_normal(Normal* normal, uint32_t c, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    if normal.count == normal.room and grow_normal(normal) < 0:
        return -1
    normal.characters[normal.count] = c
    normal.starts[normal.count] = start
    normal.ends[normal.count] = end
    normal.count += 1
    return 0


cdef inline const Effect* effect_of(Tables tables, uint32_t c) noexcept nogil:
    return &tables.effects[tables.effect_entries[(<size_t>tables.effect_pages[c >> 8] << 8) | (c & 255)]]


# --- is there anything to change? ---


cdef bint may_change(Tables tables, int steps, const Char* text, Py_ssize_t n) noexcept nogil:
    """Whether a step may change the text. Word by word it may turn out that it does not."""
    cdef Py_ssize_t i = 0, end
    cdef uint32_t c
    cdef bint escape, wide
    cdef const Effect* effect
    while i < n:
        # The compiler makes vector instructions of this.
        end = min(n, i + 64)
        escape = wide = False
        for k in range(i, end):
            escape |= (text[k] == c"\\") | (text[k] == c"%") | (text[k] == c"&")
            wide |= text[k] > 127
        if escape and steps & STEP_ESCAPES:
            return True
        if wide and steps & (STEP_INVISIBLE | STEP_WIDTH | STEP_CONFUSABLES):
            for k in range(i, end):
                c = text[k]
                if c > 127:
                    effect = effect_of(tables, c)
                    if steps & STEP_WIDTH and effect.count:
                        return True
                    if steps & STEP_CONFUSABLES and (effect.looks or effect.removed == REMOVED_CONFUSABLE):
                        return True
                    if steps & STEP_INVISIBLE and effect.removed == REMOVED_INVISIBLE:
                        return True
        i = end
    return False


# --- escapes ---


cdef inline int hex_value(uint32_t c) noexcept nogil:
    if c"0" <= c <= c"9":
        return c - c"0"
    c |= 32
    return <int>(c - c"a" + 10) if c"a" <= c <= c"f" else -1


cdef inline bint is_scalar(int64_t code) noexcept nogil:
    """Whether it is a code point that a text can be written with."""
    return 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF


cdef int64_t hex_at(const Char* text, Py_ssize_t n, Py_ssize_t at, int digits) noexcept nogil:
    """The number of so many hexadecimal digits, or -1."""
    cdef int64_t value = 0
    cdef int k, digit
    if at + digits > n:
        return -1
    for k in range(digits):
        digit = hex_value(text[at + k])
        if digit < 0:
            return -1
        value = 16 * value + digit
    return value


cdef int64_t digits_until(
    const Char* text, Py_ssize_t n, Py_ssize_t at, uint32_t last, int base, int most, Py_ssize_t* end
) noexcept nogil:
    """The number whose digits, at most so many, end before the character `last`, or -1. `end`: behind that character."""
    cdef int64_t value = 0
    cdef Py_ssize_t i = at
    cdef int digit
    while i < n and i - at < most:
        digit = hex_value(text[i])
        if not 0 <= digit < base:
            break
        value = base * value + digit
        i += 1
    if i == at or i >= n or text[i] != last:
        return -1
    end[0] = i + 1
    return value


cdef Py_ssize_t backslash_escape(const Char* text, Py_ssize_t n, Py_ssize_t at, uint32_t* c) noexcept nogil:
    """The length of the escape at a backslash, 1 if it is none."""
    cdef int64_t code, second
    cdef Py_ssize_t end = 0
    cdef uint32_t letter
    if at + 1 >= n:
        return 1
    letter = text[at + 1]
    if letter == c"n" or letter == c"r" or letter == c"t":
        c[0] = 10 if letter == c"n" else 13 if letter == c"r" else 9
        return 2
    if letter == c'"' or letter == c"'" or letter == c"\\" or letter == c"/":
        c[0] = letter
        return 2
    if letter == c"x":
        code = hex_at(text, n, at + 2, 2)
        end = at + 4
    elif letter == c"U":
        code = hex_at(text, n, at + 2, 8)
        end = at + 10
    elif letter == c"u" and at + 2 < n and text[at + 2] == c"{":
        code = digits_until(text, n, at + 3, c"}", 16, 6, &end)
    elif letter == c"u":
        code = hex_at(text, n, at + 2, 4)
        end = at + 6
        if 0xD800 <= code <= 0xDBFF and at + 7 < n and text[at + 6] == c"\\" and text[at + 7] == c"u":
            second = hex_at(text, n, at + 8, 4)
            if 0xDC00 <= second <= 0xDFFF:
                code = 0x10000 + ((code - 0xD800) << 10) + second - 0xDC00
                end = at + 12
    else:
        return 1
    if not is_scalar(code):
        return 1
    c[0] = <uint32_t>code
    return end - at


cdef Py_ssize_t percent_escape(const Char* text, Py_ssize_t n, Py_ssize_t at, uint32_t* c) noexcept nogil:
    """The length of the bytes at a percent sign that are one character of UTF-8 (RFC 3986, RFC 3629); 1 if they are none."""
    cdef int64_t first = hex_at(text, n, at + 1, 2), code, byte
    cdef int k, more
    if first < 0:
        return 1
    if first < 0x80:
        c[0] = <uint32_t>first
        return 3
    more = 1 if 0xC2 <= first <= 0xDF else 2 if 0xE0 <= first <= 0xEF else 3 if 0xF0 <= first <= 0xF4 else 0
    if more == 0:
        return 1
    code = first & (0x3F >> more)
    for k in range(1, more + 1):
        if at + 3 * k >= n or text[at + 3 * k] != c"%":
            return 1
        byte = hex_at(text, n, at + 3 * k + 1, 2)
        if not 0x80 <= byte <= 0xBF:
            return 1
        code = code << 6 | byte & 0x3F
    if not is_scalar(code) or code < (0x80 if more == 1 else 0x800 if more == 2 else 0x10000):
        return 1
    c[0] = <uint32_t>code
    return 3 * (more + 1)


cdef Py_ssize_t reference(const Char* text, Py_ssize_t n, Py_ssize_t at, uint32_t* c) noexcept nogil:
    """The length of the character reference at an ampersand, 1 if it is none."""
    cdef char name[16]
    cdef int64_t code
    cdef Py_ssize_t i = at + 1, end = 0
    if i < n and text[i] == c"#":
        if i + 1 < n and text[i + 1] | 32 == c"x":
            code = digits_until(text, n, i + 2, c";", 16, 6, &end)
        else:
            code = digits_until(text, n, i + 1, c";", 10, 7, &end)
        if code == 0 or not is_scalar(code):
            return 1
        c[0] = <uint32_t>code
        return end - at
    while i < n and i - at <= LONGEST_ENTITY and (c"a" <= text[i] <= c"z" or c"A" <= text[i] <= c"Z"):
        name[i - at - 1] = <char>text[i]
        i += 1
    if i >= n or text[i] != c";":
        return 1
    code = entity_named(name, i - at - 1)
    if code == 0:
        return 1
    c[0] = <uint32_t>code
    return i + 1 - at


cdef inline Py_ssize_t decode(const Char* text, Py_ssize_t n, Py_ssize_t at, uint32_t* c) noexcept nogil:
    """The length of what stands for one character at `at`, and that character."""
    c[0] = text[at]
    if c[0] == c"\\":
        return backslash_escape(text, n, at, c)
    if c[0] == c"%":
        return percent_escape(text, n, at, c)
    return reference(text, n, at, c) if c[0] == c"&" else 1


# --- characters, then words ---


cdef int normalize_characters(Normal* normal, Tables tables, int steps, const Char* text, Py_ssize_t n) noexcept nogil:
    """Escapes, invisible characters and widths. Returns 0, or -1 if there is no memory."""
    cdef Py_ssize_t i = 0, length
    cdef uint32_t c, k
    cdef const Effect* effect
    while i < n:
        length = 1
        if steps & STEP_ESCAPES:
            length = decode(text, n, i, &c)
        else:
            c = text[i]
        if c > 127 and steps != STEP_ESCAPES:
            effect = effect_of(tables, c)
            normal.alike |= effect.looks != 0 or effect.count != 0
            if (effect.removed == REMOVED_INVISIBLE and steps & STEP_INVISIBLE) or (
                effect.removed == REMOVED_CONFUSABLE and steps & STEP_CONFUSABLES
            ):
                i += length
                continue
            if effect.count and steps & STEP_WIDTH:
                for k in range(effect.first, effect.first + effect.count):
                    if add_normal(normal, tables.effect_characters[k], i, i + length) < 0:
                        return -1
                i += length
                continue
        if add_normal(normal, c, i, i + length) < 0:
            return -1
        i += length
    return 0


cdef int word_at(const Normal* normal, Tables tables, Py_ssize_t* at, Py_ssize_t* end) noexcept nogil:
    """What the next word from `at` on is made of; sets where it begins and ends. WORD_PLAIN if there is none."""
    cdef Py_ssize_t i = at[0]
    cdef int role, kind
    cdef bint latin, other, alike
    while i < normal.count:
        latin = other = alike = False
        at[0] = i
        while i < normal.count:
            role = effect_of(tables, normal.characters[i]).role
            if role == ROLE_NONE:
                break
            latin |= role == ROLE_LATIN or role == ROLE_FANCY
            other |= role == ROLE_OTHER
            alike |= role == ROLE_LOOKALIKE
            i += 1
        if latin or other or alike:
            end[0] = i
            return WORD_LATIN if latin else WORD_OTHER if other else WORD_LOOKALIKE
        i += 1
    at[0] = end[0] = normal.count
    return WORD_PLAIN


cdef void fold_words(Normal* normal, Tables tables) noexcept nogil:
    """Fold look-alikes: in words with a Latin letter; and in words of look-alikes with a Latin word at their side, and no
    word of another alphabet. Words are the runs of letters, digits, marks and `_` that have a letter."""
    cdef Py_ssize_t i, at = 0, end = 0, next_at, next_end = 0
    cdef int before = WORD_PLAIN, kind = word_at(normal, tables, &at, &end), after
    cdef uint32_t looks
    while kind != WORD_PLAIN:
        next_at = end
        after = word_at(normal, tables, &next_at, &next_end)
        if kind == WORD_LATIN or (
            kind == WORD_LOOKALIKE
            and (before == WORD_LATIN or after == WORD_LATIN)
            and before != WORD_OTHER
            and after != WORD_OTHER
        ):
            for i in range(at, end):
                looks = effect_of(tables, normal.characters[i]).looks
                if looks:
                    normal.characters[i] = looks
        before, kind, at, end = kind, after, next_at, next_end


cdef void narrow(Normal* normal) noexcept nogil:
    """Give the characters the width that Python would: the scan is fastest on one byte."""
    cdef Py_ssize_t i
    cdef uint32_t any = 0
    cdef uint8_t* one = <uint8_t*>normal.characters
    cdef uint16_t* two = <uint16_t*>normal.characters
    for i in range(normal.count):
        any |= normal.characters[i]
    if any < 0x100:
        for i in range(normal.count):
            one[i] = <uint8_t>normal.characters[i]
    elif any < 0x10000:
        for i in range(normal.count):
            two[i] = <uint16_t>normal.characters[i]
    normal.view = Text(
        normal.characters,
        normal.count,
        PyUnicode_1BYTE_KIND if any < 0x100 else PyUnicode_2BYTE_KIND if any < 0x10000 else PyUnicode_4BYTE_KIND,
    )


cdef int normalize_text(Normal* normal, Tables tables, int steps, const Char* text, Py_ssize_t n) noexcept nogil:
    """1 if there was something to change, and `normal` has it; 0 if not; -1 if there is no memory."""
    if not may_change(tables, steps, text, n):
        return 0
    normal.room = n // 2 + 32
    if grow_normal(normal) < 0 or normalize_characters(normal, tables, steps, text, n) < 0:
        return -1
    if steps & STEP_CONFUSABLES and normal.alike:
        fold_words(normal, tables)
    narrow(normal)
    return 1


cdef int normalize_any(Normal* normal, Tables tables, int steps, const Text* text) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return normalize_text(normal, tables, steps, <const uint8_t*>text.data, text.length)
    if text.kind == PyUnicode_2BYTE_KIND:
        return normalize_text(normal, tables, steps, <const uint16_t*>text.data, text.length)
    return normalize_text(normal, tables, steps, <const uint32_t*>text.data, text.length)


cdef bint normalize(Normal* normal, Tables tables, int steps, const Text* text) except *:
    """Whether the steps may change something; then `normal` has what they make of the text."""
    cdef int status
    if text.length > LONG_TEXT:
        with nogil:
            status = normalize_any(normal, tables, steps, text)
    else:
        status = normalize_any(normal, tables, steps, text)
    if status < 0:
        raise MemoryError
    return status


cdef str string_of(const Text* text):
    return PyUnicode_FromKindAndData(text.kind, text.data, text.length)


cdef inline void map_back(const Normal* normal, Py_ssize_t length, Py_ssize_t* start, Py_ssize_t* end) noexcept nogil:
    """From a span of the normalized text to one of the text, which is so long: from the begin of the first character that
    contributed to it up to the end of the last. An empty span stays empty."""
    cdef Py_ssize_t first = start[0], last = end[0]
    start[0] = normal.starts[first] if first < normal.count else length
    end[0] = normal.ends[last - 1] if last > first else start[0]
