# Words of a text, and its groups of words among the hashes of a given text (compiler/grams.py has the other side).
#
# A word is a run of letters and digits, in which an apostrophe between two of them counts for nothing. Its hash is FNV-1a
# over the small forms of its characters; that of a group is SipHash-2-4 with a zero key over the hashes of its words.

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(Py_UCS4 ch) noexcept nogil
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 ch) noexcept nogil

cdef enum:
    GRAM_WORDS = 4

cdef uint64_t WORD_BASIS = 0xCBF29CE484222325, WORD_PRIME = 0x100000001B3    # of FNV-1a

# A given text as a plan has it.
ctypedef struct GivenText:
    const uint64_t* grams           # in ascending order
    size_t count
    uint32_t words                  # of a group: 1 to GRAM_WORDS

# A word of the text; the next one is looked for behind `end`.
ctypedef struct Word:
    Py_ssize_t start
    Py_ssize_t end
    uint64_t hash

# What the latest words of a text are: a ring of as many as a group has.
ctypedef struct Ring:
    Word word
    uint64_t hashes[GRAM_WORDS]
    Py_ssize_t starts[GRAM_WORDS]
    size_t read                     # words so far


# 1 for the characters below 256 that stand in words.
cdef uint8_t[256] WORD_CHARACTER
for _c in range(256):
    WORD_CHARACTER[_c] = chr(_c).isalnum()


cdef inline bint is_in_word(uint32_t c) noexcept nogil:
    return WORD_CHARACTER[c] if c < 256 else Py_UNICODE_ISALNUM(c)


cdef inline bint is_apostrophe(uint32_t c) noexcept nogil:
    return c == 0x27 or c == 0x2019


cdef inline uint32_t small(uint32_t c) noexcept nogil:
    """The small form of a character; of a longer one, its first character."""
    if c < 128:
        return c + 32 if 65 <= c <= 90 else c
    return Py_UNICODE_TOLOWER(c)


cdef inline bint goes_on(const Char* text, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    """Does a word go on at `i`, behind one of its characters, with an apostrophe?"""
    return is_apostrophe(text[i]) and i + 1 < n and is_in_word(text[i + 1])


cdef bint next_word(const Char* text, Py_ssize_t n, Word* word) noexcept nogil:
    """The next word behind `word`. False if there is none."""
    cdef Py_ssize_t i = word.end
    cdef uint64_t hash = WORD_BASIS
    while i < n and not is_in_word(text[i]):
        i += 1
    if i == n:
        return False
    word.start = i
    while i < n:
        if is_in_word(text[i]):
            hash = (hash ^ small(text[i])) * WORD_PRIME
        elif not goes_on(text, n, i):
            break
        i += 1
    word.end = i
    word.hash = hash
    return True


cdef inline uint64_t rotated(uint64_t value, int bits) noexcept nogil:
    return (value << bits) | (value >> (64 - bits))


cdef inline void sip_round(uint64_t* v) noexcept nogil:
    v[0] += v[1]
    v[1] = rotated(v[1], 13) ^ v[0]
    v[0] = rotated(v[0], 32)
    v[2] += v[3]
    v[3] = rotated(v[3], 16) ^ v[2]
    v[0] += v[3]
    v[3] = rotated(v[3], 21) ^ v[0]
    v[2] += v[1]
    v[1] = rotated(v[1], 17) ^ v[2]
    v[2] = rotated(v[2], 32)


cdef uint64_t gram_hash(const Ring* ring, size_t words) noexcept nogil:
    """SipHash-2-4 over the hashes of the latest words, the earliest first."""
    cdef uint64_t v[4]
    cdef uint64_t block
    cdef size_t i
    v[0], v[1], v[2], v[3] = 0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573
    for i in range(words + 1):
        block = ring.hashes[(ring.read + i) % words] if i < words else (<uint64_t>(8 * words) << 56)
        v[3] ^= block
        sip_round(v)
        sip_round(v)
        v[0] ^= block
    v[2] ^= 0xFF
    for i in range(4):
        sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


cdef int64_t find_gram(const GivenText* given, uint64_t hash) noexcept nogil:
    """The place of a hash among those of the given text, or -1."""
    cdef size_t low = 0, high = given.count, middle
    while low < high:
        middle = (low + high) >> 1
        if given.grams[middle] < hash:
            low = middle + 1
        else:
            high = middle
    return <int64_t>low if low < given.count and given.grams[low] == hash else -1


cdef bint next_gram(const Char* text, Py_ssize_t n, const GivenText* given, Ring* ring, int64_t* place) noexcept nogil:
    """Read one word on. `place` is that of the group that ends with it, -1 if the given text has none such. False at the
    end of the text."""
    cdef size_t at
    if not next_word(text, n, &ring.word):
        return False
    at = ring.read % given.words
    ring.hashes[at] = ring.word.hash
    ring.starts[at] = ring.word.start
    ring.read += 1
    place[0] = find_gram(given, gram_hash(ring, given.words)) if ring.read >= given.words else -1
    return True


cdef list leaks_in(const Char* text, Py_ssize_t n, const GivenText* given):
    """The longest stretches of the text that are made of groups of the given one, with no word between two of them."""
    cdef Ring ring
    cdef int64_t place = -1
    cdef size_t last = 0                # how many words had been read at the end of the open stretch
    cdef Py_ssize_t start = -1, end = 0
    cdef list found = []
    ring.read = 0
    ring.word.end = 0
    while next_gram(text, n, given, &ring, &place):
        if place < 0:
            continue
        if start >= 0 and ring.read - given.words > last:
            found.append((start, end))
            start = -1
        if start < 0:
            start = ring.starts[ring.read % given.words]
        end = ring.word.end
        last = ring.read
    if start >= 0:
        found.append((start, end))
    return found


cdef double overlap_of(const Char* text, Py_ssize_t n, const GivenText* given, uint8_t* seen) noexcept nogil:
    """The share of the given text's groups that stand in the text. `seen` has a zero byte for each of them."""
    cdef Ring ring
    cdef int64_t place = -1
    cdef size_t hits = 0
    ring.read = 0
    ring.word.end = 0
    while next_gram(text, n, given, &ring, &place):
        if place >= 0:
            hits += not seen[place]
            seen[place] = 1
    return <double>hits / <double>given.count


cdef list find_leaks(const Text* text, const GivenText* given):
    if text.kind == PyUnicode_1BYTE_KIND:
        return leaks_in(<const uint8_t*>text.data, text.length, given)
    if text.kind == PyUnicode_2BYTE_KIND:
        return leaks_in(<const uint16_t*>text.data, text.length, given)
    return leaks_in(<const uint32_t*>text.data, text.length, given)


cdef double overlap(const Text* text, const GivenText* given) except -1:
    cdef uint8_t* seen = <uint8_t*>PyMem_Calloc(given.count, 1)
    if seen == NULL:
        raise MemoryError
    try:
        if text.kind == PyUnicode_1BYTE_KIND:
            return overlap_of(<const uint8_t*>text.data, text.length, given, seen)
        if text.kind == PyUnicode_2BYTE_KIND:
            return overlap_of(<const uint16_t*>text.data, text.length, given, seen)
        return overlap_of(<const uint32_t*>text.data, text.length, given, seen)
    finally:
        PyMem_Free(seen)
