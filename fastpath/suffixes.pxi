# Public suffixes: is a span the name of a domain? docs/semantics.md, section 2, has the meaning.
#
# The rules of publicsuffix.org are a tree of labels (SUFL). A name is read once, its last label first, down the tree; at each
# label the children of a node are searched by halves. No label is looked at again, so the time is linear in the span.

cdef extern from "Python.h":
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 ch) noexcept nogil

cdef enum:
    SUFFIX_HERE = 1                 # bits of SuffixNode.rule, as in layout
    SUFFIX_ANY = 2
    SUFFIX_EXCEPT = 4


cdef int compare_label(
    const SuffixNode* node, Tables tables, const Char* text, Py_ssize_t start, Py_ssize_t end
) noexcept nogil:
    """Below 0, 0 or above 0: a label of the text, in small letters, comes before that of the node, is it, or comes behind."""
    cdef Py_ssize_t i, length = end - start
    cdef uint32_t ours, theirs
    for i in range(min(length, <Py_ssize_t>node.length)):
        ours = Py_UNICODE_TOLOWER(text[start + i])
        theirs = tables.suffix_text[node.text + i]
        if ours != theirs:
            return -1 if ours < theirs else 1
    return 0 if length == node.length else -1 if length < node.length else 1


cdef const SuffixNode* label_before(
    const SuffixNode* node, Tables tables, const Char* text, Py_ssize_t start, Py_ssize_t end
) noexcept nogil:
    """The child of the node with this label, or NULL."""
    cdef uint32_t low = 0, high = node.count, middle
    cdef const SuffixNode* child
    cdef int order
    while low < high:
        middle = (low + high) >> 1
        child = &tables.suffixes[node.first + middle]
        order = compare_label(child, tables, text, start, end)
        if order == 0:
            return child
        if order < 0:
            high = middle
        else:
            low = middle + 1
    return NULL


cdef bint has_public_suffix(Tables tables, const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Whether the span is a label or more, a dot, and a public suffix."""
    cdef const SuffixNode* node = tables.suffixes
    cdef const SuffixNode* child
    cdef Py_ssize_t begin, stop = end, suffix = start
    while True:
        begin = stop
        while begin > start and text[begin - 1] != 46:
            begin -= 1
        if begin == stop:
            return False
        if node != NULL:
            child = label_before(node, tables, text, begin, stop)
            if child != NULL and child.rule & SUFFIX_EXCEPT:
                suffix = stop + 1
                child = NULL
            elif node.rule & SUFFIX_ANY or (child != NULL and child.rule & SUFFIX_HERE):
                suffix = begin
            node = child
        if begin == start:
            return suffix > start
        stop = begin - 1
