# Word lists with `within` or `leet`: a walk through the tree of the entries that keeps distances (compiler/regex/fuzzy.py).
#
# Vocabulary: the *symbols* of a text are what its characters match, from the begin of a search on; a run of white space
# is one symbol. Row d of the distances is for the first d characters of an entry; its number b is the distance to the first
# `d - edits + b` symbols, FAR if that is more than the edits, or not possible.

cdef enum:
    FAR = 100
    WORST_ROW = 5                   # numbers of a row: 2 * edits + 1

ctypedef struct TreeWalk:
    Py_ssize_t count                # of symbols
    FuzzySymbol symbols[LONGEST_ENTRY + 3]
    bint words[LONGEST_ENTRY + 3]           # whether they are word characters
    Py_ssize_t ends[LONGEST_ENTRY + 3]
    uint8_t rows[LONGEST_ENTRY + 1][WORST_ROW]
    uint16_t path[LONGEST_ENTRY + 1]        # labels of the entry
    uint32_t edge[LONGEST_ENTRY + 1]        # the next one to follow at each depth
    uint32_t last[LONGEST_ENTRY + 1]


cdef inline bint matches(uint32_t wanted, const FuzzySymbol* symbol) noexcept nogil:
    """Whether a character of an entry matches a symbol."""
    return wanted == symbol.first or wanted == symbol.second or wanted == symbol.third


cdef inline bint in_filter(const Fuzzy* f, uint64_t key) noexcept nogil:
    cdef int k
    cdef uint64_t place
    for k in range(4):
        place = (key * MIXERS[k]) >> f.filter_shift
        if not (f.filter[place >> 6] >> (place & 63)) & 1:
            return False
    return True


cdef bint left_in_filter(const Fuzzy* f, const uint64_t* marks, int size) noexcept nogil:
    """Whether the filter has something that is left of the first marks, if as many are struck out as there may be edits."""
    cdef uint64_t behind[LONGEST_PREFIX + 2]     # the part of a hash that marks i and later have
    cdef uint64_t powers[LONGEST_PREFIX + 2]
    cdef uint64_t before = size, between
    cdef int i, j
    powers[0] = 1
    behind[size] = 0
    for i in range(size):
        powers[i + 1] = powers[i] * FILTER_FACTOR
    for i in range(size - 1, -1, -1):
        behind[i] = marks[i] * powers[size - 1 - i] + behind[i + 1]
    if f.edits == 0:
        return in_filter(f, before * powers[size] + behind[0])
    for i in range(size):
        if f.edits == 1:
            if in_filter(f, before * powers[size - 1 - i] + behind[i + 1]):
                return True
        else:
            between = before
            for j in range(i + 1, size):
                if in_filter(f, between * powers[size - 1 - j] + behind[j + 1]):
                    return True
                between = between * FILTER_FACTOR + marks[j]
        before = before * FILTER_FACTOR + marks[i]
    return False


cdef bint may_begin(const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start) noexcept nogil:
    """Whether an entry may begin at `start`, going by its first characters."""
    cdef const Fuzzy* f = p.fuzzy
    cdef uint64_t marks[LONGEST_PREFIX]
    cdef uint32_t label
    cdef int k, count = <int>min(<Py_ssize_t>LONGEST_PREFIX, n - start), known = 0, size
    if f.prefixes & 1:
        return True
    for k in range(LONGEST_PREFIX):
        marks[k] = 0
    k = 0
    while k < count:
        label = label_at(p, tables, text, start + k)
        if label == 0 or f.symbols[label & LABEL].first == FUZZY_SPACE:
            break       # nothing that stands in the first word of an entry
        marks[k] = f.symbols[label & LABEL].mark
        known += marks[k] != 0
        k += 1
    if f.prefixes & FILTERS_ENDS and k < LONGEST_PREFIX:
        # All before is of word characters: in such a list nothing else has a label.
        marks[k] = FILTER_END
        known += 1
    for size in range(f.edits + 1, LONGEST_PREFIX + 1):
        if (f.prefixes >> size) & 1 and known >= size - f.edits and left_in_filter(f, marks, size):
            return True
    return False


cdef void read_symbols(
    TreeWalk* walk, const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start
) noexcept nogil:
    """The symbols from `start` on: as many as an entry can have, up to a character that none can have."""
    cdef const Fuzzy* f = p.fuzzy
    cdef Py_ssize_t i = start
    cdef uint32_t label
    walk.count = 0
    while i < n and walk.count < f.longest + f.edits:
        label = label_at(p, tables, text, i)
        if label == 0:
            return
        i += 1
        if f.symbols[label & LABEL].first == FUZZY_SPACE:
            while i < n and f.symbols[label_at(p, tables, text, i) & LABEL].first == FUZZY_SPACE:
                i += 1
        walk.symbols[walk.count] = f.symbols[label & LABEL]
        walk.words[walk.count] = label & WORD_LABEL
        walk.ends[walk.count] = i
        walk.count += 1


cdef inline bint next_row(TreeWalk* walk, const int edits, int depth) noexcept nogil:
    """Row `depth` from the ones before it. Whether any of its distances is near enough."""
    cdef const uint8_t* above = walk.rows[depth - 1]
    cdef uint8_t* row = walk.rows[depth]
    cdef uint32_t wanted = walk.path[depth - 1]
    cdef int b, best
    cdef Py_ssize_t j
    cdef bint space = wanted == FUZZY_SPACE, near = False
    for b in range(2 * edits + 1):
        j = depth - edits + b
        best = FAR
        if 0 <= j <= walk.count:
            if b < 2 * edits and not space:
                best = above[b + 1] + 1             # the entry's character is missing
            if j > 0:
                if matches(wanted, &walk.symbols[j - 1]):
                    best = min(best, <int>above[b])
                elif walk.words[j - 1] and not space:
                    best = min(best, above[b] + 1)      # another stands for it
                if b > 0 and walk.words[j - 1]:
                    best = min(best, row[b - 1] + 1)    # one more stands there
                if (
                    depth > 1
                    and j > 1
                    and not space
                    and walk.path[depth - 2] != FUZZY_SPACE
                    and matches(wanted, &walk.symbols[j - 2])
                    and matches(walk.path[depth - 2], &walk.symbols[j - 1])
                ):
                    best = min(best, walk.rows[depth - 2][b] + 1)   # the two stand the other way round
        if best > edits:
            best = FAR
        near |= best != FAR
        row[b] = best
    return near


cdef Py_ssize_t end_of_best(const TreeWalk* walk, const Pattern* p, bint word_follows, int depth) noexcept nogil:
    """The furthest end at which an entry of `depth` characters is near enough, or -1. `word_follows`: the last symbol."""
    cdef int b
    cdef bint word
    cdef Py_ssize_t j
    for b in range(2 * p.fuzzy.edits, -1, -1):
        j = depth - p.fuzzy.edits + b
        if j < 1 or j > walk.count or walk.rows[depth][b] == FAR:
            continue
        word = word_follows if j == walk.count else walk.words[j]
        if p.anywhere or not word:
            return walk.ends[j - 1]
    return -1


cdef inline bint reaches_all(const TreeWalk* walk, int edits, int depth) noexcept nogil:
    """Whether the first `depth` characters of the entry are near all the symbols that were read."""
    cdef Py_ssize_t b = walk.count - depth + edits
    return 0 <= b <= 2 * edits and walk.rows[depth][b] != FAR


cdef Py_ssize_t longest_fuzzy(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start, bint* open
) noexcept nogil:
    """The furthest end of what begins at `start` and is an entry within the edits, or -1.

    `open`, if not NULL, is set if the text goes on, and what follows may make a difference: some entry's begin is near all
    of the text from `start` on.
    """
    cdef const Fuzzy* f = p.fuzzy
    cdef const FuzzyNode* node = &f.nodes[f.root]
    cdef TreeWalk walk
    cdef Py_ssize_t last = -1, end
    cdef int depth = 0, b
    cdef bint near
    cdef uint32_t at
    cdef bint word_follows
    read_symbols(&walk, p, tables, text, n, start)
    if walk.count == 0:
        return -1
    end = walk.ends[walk.count - 1]
    if end < n:
        open = NULL
    word_follows = end < n and label_at(p, tables, text, end) & WORD_LABEL != 0
    for b in range(2 * f.edits + 1):
        walk.rows[0][b] = FAR
    walk.rows[0][f.edits] = 0
    for b in range(f.edits):            # the first ones are too many
        if b >= walk.count or not walk.words[b]:
            break
        walk.rows[0][f.edits + b + 1] = b + 1
    if open != NULL:
        open[0] = reaches_all(&walk, f.edits, 0)
    walk.edge[0] = node.first
    walk.last[0] = node.first + node.count
    while depth >= 0:
        at = walk.edge[depth]
        if at == walk.last[depth]:
            depth -= 1
            continue
        walk.edge[depth] += 1
        walk.path[depth] = f.edges[at].label
        # Once for each number of edits, so that the compiler unrolls the row.
        if f.edits == 1:
            near = next_row(&walk, 1, depth + 1)
        elif f.edits == 2:
            near = next_row(&walk, 2, depth + 1)
        else:
            near = next_row(&walk, 0, depth + 1)
        if not near:
            continue
        depth += 1
        if open != NULL and reaches_all(&walk, f.edits, depth):
            open[0] = True
        node = &f.nodes[f.edges[at].node]
        if node.ends:
            last = max(last, end_of_best(&walk, p, word_follows, depth))
        walk.edge[depth] = node.first
        walk.last[depth] = node.first + node.count
    return last


cdef int search_fuzzy(Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n) noexcept nogil:
    """Find the entries of a slot's word list in the whole text. Returns 0, or -1 if there is no memory."""
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Py_ssize_t i = 0, end
    cdef uint32_t label, before = 0
    while i < n:
        label = label_at(p, tables, text, i)
        if label and (p.anywhere or not before & WORD_LABEL) and may_begin(p, tables, text, n, i):
            end = longest_fuzzy(p, tables, text, n, i, NULL)
            if end > i:
                if add_finding(run, slot, i, end) < 0:
                    return -1
                label = label_at(p, tables, text, end - 1)
                i = end - 1
        before = label
        i += 1
    return 0
