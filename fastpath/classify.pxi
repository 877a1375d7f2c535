# Classifiers: a linear model over hashed pieces of a text, and the probability that it gives.
#
# docs/semantics.md (section 12) defines every step; in short: the text is folded (case, digits, white space), each character ends
# three n-grams and each word four features, a feature is a 32-bit hash whose upper bits name a weight, and the weights of
# every window of 200 characters are added as integers. Only the last step, one per window, knows fractions; it is
# written so that no compiler can contract it, and the reference interpreter gives the same number.
#
# The hash of an n-gram is the sum of its characters, each times an odd constant of its place (multiply-shift, Dietzfelbinger et
# al. 1997): one multiplication more gives the next longer n-gram.

from libc.math cimport exp, floor, sqrt

cdef enum:
    BLOCK = 50                      # characters
    BLOCKS = 4                      # of a window

# Odd numbers without a pattern: the first values of SplitMix64 with seed 0, their lowest bit set.
cdef uint64_t A0 = 0xE220A8397B1DCDAFu
cdef uint64_t A1 = 0x6E789E6AA1B965F5u
cdef uint64_t A2 = 0x06C45D188009454Fu
cdef uint64_t A3 = 0xF88BB8A8724C81EDu
cdef uint64_t A4 = 0x1B39896A51A8749Bu
cdef uint64_t W0 = 0x53CB9F0C747EA2EBu
cdef uint64_t W1 = 0x2C829ABE1F4532E1u
cdef uint64_t W2 = 0xC584133AC916AB3Du
cdef uint64_t W3 = 0x3EE5789041C98AC3u
cdef uint64_t FNV_BASIS = 0xCBF29CE484222325u
cdef uint64_t FNV_PRIME = 0x00000100000001B3u

# The sums of the block that is being read and of those before it, as far as a window reaches.
ctypedef struct Windows:
    int64_t sums[BLOCKS]
    int64_t counts[BLOCKS]
    uint64_t blocks                 # that are complete
    double best                     # z of the best window so far


# Characters below 256 as features see them, and whether they belong to words.
cdef uint8_t[256] FOLDED
cdef uint8_t[256] IN_WORD
for _c in range(256):
    FOLDED[_c] = 32 if chr(_c).isspace() else 48 if chr(_c).isdecimal() else ord(chr(_c).lower()[0])
    IN_WORD[_c] = chr(_c).isalnum()

cdef extern from "Python.h":
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 c) noexcept nogil
    int Py_UNICODE_ISALNUM(Py_UCS4 c) noexcept nogil


cdef inline uint32_t folded(uint32_t c) noexcept nogil:
    if c < 256:
        return FOLDED[c]
    if Py_UNICODE_ISSPACE(c):
        return 32
    if Py_UNICODE_TODECIMAL(c) >= 0:
        return 48
    return Py_UNICODE_TOLOWER(c)


cdef inline bint in_word(uint32_t c) noexcept nogil:
    return IN_WORD[c] if c < 256 else Py_UNICODE_ISALNUM(c) != 0


cdef void see_window(const Classifier* classifier, Windows* windows) noexcept nogil:
    """Keep the best window: the one that ends here, or an earlier one."""
    cdef int64_t total = 0, count = 0
    cdef int k
    cdef double z
    for k in range(BLOCKS):
        total += windows.sums[k]
        count += windows.counts[k]
    # A division stands between the product and the sum: they cannot become one operation that rounds only once.
    z = classifier.scale * <double>total / sqrt(<double>count) + classifier.bias
    if z > windows.best:
        windows.best = z


# What happens to the features of a text: their weights are added, or they are written down.
ctypedef struct Sink:
    const Classifier* classifier    # NULL: they are written down
    uint32_t* hashes
    size_t written
    size_t* ends                    # of each block among the hashes
    size_t blocks
    Windows windows


cdef inline void take(Sink* sink, uint64_t hashed, int64_t* total) noexcept nogil:
    cdef uint32_t feature = <uint32_t>(hashed >> 32)
    if sink.classifier != NULL:
        total[0] += sink.classifier.weights[feature >> sink.classifier.shift]
    else:
        sink.hashes[sink.written] = feature
        sink.written += 1


cdef inline void end_block(Sink* sink, int slot, int64_t total, int64_t count) noexcept nogil:
    if sink.classifier == NULL:
        sink.ends[sink.blocks] = sink.written
        sink.blocks += 1
        return
    sink.windows.sums[slot] = total
    sink.windows.counts[slot] = count
    sink.windows.blocks += 1
    if sink.windows.blocks >= BLOCKS:
        see_window(sink.classifier, &sink.windows)


cdef void read_features(const Char* text, Py_ssize_t n, Sink* sink) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint64_t hashed, word = FNV_BASIS, last = 0, second_last = 0
    cdef uint32_t c, c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4
    cdef bint inside = False
    cdef int place = 0, slot = 0
    cdef int64_t total = 0, count = 0
    for i in range(-1, n + 1):
        c = 32 if i < 0 or i == n else folded(text[i])
        if c == 32 and c0 == 32:
            continue
        c4, c3, c2, c1, c0 = c3, c2, c1, c0, c
        hashed = c0 * A0 + c1 * A1 + c2 * A2
        take(sink, hashed, &total)
        hashed += c3 * A3
        take(sink, hashed, &total)
        hashed += c4 * A4
        take(sink, hashed, &total)
        count += 3
        if in_word(c):
            word = (word ^ c) * FNV_PRIME
            inside = True
        elif inside:
            hashed = word * W0
            take(sink, hashed, &total)
            take(sink, hashed + second_last * W3, &total)
            hashed += last * W1
            take(sink, hashed, &total)
            take(sink, hashed + second_last * W2, &total)
            count += 4
            second_last, last, word, inside = last, word, FNV_BASIS, False
        place += 1
        if place == BLOCK:
            place = 0
            end_block(sink, slot, total, count)
            slot = (slot + 1) % BLOCKS
            total = count = 0
    if place:
        end_block(sink, slot, total, count)
    if sink.classifier != NULL and sink.windows.blocks < BLOCKS:
        see_window(sink.classifier, &sink.windows)


cdef void read_any(const Text* text, Sink* sink) noexcept nogil:
    if text.kind == PyUnicode_1BYTE_KIND:
        read_features(<const uint8_t*>text.data, text.length, sink)
    elif text.kind == PyUnicode_2BYTE_KIND:
        read_features(<const uint16_t*>text.data, text.length, sink)
    else:
        read_features(<const uint32_t*>text.data, text.length, sink)


cdef double score(const Classifier* classifier, const Text* text) noexcept:
    """The probability, from 0 to 1, in steps of 0.0001."""
    cdef Sink sink
    cdef double z
    cdef int k
    sink.classifier = classifier
    sink.windows.blocks = 0
    sink.windows.best = -30.0
    for k in range(BLOCKS):
        sink.windows.sums[k] = sink.windows.counts[k] = 0
    if text.length <= LONG_TEXT:
        read_any(text, &sink)
    else:
        with nogil:
            read_any(text, &sink)
    z = min(sink.windows.best, 30.0)
    return floor(10000.0 / (1.0 + exp(-z)) + 0.5) / 10000.0


cdef class Classifiers:
    """The classifiers of a plan by themselves, without its guards. Immutable; threads may share them.

    Args:
        sections: from `reader.read`.

    Raises:
        PlanError: a table of the plan is inconsistent.
    """

    cdef:
        Tables tables
        dict numbers            # by name
        readonly tuple names    # a policy may give one classifier several

    def __cinit__(self, sections):
        self.tables = Tables(sections)
        self.numbers = {
            sections.strings[name]: number
            for number, record in enumerate(sections.cold["CLSF"])
            for (name,) in sections.cold["LIST"][record[0] : record[0] + record[1]]
        }
        self.names = tuple(self.numbers)

    def score(self, str name not None, str text not None):
        """The score of a text, from 0 to 1, as rules compare it.

        Raises:
            KeyError: there is no classifier of that name.
        """
        cdef size_t number = self.numbers[name]
        cdef Text view = text_of(text)
        return score(&self.tables.classifiers[number], &view)


def text_features(str text):
    """The features of a text, for whoever trains a classifier.

    Args:
        text: any text.

    Returns:
        The 32-bit hashes as bytes in the machine's order, and for each block how many hashes there are up to its end.
    """
    cdef Text view = text_of(text)
    cdef Sink sink
    cdef size_t length = view.length + 2, k      # there is a space at each end
    sink.classifier = NULL
    sink.written = sink.blocks = 0
    # Of two characters at least one ends no word.
    sink.hashes = <uint32_t*>malloc(5 * length * sizeof(uint32_t))
    sink.ends = <size_t*>malloc((length // BLOCK + 1) * sizeof(size_t))
    try:
        if sink.hashes == NULL or sink.ends == NULL:
            raise MemoryError
        read_any(&view, &sink)
        return (<char*>sink.hashes)[: sink.written * sizeof(uint32_t)], [sink.ends[k] for k in range(sink.blocks)]
    finally:
        free(sink.hashes)
        free(sink.ends)
