# The first stage of the scan: where in a text is something worth a search?
#
# Three steps, each for what the one before lets through. The *sieve* (sieve.h) marks places by their first four characters,
# up to 64 at a time. The *confirming automaton* reads on from a mark, up to eight characters, and tells which factors stand
# there. For each of these the second stage searches. Everything reads bytes: a character above 255 is shown as its
# *stand-in*, which all windows treat alike (compiler/prefilter/byteview.py).

cdef extern from "sieve.h" nogil:
    ctypedef struct SieveGroup "sieve_group":
        pass
    ctypedef void (*SieveBody "sieve_body")(
        const SieveGroup* groups, size_t count, const uint8_t* text, size_t blocks, uint64_t* marks
    ) noexcept nogil
    const int SIEVE_BLOCK
    const int SIEVE_AHEAD
    void sieve_scalar(const SieveGroup*, size_t, const uint8_t*, size_t, uint64_t*) noexcept
    void sieve_ssse3(const SieveGroup*, size_t, const uint8_t*, size_t, uint64_t*) noexcept
    void sieve_avx2(const SieveGroup*, size_t, const uint8_t*, size_t, uint64_t*) noexcept
    void sieve_avx512(const SieveGroup*, size_t, const uint8_t*, size_t, uint64_t*) noexcept
    bint sieve_has_ssse3() noexcept
    bint sieve_has_avx512() noexcept
    bint sieve_has_avx2() noexcept
    int sieve_lowest(uint64_t word) noexcept

cdef enum:
    GROUP_BYTES = 128
    MAX_GROUPS = 8
    MAX_WINDOW = 8
    CONFIRM_ACCEPTS = 0x8000
    CONFIRM_STATE = 0x7FFF
    CHUNK_BLOCKS = 32               # blocks that are marked before the marks are looked at
    CHUNK = 2048                    # the same in places
    LOOKED_AT = 8                   # bytes of a mark that are looked at before its window is confirmed
    AHEAD = 7                       # bytes that are read behind the last place, by the sieve or for its mark

ctypedef struct Prefilter:
    const SieveGroup* groups        # NULL: no pattern has a factor
    size_t group_count
    const uint8_t* stand_ins        # class of the plan -> byte
    const uint8_t* classes          # byte -> class of the confirming automaton
    const uint16_t* table
    uint32_t stride
    uint32_t inner                  # states that have a row
    const Range* accepts            # of each state, as entries of `accepted`
    const uint32_t* accepted        # factors


cdef SieveBody mark = sieve_scalar


def choose_sieve(str name=None):
    """Choose the body of the sieve; all give the same result.

    Args:
        name: `scalar`, `ssse3`, `avx2` or `avx512`; None for the fastest that this processor has.

    Returns:
        The name of the one chosen.

    Raises:
        ValueError: this processor does not have it, or there is no such body.
    """
    global mark
    has = {
        "avx512": sieve_has_avx512(), "avx2": sieve_has_avx2(), "ssse3": sieve_has_ssse3(), "scalar": True
    }
    here = [body for body in has if has[body]]
    if name is None:
        name = here[0]
    if name not in here:
        raise ValueError(f"there is no sieve `{name}` on this processor; it has {', '.join(here)}")
    if name == "avx512":
        mark = sieve_avx512
    elif name == "avx2":
        mark = sieve_avx2
    elif name == "ssse3":
        mark = sieve_ssse3
    else:
        mark = sieve_scalar
    return name


def sieve_marks(const uint8_t[::1] tables, const uint8_t[::1] text):
    """What the chosen body of the sieve marks in a byte string. For tests: a scan calls the body itself.

    Args:
        tables: 1 to 4 groups, as in section SIEV of a plan.
        text: a whole number of blocks of 64 bytes, and 3 bytes that are read behind the last.

    Returns:
        For each block its marks: bit j is its place j.

    Raises:
        ValueError: a length is not as said.
    """
    cdef uint64_t marks[CHUNK_BLOCKS]
    cdef size_t groups = tables.shape[0] // GROUP_BYTES, blocks = text.shape[0] // SIEVE_BLOCK, k
    if tables.shape[0] != <Py_ssize_t>(groups * GROUP_BYTES) or not 1 <= groups <= MAX_GROUPS:
        raise ValueError(f"a sieve has 1 to {MAX_GROUPS} groups of {GROUP_BYTES} bytes")
    if text.shape[0] != <Py_ssize_t>(blocks * SIEVE_BLOCK + SIEVE_AHEAD) or not 1 <= blocks <= CHUNK_BLOCKS:
        raise ValueError(f"a text has 1 to {CHUNK_BLOCKS} blocks of {SIEVE_BLOCK} bytes, and {SIEVE_AHEAD} bytes more")
    mark(<const SieveGroup*>&tables[0], groups, &text[0], blocks, marks)
    return [marks[k] for k in range(blocks)]


cdef inline uint8_t byte_of(const Prefilter* filter, Tables tables, uint32_t c) noexcept nogil:
    return c if c < 256 else filter.stand_ins[plan_class(tables.page, tables.classes, c)]


cdef int confirm(Run* run, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t at) noexcept nogil:
    """Try the factors whose windows stand at `at`. Returns 0, or -1 if there is no memory."""
    cdef const Prefilter* filter = &run.scan.prefilter
    cdef const Range* accepts
    cdef uint32_t state = 1, entry, k
    # The states of a damaged plan may go round in circles.
    cdef Py_ssize_t i = at, end = min(n, at + MAX_WINDOW)
    cdef uint8_t byte
    while i < end and state < filter.inner:
        if Char is uint8_t:
            byte = text[i]
        else:
            byte = byte_of(filter, tables, text[i])
        entry = filter.table[state * filter.stride + filter.classes[byte]]
        if entry == 0:
            return 0
        i += 1
        state = entry & CONFIRM_STATE
        if entry & CONFIRM_ACCEPTS:
            accepts = &filter.accepts[state]
            for k in range(accepts.first, accepts.first + accepts.count):
                if try_factor(run, tables, &run.scan.factors[filter.accepted[k]], text, n, at) < 0:
                    return -1
    return 0


cdef inline bint may_stand(const Prefilter* filter, const uint8_t* bytes) noexcept nogil:
    """Whether a factor may stand where these bytes are, going by the first eight of them.

    Nearly all marks fail here, most within four bytes. There is but one branch on the way: more would often be guessed
    wrong, and so one mark is looked at while the tables for the one before are still being fetched.
    """
    cdef uint32_t entry = 1, seen = 0
    cdef int k
    for k in range(LOOKED_AT // 2):
        entry = filter.table[row_of(filter, entry) + filter.classes[bytes[k]]]
        seen |= entry
    if entry == 0 or seen & CONFIRM_ACCEPTS:
        return seen & CONFIRM_ACCEPTS
    for k in range(LOOKED_AT // 2, LOOKED_AT):
        entry = filter.table[row_of(filter, entry) + filter.classes[bytes[k]]]
        seen |= entry
    return (seen & CONFIRM_ACCEPTS) or entry


cdef inline size_t row_of(const Prefilter* filter, uint32_t entry) noexcept nogil:
    """Where the row of the state begins that an entry leads to; a state without one is as good as dead."""
    cdef uint32_t state = entry & CONFIRM_STATE
    return <size_t>filter.stride * (state if state < filter.inner else 0)


cdef int propose(
    Run* run, Tables tables, const uint8_t* bytes, size_t blocks, const Char* text, Py_ssize_t n, Py_ssize_t at
) noexcept nogil:
    """Sieve `blocks` blocks of `bytes`, which show the text from `at` on, and confirm what is marked."""
    cdef uint64_t marks[CHUNK_BLOCKS]
    cdef uint64_t word
    cdef size_t b
    cdef Py_ssize_t place
    mark(run.scan.prefilter.groups, run.scan.prefilter.group_count, bytes, blocks, marks)
    for b in range(blocks):
        word = marks[b]
        while word:
            place = SIEVE_BLOCK * b + sieve_lowest(word)
            word &= word - 1
            if may_stand(&run.scan.prefilter, bytes + place) and confirm(run, tables, text, n, at + place) < 0:
                return -1
    return 0


cdef void show(
    const Prefilter* filter, Tables tables, const Char* text, Py_ssize_t count, uint8_t* bytes
) noexcept nogil:
    """The bytes of so many characters."""
    cdef Py_ssize_t i, j
    cdef uint32_t any
    i = 0
    while i < count:
        any = 0
        if i + 32 <= count:
            # Usual text has long stretches below 256: the compiler makes these two loops vector instructions.
            for j in range(32):
                any |= text[i + j]
        if i + 32 <= count and any < 256:
            for j in range(32):
                bytes[i + j] = <uint8_t>text[i + j]
        else:
            # Without a branch on the width, which would often be guessed wrong: every class has a stand-in.
            for j in range(min(<Py_ssize_t>32, count - i)):
                bytes[i + j] = filter.stand_ins[plan_class(tables.page, tables.classes, text[i + j])]
        i += 32


cdef int propose_all(Run* run, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t first) noexcept nogil:
    """The first stage, from character `first` on. Returns 0, or -1 if there is no memory."""
    # The last block is read from here, since the sieve reads whole blocks and a few bytes more; wide text always is.
    cdef uint8_t bytes[CHUNK + 64]
    cdef Py_ssize_t at = first, shown, k
    cdef size_t blocks
    while at < n:
        blocks = min(<size_t>CHUNK_BLOCKS, <size_t>(n - at + SIEVE_BLOCK - 1) // SIEVE_BLOCK)
        if Char is uint8_t:
            if at + SIEVE_BLOCK + AHEAD <= n:
                blocks = min(<size_t>CHUNK_BLOCKS, <size_t>(n - at - AHEAD) // SIEVE_BLOCK)
                if propose(run, tables, &text[at], blocks, text, n, at) < 0:
                    return -1
                at += SIEVE_BLOCK * blocks
                continue
        shown = min(n - at, <Py_ssize_t>(SIEVE_BLOCK * blocks) + AHEAD)
        show(&run.scan.prefilter, tables, &text[at], shown, bytes)
        for k in range(shown, <Py_ssize_t>(SIEVE_BLOCK * blocks) + AHEAD):
            bytes[k] = 0
        if propose(run, tables, bytes, blocks, text, n, at) < 0:
            return -1
        at += SIEVE_BLOCK * blocks
    return 0


# One machine tests all bodies: the variable forces one of them.
choose_sieve(environ.get("GUARDC_SIEVE") or None)
