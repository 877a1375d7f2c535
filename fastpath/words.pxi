# Long word lists: a tree of the entries, searched where a word begins (compiler/regex/trie.py).
#
# A label is what a character counts as: 0 if no entry has it. Its bit WORD_LABEL says whether it is a word character.

cdef inline uint32_t label_at(const Pattern* p, Tables tables, const Char* text, Py_ssize_t i) noexcept nogil:
    cdef uint32_t c = text[i]
    if Char is uint8_t:
        return p.latin_labels[c]
    else:
        return p.labels[plan_class(tables.page, tables.classes, c)]


cdef Py_ssize_t longest_entry(
    const Pattern* p, Tables tables, const Char* text, Py_ssize_t n, Py_ssize_t start
) noexcept nogil:
    """The end of the longest entry that stands at `start`, or -1."""
    cdef uint32_t base = p.root, label = label_at(p, tables, text, start)
    cdef Py_ssize_t i = start, last = -1
    cdef const Cell* cell
    while label & LABEL:
        cell = &p.cells[base + (label & LABEL)]
        if cell.label != label & LABEL:
            break
        i += 1
        label = label_at(p, tables, text, i) if i < n else 0
        if cell.flags & ENTRY_ENDS and (p.anywhere or not label & WORD_LABEL):
            last = i
        if not cell.flags & MORE_FOLLOWS:
            break
        base = cell.target
    return last


cdef int search_words(Run* run, Tables tables, uint32_t slot, const Char* text, Py_ssize_t n) noexcept nogil:
    """Find the entries of a slot's word list in the whole text. Returns 0, or -1 if there is no memory."""
    cdef const Pattern* p = &tables.patterns[run.scan.slots[slot].pattern]
    cdef Py_ssize_t i = 0, end
    cdef uint32_t label
    while i < n:
        label = label_at(p, tables, text, i)
        end = longest_entry(p, tables, text, n, i) if label & LABEL else -1
        if end < 0:
            i += 1
        else:
            if add_finding(run, slot, i, end) < 0:
                return -1
            label = label_at(p, tables, text, end - 1)
            i = end
        if not p.anywhere and label & WORD_LABEL:
            # No entry begins behind a word character: go on behind the one that follows this word.
            while i < n and label_at(p, tables, text, i) & WORD_LABEL:
                i += 1
            i += 1
    return 0
