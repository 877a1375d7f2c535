# Sentences: which of them stood before, and how hard they are to read.
#
# A sentence ends behind a run of `. ! ? …` and of closing quotes and brackets, if white space or the end of the text
# follows; behind one of `。 ！ ？` whatever follows; and at a line break, or for the grade at an empty line. What lies
# between two ends and has a word in it is a sentence.

# What stands behind the words of a sentence.
ctypedef struct Sentence:
    Py_ssize_t start                # of its first word
    Py_ssize_t end
    Py_ssize_t next                 # where the next one is looked for
    size_t words
    uint64_t hash                   # of its words
    size_t syllables

cdef enum:
    FEWEST_WORDS = 3                # of a sentence that counts as repeated

# A sentence and which one it is.
ctypedef struct Said:
    uint64_t hash
    size_t number


cdef inline bint is_wide_stop(uint32_t c) noexcept nogil:
    return c == 0x3002 or c == 0xFF01 or c == 0xFF1F


cdef inline bint is_stop(uint32_t c) noexcept nogil:
    return c == 46 or c == 33 or c == 63 or c == 0x2026 or is_wide_stop(c)


cdef inline bint is_closing(uint32_t c) noexcept nogil:
    return c == 34 or c == 39 or c == 41 or c == 93 or c == 125 or c == 0xBB or c == 0x2019 or c == 0x201D


cdef inline bint is_vowel(uint32_t c) noexcept nogil:
    return c == 97 or c == 101 or c == 105 or c == 111 or c == 117 or c == 121


cdef Py_ssize_t behind_stops(const Char* text, Py_ssize_t n, Py_ssize_t i, bint* ends) noexcept nogil:
    """Behind the run of stops and closing signs at `i`; `ends` says whether a sentence ends there."""
    cdef bint wide = False
    while i < n and (is_stop(text[i]) or is_closing(text[i])):
        wide = wide or is_wide_stop(text[i])
        i += 1
    ends[0] = wide or i == n or is_space(text[i])
    return i


cdef Py_ssize_t after_space(const Char* text, Py_ssize_t n, Py_ssize_t i, int breaks, bint* ends) noexcept nogil:
    """Behind the white space at `i`; `ends` says whether it has as many line breaks."""
    cdef int seen = 0
    while i < n and is_space(text[i]):
        if ends_line(text[i]) and not (text[i] == 10 and i and text[i - 1] == 13):
            seen += 1
        i += 1
    ends[0] = seen >= breaks
    return i


cdef size_t syllables_of(const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Syllables of an English word, by its vowels: docs/semantics.md has the rule."""
    cdef uint32_t c, one = 0, two = 0, three = 0, four = 0      # its last letters, the very last one first
    cdef size_t groups = 0
    cdef bint silent = False
    cdef Py_ssize_t i
    for i in range(start, end):
        if is_apostrophe(text[i]):
            continue
        c = small(text[i])
        groups += is_vowel(c) and not is_vowel(one)
        four, three, two, one = three, two, one, c
    if one == 101:
        silent = two and not is_vowel(two) and not (two == 108 and three and not is_vowel(three))
    elif one == 100 and two == 101:
        silent = three and not is_vowel(three) and three != 116 and three != 100
    elif one == 115 and two == 101:
        silent = (
            three and not is_vowel(three)
            and not (three == 115 or three == 120 or three == 122 or three == 99 or three == 103 or three == 104)
            and not (three == 108 and four and not is_vowel(four))
        )
    groups -= silent and groups > 1
    return groups if groups else 1


cdef bint next_sentence(const Char* text, Py_ssize_t n, int breaks, bint count, Sentence* said) noexcept nogil:
    """The next sentence behind `said`, which ends at that many line breaks, too; with `count`, its syllables. False if there
    is none."""
    cdef Py_ssize_t i = said.next
    cdef bint ends = False
    cdef Word word
    said.words = said.syllables = 0
    said.hash = 0xCBF29CE484222325
    while i < n:
        if is_in_word(text[i]):
            word.end = i
            next_word(text, n, &word)
            if said.words == 0:
                said.start = i
            said.words += 1
            # The border between two words is a number that no character has.
            said.hash = ((said.hash ^ word.hash) * <uint64_t>0x100000001B3) ^ 0x110000
            if count:
                said.syllables += syllables_of(text, i, word.end)
            i = said.end = word.end
        elif is_space(text[i]):
            i = after_space(text, n, i, breaks, &ends)
            if ends and said.words:
                break
        elif is_stop(text[i]):
            i = behind_stops(text, n, i, &ends)
            if said.words:
                said.end = i
                if ends:
                    break
        else:
            i += 1
            if said.words:
                said.end = i
    said.next = i
    return said.words > 0


cdef int compare_said(const void* left, const void* right) noexcept nogil:
    cdef const Said* a = <const Said*>left
    cdef const Said* b = <const Said*>right
    if a.hash != b.hash:
        return -1 if a.hash < b.hash else 1
    return (a.number > b.number) - (a.number < b.number)


cdef list repeats_in(const Char* text, Py_ssize_t n):
    """The sentences that stood before, each from the end of the one before it."""
    cdef Sentence sentence
    cdef Said* said = NULL
    cdef Said* more
    cdef size_t count = 0, room = 0, i
    cdef Py_ssize_t before = 0
    cdef list spans = [], repeated = []
    sentence.next = 0
    try:
        while next_sentence(text, n, 1, False, &sentence):
            if sentence.words >= FEWEST_WORDS:
                if count == room:
                    room = 2 * room + 16
                    more = <Said*>realloc(said, room * sizeof(Said))
                    if more == NULL:
                        raise MemoryError
                    said = more
                said[count] = Said(sentence.hash, count)
                spans.append((before, sentence.end))
                count += 1
            before = sentence.end
        if count:
            qsort(said, count, sizeof(Said), compare_said)
        for i in range(1, count):
            if said[i].hash == said[i - 1].hash:
                repeated.append(spans[said[i].number])
    finally:
        free(said)
    repeated.sort()
    return repeated


cdef list find_repeats(const Text* text):
    if text.kind == PyUnicode_1BYTE_KIND:
        return repeats_in(<const uint8_t*>text.data, text.length)
    if text.kind == PyUnicode_2BYTE_KIND:
        return repeats_in(<const uint16_t*>text.data, text.length)
    return repeats_in(<const uint32_t*>text.data, text.length)


cdef double grade_of(const Char* text, Py_ssize_t n) noexcept nogil:
    """The grade level of Kincaid, Fishburne, Rogers and Chissom (1975); 0 for a text without words."""
    cdef Sentence sentence
    cdef double sentences = 0, words = 0, syllables = 0
    sentence.next = 0
    while next_sentence(text, n, 2, True, &sentence):
        sentences += 1
        words += sentence.words
        syllables += sentence.syllables
    if words == 0:
        return 0
    return 0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59


cdef double reading_grade(const Text* text) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        return grade_of(<const uint8_t*>text.data, text.length)
    if text.kind == PyUnicode_2BYTE_KIND:
        return grade_of(<const uint16_t*>text.data, text.length)
    return grade_of(<const uint32_t*>text.data, text.length)
